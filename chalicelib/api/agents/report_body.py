"""Reads what agents send, the JSON of `POST /api/v1/agent/report`, into the records of `fleet.reports`."""

import math
from collections.abc import Callable, Mapping
from functools import partial
from itertools import accumulate
from typing import Any

from chalicelib.api.body import fields_of, json_in
from chalicelib.api.json_output import json_text, number_text
from chalicelib.api.v0.words import HOST_FIELDS
from chalicelib.fleet import limits
from chalicelib.fleet.certificates import Certificate, TargetCertificate
from chalicelib.fleet.errors import InvalidInput, TooLarge
from chalicelib.fleet.figures import FIGURES, OTHER_FIGURES, V0_FIGURES
from chalicelib.fleet.history import COLUMNS, Minute, minute
from chalicelib.fleet.hosts import Value, host_text
from chalicelib.fleet.pings import Ping
from chalicelib.fleet.reports import Measurement, Report, Sent
from chalicelib.fleet.servers import Facts, check_ip


def reports_in(body: bytes, credential: str, country: str = "") -> list[Sent | InvalidInput]:
    """The reports of a request body, in order, with an InvalidInput in the place of each whose secret cannot be read.

    credential: the secret of reports that name none. country: where the request came from; it becomes the country of a
    host that reports directly, unless the report names one. Raises InvalidInput or TooLarge if the envelope is invalid:
    then no report may be accepted.
    """
    envelope = fields_of(json_in(body), "The body", ("reports",))
    reports = envelope.get("reports")
    if not isinstance(reports, list):
        raise InvalidInput('The body must be a JSON object with a list "reports".', error="required", field="reports")
    if len(reports) > limits.REPORTS:
        message = f"The request has {len(reports)} reports; the limit is {limits.REPORTS}. Split the request."
        raise TooLarge(message, error="too_many_reports", limit=limits.REPORTS)
    return [_sent(report, credential, country) for report in reports]


def _sent(value: Any, credential: str, country: str) -> Sent | InvalidInput:
    try:
        report = fields_of(value, "A report", _REPORT_FIELDS)
        secret = _text("secret", report.get("secret"))
    except InvalidInput as error:
        return error
    return Sent(secret or credential, partial(_report, report, "" if secret else country))


def _report(report: Mapping[str, Any], country: str) -> Report:
    return Report(
        facts=Facts(
            ip=None if report.get("ip") is None else check_ip(_text("ip", report["ip"])),
            host=None if report.get("host") is None else _host(report["host"], country),
        ),
        state=None if report.get("state") is None else _state(report["state"], report),
        age=max(0, _figure_float("age", report.get("age"))),
        pings=_pings(report.get("pings")),
        minutes=_minutes(report.get("minutes")),
    )


def _state(value: Any, report: Mapping[str, Any]) -> Measurement:
    at = report.get("at")
    state = fields_of(value, '"state"', _STATE_FIELDS)
    return Measurement(
        None if at is None else _time("at", at),
        ",".join(
            [
                # The usual case, a dozen times per report. Either kind of reader would return the same text.
                str(value) if type(value := state.get(name)) is int and 0 <= value <= _EXACT else read(name, value)
                for name, read in _V0_READERS
            ]
        ),
        _temperatures(state.get("Temperatures")),
        _others(state, report),
    )


def _others(state: Mapping[str, Any], report: Mapping[str, Any]) -> str:
    """The figures that v0 does not have, in the form of State.others."""
    texts = []
    for figure in OTHER_FIGURES:
        value = (state if figure.sent_in == "state" else report).get(figure.name)
        texts.append(figure.absent if value is None else _FIGURE_READERS[figure.kind](figure.name, value))
    return ",".join(texts).rstrip(",")


def _temperatures(value: Any) -> str:
    """v0's objects as JSON text, "" for none. Lists and strings beyond the limits are cut."""
    sensors = []
    for entry in _list("Temperatures", value)[: limits.TEMPERATURES]:
        sensor = fields_of(entry, "An entry of Temperatures", ("Name", "Temperature"))
        name = _text("Temperatures.Name", sensor.get("Name"))[: limits.TEMPERATURE_NAME_LENGTH]
        degrees = number_text(_figure_float("Temperatures.Temperature", sensor.get("Temperature")))
        sensors.append(f'{{"Name":{json_text(name)},"Temperature":{degrees}}}')
    sizes = accumulate(len(sensor.encode()) + 1 for sensor in sensors)
    kept = [sensor for sensor, size in zip(sensors, sizes, strict=True) if size < limits.TEMPERATURES_BYTES]
    return "[" + ",".join(kept) + "]" if kept else ""


def _host(value: Any, country: str) -> str:
    """The host as it is stored. Lists and strings beyond the limits are cut."""
    host = fields_of(value, '"host"', tuple(HOST_FIELDS))
    if country and not host.get("CountryCode"):
        host = {**host, "CountryCode": country}
    return host_text([_HOST_READERS[type(usual)](name, host.get(name)) for name, usual in HOST_FIELDS.items()])


def _host_text(name: str, value: Any) -> str:
    return _text(name, value)[: limits.HOST_TEXT_LENGTH]


def _host_list(name: str, value: Any) -> list[str] | None:
    """The list, or None if it is empty, which v0 writes as null."""
    entries = _list(name, value)[: limits.HOST_LIST_LENGTH]
    return [_host_text(name, entry) for entry in entries] or None


def _pings(value: Any) -> tuple[Ping, ...]:
    return tuple(_ping(entry) for entry in _limited_list("pings", value, limits.PINGS_A_REPORT))


