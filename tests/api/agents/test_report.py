"""POST /api/v1/agent/report"""

import json
from typing import Any, cast

import pytest

from benchmarks.item_size import consumed
from chalicelib.fleet import limits
from tests.support.dashboard import Dashboard

PATH = "/api/v1/agent/report"
UINT64 = 18_446_744_073_709_551_615
NEVER = -62135596800

FLOATS = ("CPU", "Load1", "Load5", "Load15", "GPU")
WHOLES = (
    *("MemUsed", "SwapUsed", "DiskUsed", "NetInTransfer", "NetOutTransfer", "NetInSpeed", "NetOutSpeed", "Uptime"),
    *("TcpConnCount", "UdpConnCount", "ProcessCount"),
)
HOST_TEXTS = ("Platform", "PlatformVersion", "Arch", "Virtualization", "CountryCode", "Version")
HOST_WHOLES = ("MemTotal", "DiskTotal", "SwapTotal", "BootTime")
HOST_LISTS = ("CPU", "GPU")

TEMPERATURES = [{"Name": "coretemp", "Temperature": 41.5}]
NAN, INFINITY = float("nan"), float("inf")

NOT_NUMBERS: tuple[Any, ...] = ("1", "", True, False, [], {}, [1])
NOT_FLOATS = (*NOT_NUMBERS, NAN, INFINITY, -INFINITY, 10**400)
NOT_WHOLES = (*NOT_NUMBERS, -1, -1.0, 1.5, UINT64 + 1, 2.0**64, 1e300, NAN, INFINITY, 10**400)
CUT_FLOATS = dict.fromkeys((NAN, INFINITY, -INFINITY, 10**400, -(10**400)), 0)
CUT_WHOLES = {
    **dict.fromkeys((-1, -0.5, NAN, INFINITY, -INFINITY, 10**400, -(10**400)), 0),
    **dict.fromkeys((UINT64 + 1, 1e300), UINT64),
    1.5: 1,
}
NOT_TEXTS: tuple[Any, ...] = (0, 1, 1.5, True, False, [], {}, ["a"], NAN)


@pytest.fixture
def agent(dashboard: Dashboard) -> tuple[Any, ...]:
    """A new server's id and secret."""
    server, secret = dashboard.server()
    return server.id, secret


def shown(dashboard: Dashboard, server_id: int = 1) -> tuple[Any, ...]:
    """CPU and Uptime of a server's state, and its last_active."""
    server = dashboard.details(server_id)
    return server["status"]["CPU"], server["status"]["Uptime"], server["last_active"]


def cpu(dashboard: Dashboard, server_id: int = 1) -> Any:
    return shown(dashboard, server_id)[0]


def refusals(dashboard: Dashboard, reports: list[Any]) -> list[Any]:
    """The messages that refuse these reports, each of which is sent together with valid ones."""
    secret = dashboard.server()[1]
    sent = [{"secret": secret, **report} if isinstance(report, dict) else report for report in reports]
    messages = []
    for start in range(0, len(sent), limits.REPORTS):
        for outcome in dashboard.report(*sent[start : start + limits.REPORTS]):
            assert outcome.keys() == {"error", "message", "retry"}, outcome
            assert (outcome["error"], outcome["retry"]) == ("bad_report", False)
            messages.append(outcome["message"])
    assert dashboard.details(max(dashboard.store.view().fleet.by_id))["last_active"] == NEVER, "something was taken"
    return messages


def test_report_is_answered_with_the_cadence_the_outcomes_and_the_monitors(dashboard: Dashboard, agent: Any) -> None:
    answer = dashboard.post(PATH, agent[1], {"reports": [{"state": {"CPU": 1}}]})
    elsewhere = {"report_url": dashboard.report_url} if dashboard.report_url else {}
    told = {"interval": 10, "live": False, "flush": 300, **elsewhere, "reports": [{"server_id": 1}], "monitors": []}
    assert answer.json == {"code": 0, "message": "success", "result": told}
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json; charset=utf-8")


@pytest.mark.parametrize("prefix", ["", "Bearer ", "Token ", "bearer  "])
def test_report_takes_the_secret_from_the_header(dashboard: Dashboard, agent: Any, prefix: str) -> None:
    for report in ({}, {"secret": None}, {"secret": ""}):
        assert dashboard.report(report, credential=prefix + agent[1]) == [{"server_id": 1}]


