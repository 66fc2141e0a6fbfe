"""Keeps chat services from showing names as markup: no name becomes bold, a link, or a mention of everyone."""

import re

from chalicelib.fleet.alerts.services import SERVICES

_PLAIN = frozenset(("custom_form", "custom_json", "custom_xml", "email.base"))
"""Services that show no text as markup and mention nobody. They get texts unchanged.

Services are named as in the Apprise library, so that each name stands for all of a service's URL schemes.
"""

_WITH_BACKSLASHES = frozenset(("discord", "fluxer", "guilded", "mattermost", "revolt"))
"""Services that show every text as Markdown, where a backslash escapes a character."""

_WITHOUT_ESCAPES = frozenset(
    [
        "awswhatsapp",
        "cliq",
        "dingtalk",
        "evolution",
        "feishu",
        "flock",
        "github",
        "google_chat",
        "gupshup",
        "humhub",
        "kook",
        "lark",
        "misskey",
        "nextcloudtalk",
        "notifiarr",
        "onebot",
        "pushplus",
        "qq",
        "reddit",
        "rocketchat",
        "ryver",
        "serverchan",
        "stackfield",
        "twist",
        "webexteams",
        "wecombot",
        "whapi",
        "whatsapp",
        "workflows",
        "wxpusher",
        "zoom",
        "zulip",
    ]
)
"""Services that show every text as their own markup, and have no documented escapes."""

_LOOKALIKES = str.maketrans({"*": "∗", "`": "ˋ", "~": "∼", "<": "‹"})


def unmarked(scheme: str, text: str) -> str:
    """The text to send to a service with this URL scheme, so that no part of it counts as markup or as a mention.

    Apprise itself escapes texts only for services to which it sends HTML, CommonMark or Slack's markup.
    """
    service = SERVICES[scheme].partition(":")[0]
    if service in _PLAIN:
        return text
    if service in _WITH_BACKSLASHES:
        text = re.sub(r"([\\*_~`|>\[\]()#])", r"\\\1", text)
    elif service in _WITHOUT_ESCAPES:
        text = _in_lookalikes(text)
    return re.sub(r"@(?=[\w*∗])", "@\u200b", text)


def _in_lookalikes(text: str) -> str:
    """Replaces as little as possible: texts such as web_1 and [Incident] stay as they are."""
    text = text.translate(_LOOKALIKES)
    # Underscores only around words: no service treats one within a word as markup.
    text = re.sub(r"(?<![^\W_])_|_(?![^\W_])", "＿", text)
    text = re.sub(r"\](?=[(\[:])", "] ", text)
    text = re.sub(r"\[(?=CQ:)", "［", text)
    return re.sub(r"^(\s*)([>#])", lambda found: found[1] + {">": "›", "#": "＃"}[found[2]], text, flags=re.MULTILINE)
