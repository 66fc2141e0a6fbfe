"""GET /badge/ID.svg: a picture of a server's status."""

from xml.etree import ElementTree

import pytest

from tests.support.dashboard import Dashboard, HttpAnswer

STATE = {"CPU": 1}


def words(answer: HttpAnswer) -> list[str]:
    assert (answer.status, answer.headers["content-type"]) == (200, "image/svg+xml; charset=utf-8")
    picture = ElementTree.fromstring(answer.body.decode())  # noqa: S314 - our own
    return [one.text or "" for one in picture.iter("{http://www.w3.org/2000/svg}text")]


def test_badge_has_the_name_and_the_status(dashboard: Dashboard) -> None:
    _, secret = dashboard.server('web <1> & "2"')
    assert words(dashboard.get("/badge/1.svg")) == ['web <1> & "2"', "never reported"]
    dashboard.report({"secret": secret, "state": STATE})
    assert words(dashboard.get("/badge/1.svg"))[1] == "online"
    dashboard.clock.now += 3600
    assert words(dashboard.get("/badge/1.svg"))[1] == "offline"
    dashboard.store.edit_settings({"language": "zh-TW"})
    assert words(dashboard.get("/badge/1.svg"))[1] == "離線"


def test_name_that_no_picture_may_contain_is_cleaned(dashboard: Dashboard) -> None:
    dashboard.server("a\x01\u202eb" + "c" * 100)
    assert words(dashboard.get("/badge/1.svg"))[0] == "ab" + "c" * 38


def test_badge_is_only_of_what_guests_see_whoever_asks(dashboard: Dashboard) -> None:
    dashboard.server("hidden", hide_for_guest=True)
    dashboard.server("web-1")
    reader = dashboard.request("GET", "/badge/1.svg", {"Authorization": dashboard.token("read")})
    for answer in (dashboard.get("/badge/1.svg"), reader, dashboard.get("/badge/99.svg")):
        assert answer.error == (403, 403)
    dashboard.store.edit_settings({"public_page": False})
    assert dashboard.get("/badge/2.svg").error == (403, 403)


@pytest.mark.parametrize("name", ["1", "0.svg", "01.svg", "1.png", "x.svg", f"{2**64}.svg"])
def test_other_names_are_not_found(dashboard: Dashboard, name: str) -> None:
    assert dashboard.get(f"/badge/{name}").error == (404, 404)
