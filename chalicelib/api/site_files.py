"""The files that a site's owner adds to its pages: the logo and the style sheets, under names that depend on their
content.
"""

import hashlib
import re
from collections.abc import Mapping

from chalicelib.api.answers import Answer
from chalicelib.api.call import Call
from chalicelib.api.route import ANYONE, OWNERS_FILES, Operation, Route
from chalicelib.fleet import accent
from chalicelib.fleet.errors import NotFound
from chalicelib.fleet.settings import Settings

FOLDER = "custom/"
SVG = "image/svg+xml; charset=utf-8"
CSS = "text/css; charset=utf-8"

LOGO_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "frame-ancestors 'none'; sandbox",
    "Content-Disposition": 'attachment; filename="logo.svg"',
}
"""For a browser that opens the picture by itself. On the pages it is an image, in which scripts never run."""

_ACCENT = re.compile(r"accent\.([0-9a-f]{6})\.[0-9a-f]{12}\.css")


def site_file(call: Call, file: str) -> Answer:
    """One file by its current name. Raises NotFound for any other name."""
    if found := _ACCENT.fullmatch(file):
        color = f"#{found[1]}"
        if file == accent_file(color):
            return Answer(accent.style(color), 200, CSS)
    elif file.startswith("logo."):
        if (stored := call.store.site_file("logo")).name == file:
            return Answer(stored.content, 200, SVG, LOGO_HEADERS)
    elif file.startswith("style.") and (stored := call.store.site_file("css")).name == file:
        return Answer(stored.content, 200, CSS)
    raise NotFound("There is no such file; reload the page.", error="not_found")


def accent_file(color: str) -> str:
    """The name of the accent's style sheet, which changes with the color and with the shades derived from it."""
    return f"accent.{color[1:].lower()}.{hashlib.sha256(accent.style(color).encode()).hexdigest()[:12]}.css"


def styles(settings: Settings, *, public: bool) -> list[str]:
    """The paths of the owner's style sheets for a document. public: whether it is one that guests see.

    The admin pages use only the accent, so that no custom style sheet can keep the owner from removing it.
    """
    files = [accent_file(settings.accent)] if settings.accent else []
    if public and settings.css:
        files.append(settings.css)
    return [f"{FOLDER}{file}" for file in files]


ROUTES = (
    Route(
        "GET",
        "/custom/{file}",
        site_file,
        ANYONE,
        Operation(
            "siteFile",
            "Returns the site's logo, its accent color as a style sheet, or its custom style sheet",
            content={SVG: "string", CSS: "string"},
            outcome="The file. It may be cached forever.",
            about="file",
            errors=(404,),
        ),
        cache=OWNERS_FILES,
    ),
)