def test_report_prefers_the_secret_in_the_body(dashboard: Dashboard, agent: Any) -> None:
    other, other_secret = dashboard.server("other")
    outcomes = dashboard.report({"secret": other_secret}, {}, {"secret": "wrong"}, credential=agent[1])
    assert outcomes[:2] == [{"server_id": other.id}, {"server_id": 1}]
    assert outcomes[2]["error"] == "unknown_secret"


@pytest.mark.parametrize(
    "secret", [None, "", "wrong", "x" * 256, "x" * 257, "x" * 100_000, "名", "\x00", "\ud800", " "]
)
def test_report_with_an_unknown_secret(shared: Dashboard, secret: str | None) -> None:
    (outcome,) = shared.report({"secret": secret, "state": {}})
    assert outcome.keys() == {"error", "message", "retry"}
    assert (outcome["error"], outcome["retry"]) == ("unknown_secret", False)
    assert outcome["message"]


def test_report_takes_no_api_token_for_a_secret(dashboard: Dashboard) -> None:
    token = dashboard.token()
    outcomes = dashboard.report({"secret": token}, {}, credential=token)
    assert [outcome["error"] for outcome in outcomes] == ["unknown_secret"] * 2


def test_report_takes_no_hash_for_a_secret(dashboard: Dashboard, agent: Any) -> None:
    hash_ = dashboard.store.view().fleet.by_id[1].secret_hash
    assert dashboard.report({"secret": hash_})[0]["error"] == "unknown_secret"


def test_report_of_a_deleted_server_is_unknown(dashboard: Dashboard, agent: Any) -> None:
    dashboard.store.delete_server(dashboard.store.view().fleet.by_id[1], int(dashboard.clock.now))
    assert dashboard.report({"state": {}}, credential=agent[1])[0]["error"] == "unknown_secret"


def test_report_keeps_the_good_ones_among_bad_ones(dashboard: Dashboard) -> None:
    first, second, third = (dashboard.server(name)[1] for name in ("one", "two", "three"))
    outcomes = dashboard.report(
        {"secret": first, "state": {"CPU": 1}},
        {"secret": second, "state": {"CPU": "3"}},
        {"secret": "wrong", "state": {"CPU": 3}},
        cast(Any, 5),
        {"secret": third, "state": {"CPU": 4}},
    )
    assert [outcome.get("server_id") or outcome["error"] for outcome in outcomes] == [
        *(1, "bad_report", "unknown_secret", "bad_report", 3)
    ]
    assert '"CPU"' in outcomes[1]["message"]
    assert [cpu(dashboard, number) for number in (1, 2, 3)] == [1, 0, 4]


@pytest.mark.parametrize("names", [FLOATS, WHOLES], ids=["floats", "whole numbers"])
def test_report_refuses_wrong_figures_by_name(shared: Dashboard, names: tuple[Any, ...]) -> None:
    cases = [(name, value) for name in names for value in NOT_NUMBERS]
    messages = refusals(shared, [{"state": {"Uptime": 5, name: value}} for name, value in cases])
    assert [case for case, message in zip(cases, messages, strict=True) if f'"{case[0]}"' not in message] == []


@pytest.mark.parametrize("name", [*FLOATS, *WHOLES])
def test_report_cuts_impossible_figures_and_takes_the_rest(shared: Dashboard, name: Any) -> None:
    for value, kept in (CUT_FLOATS if name in FLOATS else CUT_WHOLES).items():
        server, secret = shared.server()
        other = "DiskUsed" if name == "MemUsed" else "MemUsed"
        ping = {"monitor_id": 1, "at": 60, "delay": 1, "up": 1}
        report = {"state": {name: value, other: 7}, "host": {"Arch": "arm64"}, "pings": [ping]}
        (outcome,) = shared.report({"secret": secret, **report})
        # The ping is of no monitor, and refused by itself.
        assert (outcome["server_id"], len(outcome["refused"])) == (server.id, 1)
        details = shared.details(server.id)
        assert (details["status"][name], details["status"][other]) == (kept, 7), value
        assert details["host"]["Arch"] == "arm64"


@pytest.mark.parametrize("name", HOST_WHOLES)
def test_report_cuts_impossible_numbers_of_a_host(shared: Dashboard, name: str) -> None:
    for value, kept in CUT_WHOLES.items():
        server, secret = shared.server()
        assert shared.report({"secret": secret, "host": {name: value}}) == [{"server_id": server.id}]
        assert shared.details(server.id)["host"][name] == kept, value


