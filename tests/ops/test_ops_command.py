"""The command line: stages, missing settings, failures, and output on terminals."""

import os
import subprocess
import sys
from typing import Any

import pytest

from chalicelib.storage import DynamoStore
from tests.ops.ops_command import PROJECT, Ops, run
from tests.support.dashboard import Dashboard
from tests.support.dynamodb import KEY

TABLES = ("servers", "states", "tokens", "monitors", "series", "site")


def test_tables_create_names_what_it_created(ops: Ops, empty_database: Any) -> None:
    done = ops("tables", "create")
    names = [f"nezha-local-{name}" for name in TABLES]
    assert (done.status, done.err) == (0, "")
    assert sorted(done.out.splitlines()) == sorted(
        f"created {name}" for name in empty_database.list_tables()["TableNames"]
    )
    assert set(names) - {"nezha-local-site"} <= set(empty_database.list_tables()["TableNames"])


def test_tables_create_does_nothing_the_second_time(ops: Ops, dashboard: Dashboard) -> None:
    server, _ = dashboard.server()
    done = ops("tables", "create")
    assert (done.status, done.out, done.err) == (0, "", "")
    assert dashboard.details(server.id)["id"] == server.id


def test_tables_create_creates_what_is_missing(ops: Ops, store: DynamoStore, empty_database: Any) -> None:
    empty_database.delete_table(TableName="nezha-local-series")
    assert ops("tables", "create").out == "created nezha-local-series\n"


def test_stages_stand_apart(ops: Ops, store: DynamoStore) -> None:
    ops("tables", "create", stage="dev")
    assert ops("server", "add", "one", stage="dev").status == 0
    assert ops("server", "list", "--json").json == []
    assert [server["name"] for server in ops("server", "list", "--json", stage="dev").json] == ["one"]


def test_a_stage_that_was_not_deployed_is_one_line(ops: Ops, store: DynamoStore) -> None:
    assert "The tables do not exist" in ops("server", "list", stage="staging").failure


def test_tables_create_is_for_stages_that_chalice_deploys(ops: Ops) -> None:
    failure = ops("tables", "create", stage="staging").failure
    assert "it has dev, local. For other stages, run: make deploy STAGE=staging" in failure


@pytest.mark.parametrize("stage", ["", "Dev", "-dev", "1", "../dev", "dev\n", "d\u00e9v", "a" * 17, "dev prod"])
def test_a_malformed_stage_name_is_one_line(ops: Ops, stage: str) -> None:
    assert "is not a stage name" in ops("server", "list", stage=stage).failure


@pytest.mark.parametrize(
    "arguments", [[], ["server"], ["server", "sell"], ["token", "delete"], ["server", "edit", "one"], ["frobnicate"]]
)
def test_a_wrong_command_line_shows_its_usage(ops: Ops, arguments: list[str]) -> None:
    done = ops(*arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("usage: python -m ops")


def test_missing_tables_are_one_line_that_says_how_to_create_them(ops: Ops) -> None:
    assert "tables create" in ops("server", "list").failure


def test_an_unreachable_database_is_one_line(ops: Ops, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", "http://127.0.0.1:1")
    assert ops("server", "list").failure == (
        'Could not connect to the endpoint URL: "http://127.0.0.1:1/"; '
        "check the network, the region and AWS_ENDPOINT_URL_DYNAMODB"
    )


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({}, "AWS_REGION is not set"),
        ({"AWS_REGION": "us-east-1"}, "Unable to locate credentials; name a profile with AWS_PROFILE"),
        (
            {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "half"},
            "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY; name a profile with AWS_PROFILE",
        ),
        pytest.param({"AWS_REGION": "us-east-1", "AWS_PROFILE": "none-such"}, "none-such"),
        pytest.param(
            {
                "AWS_REGION": "us-east-1",
                "AWS_ACCESS_KEY_ID": "x",
                "AWS_SECRET_ACCESS_KEY": "x",
                "AWS_ENDPOINT_URL_DYNAMODB": "nonsense",
            },
            "nonsense",
        ),
    ],
    ids=str,
)
def test_an_incomplete_aws_set_up_is_one_line(variables: dict[str, str], word: str) -> None:
    environment = _without_aws() | {"HOME": "/nonexistent", "AWS_EC2_METADATA_DISABLED": "true"} | variables
    assert word in run("--stage", "dev", "server", "list", environment=environment).failure


def test_a_command_works_as_a_process_of_its_own(ops: Ops, store: DynamoStore, empty_database: Any) -> None:
    environment = _without_aws() | {
        "AWS_ENDPOINT_URL_DYNAMODB": empty_database.meta.endpoint_url,
        "AWS_ACCESS_KEY_ID": KEY,
        "AWS_SECRET_ACCESS_KEY": KEY,
    }
    added = run("--stage", "local", "server", "add", "one", environment=environment)
    assert (added.status, added.err) == (0, "")
    assert [server["name"] for server in ops("server", "list", "--json").json] == ["one"]


def test_a_reader_that_has_seen_enough_is_no_error(ops: Ops, store: DynamoStore) -> None:
    ops("server", "add", "one")
    command = [sys.executable, "-m", "ops", "--stage", "local", "server", "list"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 0


@pytest.mark.parametrize(
    "name", ["a\nb", "a\rb", "a\x1b[31mb", "a\x00b", "a\x85b\x9bc", "a\u2028b", "a\u202eb", "a\u200bb", "\t", "\x7f"]
)
def test_a_hostile_name_stays_on_its_line_and_steers_no_terminal(ops: Ops, dashboard: Dashboard, name: str) -> None:
    dashboard.server(name, tag=name, note=name)
    shown = ops("server", "list").out
    assert len(shown.splitlines()) == 2
    assert shown.replace("\n", "").isprintable()
    assert [server["name"] for server in ops("server", "list", "--json").json] == [name]


def test_wide_and_combining_characters_keep_the_columns(ops: Ops, dashboard: Dashboard) -> None:
    for name in ("东京", "cafe\u0301", "plain"):
        dashboard.server(name, tag="T")
    head, *lines = ops("server", "list").out.splitlines()
    tag = head.index("tag")
    assert lines[0][tag - 2] == lines[1][tag + 1] == lines[2][tag] == "T"


def test_one_json_line_whatever_the_name(ops: Ops, dashboard: Dashboard) -> None:
    dashboard.server('two\nlines "quoted" \\ 东京')
    assert ops("server", "list", "--json").out.count("\n") == 1


@pytest.mark.parametrize("noun", ["server", "token", "monitor"])
def test_an_empty_list_says_so_beside_its_output(ops: Ops, store: DynamoStore, noun: str) -> None:
    plain = ops(noun, "list")
    assert (plain.status, plain.out, plain.err) == (0, "", "none\n")
    assert ops(noun, "list", "--json").json == []


def _without_aws() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "NEZHA_"))}
