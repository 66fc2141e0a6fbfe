"""Escapes the values in webhooks whose own text is markup, so that no value becomes markup itself.

The original v0 inserts values unescaped: a server named `<b>` then makes Telegram refuse the message.
"""

import re
from collections.abc import Callable

Escape = Callable[[str], str]

_PARSE_MODE = re.compile(r"parse_mode[\"'\s]*[:=][\"'\s]*(html|markdownv2|markdown)", re.IGNORECASE)
_MATRIX_HTML = re.compile(r"[\"']format[\"']\s*:\s*[\"']org\.matrix\.custom\.html[\"']")
_FORMATTED_BODY = re.compile(r'(?<="formatted_body")(\s*:\s*")((?:[^"\\]|\\.)*)', re.DOTALL)


def markup_escape(text: str) -> Escape:
    """How values are escaped for Telegram's parse mode, if the webhook's text sets one."""
    found = _PARSE_MODE.search(text)
    return _ESCAPES[found[1].lower()] if found else str


def in_html(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;")


def _in_markdown(text: str) -> str:
    return re.sub(r"([_*`\[])", r"\\\1", text)


def _in_markdown_v2(text: str) -> str:
    return re.sub(r"([_*\[\]()~`>#+\-=|{}.!\\])", r"\\\1", text)


_ESCAPES = {"html": in_html, "markdown": _in_markdown, "markdownv2": _in_markdown_v2}


def html_part(body: str) -> tuple[str, str, str] | None:
    """A Matrix message's body in three parts: before its HTML, the HTML, and after it. None for any other body."""
    found = _FORMATTED_BODY.search(body) if _MATRIX_HTML.search(body) else None
    if found is None:
        return None
    return body[: found.start(2)], found[2], body[found.end(2) :]
