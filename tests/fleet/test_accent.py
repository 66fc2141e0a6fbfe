"""An owner's accent color can be read in both themes, whatever it is."""

import itertools
import re

import pytest

from chalicelib.fleet.accent import Color, check, luminance, shades, style
from chalicelib.fleet.errors import InvalidInput

EVERY = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in itertools.product(range(0, 256, 51), repeat=3)]
LIGHT_GROUNDS = ("#f0f4f9", "#e3ebfa", "#ffffff", "#ebf0f6")
DARK_GROUNDS = ("#070c15", "#12233f", "#131d2d", "#1e2b40", "#0b131f")


def color(text: str) -> Color:
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue


def contrast(one: Color, other: Color) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_every_accent_has_the_contrast_that_its_use_needs() -> None:
    white = (1.0, 1.0, 1.0)
    for text in EVERY:
        light, dark, fill_light, fill_dark, tint_light, tint_dark = shades(text)
        assert min(contrast(light, ground) for ground in (*map(color, LIGHT_GROUNDS), tint_light)) >= 4.5, text
        assert min(contrast(dark, ground) for ground in (*map(color, DARK_GROUNDS), tint_dark)) >= 4.5, text
        assert min(contrast(fill_light, white), contrast(fill_dark, white)) >= 4.5, text
        assert contrast(fill_light, color("#f0f4f9")) >= 3
        assert contrast(fill_dark, color("#131d2d")) >= 3, text


def test_style_says_nothing_but_colors() -> None:
    named = r"light-dark\(#[0-9a-f]{6}, #[0-9a-f]{6}\)"
    for text in EVERY:
        assert re.fullmatch(
            rf":root {{ --accent: {named}; --accent-fill: {named}; --accent-tint: {named}; }}\n", style(text)
        )


@pytest.mark.parametrize("wrong", ["red", "#fff", "#2c52e0 ", "#2c52e0;}", "2c52e0", "#gggggg", "#２２２２２２"])
def test_accent_is_a_color_of_six_digits(wrong: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check(wrong)
    assert (caught.value.error, caught.value.field) == ("not_a_color", "accent")