def _ping(value: Any) -> Ping:
    ping = fields_of(value, "An entry of pings", ("monitor_id", "at", "delay", "up", "down", "certificate"))
    if ping.get("monitor_id") is None or ping.get("at") is None:
        raise InvalidInput('An entry of "pings" needs "monitor_id" and "at".', error="required", field="pings")
    delay = _float("delay", ping.get("delay"))
    if delay < 0:
        raise InvalidInput('"delay" must not be negative.', error="too_small", field="delay", limit=0)
    return Ping(
        monitor_id=_whole("monitor_id", ping["monitor_id"]),
        at=_time("at", ping["at"]),
        delay=float(delay),
        up=_whole("up", ping.get("up")),
        down=_whole("down", ping.get("down")),
        certificate=None if ping.get("certificate") is None else _certificate(ping["certificate"]),
    )


def _certificate(value: Any) -> TargetCertificate:
    """Cuts a long issuer, and limits `not_after` to possible times."""
    sent = fields_of(value, '"certificate"', ("issuer", "not_after", "target"))
    if sent.get("not_after") is None:
        raise InvalidInput('"certificate" needs "not_after".', error="required", field="certificate")
    not_after = min(_figure_whole("not_after", sent["not_after"]), limits.EXPIRES_LAST)
    issuer = _text("issuer", sent.get("issuer"))[: limits.ISSUER_LENGTH]
    return TargetCertificate(Certificate(issuer, not_after), _text("target", sent.get("target")))


def _minutes(value: Any) -> tuple[Minute, ...]:
    return tuple(_minute(entry) for entry in _limited_list("minutes", value, limits.MINUTES_A_REPORT))


def _minute(value: Any) -> Minute:
    """Impossible figures are clamped to the possible range. Figures that are absent or null were not measured."""
    sent = fields_of(value, "An entry of minutes", ("at", *_MINUTE_FIGURES))
    if sent.get("at") is None or sent.get("samples") is None:
        raise InvalidInput('An entry of "minutes" needs "at" and "samples".', error="required", field="minutes")
    figures = {name: _figure_float(name, sent[name]) for name in _MINUTE_FIGURES if sent.get(name) is not None}
    return minute(_time("at", sent["at"]), figures)


def _text(name: str, value: Any) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidInput(f'"{name}" must be a string.', error="not_a_string", field=name)
    return value


def _list(name: str, value: Any) -> list[Any]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise InvalidInput(f'"{name}" must be a list.', error="not_a_list", field=name)
    return value


def _limited_list(name: str, value: Any, most: int) -> list[Any]:
    entries = _list(name, value)
    if len(entries) > most:
        message = f'"{name}" has {len(entries)} entries; the limit is {most}.'
        raise InvalidInput(message, error="too_many_entries", field=name, limit=most)
    return entries


def _whole(name: str, value: Any) -> int:
    """A whole number from 0 to 2^64 - 1. 5.0 counts as 5, since JSON does not distinguish them."""
    if value is None:
        return 0
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= limits.UINT64:
        message = f'"{name}" must be a whole number from 0 to {limits.UINT64}.'
        raise InvalidInput(message, error="not_a_whole_number", field=name)
    return value


def _figure_whole(name: str, value: Any) -> int:
    """Like `_whole`, but clamps an impossible number, so that one bad figure does not invalidate the whole report."""
    if type(value) is int and 0 <= value <= limits.UINT64:
        return value  # the usual case, sixteen times per report
    if not isinstance(value, int | float) or isinstance(value, bool):
        return _whole(name, value)
    number = (int(value) if math.isfinite(value) else 0) if isinstance(value, float) else value
    return min(max(number, 0), limits.UINT64)


def _figure_float(name: str, value: Any) -> int | float:
    """Like `_float`, but NaN and infinity count as 0."""
    if type(value) is float and math.isfinite(value):
        return value
    try:
        is_impossible = isinstance(value, int | float) and not math.isfinite(value)
    except OverflowError:
        is_impossible = True
    return 0 if is_impossible else _float(name, value)


def _float(name: str, value: Any) -> int | float:
    if value is None:
        return 0
    try:
        if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
            return value
    except OverflowError:
        pass  # a whole number larger than any float
    raise InvalidInput(f'"{name}" must be a finite number.', error="not_a_number", field=name)


def _time(name: str, value: Any) -> int:
    """Unix seconds, rounded down."""
    seconds = _float(name, value)
    if not 0 <= seconds < 10**10:
        raise InvalidInput(f'"{name}" must be a time in Unix seconds.', error="not_a_time", field=name)
    return int(seconds)


_HOST_READERS: Mapping[type, Callable[[str, Any], Value]] = {
    str: _host_text,
    int: _figure_whole,
    type(None): _host_list,
}

_FIGURE_READERS: Mapping[str, Callable[[str, Any], str]] = {
    "whole": lambda name, value: str(_figure_whole(name, value)),
    "number": lambda name, value: number_text(_figure_float(name, value)),
}
_V0_READERS = [(figure.name, _FIGURE_READERS[figure.kind]) for figure in V0_FIGURES]
_EXACT = 2**53
"""Floats represent every whole number up to this one exactly."""
_REPORT_FIELDS = (
    *("secret", "at", "age", "ip", "host", "state", "pings", "minutes"),
    *(figure.name for figure in FIGURES if figure.sent_in == "report"),
)
_MINUTE_FIGURES = tuple(column.name for column in COLUMNS)
_STATE_FIELDS = (*(figure.name for figure in FIGURES if figure.sent_in == "state"), "Temperatures")