@pytest.mark.parametrize(
    ("names", "bad"),
    [
        (HOST_TEXTS, NOT_TEXTS),
        (HOST_WHOLES, NOT_NUMBERS),
        (HOST_LISTS, ("a", 1, True, {"a": "b"}, [1], [True], [["a"]], ["a", {}], NAN)),
    ],
    ids=["texts", "whole numbers", "lists"],
)
def test_report_refuses_wrong_host_fields_by_name(
    shared: Dashboard, names: tuple[Any, ...], bad: tuple[Any, ...]
) -> None:
    cases = [(name, value) for name in names for value in bad]
    messages = refusals(shared, [{"host": {name: value}, "state": {}} for name, value in cases])
    assert [case for case, message in zip(cases, messages, strict=True) if f'"{case[0]}"' not in message] == []


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("secret", NOT_TEXTS),
        ("host", (0, 1, "", "a", True, False, [], [{}])),
        ("state", (0, 1, "", "a", True, False, [], [{}])),
        ("at", ("1", "", True, False, [], {}, -1, -0.5, 10**10, 1e300, NAN, INFINITY, 10**400)),
        ("ip", NOT_TEXTS),
        ("pings", (1, "a", True, {"a": 1})),
        ("minutes", (1, "a", True, {"a": 1})),
    ],
)
def test_report_refuses_wrong_parts_by_name(shared: Dashboard, field: str, bad: tuple[Any, ...]) -> None:
    for message in refusals(shared, [{"state": {}, field: value} for value in bad]):
        assert f'"{field}"' in message


@pytest.mark.parametrize("report", [None, 0, 1.5, True, "a", [], [{}]])
def test_report_refuses_what_is_no_object(shared: Dashboard, report: Any) -> None:
    assert refusals(shared, [report]) == ["A report must be a JSON object."]


@pytest.mark.parametrize(
    ("temperatures", "word"),
    [
        *(("a", "Temperatures"), (1, "Temperatures"), ({"Name": "a"}, "Temperatures"), ([1], "Temperatures")),
        *(([["a"]], "Temperatures"), ([None], "Temperatures"), ([{"Name": 1}], "Name")),
        *(
            ([{"Temperature": "1"}], "Temperature"),
            ([{"Name": "a", "Temperature": 1}, {"Temperature": []}], "Temperature"),
        ),
    ],
)
def test_report_refuses_wrong_temperatures(shared: Dashboard, temperatures: Any, word: Any) -> None:
    (message,) = refusals(shared, [{"state": {"Temperatures": temperatures}}])
    assert word in message


def test_temperatures_are_kept_up_to_16_kb(dashboard: Dashboard) -> None:
    """Which names of control characters exceed, as JSON writes six letters for each."""
    server, secret = dashboard.server()
    sent = [{"Name": "\0" * 64, "Temperature": 41.5}] * 64
    body = json.dumps({"reports": [{"state": {"Temperatures": sent}}]}).encode()
    assert dashboard.post(PATH, secret, body).result["reports"] == [{"server_id": server.id}]
    kept = dashboard.details(server.id)["status"]["Temperatures"]
    assert 0 < len(kept) < 64
    assert kept == sent[: len(kept)]
    assert len(dashboard.store.states([server.id]).temperatures[server.id]) <= limits.TEMPERATURES_BYTES


@pytest.mark.parametrize("value", [0, "", False, {}], ids=repr)
@pytest.mark.parametrize("part", ["pings", "host CPU", "state Temperatures"])
def test_report_refuses_a_false_value_for_a_list(shared: Dashboard, part: str, value: Any) -> None:
    whole, _, field = part.partition(" ")
    (message,) = refusals(shared, [{"state": {}, whole: {field: value} if field else value}])
    assert (field or whole) in message


def test_report_with_an_absurd_integer_is_taken_without_it(dashboard: Dashboard) -> None:
    server, secret = dashboard.server()
    body = json.dumps({"reports": [{"secret": secret, "state": {"Uptime": "digits", "CPU": 3}}]})
    answer = dashboard.post(PATH, body=body.replace('"digits"', "9" * 5000).encode())
    assert answer.result["reports"] == [{"server_id": server.id}]
    assert shown(dashboard)[:2] == (3, 0)


