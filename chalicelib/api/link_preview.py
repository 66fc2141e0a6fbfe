"""The preview of a link to a public page on other sites: the site's name, and how many servers are online."""

from collections.abc import Mapping
from html import escape

from chalicelib.fleet.settings import Settings
from chalicelib.fleet.store import View

_COUNTS: Mapping[str, str] = {
    "en": "{online} of {all} servers online",
    "zh": "{all} 台服务器中 {online} 台在线",
    "zh-TW": "{all} 台伺服器中 {online} 台線上",
    "ru": "Серверов в сети: {online} из {all}",
    "de": "{online} von {all} Servern online",
}
"""The words are in the site's language, as a service that requests a preview does not state its reader's language."""


NOTHING_KNOWN = "<title>Nezha</title>"


CARD_WIDTH, CARD_HEIGHT = 1200, 630
"""Pixels of the picture."""


def about(view: View, card: str) -> str:
    """Elements for the head of a document. They are the same for every caller, as caches share the document.

    card: the path of the preview picture, which is used only if the site's URL is known: previews need absolute URLs.

    Contains nothing about the site while its public page is off. The servers were counted at most a minute ago, because
    reading all states for each document would cost as much as the page's own figures.
    """
    settings, counts = view.settings, view.public_counts
    if not settings.public_page:
        return NOTHING_KNOWN
    words = _COUNTS[settings.language].format(online=counts.online, all=counts.servers) if counts.servers else ""
    return f"<title>{escape(settings.site_name)}</title>{_meta(settings, words, card)}"


def _meta(settings: Settings, counts: str, card: str) -> str:
    named = {"type": "website", "site_name": settings.site_name, "title": settings.site_name, "description": counts}
    metas = [f'<meta name="description" content="{escape(counts)}">'] if counts else []
    if settings.site_url:
        named["url"] = settings.site_url
        named["image"] = f"{settings.site_url.rstrip('/')}/{card}"
        named |= {"image:width": str(CARD_WIDTH), "image:height": str(CARD_HEIGHT)}
        metas.append('<meta name="twitter:card" content="summary_large_image">')
    metas += [f'<meta property="og:{name}" content="{escape(value)}">' for name, value in named.items() if value]
    return "".join(f"\n{element}" for element in metas)
