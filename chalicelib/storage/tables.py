"""The tables themselves: which there are, and how they are created where no template does it."""

import time
from collections.abc import Mapping
from typing import Any

from pynamodb.models import Model

from chalicelib.storage.alerts.items import AlertItem
from chalicelib.storage.calls import Clock, Database
from chalicelib.storage.failures import NoTable
from chalicelib.storage.monitors import MonitorItem
from chalicelib.storage.series.items import SeriesItem
from chalicelib.storage.servers import ServerItem
from chalicelib.storage.settings import SiteItem
from chalicelib.storage.states import StateItem
from chalicelib.storage.tokens import TokenItem

TABLES: Mapping[type[Model], str | None] = {
    ServerItem: None,
    MonitorItem: None,
    SiteItem: None,
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
        database.call("UpdateTimeToLive", TableName=table, TimeToLiveSpecification=specification)


def _description(database: Database, model: type[Model]) -> Mapping[str, Any]:
    description: Mapping[str, Any] = database.call("DescribeTable", TableName=database.table(model))["Table"]
    return description
