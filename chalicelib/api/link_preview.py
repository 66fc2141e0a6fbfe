"""What a link to a public page shows elsewhere: the site's name, and how many servers are online."""

from collections.abc import Mapping
from html import escape

from chalicelib.api.call import Call
from chalicelib.fleet.access import GUEST, visible_servers
from chalicelib.fleet.settings import Settings
from chalicelib.fleet.states import NOTHING, State, StatesByServer
from chalicelib.fleet.status import is_online
from chalicelib.fleet.store import View

_COUNTS: Mapping[str, str] = {
    "en": "{online} of {all} servers online",
    "zh": "{all} 台服务器中 {online} 台在线",
    "zh-TW": "{all} 台伺服器中 {online} 台線上",
    "ru": "Серверов в сети: {online} из {all}",
    "de": "{online} von {all} Servern online",
}
"""In the site's language: who draws the preview does not say the reader's."""


NOTHING_KNOWN = "<title>Nezha</title>"


def about(call: Call, view: View, states: StatesByServer) -> str:
    """Elements for the head of a document; what guests may see, whoever asks, as caches share it.

    Nothing about the site while its public page is off.
    """
    settings = view.settings
    if not settings.public_page:
        return NOTHING_KNOWN
    servers = visible_servers(view, GUEST)
    online = sum(_is_online(call, states.get(server.id, NOTHING)) for server in servers)
    counts = _COUNTS[settings.language].format(online=online, all=len(servers)) if servers else ""
    return f"<title>{escape(settings.site_name)}</title>{_meta(settings, counts)}"


def _is_online(call: Call, state: State) -> bool:
    return is_online(state.last_active, call.now, state.interval(call.report_interval)) is True


def _meta(settings: Settings, counts: str) -> str:
    named = {"type": "website", "site_name": settings.site_name, "title": settings.site_name, "description": counts}
    if settings.site_url:
        named["url"] = settings.site_url
    cards = [f'<meta property="og:{name}" content="{escape(value)}">' for name, value in named.items() if value]
    described = [f'<meta name="description" content="{escape(counts)}">'] if counts else []
    return "".join(f"\n{element}" for element in (*described, *cards))
