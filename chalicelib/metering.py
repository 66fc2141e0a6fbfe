"""Asks AWS what a stage used: CloudWatch's metrics, and the sizes of the tables.

It uses GetMetricStatistics, one call for each metric: a million calls a month are free. GetMetricData is always billed.
"""

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from chalicelib.fleet.bill import HOUR, TREND_SECONDS, Amount, Reading, amounts
from chalicelib.fleet.prices import GB
from chalicelib.fleet.wall_clock import month_around
from chalicelib.storage import DynamoStore

EDGE_REGION = "us-east-1"
"""The region of CloudFront's metrics, wherever the stage is."""

AT_ONCE = 8
TIMEOUTS = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 4, "mode": "standard"})
DAY = 24 * HOUR


class MeterError(Exception):
    """AWS's metrics cannot be read. The message has one line. code: AWS's, or the name of botocore's error."""

    def __init__(self, said: str, code: str = "") -> None:
        super().__init__(" ".join(said.split()))
        self.code = code


@dataclass(frozen=True)
class Parts:
    """The parts of a stage whose use is counted. Its template lists them (infra/metered.py): `log=/nezha/prod/api`.

    functions: memory in MB by name. api: API Gateway's name of the API. topic: the ARN of the alarms' topic.
    distribution: the ID of the edge's distribution. edge_function: the name of the edge's function.
    """

    functions: Mapping[str, int] = field(default_factory=dict)
    logs: tuple[str, ...] = ()
    alarms: tuple[str, ...] = ()
    metrics: tuple[tuple[str, str], ...] = ()
    buckets: tuple[str, ...] = ()
    api: str = ""
    topic: str = ""
    distribution: str = ""
    edge_function: str = ""

    @classmethod
    def parse(cls, text: str) -> "Parts":
        words: dict[str, list[str]] = {}
        for word in text.split():
            kind, _, name = word.partition("=")
            words.setdefault(kind, []).append(name)

        def one(kind: str) -> str:
            return words.get(kind, [""])[0]

        sized = [name.rpartition(":") for name in words.get("function", [])]
        return cls(
            {name: int(megabytes) for name, _, megabytes in sized},
            tuple(words.get("log", ())),
            tuple(words.get("alarm", ())),
            tuple((space, name) for space, _, name in (one.rpartition(":") for one in words.get("metric", ()))),
            tuple(words.get("bucket", ())),
            one("api"),
            one("topic"),
            one("distribution"),
            one("edge_function"),
        )


class Counter(NamedTuple):
    """A metric of CloudWatch. part: the part of the bill. each: how many of that part's units a count of 1 stands for.

    statistic: CloudWatch's, or "Hours" for the number of hours with data, or "Last" for the newest value.
    """

    part: str
    space: str
    metric: str
    dimensions: Mapping[str, str]
    each: float = 1
    statistic: str = "Sum"
    region: str = ""


def read(store: DynamoStore, region: str, parts: Parts, now: float) -> Mapping[str, Amount]:
    """What the stage has used in the month of `now`, and what it is expected to use by the month's end, by part of the
    bill.

    Raises MeterError, or what the store raises.
    """
    return amounts(_read(store, region, parts, now), now)


def _read(store: DynamoStore, region: str, parts: Parts, now: float) -> Reading:
    tables = store.table_facts()
    counters = list(_counters(parts, [table.name for table in tables if not table.provisioned], month_around(now)))
    counts: dict[str, dict[int, float]] = {}
    levels: dict[str, float] = {}
    for counter, found in zip(counters, _asked(region, counters, now), strict=True):
        if counter.statistic == "Last":
            levels[counter.part] = levels.get(counter.part, 0) + (found[max(found)] * counter.each if found else 0)
        else:
            hours = counts.setdefault(counter.part, {})
            for hour, count in found.items():
                hours[hour] = hours.get(hour, 0) + count * counter.each
    levels |= {
        "tables": sum(table.bytes for table in tables) / GB,
        "recovery": sum(table.bytes for table in tables if table.recoverable) / GB,
        "key_uses": sum(table.managed_key for table in tables),
        "write_capacity": sum(table.write_units for table in tables),
        "read_capacity": sum(table.read_units for table in tables),
        "alarms": len(parts.alarms),
        "metering": len(counters),
    }
    return Reading(counts, levels)