@pytest.mark.parametrize("literal", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "1" * 400])
def test_report_cuts_literals_beyond_every_float(shared: Dashboard, literal: str) -> None:
    server, secret = shared.server()
    body = json.dumps({"reports": [{"state": {"Load1": "literal", "Load5": 1.5}}]}).replace('"literal"', literal)
    assert shared.post(PATH, secret, body.encode()).result["reports"] == [{"server_id": server.id}]
    status = shared.details(server.id)["status"]
    assert (status["Load1"], status["Load5"]) == (0, 1.5)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b" ", b"null", b"5", b'"x"', b"[]", b"[{}]", b"{}", b'{"reports":null}', b'{"reports":{}}'),
        *(
            b'{"reports":"x"}',
            b'{"reports":5}',
            b'{"reports":[}',
            b'{"reports":[]}x',
            b"\xef\xbb\xbf{}",
            b"[" * 100_000,
        ),
        b'{"reports":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_report_refuses_a_wrong_envelope(shared: Dashboard, body: Any) -> None:
    assert shared.post(PATH, "x", body).error == (400, 400)


def test_report_of_none_is_answered(shared: Dashboard) -> None:
    assert shared.report() == []
    assert shared.post(PATH, body={"reports": [], "unknown": 1, "": None}).status == 200


def test_report_reads_keys_in_any_case_and_ignores_unknown_ones(dashboard: Dashboard, agent: Any) -> None:
    body = {
        "REPORTS": [
            {
                "SECRET": agent[1],
                "State": {"cpu": 5, "UPTIME": 6, "temperatures": [{"NAME": "a", "temperature": 1, "x": 1}], "New": []},
                "host": {"platform": "debian", "memtotal": 7, "New": {}},
                "IP": "1.1.1.1",
                "new": "x",
            }
        ],
        "new": NAN,
    }
    assert dashboard.post(PATH, body=body).result["reports"] == [{"server_id": 1}]
    server = dashboard.details(1)
    assert (server["status"]["CPU"], server["status"]["Uptime"], server["ipv4"]) == (5, 6, "1.1.1.1")
    assert server["status"]["Temperatures"] == [{"Name": "a", "Temperature": 1}]
    assert (server["host"]["Platform"], server["host"]["MemTotal"]) == ("debian", 7)
    assert server["status"].keys() == {*FLOATS, *WHOLES, "Temperatures"}
    assert server["host"].keys() == {*HOST_TEXTS, *HOST_WHOLES, *HOST_LISTS}


def test_report_takes_null_for_absent(dashboard: Dashboard, agent: Any) -> None:
    nothing = dashboard.details(1)
    dashboard.report({"state": {"CPU": 5}, "host": {"Arch": "arm64"}, "ip": "1.1.1.1"}, credential=agent[1])
    kept = dashboard.details(1)
    nulls = dict.fromkeys(("secret", "at", "ip", "host", "state", "pings", "minutes"))
    assert dashboard.report(nulls, credential=agent[1]) == [{"server_id": 1}]
    assert dashboard.details(1) == kept
    dashboard.clock.now += 60
    state = dict.fromkeys((*FLOATS, *WHOLES, "Temperatures"))
    host = dict.fromkeys((*HOST_TEXTS, *HOST_WHOLES, *HOST_LISTS))
    dashboard.report({"state": state, "host": host}, credential=agent[1])
    assert (dashboard.details(1)["status"], dashboard.details(1)["host"]) == (nothing["status"], nothing["host"])


def test_report_replaces_the_whole_host_and_the_whole_state(dashboard: Dashboard, agent: Any) -> None:
    dashboard.report(
        {
            "state": {"CPU": 5, "Uptime": 6, "Temperatures": TEMPERATURES},
            "host": {"Platform": "debian", "CPU": ["a"], "MemTotal": 7},
        },
        credential=agent[1],
    )
    dashboard.clock.now += 60
    dashboard.report({"state": {"Uptime": 16}, "host": {"Arch": "arm64"}}, credential=agent[1])
    server = dashboard.details(1)
    assert (server["status"]["CPU"], server["status"]["Uptime"], server["status"]["Temperatures"]) == (0, 16, None)
    assert {name: value for name, value in server["host"].items() if value} == {"Arch": "arm64"}


def test_report_of_a_host_leaves_the_state_and_the_reverse(dashboard: Dashboard, agent: Any) -> None:
    dashboard.report({"host": {"Arch": "arm64"}}, credential=agent[1])
    assert shown(dashboard) == (0, 0, NEVER)
    dashboard.report({"state": {"CPU": 5}}, credential=agent[1])
    dashboard.clock.now += 60
    dashboard.report({"ip": "1.1.1.1"}, credential=agent[1])
    server = dashboard.details(1)
    assert (server["host"]["Arch"], server["status"]["CPU"], server["ipv4"]) == ("arm64", 5, "1.1.1.1")


