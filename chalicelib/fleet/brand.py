"""The owner's logo and style sheet.

A logo is sent as the data URL of a PNG or SVG picture and served as SVG text, so that no gateway has to transmit bytes.
Pages show it only as an image, in which scripts never run.
"""

import hashlib
import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from typing import NamedTuple
from xml.etree import ElementTree

from chalicelib.fleet import limits
from chalicelib.fleet.checks import check_length
from chalicelib.fleet.errors import InvalidInput


class SiteFile(NamedTuple):
    """name: contains a hash of the content, so that the content of a name never changes; "" for none."""

    name: str
    content: str


NONE = SiteFile("", "")


def logo_of(data_url: str) -> SiteFile:
    """data_url: of a picture, "" for none. Raises InvalidInput for anything that pages cannot show safely."""
    if not data_url:
        return NONE
    kind, _, coded = data_url.partition(";base64,")
    if kind not in _PICTURES:
        raise _not_a_logo("it must be a data URL of an SVG or PNG picture")
    try:
        content = b64decode(coded, validate=True)
    except NotBase64:
        raise _not_a_logo("it is not valid Base64") from None
    if len(content) > limits.LOGO_BYTES:
        message = f'"logo" has {len(content)} bytes; the limit is {limits.LOGO_BYTES}.'
        raise InvalidInput(message, error="file_too_large", field="logo", limit=limits.LOGO_BYTES // 1024)
    return _file("logo", "svg", _PICTURES[kind](content))


def style_of(text: str) -> SiteFile:
    """text: CSS, "" for none. Raises InvalidInput."""
    check_length("css", text, most=limits.CSS_LENGTH)
    return _file("style", "css", text) if text.strip() else NONE


def _file(stem: str, suffix: str, content: str) -> SiteFile:
    return SiteFile(f"{stem}.{hashlib.sha256(content.encode()).hexdigest()[:12]}.{suffix}", content)


def _not_a_logo(why: str) -> InvalidInput:
    return InvalidInput(f'"logo" cannot be used: {why}.', error="not_a_logo", field="logo")


_PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"


def _svg_around(png: bytes) -> str:
    """A PNG picture within an SVG one."""
    width, height = (int.from_bytes(png[at : at + 4], "big") for at in (16, 20))
    if not png.startswith(_PNG) or not all(1 <= side <= limits.LOGO_PIXELS for side in (width, height)):
        raise _not_a_logo(f"it is not a PNG picture of at most {limits.LOGO_PIXELS} pixels a side")
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"><image width="{width}" '
        f'height="{height}" href="data:image/png;base64,{b64encode(png).decode()}"/></svg>'
    )


_SVG = "{http://www.w3.org/2000/svg}"
_HREFS = ("href", "{http://www.w3.org/1999/xlink}href")
_DRAWING = re.compile(
    "svg|g|defs|symbol|use|title|desc|metadata|path|rect|circle|ellipse|line|polyline|polygon|text|tspan|style|"
    "linearGradient|radialGradient|stop|clipPath|mask|pattern|marker|filter|feGaussianBlur|feOffset|feBlend|feFlood|"
    "feColorMatrix|feComposite|feMerge|feMergeNode|feDropShadow"
)
"""The allowed elements, which only draw. There are no scripts, links, foreign content, other pictures or animations."""
_OUTSIDE = re.compile(r"@import|url\(\s*[\"']?\s*(?!#|[\"'\s])", re.IGNORECASE)
"""CSS that refers to anything outside of the picture."""


def _safe_svg(content: bytes) -> str:
    """The picture as it was sent. Raises InvalidInput if it does anything but draw."""
    try:
        text = content.decode("utf-8-sig")
        # Definitions of entities are refused before they are parsed, because entities can grow without bounds.
        if re.search(r"<!(?!--)", text):
            raise _not_a_logo("the SVG has a document type or CDATA; remove it")
        root = ElementTree.fromstring(text)  # noqa: S314 - it has no entities
    except (UnicodeDecodeError, ElementTree.ParseError, ValueError):
        raise _not_a_logo("it is not well-formed SVG in UTF-8") from None
    if root.tag != f"{_SVG}svg":
        raise _not_a_logo("it is not an SVG picture")
    for element in root.iter():
        _check_element(element)
    return text


def _check_element(element: ElementTree.Element) -> None:
    name = element.tag.removeprefix(_SVG)
    if element.tag.startswith(_SVG) and not _DRAWING.fullmatch(name):
        raise _not_a_logo(f"the SVG has an element {name!r}, which is not allowed")
    if not element.tag.startswith("{") or element.tag.startswith("{http://www.w3.org/1999/xhtml}"):
        raise _not_a_logo("the SVG has elements of another kind")
    if name == "style" and (_OUTSIDE.search(element.text or "") or "\\" in (element.text or "")):
        raise _not_a_logo("a style of the SVG refers to something outside of it")
    for key, value in element.attrib.items():
        if key.lower().startswith("on"):
            raise _not_a_logo(f"the SVG has an attribute {key!r}, which is not allowed")
        if (key in _HREFS and not value.strip().startswith("#")) or _OUTSIDE.search(value):
            raise _not_a_logo("the SVG refers to something outside of it")


_PICTURES = {"data:image/png": _svg_around, "data:image/svg+xml": _safe_svg}
