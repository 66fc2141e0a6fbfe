"""`token create|list|delete`."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.ops.ops_command import Ops
from tests.support.dashboard import Dashboard

LIST = "/api/v1/server/list"
REGISTER = "/api/v1/server/register"


def test_create_prints_the_token_alone_and_it_works(ops: Ops, dashboard: Dashboard) -> None:
    done = ops("token", "create")
    assert re.fullmatch("[0-9A-Za-z]{32}\n", done.out)
    assert (done.status, done.err) == (0, "")
    assert dashboard.get(LIST, done.out.strip()).status == 200
    assert dashboard.post(REGISTER, done.out.strip(), {}).status == 200


def test_create_with_json_tells_everything(ops: Ops, dashboard: Dashboard) -> None:
    made = ops("token", "create", "--note", "for 东京", "--json").json
    assert made.keys() == {"id", "head", "scopes", "created", "expires", "last_used", "note", "token"}
    assert (made["note"], made["scopes"], made["head"]) == ("for 东京", ["read", "register"], made["token"][:4])
    assert (made["created"], made["expires"], made["last_used"]) == (_day(0), None, None)


@pytest.mark.parametrize(("scope", "reads", "registers"), [("read", 200, 403), ("register", 403, 200)])
def test_create_with_a_scope_gives_no_more(
    ops: Ops, dashboard: Dashboard, scope: str, reads: int, registers: int
) -> None:
    token = ops("token", "create", "--scope", scope).out.strip()
    assert dashboard.get(LIST, token).status == reads
    assert dashboard.post(REGISTER, token, {}).status == registers


def test_scope_may_be_repeated(ops: Ops, dashboard: Dashboard) -> None:
    made = ops("token", "create", "--scope", "register", "--scope", "read", "--json").json
    assert made["scopes"] == ["read", "register"]


def test_create_with_days_expires(ops: Ops, dashboard: Dashboard) -> None:
    made = ops("token", "create", "--days", 2, "--json").json
    assert made["expires"] == _day(2)
    for days, status in ((0, 200), (1.99, 200), (2.01, 403)):
        dashboard.clock.now = time.time() + days * 24 * 3600
        assert dashboard.get(LIST, made["token"]).status == status


@pytest.mark.parametrize("days", ["0", "-1", "1.5", "36501", "", "x"])
def test_days_must_be_whole_days(ops: Ops, dashboard: Dashboard, days: str) -> None:
    done = ops("token", "create", f"--days={days}")
    assert (done.status, done.out) == (2, "")
    assert "whole days" in done.err


def test_an_unknown_scope_is_a_wrong_command_line(ops: Ops, dashboard: Dashboard) -> None:
    assert ops("token", "create", "--scope", "admin").status == 2


def test_a_note_too_long_is_one_line(ops: Ops, dashboard: Dashboard) -> None:
    assert "the limit is 1024" in ops("token", "create", "--note", "x" * 1025).failure
    assert ops("token", "list", "--json").json == []


def test_list_shows_every_token_but_not_itself(ops: Ops, dashboard: Dashboard) -> None:
    first = ops("token", "create", "--note", "first", "--json").json
    second = ops("token", "create", "--note", "second", "--scope", "read", "--days", 7, "--json").json
    dashboard.server()
    listed = ops("token", "list", "--json")
    without = [{name: one[name] for name in one if name != "token"} for one in (first, second)]
    assert sorted(listed.json, key=lambda one: one["note"]) == without
    shown = ops("token", "list").out
    assert len(shown.splitlines()) == 3
    for one in (first, second):
        assert one["id"] in shown
        assert one["token"] not in shown + listed.out


def test_list_tells_the_day_of_the_last_use(ops: Ops, dashboard: Dashboard) -> None:
    token = ops("token", "create").out.strip()
    dashboard.get(LIST, token)
    (listed,) = ops("token", "list", "--json").json
    assert listed["last_used"] == _day(0)


def test_delete_ends_a_token(ops: Ops, dashboard: Dashboard) -> None:
    made = ops("token", "create", "--json").json
    done = ops("token", "delete", made["id"])
    assert (done.status, done.out, done.err) == (0, "", "")
    assert dashboard.get(LIST, made["token"]).error == (403, 403)
    assert ops("token", "list", "--json").json == []
    assert ops("token", "delete", made["id"]).failure == "This API token does not exist."


def test_delete_leaves_agents_secrets_alone(ops: Ops, dashboard: Dashboard) -> None:
    server, secret = dashboard.server()
    assert ops("token", "delete", server.secret_hash[:16]).failure
    assert dashboard.report({"secret": secret}) == [{"server_id": server.id}]


def _day(days: int) -> str:
    return (datetime.now(UTC) + timedelta(days=days)).date().isoformat()