def test_report_of_several_hosts_of_a_server_keeps_the_last(dashboard: Dashboard, agent: Any) -> None:
    dashboard.report(
        {"host": {"Arch": "a"}, "ip": "1.1.1.1"}, {"host": {"Arch": "b"}}, {"ip": "2.2.2.2"}, credential=agent[1]
    )
    server = dashboard.details(1)
    assert (server["host"]["Arch"], server["ipv4"]) == ("b", "2.2.2.2")


def test_report_sets_last_active_by_the_receiving_clock(dashboard: Dashboard, agent: Any) -> None:
    now = int(dashboard.clock.now)
    dashboard.clock.now += 0.9
    dashboard.report({"at": now - 60, "state": {"CPU": 1}}, credential=agent[1])
    assert shown(dashboard)[2] == now
    dashboard.clock.now = now + 30
    dashboard.report({"at": now + 3600, "state": {"CPU": 2}}, credential=agent[1])
    assert shown(dashboard) == (2, 0, now + 30)


@pytest.mark.parametrize(
    ("older", "taken"), [(0, True), (1, False), (299, False), (300, False), (301, True), (10**6, True)]
)
def test_report_older_than_the_stored_one_is_dropped_unless_a_clock_was_set_back(
    dashboard: Dashboard, agent: Any, older: int, taken: bool
) -> None:
    now = int(dashboard.clock.now)
    dashboard.report({"at": now, "state": {"CPU": 1}}, credential=agent[1])
    dashboard.clock.now += 10
    assert dashboard.report({"at": now - older, "state": {"CPU": 2}}, credential=agent[1]) == [{"server_id": 1}]
    assert shown(dashboard) == ((2, 0, now + 10) if taken else (1, 0, now))


@pytest.mark.parametrize("at", [0, 0.5, 1])
def test_report_from_the_epoch_is_taken(dashboard: Dashboard, agent: Any, at: float) -> None:
    """As a machine without a battery-backed clock sends it, before and after it learns the time."""
    dashboard.report({"at": at, "state": {"CPU": 1}}, credential=agent[1])
    assert cpu(dashboard) == 1
    dashboard.clock.now += 10
    dashboard.report({"state": {"CPU": 2}}, credential=agent[1])
    assert cpu(dashboard) == 2
    dashboard.clock.now += 10
    dashboard.report({"at": at, "state": {"CPU": 3}}, credential=agent[1])
    assert cpu(dashboard) == 3


@pytest.mark.parametrize("ahead", [1, 301, 10**6, 8 * 10**9])
def test_report_from_the_future_counts_as_now(dashboard: Dashboard, agent: Any, ahead: int) -> None:
    dashboard.report({"at": dashboard.clock.now + ahead, "state": {"CPU": 1}}, credential=agent[1])
    dashboard.clock.now += 1
    dashboard.report({"state": {"CPU": 2}}, credential=agent[1])
    assert cpu(dashboard) == 2


def test_report_takes_the_newest_of_several_states_of_a_server(dashboard: Dashboard, agent: Any) -> None:
    now = int(dashboard.clock.now)
    states = [{"at": now - age, "state": {"CPU": 100 - age}} for age in (20, 0, 30, 10)]
    assert dashboard.report(*states, credential=agent[1]) == [{"server_id": 1}] * 4
    assert cpu(dashboard) == 100


def test_report_takes_the_later_of_two_states_of_the_same_time(dashboard: Dashboard, agent: Any) -> None:
    now = int(dashboard.clock.now)
    states = [{"at": now, "state": {"CPU": number}} for number in (1, 2)]
    dashboard.report(*states, credential=agent[1])
    assert cpu(dashboard) == 2


SHORT = {"CPU": 1}
LONG = {"CPU": 2, "Temperatures": TEMPERATURES}
NUMEROUS = {"CPU": 3, **dict.fromkeys(WHOLES, UINT64)}


@pytest.mark.parametrize("second", [SHORT, LONG, NUMEROUS], ids=["short", "temperatures", "numbers"])
@pytest.mark.parametrize("first", [SHORT, LONG, NUMEROUS], ids=["short", "temperatures", "numbers"])
def test_report_of_a_state_of_any_size_follows_any_other(
    dashboard: Dashboard, agent: Any, first: dict[str, Any], second: dict[str, Any]
) -> None:
    for state in (first, second, first, second):
        dashboard.clock.now += 10
        dashboard.report({"state": state}, credential=agent[1])
        status = dashboard.details(1)["status"]
        assert status == {**dict.fromkeys((*FLOATS, *WHOLES), 0), "Temperatures": None, **state}


