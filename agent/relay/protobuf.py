"""Converts the messages of v0 agents to the shape that reports have, and makes the only tasks that agents are given."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypedDict

from google.protobuf.message import DecodeError

from agent.core import figures
from agent.core.figures import HOST, LONGEST_LIST, LONGEST_SENSOR_NAME, STATE, Figure, Host, State, finite
from agent.core.limits import LARGEST_ID
from agent.core.monitor_types import TYPES
from agent.core.monitors import Monitor
from agent.core.urls import is_address
from agent.relay import nezha_pb2 as pb

_KEEPALIVE, _REPORT_HOST = 7, 10

RECEIPT = pb.Receipt(proced=True).SerializeToString()
KEEPALIVE = pb.Task(type=_KEEPALIVE).SerializeToString()
REPORT_HOST = pb.Task(type=_REPORT_HOST).SerializeToString()


class BadMessage(Exception):
    """Raised when an agent's message is invalid. The error says why, without repeating what was sent."""


class Result(TypedDict):
    """One probe's result. type: the task's. delay: milliseconds, None when the probe failed."""

    monitor_id: int
    type: int
    delay: float | None


def probe(monitor: Monitor) -> bytes:
    """The task to probe a monitor once. No other task has data: this module cannot make tasks for commands or
    terminals.
    """
    return pb.Task(id=monitor.id, type=TYPES[monitor.type].task, data=monitor.target).SerializeToString()


def state(message: bytes) -> State:
    """A state as reports carry it; raises BadMessage.

    NaN and infinity count as 0, and such a temperature is left out.
    """
    sent = _parsed(pb.State, message)
    return {
        **_values(STATE, sent),
        "Temperatures": [
            {"Name": one.name[:LONGEST_SENSOR_NAME], "Temperature": one.temperature}
            for one in sent.temperatures[:LONGEST_LIST]
            if math.isfinite(one.temperature)
        ],
    }


def host(message: bytes) -> tuple[Host, str]:
    """A host as reports carry it, and its address, "" when the agent does not know it. Raises BadMessage.

    The country is left empty: what agents send there is not trusted.
    """
    sent = _parsed(pb.Host, message)
    described: Host = {**_values(HOST, sent), "CountryCode": ""}
    return described, sent.ip if is_ip(sent.ip) else ""


def result(message: bytes) -> Result:
    """A task's result; raises BadMessage. The delay is cut at the longest of its monitor type."""
    sent = _parsed(pb.TaskResult, message)
    if not math.isfinite(sent.delay) or sent.delay < 0:
        raise BadMessage("the delay is not a number of milliseconds")
    # An agent may send any 64-bit number. One that large was never given to it, and would not fit in the spool.
    number = sent.id if sent.id <= LARGEST_ID else 0
    longest = next((kind.longest_delay for kind in TYPES.values() if kind.task == sent.type), sent.delay)
    delay = min(sent.delay, longest)
    return {"monitor_id": number, "type": sent.type, "delay": delay if sent.successful else None}


def geoip_address(message: bytes) -> str:
    """The address that a look-up asks for; raises BadMessage."""
    return str(_parsed(pb.GeoIP, message).ip)


def geoip(ip: str, country: str) -> bytes:
    """The answer to a look-up."""
    return pb.GeoIP(ip=ip, country_code=country).SerializeToString()


def is_ip(text: str) -> bool:
    """Whether this is `v4`, `v6` or `v4/v6`, of which one side may be empty, as v0 agents write it."""
    parts = text.split("/")
    return text not in ("", "/") and len(parts) <= 2 and all(is_address(part) for part in parts if part)


def _parsed(kind: Any, message: bytes) -> Any:
    try:
        return kind.FromString(message)
    except DecodeError:
        raise BadMessage("the message cannot be parsed") from None


def _values(table: Iterable[Figure], sent: Any) -> dict[str, Any]:
    """The figures of a message, limited to what JSON and our limits allow."""
    return {figure.name: _AS_SENT[figure.type](getattr(sent, figure.field)) for figure in table if figure.field}


_AS_SENT: Mapping[type, Callable[[Any], Any]] = {float: finite, int: int, str: figures.text, list: figures.texts}