def _counters(parts: Parts, tables: list[str], month: tuple[int, int]) -> Iterator[Counter]:
    for name, megabytes in parts.functions.items():
        yield Counter("runs", "AWS/Lambda", "Invocations", {"FunctionName": name})
        gb_seconds = megabytes / 1024 / 1000  # in one millisecond
        yield Counter("run_time", "AWS/Lambda", "Duration", {"FunctionName": name}, gb_seconds)
    for table in tables:
        yield Counter("writes", "AWS/DynamoDB", "ConsumedWriteCapacityUnits", {"TableName": table})
        yield Counter("reads", "AWS/DynamoDB", "ConsumedReadCapacityUnits", {"TableName": table})
    if parts.api:
        yield Counter("api_requests", "AWS/ApiGateway", "Count", {"ApiName": parts.api, "Stage": "api"})
    for group in parts.logs:
        yield Counter("logs", "AWS/Logs", "IncomingBytes", {"LogGroupName": group}, 1 / GB)
    if parts.distribution:
        edge = {"DistributionId": parts.distribution, "Region": "Global"}
        yield Counter("edge_requests", "AWS/CloudFront", "Requests", edge, region=EDGE_REGION)
        yield Counter("edge_traffic", "AWS/CloudFront", "BytesDownloaded", edge, 1 / GB, region=EDGE_REGION)
        function = {"FunctionName": parts.edge_function, "Region": "Global"}
        yield Counter("edge_runs", "AWS/CloudFront", "FunctionInvocations", function, region=EDGE_REGION)
    if parts.topic:
        yield Counter(
            "mails", "AWS/SNS", "NumberOfNotificationsDelivered", {"TopicName": parts.topic.rpartition(":")[2]}
        )
    for bucket in parts.buckets:
        standard = {"BucketName": bucket, "StorageType": "StandardStorage"}
        yield Counter("files", "AWS/S3", "BucketSizeBytes", standard, 1 / GB, "Last")
    for space, metric in parts.metrics:
        yield Counter("metrics", space, metric, {}, HOUR / (month[1] - month[0]), "Hours")


def _asked(region: str, counters: list[Counter], now: float) -> list[dict[int, float]]:
    session = get_session()
    clients: dict[str, Any] = {}
    try:
        for place in {counter.region or region for counter in counters}:
            clients[place] = session.create_client("cloudwatch", region_name=place, config=TIMEOUTS)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            return list(pool.map(lambda one: _ask(clients[one.region or region], one, now), counters))
    except ClientError as error:
        raise MeterError(str(error), error.response.get("Error", {}).get("Code", "")) from error
    except BotoCoreError as error:
        raise MeterError(str(error), type(error).__name__) from error
    finally:
        for client in clients.values():
            client.close()


def _ask(client: Any, counter: Counter, now: float) -> dict[int, float]:
    """Values by the start of the hour, Unix seconds; by the start of the day for what AWS counts once a day."""
    begin = min(month_around(now)[0], (int(now) - TREND_SECONDS) // HOUR * HOUR)
    period, statistic = (DAY, "Average") if counter.statistic == "Last" else (HOUR, "Sum")
    answer = client.get_metric_statistics(
        Namespace=counter.space,
        MetricName=counter.metric,
        Dimensions=[{"Name": name, "Value": value} for name, value in counter.dimensions.items()],
        StartTime=datetime.fromtimestamp(begin, UTC),
        EndTime=datetime.fromtimestamp(now, UTC),
        Period=period,
        Statistics=[statistic],
    )
    found = {int(point["Timestamp"].timestamp()): float(point[statistic]) for point in answer["Datapoints"]}
    return {hour: float(count > 0) for hour, count in found.items()} if counter.statistic == "Hours" else found