@pytest.mark.parametrize("second", [SHORT, LONG], ids=["short", "temperatures"])
@pytest.mark.parametrize("first", [SHORT, LONG], ids=["short", "temperatures"])
def test_report_of_a_state_of_any_size_is_dropped_when_older(
    dashboard: Dashboard, agent: Any, first: dict[str, Any], second: dict[str, Any]
) -> None:
    now = int(dashboard.clock.now)
    dashboard.report({"state": {**first, "Uptime": 1}}, credential=agent[1])
    dashboard.clock.now += 10
    dashboard.report({"at": now - 5, "state": {**second, "Uptime": 2}}, credential=agent[1])
    assert shown(dashboard)[1:] == (1, now)
    dashboard.clock.now += 10
    dashboard.report({"at": now - 400, "state": {**second, "Uptime": 3}}, credential=agent[1])
    assert shown(dashboard)[1:] == (3, now + 20)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (SHORT, LONG),
        pytest.param(*(LONG, SHORT)),
    ],
    ids=["short then long", "long then short"],
)
def test_report_of_the_same_time_replaces_a_state_of_another_size(
    dashboard: Dashboard, agent: Any, first: Any, second: Any
) -> None:
    at = int(dashboard.clock.now)
    dashboard.report({"at": at, "state": first}, credential=agent[1])
    dashboard.clock.now += 1
    dashboard.report({"at": at, "state": second}, credential=agent[1])
    assert shown(dashboard) == (second["CPU"], 0, at + 1)


def test_report_of_neighbours_in_one_request(dashboard: Dashboard) -> None:
    secrets = [dashboard.server(str(number))[1] for number in range(20)]
    reports: list[dict[str, Any]] = [
        {"secret": secret, "state": {"CPU": number}} for number, secret in enumerate(secrets)
    ]
    reports[3]["state"]["Temperatures"] = TEMPERATURES
    assert dashboard.report(*reversed(reports)) == [{"server_id": number} for number in range(20, 0, -1)]
    servers = dashboard.get("/api/v1/server/details", dashboard.token()).result
    assert [server["status"]["CPU"] for server in servers] == list(range(20))
    assert [server["id"] for server in servers if server["status"]["Temperatures"]] == [4]


def test_report_takes_100_and_refuses_101(dashboard: Dashboard, agent: Any) -> None:
    assert len(dashboard.report(*[{"state": {"CPU": 1}}] * 100, credential=agent[1])) == 100
    dashboard.clock.now += 10
    answer = dashboard.post(PATH, agent[1], {"reports": [{"state": {"CPU": 2}}] * 101})
    assert answer.error == (413, 413)
    assert cpu(dashboard) == 1


@pytest.mark.parametrize("content_type", ["application/json", "application/octet-stream"])
def test_report_takes_1_mib_and_nothing_of_a_larger_body(dashboard: Dashboard, agent: Any, content_type: str) -> None:
    headers = {"Authorization": agent[1], "Content-Type": content_type}
    body = b'{"reports":[{"state":{"CPU":1}}]}'.ljust(1024 * 1024)
    assert dashboard.request("POST", PATH, headers, body).result["reports"] == [{"server_id": 1}]
    dashboard.clock.now += 10
    larger = body.replace(b'"CPU":1', b'"CPU":22')
    assert dashboard.request("POST", PATH, headers, larger).error == (413, 413)
    assert cpu(dashboard) == 1


def test_report_is_cut_to_the_limits(dashboard: Dashboard, agent: Any) -> None:
    sensors = [{"Name": "名" * 65, "Temperature": number} for number in range(65)]
    host = {**dict.fromkeys(HOST_TEXTS, "x" * 257), "CPU": ["c" * 257], "GPU": ["g"] * 65}
    report = {"state": {"CPU": 1, "Temperatures": sensors}, "host": host}
    assert dashboard.report(report, credential=agent[1]) == [{"server_id": 1}]
    server = dashboard.details(1)
    assert server["status"]["Temperatures"] == [{"Name": "名" * 64, "Temperature": number} for number in range(64)]
    assert {server["host"][name] for name in HOST_TEXTS} == {"x" * 256}
    assert (server["host"]["CPU"], server["host"]["GPU"]) == (["c" * 256], ["g"] * 64)


