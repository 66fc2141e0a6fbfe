"""What the dashboard sends of its pages: documents, files and their policy."""

import json
import re

import pytest

from tests.support.dashboard import Dashboard

PATHS = ("/", "/server/1", "/monitors", "/events", "/login", "/dashboard")


@pytest.mark.parametrize("path", PATHS)
def test_documents_forbid_what_they_do_not_need(dashboard: Dashboard, path: str) -> None:
    answer = dashboard.get(path)
    assert (answer.status, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.headers["cache-control"] == "no-cache"
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == policy["manifest-src"] == "'self'"
    assert "unsafe" not in answer.headers["content-security-policy"]
    html = answer.body.decode()
    assert "{{" not in html
    files = re.findall(r'"(\.{1,2}/[^"]*static/[^"]+)"', html)
    assert len(files) > 5
    for file in files:
        asset = dashboard.get(resolved(path, file))
        assert asset.status == 200
        assert "immutable" in asset.headers["cache-control"]
        assert re.search(r"\.[0-9a-f]{12}\.\w+$", file)


def resolved(path: str, reference: str) -> str:
    """The path that a relative reference in a document leads to."""
    folders = path.split("/")[1:-1]
    for part in reference.split("/"):
        if part == "..":
            folders.pop()
        elif part != ".":
            folders.append(part)
    return "/" + "/".join(folders)


def test_manifest_leads_back_to_the_dashboard_and_to_its_icons(dashboard: Dashboard) -> None:
    (reference,) = re.findall(r'rel="manifest" href="\./([^"]+)"', dashboard.get("/").body.decode())
    answer = dashboard.get(f"/{reference}")
    assert answer.headers["content-type"] == "application/manifest+json; charset=utf-8"
    manifest = json.loads(answer.body)
    assert (manifest["start_url"], manifest["scope"]) == ("../", "../")
    for icon in manifest["icons"]:
        picture = dashboard.get(f"/static/{icon['src'].removeprefix('./')}")
        assert (picture.status, picture.headers["content-type"].partition(";")[0]) == (200, icon["type"])
    sizes = {(icon["type"], icon["purpose"], icon["sizes"]) for icon in manifest["icons"]}
    assert {("image/png", "any", "192x192"), ("image/png", "any", "512x512")} <= sizes
    assert ("image/png", "maskable", "512x512") in sizes


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("accept", ["*/*", "image/*", "image/png"])
def test_home_screens_get_a_picture_that_they_can_show(dashboard: Dashboard, path: str, accept: str) -> None:
    """iOS does not accept SVG here."""
    (reference,) = re.findall(r'<link rel="apple-touch-icon" href="([^"]+)">', dashboard.get(path).body.decode())
    answer = dashboard.request("GET", resolved(path, reference), {"Accept": accept})
    assert (answer.status, answer.headers["content-type"]) == (200, "image/png")
    assert answer.body.startswith(b"\x89PNG\r\n\x1a\n")
    head = dashboard.request("HEAD", resolved(path, reference))
    assert (head.body, head.headers["content-length"]) == (b"", str(len(answer.body)))


def test_unknown_file_is_not_found_and_not_kept(dashboard: Dashboard) -> None:
    answer = dashboard.get("/static/style.000000000000.css")
    assert answer.error == (404, 404)
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("path", "location"),
    [("/dashboard/", "../dashboard"), ("/login/", "../login"), ("/monitors/", "../monitors"), ("/server/12/", "../12")],
)
def test_document_under_a_wrong_address_leads_to_its_own(dashboard: Dashboard, path: str, location: str) -> None:
    answer = dashboard.get(path)
    assert (answer.status, answer.headers["location"]) == (307, location)


def test_readers_of_feeds_find_the_incidents(dashboard: Dashboard) -> None:
    for path, reference in (("/", "./incidents.atom"), ("/server/1", "./../incidents.atom")):
        found = re.findall(
            r'<link rel="alternate" href="([^"]+)" type="application/atom\+xml"', dashboard.get(path).body.decode()
        )
        assert found == [reference]
        assert dashboard.get(resolved(path, reference)).status == 200
