"""Texts that chat services show as they are: no server's name becomes bold, a link, or a mention of everybody."""

import re

_PLAIN = frozenset(("json", "jsons", "form", "forms", "xml", "xmls", "mailto", "mailtos"))
"""Services that show no text as markup and mention nobody: they get it as it is."""

_WITH_BACKSLASHES = frozenset(("discord", "fluxer", "fluxers", "guilded", "mmost", "mmosts", "revolt"))
"""Services that show every text as Markdown, in which a backslash takes the meaning from a character."""

_WITHOUT_ESCAPES = frozenset(
    [
        "awswhatsapp",
        "cliq",
        "dingtalk",
        "evolution",
        "evolutions",
        "feishu",
        "flock",
        "gchat",
        "github",
        "gupshup",
        "humhub",
        "humhubs",
        "kook",
        "lark",
        "misskey",
        "misskeys",
        "nctalk",
        "nctalks",
        "notifiarr",
        "onebot",
        "onebots",
        "pushplus",
        "qq",
        "reddit",
        "rocket",
        "rockets",
        "ryver",
        "schan",
        "stackfield",
        "twist",
        "webex",
        "wecom",
        "wecombot",
        "whapi",
        "whatsapp",
        "workflow",
        "workflows",
        "wxpusher",
        "wxteams",
        "zcliq",
        "zohocliq",
        "zoom",
        "zulip",
    ]
)
"""Services that show every text as markup of their own and know no escapes, or whose escapes are not documented."""

_LOOKALIKES = str.maketrans({"*": "∗", "`": "ˋ", "~": "∼", "<": "‹"})


def unmarked(scheme: str, text: str) -> str:
    """Apprise escapes what it sends as HTML or Slack's markup, but sends other texts as they are."""
    if scheme in _PLAIN:
        return text
    if scheme in _WITH_BACKSLASHES:
        text = re.sub(r"([\\*_~`|>\[\]()#])", r"\\\1", text)
    elif scheme in _WITHOUT_ESCAPES:
        text = _in_lookalikes(text)
    return re.sub(r"@(?=[\w*∗])", "@\u200b", text)


def _in_lookalikes(text: str) -> str:
    """Replaces as little as possible: names such as web_1 and [Incident] stay as they are."""
    text = text.translate(_LOOKALIKES)
    # Around words only: in the middle of a word it means nothing anywhere.
    text = re.sub(r"(?<![^\W_])_|_(?![^\W_])", "＿", text)
    text = re.sub(r"\](?=[(\[:])", "] ", text)
    text = re.sub(r"\[(?=CQ:)", "［", text)
    return re.sub(r"^(\s*)([>#])", lambda found: found[1] + {">": "›", "#": "＃"}[found[2]], text, flags=re.MULTILINE)