def test_report_of_a_large_host_is_cut_to_4_kb(dashboard: Dashboard, agent: tuple[int, str]) -> None:
    host = {**dict.fromkeys(HOST_TEXTS, "🙂" * 257), "CPU": ["c" * 257] * 65, "GPU": ["g"] * 65}
    assert dashboard.report({"host": host}, credential=agent[1]) == [{"server_id": 1}]
    stored = dashboard.store.view().fleet.by_id[1].host
    assert len(stored.encode()) <= 4096
    shown = dashboard.details(1)["host"]
    assert {shown[name] for name in HOST_TEXTS} == {"🙂" * 64}
    assert (shown["CPU"], shown["GPU"]) == (["c" * 64] * 3, ["g"] * 64)


def test_report_of_a_second_host_within_a_minute_is_not_kept(dashboard: Dashboard, agent: tuple[int, str]) -> None:
    def report(arch: str) -> Any:
        return dashboard.report({"host": {"Arch": arch}, "state": {"CPU": 1}}, credential=agent[1])

    assert report("a") == [{"server_id": 1}]
    dashboard.clock.now += 59
    assert report("b") == [{"server_id": 1, "not_kept": ["host"]}]
    assert dashboard.details(1)["host"]["Arch"] == "a"
    assert dashboard.details(1)["last_active"] == int(dashboard.clock.now)
    dashboard.clock.now += 1
    assert report("b") == [{"server_id": 1}]
    assert dashboard.details(1)["host"]["Arch"] == "b"


@pytest.mark.parametrize("text", ["%s %d %%", '"\\', "\x00\x1f\u2028", "</script>", "名🙂", "\ud800"], ids=ascii)
def test_report_keeps_texts_of_a_host_as_they_are(shared: Dashboard, text: str) -> None:
    server, secret = shared.server()
    host = {"Platform": text, "CPU": [text], "GPU": [text, ""]}
    state = {"Temperatures": [{"Name": text, "Temperature": 1}]}
    shared.report({"host": host, "state": state}, credential=secret)
    kept = text.replace("\ud800", "\ufffd")
    details = shared.details(server.id)
    assert (details["host"]["Platform"], details["host"]["CPU"], details["host"]["GPU"]) == (kept, [kept], [kept, ""])
    assert details["status"]["Temperatures"] == [{"Name": kept, "Temperature": 1}]


@pytest.mark.parametrize(
    ("ip", "ipv4", "ipv6", "valid"),
    [
        ("1.1.1.1", "1.1.1.1", "", "1.1.1.1"),
        ("2606:4700::1111", "", "2606:4700::1111", "2606:4700::1111"),
        ("1.1.1.1/2606:4700::1111", "1.1.1.1", "2606:4700::1111", "1.1.1.1"),
        ("/2606:4700::1111", "", "2606:4700::1111", "2606:4700::1111"),
        ("1.1.1.1/", "1.1.1.1", "", "1.1.1.1"),
        ("::ffff:1.1.1.1", "", "::ffff:1.1.1.1", "::ffff:1.1.1.1"),
        ("", "", "", ""),
    ],
)
def test_report_of_an_ip(dashboard: Dashboard, ip: str, ipv4: str, ipv6: str, valid: str) -> None:
    server, secret = dashboard.server()
    dashboard.report({"ip": "9.9.9.9"}, credential=secret)
    dashboard.clock.now += 60
    assert dashboard.report({"ip": ip}, credential=secret) == [{"server_id": server.id}]
    details = dashboard.details(server.id)
    assert (details["ipv4"], details["ipv6"], details["valid_ip"]) == (ipv4, ipv6, valid)


def test_report_refuses_a_bad_ip(shared: Dashboard) -> None:
    bad = (
        *("x", " 1.1.1.1", "1.1.1.1 ", "1.1.1", "1.1.1.1.1", "256.1.1.1", "01.1.1.1", "1.1.1.1:80", "1.1.1.1/24"),
        *("1.1.1.1/2606:4700::1111/", "//", "[2606:4700::1111]", "fe80::1%eth0", "<b>", "１.1.1.1", "x" * 1000, "\x00"),
        *("2606:4700::1111/1.1.1.1", "1.1.1.1/2.2.2.2", "2606:4700::1111/2606:4700::2222"),
    )
    for message in refusals(shared, [{"state": {}, "ip": ip} for ip in bad]):
        assert '"ip"' in message


