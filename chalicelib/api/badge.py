"""Badges: a small picture of a server's name and status, for other people's pages."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from chalicelib.api.answers import Answer
from chalicelib.api.call import Call
from chalicelib.api.pages import CONTENT_TYPES, HEADERS
from chalicelib.api.route import ANYONE, SHARED, Operation, Route
from chalicelib.api.xml_text import cleaned, escaped
from chalicelib.fleet.access import GUEST, read_of_server
from chalicelib.fleet.errors import NotFound
from chalicelib.fleet.states import NOTHING
from chalicelib.fleet.status import is_online

_NAME = re.compile(r"([1-9][0-9]{0,18})\.svg")
_NAME_LENGTH = 40


class _Status(NamedTuple):
    """color: white text on it has a contrast of at least 4.5. words: by language."""

    color: str
    words: Mapping[str, str]


_STATUSES: Mapping[bool | None, _Status] = {
    True: _Status("#18794e", {"en": "online", "zh": "在线", "zh-TW": "線上", "ru": "в сети", "de": "online"}),
    False: _Status("#c62828", {"en": "offline", "zh": "离线", "zh-TW": "離線", "ru": "не в сети", "de": "offline"}),
    None: _Status(
        "#52627a",
        {"en": "never reported", "zh": "从未上报", "zh-TW": "從未回報", "ru": "нет отчётов", "de": "nie gemeldet"},
    ),
}


def badge(call: Call, badge: str) -> Answer:
    """Shows what guests may see, whoever asks: caches share the answer. Raises NotFound or Forbidden."""
    name = _NAME.fullmatch(badge)
    if not name:
        raise NotFound("The path must end in a server's ID and .svg, such as 1.svg.", error="not_found")
    id_ = int(name[1])
    view, server, states = read_of_server(call.store, id_, lambda: GUEST, lambda: call.store.states([id_]))
    state = states.get(id_, NOTHING)
    status = _STATUSES[is_online(state.last_active, call.now, state.interval(call.report_interval))]
    label = cleaned(server.name)[:_NAME_LENGTH] or f"#{id_}"
    return Answer(
        _picture(label, status.words[view.settings.language], status.color), 200, CONTENT_TYPES[".svg"], HEADERS
    )


def _picture(label: str, words: str, color: str) -> str:
    left, right = _width(label) + 16, _width(words) + 16
    title = escaped(f"{label}: {words}")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" aria-label="{title}">'
        f'<title>{title}</title><clipPath id="r"><rect width="{left + right}" height="20" rx="4"/></clipPath>'
        f'<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#2b3648"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{color}"/></g>'
        '<g fill="#fff" font-family="Verdana,Geneva,DejaVu Sans,sans-serif" font-size="11">'
        f'<text x="8" y="14" textLength="{left - 16}" lengthAdjust="spacingAndGlyphs">{escaped(label)}</text>'
        f'<text x="{left + 8}" y="14" textLength="{right - 16}" lengthAdjust="spacingAndGlyphs">{escaped(words)}</text>'
        "</g></svg>"
    )


def _width(text: str) -> int:
    """The approximate width in pixels, to which the picture stretches the text. Chinese characters are wider."""
    return sum(12 if character > "\u2e7f" else 7 for character in text)


ROUTES = (
    Route(
        "GET",
        "/badge/{badge}",
        badge,
        ANYONE,
        Operation(
            "badge",
            "Returns a picture of a server's name and status",
            content={CONTENT_TYPES[".svg"]: "string"},
            outcome="An SVG picture, in the site's language.",
            description="For images on other pages, such as `URL/badge/1.svg`. Only for servers that guests may see.",
            about="badge",
            errors=(403, 404),
        ),
        cache=SHARED,
    ),
)
