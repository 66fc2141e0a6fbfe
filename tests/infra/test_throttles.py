"""API Gateway's throttles, and the cost of a flood that stays within them."""

import re
from pathlib import Path
from typing import Any

import pytest

from chalicelib.api.route import HEAD, REPORTS, STANDARD
from chalicelib.api.routes import ROUTES
from chalicelib.fleet import prices
from infra import template

LIMITS_PAGE = (Path(__file__).parents[2] / "docs" / "limits.md").read_text()
SECTION = LIMITS_PAGE.partition("## API Gateway")[2].partition("\n## ")[0]
TEMPLATE = template.application()
DAY = 86_400


def settings() -> dict[str, Any]:
    """(rate, burst) by method and path, with the defaults of parameters."""
    found = {}
    for one in TEMPLATE["Resources"]["RestAPI"]["Properties"]["MethodSettings"]:
        path = one["ResourcePath"].replace("/~1", "/").replace("~1", "/")
        limits = (one["ThrottlingRateLimit"], one["ThrottlingBurstLimit"])
        found[f"{one['HttpMethod']} {path}"] = tuple(map(with_default, limits))
    return found


def with_default(value: Any) -> Any:
    return TEMPLATE["Parameters"][value["Ref"]]["Default"] if isinstance(value, dict) else value


SETTINGS = settings()
METHODS = {
    f"{method} {route.path}": SETTINGS.get(f"{method} {route.path}", SETTINGS["* /*"])
    for route in ROUTES
    for method in (*route.methods, *(["OPTIONS"] if route.any_site else []))
}
"""The throttle of each method that API Gateway has, preflights included."""


@pytest.mark.parametrize("method", sorted(METHODS))
def test_no_method_lets_more_than_50_requests_a_second_through(method: Any) -> None:
    rate, burst = METHODS[method]
    assert 5 <= rate <= 50
    assert rate <= burst <= 200


def test_every_setting_is_of_a_route() -> None:
    assert SETTINGS.keys() - {"* /*"} <= METHODS.keys()
    assert SETTINGS["* /*"] == STANDARD[:2]


def test_head_has_a_low_limit_on_every_path() -> None:
    heads = {limits for method, limits in METHODS.items() if method.startswith("HEAD ")}
    assert heads == {HEAD[:2]}


def test_reports_have_the_rate_of_the_deployment() -> None:
    (report,) = [
        one
        for one in TEMPLATE["Resources"]["RestAPI"]["Properties"]["MethodSettings"]
        if one["ResourcePath"] == "/~1api~1v1~1agent~1report"
    ]
    assert report["ThrottlingRateLimit"] == report["ThrottlingBurstLimit"] == {"Ref": "ReportRate"}
    assert TEMPLATE["Parameters"]["ReportRate"]["Default"] == REPORTS.rate


def test_the_page_lists_every_throttle() -> None:
    rows = [re.findall(r"[^|]+", line) for line in SECTION.splitlines() if re.match(r"\| .* \| \d", line)]
    listed = {}
    for methods, rate, burst in rows:
        limit = int(re.findall(r"^ (\d+)", rate)[0])
        limits = (limit, limit if "as many" in burst else int(burst))
        for method in re.findall(r"`([A-Z]+ ?[^`]*)`", methods) or ["every other"]:
            listed[method] = limits
    heads = listed.pop("HEAD")
    usual = listed.pop("every other")
    for method, limits in METHODS.items():
        assert limits == (heads if method.startswith("HEAD ") else listed.pop(method, usual)), method
    assert listed == {}


def test_the_page_says_what_a_flood_costs() -> None:
    request = (
        prices.REST_REQUEST
        + prices.LAMBDA_REQUEST
        + 0.010 * 0.5 * prices.LAMBDA_GB_SECOND  # 10 ms of 512 MB
        + prices.READ_UNIT
        + 1000 / prices.GB * prices.LOGS_GB  # 1,000 bytes in two logs
    )
    total = sum(rate for rate, _ in METHODS.values())
    text = " ".join(SECTION.split())
    assert f"about ${request * DAY * 50:.0f} a day" in text
    assert f"${round(request * 1e6, 1):.2f} per million requests" in text
    said = re.search(r"all methods at once, up to ([\d,]+) requests a second, costs up to \$([\d,]+) a day", text)
    assert said
    most, dollars = (int(number.replace(",", "")) for number in said.groups())
    assert total <= most <= 2 * total  # not exact, so that not every new route changes the page
    assert dollars == int(round(request * DAY * most, -1))
