"""The pictures that cannot be SVG: they show the current logo, in the sizes that documents and the manifest name."""

import json
import struct

import pytest

from chalicelib.api.link_preview import CARD_HEIGHT, CARD_WIDTH
from infra.pictures import PAGES, Picture, pictures, source_of

MOST_BYTES = 40_000


@pytest.mark.parametrize(("name", "picture"), pictures().items())
def test_picture_was_drawn_from_todays_mark(name: str, picture: Picture) -> None:
    png = (PAGES / name).read_bytes()
    assert struct.unpack_from(">II", png, 16) == (picture.width, picture.height)
    assert source_of(png) == picture.source, "draw the pictures again: python -m infra.pictures"
    assert len(png) < MOST_BYTES


def test_every_picture_of_the_pages_is_drawn_by_this_program() -> None:
    assert {path.name for path in PAGES.rglob("*.png")} == {*pictures()}


def test_who_names_a_size_names_the_right_one() -> None:
    card = pictures()["card.png"]
    assert (card.width, card.height) == (CARD_WIDTH, CARD_HEIGHT)
    for icon in json.loads((PAGES / "manifest.webmanifest").read_text())["icons"]:
        if icon["type"] == "image/png":
            picture = pictures()[icon["src"].removeprefix("./")]
            assert icon["sizes"] == f"{picture.width}x{picture.height}"
