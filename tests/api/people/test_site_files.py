"""What an owner adds to the pages: a logo, an accent color, a footer and a style sheet."""

import re
import struct
import zlib
from base64 import b64encode
from typing import Any

import pytest

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet.watch import Watch
from tests.api.people.panel import Panel
from tests.support.dashboard import Dashboard

SVG = (
    '<?xml version="1.0"?><!-- ours -->'
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 8 8">'
    '<defs><linearGradient id="g"><stop stop-color="#f00"/></linearGradient></defs>'
    '<style>.a { fill: url(#g) }</style><path class="a" d="M0 0h8v8z" style="filter: url( #g )"/>'
    '<use xlink:href="#g"/></svg>'
)


def data_url(content: str | bytes, kind: str = "svg+xml") -> str:
    raw = content.encode() if isinstance(content, str) else content
    return f"data:image/{kind};base64,{b64encode(raw).decode()}"


def png(width: int = 2, height: int = 2, more: bytes = b"") -> bytes:
    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress((b"\0" + b"\xff\0\0" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", more)


def inside(element: str) -> str:
    return f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink">{element}</svg>'


HOSTILE = [
    inside("<script>alert(1)</script>"),
    inside('<path onload="alert(1)"/>'),
    '<svg xmlns="http://www.w3.org/2000/svg" OnLoad="alert(1)"/>',
    inside('<a href="https://evil.example"><path/></a>'),
    inside('<a xlink:href="javascript:alert(1)"><path/></a>'),
    inside('<use href="https://evil.example/x.svg#a"/>'),
    inside('<use xlink:href="data:image/svg+xml;base64,AAAA#a"/>'),
    inside('<image href="https://evil.example/x.png"/>'),
    inside('<foreignObject><body xmlns="http://www.w3.org/1999/xhtml"/></foreignObject>'),
    inside('<iframe xmlns="http://www.w3.org/1999/xhtml" src="x"/>'),
    inside('<set attributeName="href" to="javascript:alert(1)"/>'),
    inside('<path style="fill: url(https://evil.example/x)"/>'),
    inside("<path fill=\"url('//evil.example/x#y')\"/>"),
    inside("<style>@import 'https://evil.example/x.css';</style>"),
    inside("<style>path { fill: URL( https://evil.example/x ) }</style>"),
    inside("<style>path { fill: u\\72l(https://evil.example/x) }</style>"),
    inside("<script xmlns=''>alert(1)</script>"),
    '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]><svg xmlns="http://www.w3.org/2000/svg">&b;</svg>',
    '<!DOCTYPE svg SYSTEM "file:///etc/passwd"><svg xmlns="http://www.w3.org/2000/svg"/>',
    "<svg><path/></svg>",
    '<html xmlns="http://www.w3.org/1999/xhtml"/>',
    "<svg xmlns='http://www.w3.org/2000/svg'>",
    "no picture",
    b"\xff\xfe<\0s\0v\0g\0",
]


def file_of(panel: Panel, field: str) -> str:
    return f"/custom/{panel.get('/api/settings').result[field]}"


def test_logo_is_served_as_a_picture_in_which_nothing_runs(dashboard: Dashboard, panel: Panel) -> None:
    assert panel.patch("/api/settings", {"logo": data_url(SVG)}).result is None
    answer = dashboard.get(file_of(panel, "logo"))
    assert answer.body.decode() == SVG
    assert answer.headers["content-type"] == "image/svg+xml; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-disposition"] == 'attachment; filename="logo.svg"'
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; sandbox"
    assert answer.headers["content-security-policy"] == policy
    assert "immutable" in answer.headers["cache-control"]


def test_png_is_served_within_an_svg(dashboard: Dashboard, panel: Panel) -> None:
    panel.patch("/api/settings", {"logo": data_url(png(3, 2), "png")})
    text = dashboard.get(file_of(panel, "logo")).body.decode()
    assert text.startswith('<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 3 2"><image width="3" height="2" ')
    assert data_url(png(3, 2), "png") in text


@pytest.mark.parametrize("hostile", HOSTILE)
def test_logo_that_does_more_than_draw_is_refused(panel: Panel, hostile: str | bytes) -> None:
    answer = panel.patch("/api/settings", {"logo": data_url(hostile)})
    assert (answer.status, answer.json["error"], answer.json["field"]) == (400, "not_a_logo", "logo")
    assert panel.get("/api/settings").result["logo"] == ""


def test_logo_of_another_kind_or_size_is_refused(panel: Panel) -> None:
    wrong: dict[str, list[Any]] = {
        "not_a_logo": [
            "x",
            "https://example.com/logo.png",
            data_url(png(), "jpeg"),
            "data:image/png;base64,@@@",
            data_url(SVG, "png"),
            data_url(png(4000), "png"),
            data_url(png(0), "png"),
            data_url(png()[:20], "png"),
        ],
        "file_too_large": [data_url(png(more=bytes(32 * 1024)), "png")],
        "too_long": [data_url(bytes(50_000), "png")],
        "not_a_string": [1, []],
    }
    for error, values in wrong.items():
        for value in values:
            assert panel.patch("/api/settings", {"logo": value}).json["error"] == error, value


def test_style_sheet_and_logo_are_replaced_kept_and_removed(
    dashboard: Dashboard, panel: Panel, store: WatchedStore
) -> None:
    panel.patch("/api/settings", {"css": "body { color: red }", "logo": data_url(SVG)})
    first = file_of(panel, "css")
    assert dashboard.get(first).body == b"body { color: red }"
    assert dashboard.get(first).headers["content-type"] == "text/css; charset=utf-8"
    settings = panel.get("/api/settings").result
    assert panel.patch("/api/settings", settings).result is None
    assert panel.get("/api/settings").result == settings
    panel.patch("/api/settings", {"css": "body { color: blue }"})
    assert dashboard.get(first).error == (404, 404)
    assert dashboard.get(file_of(panel, "css")).body == b"body { color: blue }"
    logo = file_of(panel, "logo")
    panel.patch("/api/settings", {"css": " ", "logo": ""})
    assert dashboard.get(logo).error == (404, 404)
    assert [panel.get("/api/settings").result[name] for name in ("css", "logo")] == ["", ""]
    assert panel.patch("/api/settings", {"css": "x" * 16_385}).json["error"] == "too_long"


def test_accent_is_a_style_sheet_of_its_own(dashboard: Dashboard, panel: Panel) -> None:
    assert panel.patch("/api/settings", {"accent": "red"}).json["error"] == "not_a_color"
    panel.patch("/api/settings", {"accent": "#FF8800"})
    for path, folder in (("/", "./"), ("/server/1", "./../"), ("/login", "./"), ("/dashboard", "./")):
        text = dashboard.get(path).body.decode()
        (link,) = [line for line in text.splitlines() if "/custom/" in line]
        assert link.startswith(f'<link rel="stylesheet" href="{folder}custom/accent.ff8800.')
    file = link.partition("./")[2].partition('"')[0]
    assert b"--accent: light-dark(#" in dashboard.get(f"/{file}").body
    assert dashboard.get(f"/{file.replace('ff8800', 'ff8801')}").error == (404, 404)


def test_documents_name_what_there_is_and_nothing_else(dashboard: Dashboard, panel: Panel) -> None:
    plain = {path: dashboard.get(path).body for path in ("/", "/login", "/dashboard")}
    assert not any(b"custom" in body or b"{{" in body or b"data-footer" in body for body in plain.values())
    hostile = """"><script>alert(1)</script> '{{preload}} {{styles}} {{about}} {{site}} "./static/x" &amp;"""
    panel.patch("/api/settings", {"footer": hostile, "css": "p { color: red }", "logo": data_url(SVG)})
    style, logo = file_of(panel, "css")[1:], file_of(panel, "logo")[1:]
    for path in plain:
        text = dashboard.get(path).body.decode()
        assert (f'<link rel="stylesheet" href="./{style}">' in text) is (path == "/")
        assert f' data-logo="{logo}"' in text
        assert "<script>alert" not in text
    assert panel.patch("/api/settings", {"footer": "x" * 501}).json["error"] == "too_long"


def test_unknown_files_are_not_found(dashboard: Dashboard) -> None:
    for name in (
        "x",
        "logo.",
        "logo.000000000000.svg",
        "style..css",
        "accent.000000.000000000000.css",
        "site",
        "password",
    ):
        assert dashboard.get(f"/custom/{name}").error == (404, 404)


def test_public_documents_tell_link_previews_the_name_and_the_counts(dashboard: Dashboard, panel: Panel) -> None:
    for number in range(3):
        _, secret = dashboard.server(hide_for_guest=number == 2)
        if number:
            dashboard.report({"secret": secret, "state": {"CPU": 1}})
    panel.patch("/api/settings", {"site_name": 'Us & <them>"', "site_url": "https://status.example.com"})
    assert "description" not in dashboard.get("/").body.decode()
    watch_once(dashboard)
    for path in ("/", "/server/1", "/monitors", "/events"):
        text = dashboard.get(path).body.decode()
        for element in (
            "<title>Us &amp; &lt;them&gt;&quot;</title>",
            '<meta name="description" content="1 of 2 servers online">',
            '<meta property="og:site_name" content="Us &amp; &lt;them&gt;&quot;">',
            '<meta property="og:title" content="Us &amp; &lt;them&gt;&quot;">',
            '<meta property="og:description" content="1 of 2 servers online">',
            '<meta property="og:url" content="https://status.example.com">',
            '<meta name="twitter:card" content="summary_large_image">',
        ):
            assert element in text
        (card,) = re.findall(r'<meta property="og:image" content="https://status\.example\.com(/static/[^"]+)">', text)
        picture = dashboard.get(card)
        assert (picture.status, picture.headers["content-type"]) == (200, "image/png")
        assert struct.unpack_from(">II", picture.body, 16) == (1200, 630)
    panel.patch("/api/settings", {"language": "de"})
    assert "1 von 2 Servern online" in dashboard.get("/").body.decode()
    assert panel.get("/").body == dashboard.get("/").body


def watch_once(dashboard: Dashboard) -> None:
    """What the scheduled function does each minute."""
    Watch(dashboard.store, 10).look(*dashboard.store.view_and(dashboard.store.states), dashboard.clock.now)


def test_previews_of_a_site_without_a_known_address_have_no_picture(dashboard: Dashboard) -> None:
    """Previews take no relative address."""
    assert dashboard.store.view().settings.site_url == ""
    assert "og:image" not in dashboard.get("/").body.decode()


def test_private_site_tells_link_previews_nothing(dashboard: Dashboard, panel: Panel) -> None:
    dashboard.server()
    watch_once(dashboard)
    panel.patch("/api/settings", {"site_name": "Secret name", "public_page": False})
    for path in ("/", "/server/1", "/monitors", "/events", "/login", "/dashboard"):
        text = dashboard.get(path).body.decode()
        assert "<title>Nezha</title>" in text
        assert "og:" not in text
        assert "Secret" not in text
