"""Whether a stage can still have DynamoDB's always-free units."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from infra.account import Account
from infra.free_units import look_for_free_units
from infra.stage import DeployError, Stage

PROD = Stage("prod")
FREE = {"Capacity": "free"}
DENIED = "AccessDeniedException"
BY_REQUEST = (40, 40)
"""Marks a table that is billed by request, with units left from when it was provisioned."""


class Tables:
    """A region's tables, with read and write units; None for a table that may not be described."""

    def __init__(self, session: Any) -> None:
        self.client = session.client("dynamodb")
        self.stub = Stubber(self.client)
        self.account = Account(None, "us-east-1")
        object.__setattr__(self.account, "client", lambda _: self.client)

    def are(self, units: Mapping[str, tuple[int, int] | None]) -> None:
        self.stub.add_response("list_tables", {"TableNames": [*units]})
        for name, found in units.items():
            if name in PROD.tables:
                continue
            if found is None:
                self.stub.add_client_error("describe_table", DENIED)
                continue
            throughput = {"ReadCapacityUnits": found[0], "WriteCapacityUnits": found[1]}
            table = {"TableName": name, "ProvisionedThroughput": throughput}
            if found == BY_REQUEST:
                table["BillingModeSummary"] = {"BillingMode": "PAY_PER_REQUEST"}
            self.stub.add_response("describe_table", {"Table": table})


@pytest.fixture
def tables(boto3_session: Any) -> Iterator[Tables]:
    made = Tables(boto3_session)
    with made.stub:
        yield made
        made.stub.assert_no_pending_responses()
    made.client.close()


def whole(stage: str, units: tuple[int, int]) -> dict[str, tuple[int, int]]:
    """A stage's tables, which together have these units."""
    first, *rest = Stage(stage).tables
    return {first: units, **dict.fromkeys(rest, (0, 0))}


def test_stage_that_is_billed_by_request_asks_nothing(tables: Tables) -> None:
    look_for_free_units(tables.account, PROD, None, {})
    look_for_free_units(tables.account, PROD, "on-demand", FREE)


def test_another_free_stage_is_named_with_the_dollars_and_the_ways_out(tables: Tables) -> None:
    tables.are(whole("test", (25, 25)))
    with pytest.raises(DeployError) as refused:
        look_for_free_units(tables.account, PROD, "free", {})
    assert str(refused.value) == (
        "25 read and 25 write units are free once for an account and region, and some are in use by stage test; with "
        "--capacity free, prod would cost about $14.04 a month; deploy it with --capacity on-demand, or into another "
        'region, or first give the units back: make deploy STAGE=test ARGS="--capacity on-demand"'
    )


@pytest.mark.parametrize(
    "others", [{}, whole("test", (0, 0)), whole("test", BY_REQUEST), {"orders": None}, whole("prod", (25, 25))]
)
def test_nothing_is_said_where_the_units_are_there(
    tables: Tables, others: Mapping[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    tables.are(others)
    look_for_free_units(tables.account, PROD, "free", {})
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(
    ("others", "data", "named", "dollars"),
    [
        ({"orders": (5, 5)}, {}, "table orders", "$2.81"),
        (whole("test", (25, 25)), FREE, "stage test", "$14.04"),
    ],
)
def test_what_cannot_be_helped_is_a_warning(
    tables: Tables, others: Any, data: dict[str, str], named: str, dollars: str, capsys: pytest.CaptureFixture[str]
) -> None:
    tables.are(others)
    look_for_free_units(tables.account, PROD, "free", data)
    said = capsys.readouterr().err
    assert said.startswith("warning: 25 read and 25 write units are free once")
    assert f"in use by {named};" in said
    assert said.endswith(f"about {dollars} a month\n")


def test_caller_who_may_not_list_tables_deploys_all_the_same(tables: Tables) -> None:
    tables.stub.add_client_error("list_tables", DENIED)
    look_for_free_units(tables.account, PROD, "free", {})


def test_table_that_is_deleted_meanwhile_uses_no_units(tables: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    tables.stub.add_response("list_tables", {"TableNames": ["orders"]})
    tables.stub.add_client_error("describe_table", "ResourceNotFoundException")
    look_for_free_units(tables.account, PROD, "free", {})
    assert capsys.readouterr().err == ""


def test_any_other_failure_is_raised(tables: Tables) -> None:
    tables.stub.add_client_error("list_tables", "InternalServerError")
    with pytest.raises(ClientError):
        look_for_free_units(tables.account, PROD, "free", {})
