"""What agents say, under v0's names in a report's JSON; and what may be said to them."""

import math
from typing import Any, TypedDict

from google.protobuf.message import DecodeError

from agent.address import is_address
from agent.host import Host
from agent.point import LONGEST_DELAY
from agent.relay import nezha_pb2 as pb
from agent.state import State

ICMP, TCP = 2, 3
_KEEPALIVE, _REPORT_HOST = 7, 10
TASK_TYPES = {"icmp": ICMP, "tcp": TCP}
"""The only types that can be sent with data: neither a command nor a terminal has a name here."""

RECEIPT = pb.Receipt(proced=True).SerializeToString()
KEEPALIVE = pb.Task(type=_KEEPALIVE).SerializeToString()
REPORT_HOST = pb.Task(type=_REPORT_HOST).SerializeToString()

LONGEST_TEXT = 256
LONGEST_LIST = 64
LONGEST_SENSOR_NAME = 64
"""Where the dashboard cuts too; here it bounds what is kept in memory."""


class BadMessage(Exception):
    """Raised when an agent's message makes no sense; the message says why, without what was sent."""


class Result(TypedDict):
    """One probe's result. delay: milliseconds, None when the probe failed."""

    monitor_id: int
    type: int
    delay: float | None


def probe(monitor_id: int, kind: str, target: str) -> bytes:
    """The task of one probe; `kind` is one of TASK_TYPES."""
    return pb.Task(id=monitor_id, type=TASK_TYPES[kind], data=target).SerializeToString()


def check_state(message: bytes) -> None:
    """Raises BadMessage for what `state` could not read."""
    _parsed(pb.State, message)


def state(message: bytes) -> State:
    """A state as the dashboard takes it: a figure that is no number counts as 0, and such a temperature is left out."""
    sent = _parsed(pb.State, message)
    return {
        "CPU": _finite(sent.cpu),
        "MemUsed": sent.mem_used,
        "SwapUsed": sent.swap_used,
        "DiskUsed": sent.disk_used,
        "NetInTransfer": sent.net_in_transfer,
        "NetOutTransfer": sent.net_out_transfer,
        "NetInSpeed": sent.net_in_speed,
        "NetOutSpeed": sent.net_out_speed,
        "Uptime": sent.uptime,
        "Load1": _finite(sent.load1),
        "Load5": _finite(sent.load5),
        "Load15": _finite(sent.load15),
        "TcpConnCount": sent.tcp_conn_count,
        "UdpConnCount": sent.udp_conn_count,
        "ProcessCount": sent.process_count,
        "Temperatures": [
            {"Name": one.name[:LONGEST_SENSOR_NAME], "Temperature": one.temperature}
            for one in sent.temperatures[:LONGEST_LIST]
            if math.isfinite(one.temperature)
        ],
        "GPU": _finite(sent.gpu),
    }


def host(message: bytes) -> tuple[Host, str]:
    """A host and its address, "" when the agent does not know it or it is none. Raises BadMessage.

    The country is left empty: what agents send there is not to be believed.
    """
    sent = _parsed(pb.Host, message)
    described: Host = {
        "Platform": sent.platform[:LONGEST_TEXT],
        "PlatformVersion": sent.platform_version[:LONGEST_TEXT],
        "CPU": _texts(sent.cpu),
        "MemTotal": sent.mem_total,
        "DiskTotal": sent.disk_total,
        "SwapTotal": sent.swap_total,
        "Arch": sent.arch[:LONGEST_TEXT],
        "Virtualization": sent.virtualization[:LONGEST_TEXT],
        "BootTime": sent.boot_time,
        "CountryCode": "",
        "Version": sent.version[:LONGEST_TEXT],
        "GPU": _texts(sent.gpu),
    }
    return described, sent.ip if is_ip(sent.ip) else ""


def result(message: bytes) -> Result:
    """A task's result; raises BadMessage. A delay is at most 1000 ms."""
    sent = _parsed(pb.TaskResult, message)
    if not math.isfinite(sent.delay) or sent.delay < 0:
        raise BadMessage("the delay is no number of milliseconds")
    # Any number of 64 bits may come back; none that large was ever sent, and it would not fit into the spool.
    number = sent.id if sent.id < 2**63 else 0
    return {
        "monitor_id": number,
        "type": sent.type,
        "delay": min(sent.delay, LONGEST_DELAY) if sent.successful else None,
    }


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
        raise BadMessage("the message cannot be read") from None


def _finite(figure: float) -> float:
    return figure if math.isfinite(figure) else 0.0


def _texts(texts: Any) -> list[str]:
    return [text[:LONGEST_TEXT] for text in texts[:LONGEST_LIST]]
