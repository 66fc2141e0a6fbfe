"""The settings of the whole dashboard."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from chalicelib.fleet import accent, limits
from chalicelib.fleet.checks import check_choice, check_length, check_range
from chalicelib.fleet.errors import InvalidInput
from chalicelib.fleet.store import Store

if TYPE_CHECKING:
    from chalicelib.fleet.alerts.quiet import QuietWindow
    from chalicelib.fleet.brand import SiteFile

_WEB_ADDRESS = re.compile(r"https?://[^\s/?#]+(?:/[^\s?#]*)?")

LANGUAGES = ("en", "zh", "zh-TW", "ru", "de")
"""The languages of the pages and of alert messages."""


@dataclass(frozen=True, slots=True)
class Settings:
    """public_page: whether guests see servers at all. language: of messages, and of the pages for visitors who have not
    chosen one. site_url: the dashboard's URL, "" if it is not known; messages link there. time_zone: of messages, quiet
    hours and cycles, an IANA name. public_events, public_monitors: whether guests see events, and monitors' status and
    availability. quiet: hours in which no message is sent. report_interval, flush: seconds between two reports, and
    between two flushes of minutes and pings; 0 for the deployment's. live_interval: seconds between two reports while
    somebody is watching, if that is less. api_keeps_live: whether programs with an API token count as watching.
    first_steps: whether the admin pages show what to do first. accent: a color such as "#2c52e0", "" for the pages'
    own. footer: text at the foot of every page. logo, css: names of the site's own picture and style sheet, "" for
    none; their contents are stored separately (brand.SiteFile).
    """

    site_name: str = "Nezha"
    public_page: bool = True
    language: str = "en"
    site_url: str = ""
    time_zone: str = "UTC"
    public_events: bool = False
    public_monitors: bool = False
    report_interval: int = 0
    flush: int = 0
    live_interval: int = 5
    api_keeps_live: bool = False
    first_steps: bool = True
    accent: str = ""
    footer: str = ""
    logo: str = ""
    css: str = ""
    quiet: "tuple[QuietWindow, ...]" = ()


def edit(store: Store, changes: Mapping[str, Any]) -> None:
    """changes: fields of Settings; the others stay as they are. Raises InvalidInput.

    `logo` is a data URL, and `css` is a style sheet; "" removes it, and the name of the stored file keeps it.
    """
    check(changes)
    rest, files = _without_files(store, changes)
    if rest:
        store.edit_settings(rest, files)


def _without_files(store: Store, changes: Mapping[str, Any]) -> "tuple[Mapping[str, Any], Mapping[str, SiteFile]]":
    """The changes with the files' names instead of their contents, and the files by field."""
    if not changes.keys() & {"logo", "css"}:
        return changes, {}
    # Imported here, so that a cold start for any other request does not wait for XML.
    from chalicelib.fleet import brand

    known = store.view().settings
    rest, files = dict(changes), {}
    for field, of in (("logo", brand.logo_of), ("css", brand.style_of)):
        if field not in changes:
            continue
        if changes[field] and changes[field] == getattr(known, field):
            del rest[field]
        else:
            files[field] = of(changes[field])
            rest[field] = files[field].name
    return rest, files


def check(fields: Mapping[str, Any]) -> None:
    """Raises InvalidInput for a value that is not allowed. Checks only the given fields."""
    if "site_name" in fields:
        check_length("site_name", fields["site_name"], least=1, most=limits.NAME_LENGTH)
    if "language" in fields:
        check_choice("language", fields["language"], LANGUAGES)
    if "site_url" in fields:
        check_length("site_url", fields["site_url"], most=limits.SITE_URL_LENGTH)
        if fields["site_url"] and not _WEB_ADDRESS.fullmatch(fields["site_url"]):
            message = '"site_url" must be an http:// or https:// URL.'
            raise InvalidInput(message, error="not_a_web_address", field="site_url")
    if "report_interval" in fields:
        least, most = limits.REPORT_INTERVAL_LEAST, limits.REPORT_INTERVAL_MOST
        check_range("report_interval", fields["report_interval"], least, most)
    if "live_interval" in fields:
        check_range("live_interval", fields["live_interval"], limits.LIVE_INTERVAL_LEAST, limits.LIVE_INTERVAL_MOST)
    if "flush" in fields:
        check_choice("flush", fields["flush"], limits.FLUSHES)
    if "accent" in fields:
        accent.check(fields["accent"])
    if "footer" in fields:
        check_length("footer", fields["footer"], most=limits.FOOTER_LENGTH)
    if "time_zone" in fields or "quiet" in fields:
        _check_times(fields)


def _check_times(fields: Mapping[str, Any]) -> None:
    # Imported here, so that a cold start for any other request does not wait for time zones.
    from chalicelib.fleet.alerts import quiet
    from chalicelib.fleet.wall_clock import check_zone

    if "time_zone" in fields:
        check_zone("time_zone", fields["time_zone"])
    if "quiet" in fields:
        quiet.check(fields["quiet"])
