"""`python -m infra.pictures`: draws the pictures that cannot be SVG: home-screen icons, and the card for link previews.

Run it by hand with Chromium and its driver when the logo changes; it never runs during a deployment. Each PNG contains
a hash of the SVG that it was drawn from, in a `tEXt` chunk. A test compares the hashes.
"""

import hashlib
import math
import re
import shutil
import struct
import sys
import zlib
from base64 import b64decode, b64encode
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

PAGES = Path(__file__).resolve().parent.parent / "chalicelib" / "pages"
SIGNATURE = b"\x89PNG\r\n\x1a\n"
KEYWORD = "Source"
"""The keyword of the `tEXt` chunk. Its text is the SHA-256 hash of the SVG."""


class Picture(NamedTuple):
    """width, height: pixels. svg: what is drawn."""

    width: int
    height: int
    svg: str

    @property
    def source(self) -> str:
        return hashlib.sha256(self.svg.encode()).hexdigest()


def pictures() -> Mapping[str, Picture]:
    """All pictures, by file name."""
    mark = _flat((PAGES / "mark.svg").read_text())
    maskable = _flat((PAGES / "mark_maskable.svg").read_text())
    return {
        # iOS rounds the corners itself, and shows black where nothing is drawn.
        "touch_icon.png": Picture(180, 180, mark.replace(' rx="9"', "")),
        "icon_small.png": Picture(192, 192, mark),
        "icon_large.png": Picture(512, 512, mark),
        "icon_maskable.png": Picture(512, 512, maskable),
        "card.png": Picture(1200, 630, _card(mark)),
    }


STRIPES = 160
_GRADIENT = re.compile(r'<defs>.*?<stop stop-color="#(\w{6})"/>.*?stop-color="#(\w{6})"/>.*?</defs>')
_GROUND = re.compile(r'(<rect width="(\d+)"[^>]*?) fill="url\(#m\)"/>')


def _flat(mark: str) -> str:
    """The logo with stripes instead of its gradient, because Chromium dithers gradients, which makes the file ten times
    as large.
    """
    gradient, ground = _GRADIENT.search(mark), _GROUND.search(mark)
    if not (gradient and ground):
        raise ValueError("the mark has no ground with a gradient")
    far = 2 * int(ground[2])
    stripes = ""
    for number in range(STRIPES):
        at = round(far * number / STRIPES, 2)
        color = _between(gradient[1], gradient[2], number / (STRIPES - 1))
        stripes += f'<path d="M{at} 0H{far}V{far}H0V{at}z" fill="{color}"/>'
    # Clipped together and not one by one, because the antialiased edges of overlapping stripes would add up.
    drawn = f'<mask id="m">{ground[1]} fill="#fff"/></mask><g mask="url(#m)">{stripes}</g>'
    return mark.replace(gradient[0], "").replace(ground[0], drawn)


def _between(one: str, other: str, part: float) -> str:
    """A color between two, hexadecimal. part: 0 for the first one, 1 for the other."""
    pairs = zip(bytes.fromhex(one), bytes.fromhex(other), strict=True)
    return "#" + bytes(round(a + (b - a) * part) for a, b in pairs).hex()


BARS = 60
BAR = 12
WAVES = (("0a1224", 120), ("0b1930", 235), ("0b213d", 335), ("0b2b4b", 425))
"""Each wave's color, and its distance from the top in pixels, from back to front."""


def _card(mark: str) -> str:
    """The logo above a fleet of servers. Without text, because previews show the site's name next to it."""
    waves = "".join(f'<path d="{_wave(number, top)}" fill="#{color}"/>' for number, (color, top) in enumerate(WAVES))
    bars = "".join(map(_bar, range(BARS)))
    drawn = mark.partition(">")[2].removesuffix("\n").removesuffix("</svg>")
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1200 630">'
        f'<rect width="1200" height="630" fill="#070c15"/>{waves}{bars}'
        f'<g transform="translate(500 116) scale(6.25)">{drawn}</g></svg>'
    )


def _wave(number: int, top: float) -> str:
    points = (
        f"{x} {top + 34 * math.sin(x / (170 + 25 * number) + 2.1 * number) + 14 * math.sin(x / 83 + number):.1f}"
        for x in range(0, 1210, 10)
    )
    return f"M{'L'.join(points)}V630H0z"


def _bar(number: int) -> str:
    """One server; together, the bars form waves, too."""
    place = number / (BARS - 1)
    wave = 0.5 + 0.3 * math.sin(place * 13) + 0.2 * math.sin(place * 31 + 1)
    height = 26 + 190 * wave * (0.35 + 0.65 * abs(2 * place - 1) ** 0.8)
    left = (number + 0.5) * 1200 / BARS - BAR / 2
    color = _between("6a83ff", "39d0d8", place)
    return (
        f'<rect x="{left:.1f}" y="{630 - height:.1f}" width="{BAR}" height="{height + BAR:.1f}" rx="{BAR / 2:g}" '
        f'fill="{color}" fill-opacity="{0.35 + 0.4 * wave:.2f}"/>'
    )


def source_of(png: bytes) -> str:
    """The hash of the SVG that a picture was drawn from; "" if the file has none."""
    at = len(SIGNATURE)
    while at < len(png):
        length, kind = struct.unpack_from(">I4s", png, at)
        if kind == b"tEXt":
            keyword, _, text = png[at + 8 : at + 8 + length].partition(b"\0")
            if keyword.decode() == KEYWORD:
                return text.decode()
        at += length + 12
    return ""


def _with_source(png: bytes, source: str) -> bytes:
    """Inserts the chunk after the header, which is 25 bytes long."""
    head = len(SIGNATURE) + 25
    content = b"tEXt" + KEYWORD.encode() + b"\0" + source.encode()
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    return png[:head] + chunk + png[head:]


def main() -> None:
    # Imported here, so that tests can compare the pictures without it.
    from selenium import webdriver

    binary, driver = shutil.which("chromium") or shutil.which("google-chrome"), shutil.which("chromedriver")
    if not (binary and driver):
        sys.exit("Chromium and its driver are needed: apt-get install chromium chromium-driver")
    options = webdriver.ChromeOptions()
    options.binary_location = binary
    for switch in ("--headless=new", "--no-sandbox", "--disable-gpu", "--force-color-profile=srgb"):
        options.add_argument(switch)
    browser = webdriver.Chrome(options=options, service=webdriver.ChromeService(driver))
    try:
        for name, picture in pictures().items():
            png = _with_source(_drawn(browser, picture), picture.source)
            (PAGES / name).write_bytes(png)
            print(f"{name}: {len(png) / 1000:.1f} KB")
    finally:
        browser.quit()


def _drawn(browser: Any, picture: Picture) -> bytes:
    """A PNG of exactly the picture's size, with a transparent background."""
    size = {"width": picture.width, "height": picture.height}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {**size, "deviceScaleFactor": 1, "mobile": False})
    transparent = {"r": 0, "g": 0, "b": 0, "a": 0}
    browser.execute_cdp_cmd("Emulation.setDefaultBackgroundColorOverride", {"color": transparent})
    data = b64encode(picture.svg.encode()).decode()
    page = f'<body style="margin:0"><img src="data:image/svg+xml;base64,{data}" style="display:block;width:100%">'
    browser.get(f"data:text/html;base64,{b64encode(page.encode()).decode()}")
    clip = {"x": 0, "y": 0, **size, "scale": 1}
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"format": "png", "clip": clip})
    return b64decode(shot["data"])


if __name__ == "__main__":
    main()