def test_report_refuses_pings_of_unknown_monitors_one_by_one(dashboard: Dashboard, agent: Any) -> None:
    at = int(dashboard.clock.now) - 60
    ping = {"at": at, "delay": 68.2275, "up": 2, "down": 0}
    report = {"state": {"CPU": 5}, "pings": [{**ping, "monitor_id": 9}, {**ping, "monitor_id": UINT64}]}
    (outcome,) = dashboard.report(report, credential=agent[1])
    assert outcome.keys() == {"server_id", "refused"}
    for refused, monitor_id in zip(outcome["refused"], (9, UINT64), strict=True):
        assert refused.keys() == {"monitor_id", "at", "error", "message"}
        assert (refused["monitor_id"], refused["at"], refused["error"]) == (monitor_id, at, "not_assigned")
    assert cpu(dashboard) == 5


@pytest.mark.parametrize(
    ("field", "bad"),
    [
        ("monitor_id", (None, *NOT_WHOLES)),
        ("at", (None, "1", True, [], -1, 10**10, NAN)),
        ("delay", (*NOT_FLOATS, -0.1)),
        ("up", NOT_WHOLES),
        ("down", NOT_WHOLES),
    ],
)
def test_report_refuses_wrong_pings_by_name(shared: Dashboard, field: str, bad: tuple[Any, ...]) -> None:
    ping = {"monitor_id": 1, "at": 1, "delay": 1, "up": 1, "down": 0}
    for message in refusals(shared, [{"state": {}, "pings": [ping, {**ping, field: value}]} for value in bad]):
        assert f'"{field}"' in message


def test_report_takes_5000_pings_and_refuses_5001(dashboard: Dashboard, agent: Any) -> None:
    ping = {"monitor_id": 9, "at": 1}
    (outcome,) = dashboard.report({"pings": [ping] * 5000}, credential=agent[1])
    assert len(outcome["refused"]) == 5000
    (outcome,) = dashboard.report({"pings": [ping] * 5001}, credential=agent[1])
    assert (outcome["error"], '"pings"' in outcome["message"]) == ("bad_report", True)


@pytest.mark.parametrize("content_type", [None, "text/plain", "image/png", "application/octet-stream", "nonsense"])
def test_report_takes_any_content_type(shared: Dashboard, content_type: str | None) -> None:
    server, secret = shared.server()
    headers = {"Authorization": secret, **({"Content-Type": content_type} if content_type else {})}
    body = json.dumps({"reports": [{"host": {"Arch": "名"}}]}, ensure_ascii=False).encode()
    assert shared.request("POST", PATH, headers, body).result["reports"] == [{"server_id": server.id}]
    assert shared.details(server.id)["host"]["Arch"] == "名"


@pytest.mark.local
def test_report_of_a_stranger_costs_one_read_unit_whatever_it_holds(dashboard: Dashboard) -> None:
    """Also in a process that knows nothing yet, and whatever else is wrong with the request."""
    dashboard.server()
    random = [{"secret": f"{number:018}", "state": {"CPU": "x"}, "pings": [{}]} for number in range(100)]
    for reports in (random, random[1:], [*random[2:], 5, {}], [{"secret": 1}, {"secret": "x" * 300}, random[3]]):
        with consumed(dashboard.store) as used:
            outcomes = dashboard.report(*reports)
        assert (used.calls, used.read, used.written) == (1, 1, 0)
        assert {outcome["error"] for outcome in outcomes} <= {"unknown_secret", "unavailable", "bad_report"}
    with consumed(dashboard.store) as used:
        outcomes = dashboard.report({}, {"secret": ""}, {"secret": "x" * 300})
    assert [outcome["error"] for outcome in outcomes] == ["unknown_secret"] * 3
    assert used.calls == 0


def test_report_with_an_unknown_secret_leaves_those_behind_it_to_be_sent_again(dashboard: Dashboard) -> None:
    secrets = [dashboard.server(str(number))[1] for number in range(3)]
    reports = [{"secret": secret, "state": {"CPU": 1}} for secret in ("wrong", *secrets)]
    first = dashboard.report(*reports)
    assert [(outcome["error"], outcome["retry"]) for outcome in first] == [
        ("unknown_secret", False),
        *[("unavailable", True)] * 3,
    ]
    # By now the wrong secret is known to be wrong.
    assert [outcome.get("server_id") for outcome in dashboard.report(*reports)] == [None, 1, 2, 3]
