"""GET /api/v1/server/details"""

import json
import re
from typing import Any

import pytest

from tests.support.dashboard import Dashboard

PATH = "/api/v1/server/details"
KEYS = {
    *("id", "name", "tag", "last_active", "ipv4", "ipv6", "valid_ip", "display_index", "hide_for_guest"),
    *("host", "status"),
}
HOST = {
    "Platform": "debian",
    "PlatformVersion": "12.5",
    "CPU": ["AMD EPYC 7B13 2 Virtual Core"],
    "MemTotal": 4_101_206_016,
    "DiskTotal": 18_446_744_073_709_551_615,
    "SwapTotal": 0,
    "Arch": "x86_64",
    "Virtualization": "kvm",
    "BootTime": 1_722_142_860,
    "CountryCode": "us",
    "Version": "0.20.5",
    "GPU": ["GeForce <\"'&>"],
}
STATUS = {
    "CPU": 15.686274509819874,
    "MemUsed": 1,
    "SwapUsed": 2,
    "DiskUsed": 3,
    "NetInTransfer": 4,
    "NetOutTransfer": 5,
    "NetInSpeed": 6,
    "NetOutSpeed": 7,
    "Uptime": 8,
    "Load1": 0.25,
    "Load5": 10,
    "Load15": 0.5,
    "TcpConnCount": 9,
    "UdpConnCount": 10,
    "ProcessCount": 11,
    "Temperatures": [{"Name": "coretemp", "Temperature": 41.5}, {"Name": "nvme", "Temperature": 40}],
    "GPU": 99.5,
}


def number_in_details(dashboard: Dashboard, name: str, literal: str) -> Any:
    """How details write a number of a state that was reported as `literal`, both as JSON text."""
    server, secret = dashboard.server()
    body = f'{{"reports":[{{"secret":"{secret}","state":{{"{name}":{literal}}}}}]}}'
    assert dashboard.post("/api/v1/agent/report", body=body.encode()).result["reports"] == [{"server_id": server.id}]
    raw = dashboard.get(f"{PATH}?id={server.id}", dashboard.token()).body.decode()
    return str(re.findall(f'"{name}":([^,}}]+)', raw.partition('"status":')[2])[0])


def test_details_of_a_server_that_never_reported(dashboard: Dashboard) -> None:
    dashboard.server("one", tag="web", note="private", display_index=-3, hide_for_guest=True)
    assert dashboard.get(PATH, dashboard.token()).body == (
        b'{"code":0,"message":"success","result":[{"id":1,"name":"one","tag":"web","last_active":-62135596800,'
        b'"ipv4":"","ipv6":"","valid_ip":"","display_index":-3,"hide_for_guest":true,'
        b'"host":{"Platform":"","PlatformVersion":"","CPU":null,"MemTotal":0,"DiskTotal":0,"SwapTotal":0,'
        b'"Arch":"","Virtualization":"","BootTime":0,"CountryCode":"","Version":"","GPU":null},'
        b'"status":{"CPU":0,"MemUsed":0,"SwapUsed":0,"DiskUsed":0,"NetInTransfer":0,"NetOutTransfer":0,'
        b'"NetInSpeed":0,"NetOutSpeed":0,"Uptime":0,"Load1":0,"Load5":0,"Load15":0,"TcpConnCount":0,'
        b'"UdpConnCount":0,"ProcessCount":0,"Temperatures":null,"GPU":0}}]}'
    )


def test_details_tell_everything_that_was_reported(dashboard: Dashboard) -> None:
    _, secret = dashboard.server("one")
    dashboard.report({"ip": "1.1.1.1/2606:4700::1111", "host": HOST, "state": STATUS}, credential=secret)
    answer = dashboard.get(PATH, dashboard.token())
    (server,) = answer.result
    assert server.keys() == KEYS
    assert (server["host"], server["status"]) == (HOST, STATUS)
    assert list(server["status"]) == list(STATUS)
    written = json.dumps({"host": HOST, "status": STATUS}, separators=(",", ":"))[1:-1]
    assert written in answer.body.decode(), "a number has another form"


@pytest.mark.parametrize("name", ["CPU", "Load1", "Load5", "Load15", "GPU"])
@pytest.mark.parametrize(("sent", "written"), [("0.0", "0"), ("0.30000000000000004", "0.30000000000000004")])
def test_details_keep_every_float(shared: Dashboard, name: str, sent: str, written: str) -> None:
    assert number_in_details(shared, name, sent) == written


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ("5.0", "5"),
        ("5", "5"),
        ("-1.5", "-1.5"),
        ("-0.0", "-0"),
        ("100.0", "100"),
        ("15.686274509819874", "15.686274509819874"),
        ("9007199254740993.0", "9007199254740992"),
        ("1e20", "100000000000000000000"),
        ("1e21", "1e+21"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
        ("0.000001", "0.000001"),
        ("1e-7", "1e-7"),
        ("5e-324", "5e-324"),
        ("18446744073709551615", "18446744073709552000"),
    ],
)
def test_details_write_floats_as_v0_does(shared: Dashboard, sent: str, written: str) -> None:
    assert number_in_details(shared, "Load1", sent) == written


@pytest.mark.parametrize(
    ("sent", "written"),
    [
        ("0", "0"),
        ("0.0", "0"),
        ("7.0", "7"),
        ("1e3", "1000"),
        ("9007199254740993", "9007199254740993"),
        ("18446744073709551615", "18446744073709551615"),
    ],
)
def test_details_write_whole_numbers_as_such(shared: Dashboard, sent: str, written: str) -> None:
    assert number_in_details(shared, "NetInTransfer", sent) == written


def test_details_show_what_was_edited(dashboard: Dashboard) -> None:
    dashboard.server("one")
    dashboard.store.edit_server(1, {"name": "other", "tag": "", "display_index": 7, "hide_for_guest": True})
    server = dashboard.details(1)
    assert (server["name"], server["tag"]) == ("other", "")
    assert (server["display_index"], server["hide_for_guest"]) == (7, True)
