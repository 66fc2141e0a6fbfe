"""The list of tables, and how to create them without a template."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from pynamodb.models import Model

from chalicelib.storage.alerts.items import AlertItem
from chalicelib.storage.calls import Clock, Database
from chalicelib.storage.failures import CallRefused, NoTable
from chalicelib.storage.monitors import MonitorItem
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.servers import ServerItem
from chalicelib.storage.settings import SiteItem
from chalicelib.storage.states import StateItem
from chalicelib.storage.tokens import TokenItem

TABLES: Mapping[type[Model], str | None] = {
    ServerItem: None,
    MonitorItem: None,
    SiteItem: "ttl",
    StateItem: "ttl",
    SeriesItem: "ttl",
    TokenItem: "ttl",
    AlertItem: "ttl",
}
"""Each table's model, and the attribute by which DynamoDB removes what has expired."""


def create_missing(database: Database, clock: Clock = time) -> list[str]:
    """Creates the tables that do not exist, billed on demand, and waits until they are usable. Returns their names."""
    missing = [model for model in TABLES if not _exists(database, model)]
    for model in missing:
        _create(database, model, clock)
    return [database.table(model) for model in missing]


class TableFacts(NamedTuple):
    """What a table's bill depends on. bytes: as DynamoDB counted them in the last hours. read_units, write_units:
    provisioned ones, 0 on demand. recoverable: whether AWS bills point-in-time recovery. managed_key: whether a key in
    KMS encrypts it.
    """

    name: str
    bytes: int
    provisioned: bool
    read_units: int
    write_units: int
    recoverable: bool
    managed_key: bool


def facts(database: Database) -> list[TableFacts]:
    """The facts about every table. Raises NoTable if one does not exist."""
    return [_facts(database, model) for model in TABLES]


def _facts(database: Database, model: type[Model]) -> TableFacts:
    table = _description(database, model)
    name = database.table(model)
    backups = database.call("DescribeContinuousBackups", TableName=name)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {}).get("PointInTimeRecoveryStatus")
    throughput = table.get("ProvisionedThroughput", {})
    provisioned = table.get("BillingModeSummary", {}).get("BillingMode", "PROVISIONED") == "PROVISIONED"
    return TableFacts(
        name,
        int(table.get("TableSizeBytes", 0)),
        provisioned,
        int(throughput.get("ReadCapacityUnits", 0)) if provisioned else 0,
        int(throughput.get("WriteCapacityUnits", 0)) if provisioned else 0,
        recovery == "ENABLED",
        table.get("SSEDescription", {}).get("Status") == "ENABLED",
    )


def item_count(database: Database, model: type[Model]) -> int:
    """The approximate number of items; DynamoDB counts them every few hours."""
    return int(_description(database, model)["ItemCount"])


def _exists(database: Database, model: type[Model]) -> bool:
    try:
        _description(database, model)
    except NoTable:
        return False
    return True


def _create(database: Database, model: type[Model], clock: Clock) -> None:
    schema: Mapping[str, Any] = model._get_schema()
    table = database.table(model)
    # Refused so if an attempt before was carried out, although its answer never came.
    with _allowed("ResourceInUseException"):
        database.call(
            "CreateTable",
            TableName=table,
            AttributeDefinitions=schema["attribute_definitions"],
            KeySchema=schema["key_schema"],
            BillingMode="PAY_PER_REQUEST",
        )
    while _description(database, model)["TableStatus"] != "ACTIVE":
        clock.sleep(0.5)
    if ttl := TABLES[model]:
        specification = {"Enabled": True, "AttributeName": ttl}
        with _allowed("ValidationException", "already enabled"):
            database.call("UpdateTimeToLive", TableName=table, TimeToLiveSpecification=specification)


@contextmanager
def _allowed(code: str, words: str = "") -> Iterator[None]:
    """Goes on after a refusal with this code and these words."""
    try:
        yield
    except CallRefused as error:
        if error.code != code or words not in str(error):
            raise


def _description(database: Database, model: type[Model]) -> Mapping[str, Any]:
    description: Mapping[str, Any] = database.call("DescribeTable", TableName=database.table(model))["Table"]
    return description
