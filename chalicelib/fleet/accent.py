"""The owner's accent color as the pages use it: made light or dark enough for the backgrounds of both themes.

Luminance is WCAG's. Text needs a contrast of 4.5 with every background in tokens.css that it appears on; a filled
button needs 4.5 with its white text and 3 with the background around it.
"""

import colorsys
import re

from chalicelib.fleet.errors import InvalidInput

Color = tuple[float, float, float]
"""Red, green and blue from 0 to 1."""

ON_LIGHT_MOST = 0.13
"""The highest luminance of a light theme's button, and of text on the darkest light background (the glow at the top of
the page) or on its own tint."""
ON_DARK_LEAST = 0.36
"""The lowest luminance of text on the lightest dark background (a dialog) or on its own tint."""
DARK_FILL = (0.14, 0.175)
"""The lowest and highest luminance of a button in the dark theme, which contrasts with its text and its background."""
LIGHT_TINT = ((1.0, 1.0, 1.0), 0.1)
DARK_TINT = ((0x13 / 255, 0x1D / 255, 0x2D / 255), 0.18)
"""A background, and the share of the accent in the tint on it."""


def check(text: str) -> None:
    """Raises InvalidInput for anything but "" and a color such as "#2c52e0"."""
    if text and not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise InvalidInput('"accent" must be a color such as "#2c52e0".', error="not_a_color", field="accent")


def style(text: str) -> str:
    """The style sheet that sets the accent. text: as `check` allows, but not ""."""
    light, dark, fill_light, fill_dark, tint_light, tint_dark = map(_hex, shades(text))
    return (
        f":root {{ --accent: light-dark({light}, {dark}); --accent-fill: light-dark({fill_light}, {fill_dark}); "
        f"--accent-tint: light-dark({tint_light}, {tint_dark}); }}\n"
    )


def shades(text: str) -> tuple[Color, ...]:
    """The colors of text, fill and tint, each for the light and for the dark theme."""
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    own = (red, green, blue)
    light = _with_luminance(own, 0, ON_LIGHT_MOST)
    dark = _with_luminance(own, ON_DARK_LEAST, 1)
    fill_dark = _with_luminance(own, *DARK_FILL)
    return light, dark, light, fill_dark, _mixed(light, *LIGHT_TINT), _mixed(fill_dark, *DARK_TINT)


def luminance(color: Color) -> float:
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in color]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _with_luminance(color: Color, least: float, most: float) -> Color:
    """The color itself if its luminance is in the range, otherwise the same hue, lighter or darker."""
    if least <= luminance(color) <= most:
        return color
    wanted = least if luminance(color) < least else most
    hue, low_or_high, saturation = colorsys.rgb_to_hls(*color)
    low, high = (low_or_high, 1.0) if wanted == least else (0.0, low_or_high)
    for _ in range(20):
        middle = (low + high) / 2
        if luminance(colorsys.hls_to_rgb(hue, middle, saturation)) < wanted:
            low = middle
        else:
            high = middle
    return colorsys.hls_to_rgb(hue, high if wanted == least else low, saturation)


def _mixed(color: Color, ground: Color, share: float) -> Color:
    red, green, blue = (share * one + (1 - share) * other for one, other in zip(color, ground, strict=True))
    return red, green, blue


def _hex(color: Color) -> str:
    return "#" + "".join(f"{round(255 * part):02x}" for part in color)
