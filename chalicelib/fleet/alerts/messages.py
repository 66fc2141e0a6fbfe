"""Messages: short texts about events, in the site's language and time zone.

A message is plain text. Names are what people and agents choose, so they are cleaned here; whoever puts a message into
Markdown, HTML or JSON escapes it there.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from chalicelib.fleet.alerts.conditions import TYPES, Condition
from chalicelib.fleet.alerts.notices import Notice, Told
from chalicelib.fleet.alerts.words import LABELS, SENTENCES
from chalicelib.fleet.limits import MESSAGE_LENGTH, NAME_LENGTH
from chalicelib.fleet.settings import Settings
from chalicelib.fleet.wall_clock import minute_text, offset_text

LINES = 20
"""How many events one message lists. It ends with the number of the others."""

_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
"""Characters that change the direction of the text after them, or that are invisible."""

_UNITS = ("B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB")


@dataclass(frozen=True, slots=True)
class Site:
    """name, url, language, zone: of the site, as its settings say. url: "" when it is not known."""

    name: str
    url: str
    language: str
    zone: str


def site_of(settings: Settings) -> Site:
    return Site(settings.site_name, settings.site_url, settings.language, settings.time_zone)


@dataclass(frozen=True, slots=True)
class Message:
    title: str
    body: str

    @property
    def text(self) -> str:
        return f"{self.title}\n{self.body}" if self.body else self.title


def message(notice: Notice, site: Site) -> Message:
    """The message of a notice."""
    words = SENTENCES[site.language]
    lines = [_line(notice, told, site) for told in notice.told]
    title = f"[{words[notice.kind]}] {clean(notice.rule)}: {_subjects(notice, site)}"
    return _fitting(title, lines, _link(notice, site), site)


def message_about(notice: Notice, told: Told, site: Site) -> Message:
    """The message about one event of a notice."""
    title = f"[{SENTENCES[site.language][notice.kind]}] {clean(notice.rule)}: {clean(told.event.name)}"
    return _fitting(title, [_line(notice, told, site)], _server_link(notice, told, site), site)


def summary(notices: Sequence[Notice], site: Site) -> Message:
    """One message about everything that happened in quiet hours."""
    words = SENTENCES[site.language]
    lines = [
        f"[{words[notice.kind]}] {clean(notice.rule)}: {_line(notice, told, site)}"
        for notice in notices
        for told in notice.told
    ]
    title = f"[{words['summary']}] {words['events'].format(count=len({_key(*pair) for pair in _pairs(notices)}))}"
    return _fitting(title, lines, site.url, site)


def trial_message(site: Site) -> Message:
    words = SENTENCES[site.language]
    return Message(f"[{words['test']}] {clean(site.name)}", words["test_text"].format(site=clean(site.name)))


def heartbeat_message(site: Site) -> Message:
    """A message that rules are being evaluated, for a service that alerts people when it stops arriving."""
    return Message(SENTENCES[site.language]["heartbeat"].format(site=clean(site.name)), "")


def clean(name: str) -> str:
    """A name without line breaks, control characters and marks that change the direction of text; never empty."""
    shown = "".join(" " if _is_hidden(character) else character for character in name)
    return " ".join(shown.split())[:NAME_LENGTH] or "?"


def _is_hidden(character: str) -> bool:
    return character in _TURNING or unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")


def _pairs(notices: Iterable[Notice]) -> Iterable[tuple[Notice, Told]]:
    return ((notice, told) for notice in notices for told in notice.told)


def _key(notice: Notice, told: Told) -> tuple[int, int]:
    return notice.rule_id, told.event_id


def _subjects(notice: Notice, site: Site) -> str:
    if len(notice.told) == 1:
        return clean(notice.told[0].event.name)
    words = SENTENCES[site.language]
    return words["monitors" if notice.of_monitors else "servers"].format(count=len(notice.told))


def _link(notice: Notice, site: Site) -> str:
    return _server_link(notice, notice.told[0], site) if len(notice.told) == 1 else site.url


def _server_link(notice: Notice, told: Told, site: Site) -> str:
    return f"{site.url}/server/{told.subject}" if site.url and not notice.of_monitors else site.url


def _fitting(title: str, lines: Sequence[str], link: str, site: Site) -> Message:
    """A message with as many of the lines as fit into it."""
    words = SENTENCES[site.language]
    budget = MESSAGE_LENGTH - len(title) - len(link) - 50
    shown: list[str] = []
    for line in lines[:LINES]:
        if len(line) + 1 > budget:
            break
        budget -= len(line) + 1
        shown.append(line)
    if len(shown) < len(lines):
        shown.append(words["more"].format(count=len(lines) - len(shown)))
    return Message(title, "\n".join([*shown, *([link] if link else [])]))


def _line(notice: Notice, told: Told, site: Site) -> str:
    """What happened to one server or monitor."""
    name = clean(told.event.name)
    if told.ended is not None:
        return f"{name}: {_end(notice, told, told.ended, site)}"
    values = zip(notice.conditions, told.event.values, strict=True)
    parts = [_failing(condition, value, told, site) for condition, value in values]
    if not any(condition.kind.source == "silence" for condition in notice.conditions):
        parts.append(SENTENCES[site.language]["since"].format(time=_time(told.event.began, notice.at, site)))
    return f"{name}: {', '.join(parts)}"


def _end(notice: Notice, told: Told, ended: int, site: Site) -> str:
    words = SENTENCES[site.language]
    if told.reason != "recovered":
        return words[told.reason]
    sources = {condition.kind.source for condition in notice.conditions}
    kind = "online" if "silence" in sources else "up" if "outages" in sources else "recovered"
    return words[kind].format(time=length_of_time(ended - told.event.began, site))


def _failing(condition: Condition, value: float, told: Told, site: Site) -> str:
    words = SENTENCES[site.language]
    if condition.kind.source == "silence":
        return words["offline"].format(time=_time(told.event.began, told.event.fired, site))
    if condition.kind.source == "outages":
        return words["down"]
    issued = f", {words['issued_by'].format(issuer=clean(told.event.issuer))}" if told.event.issuer else ""
    if condition.kind.unit == "days" and value <= 0:
        return words[f"{condition.type}_over"] + issued
    label = LABELS[site.language][condition.type]
    if condition.kind.source == "pings" and told.event.monitor:
        label = words["to"].format(what=label, monitor=clean(told.event.monitor))
    sign, limit = (">", condition.above) if _is_above(condition, value) else ("<", condition.below)
    if limit is None:
        return f"{label} {_value(condition, value, site)}"
    return f"{label} {_value(condition, value, site)} {sign} {_value(condition, limit, site)}{issued}"


def _is_above(condition: Condition, value: float) -> bool:
    return condition.above is not None and value > condition.above


def _value(condition: Condition, value: float, site: Site) -> str:
    match TYPES[condition.type].unit:
        case "percent":
            return f"{_number(value)}%"
        case "bytes":
            return _bytes(value)
        case "bytes_per_second":
            return f"{_bytes(value)}/s"
        case "milliseconds":
            return f"{_number(value)} ms"
        case "degrees":
            return f"{_number(value)} °C"
        case "days":
            return SENTENCES[site.language]["days"].format(count=_number(value))
    return _number(value)


def _number(value: float) -> str:
    """At most two decimals, without trailing zeros."""
    text = f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) < 1e15 else f"{value:.3g}"
    return "0" if text in ("", "-0") else text


def _bytes(value: float) -> str:
    power = 0
    while abs(value) >= 1024 and power < len(_UNITS) - 1:
        value /= 1024
        power += 1
    return f"{_number(value)} {_UNITS[power]}"


def _time(at: int, now: int, site: Site) -> str:
    """`14:05 UTC+8`; with the date when it was another day."""
    text, today = minute_text(at, site.zone), minute_text(now, site.zone)[:10]
    return f"{text.removeprefix(f'{today} ')} {offset_text(at, site.zone)}"


def length_of_time(seconds: int, site: Site) -> str:
    """The two largest units of a length of time: `3 d 4 h`, `12 min`."""
    words = SENTENCES[site.language]
    units = (("days", 86_400), ("hours", 3600), ("minutes", 60), ("seconds", 1))
    parts: list[tuple[str, int]] = []
    for name, length in units:
        count, seconds = divmod(max(seconds, 0), length)
        if count or (parts and len(parts) < 2 and name != "seconds"):
            parts.append((name, count))
    shown = [words[name].format(count=count) for name, count in parts[:2] if count]
    return " ".join(shown) or words["seconds"].format(count=0)
