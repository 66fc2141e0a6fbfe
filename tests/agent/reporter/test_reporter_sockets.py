"""The numbers of sockets, from the kernel's sums or, without those, from its lists."""

import socket
from contextlib import ExitStack
from pathlib import Path

import pytest

from agent.reporter import sockets
from agent.reporter.sockets import count_sockets, sockets_in, sum_of

SUMS = """sockets: used 232
TCP: inuse 20 orphan 1 tw 237 alloc 22 mem 939
UDP: inuse 3 mem 0
UDPLITE: inuse 9
RAW: inuse 9
FRAG: inuse 9 memory 0
TCP6: inuse 2
UDP6: inuse 4
UDPLITE6: inuse 9
"""


def test_sums_are_of_both_families_and_include_what_waits_for_late_packets() -> None:
    assert sum_of("tcp", SUMS) == 20 + 237 + 2
    assert sum_of("udp", SUMS) == 3 + 4
    assert sum_of("tcp", "UDP: inuse 3 mem 0\n") is None
    assert sum_of("udp", "") is None


def test_sockets_in_tables(tmp_path: Path) -> None:
    full, heading, empty, absent = (tmp_path / name for name in ("tcp", "tcp6", "udp", "udp6"))
    full.write_text("  sl  local_address\n   0: one\n   1: two\n")
    heading.write_text("  sl  local_address\n")
    empty.touch()
    assert sockets_in([full, heading]) == 2
    assert sockets_in([full, absent]) == 2
    assert sockets_in([empty, absent]) == 0
    assert sockets_in([absent]) is None


@pytest.mark.parametrize("known", ["sums", "lists", "neither"])
def test_sockets_of_this_host_count(known: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if known != "sums":
        monkeypatch.setattr(sockets, "SUMS", ())
    if known == "neither":
        monkeypatch.setattr(sockets, "sockets_in", lambda _tables: None)
    with ExitStack() as opened:
        for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM) * 2:
            one = opened.enter_context(socket.socket(socket.AF_INET, kind))
            one.bind(("127.0.0.1", 0))
            if kind == socket.SOCK_STREAM:
                one.listen()
        assert count_sockets("udp") >= 2
        assert count_sockets("tcp") >= 2


@pytest.mark.parametrize("kind", ["tcp", "udp"])
def test_sums_are_as_many_as_the_lists_have(kind: str) -> None:
    """At some moment, as other programs open and close theirs."""
    names = [Path("/proc/net", name) for name in (kind, f"{kind}6")]
    if not Path(sockets.SUMS[0]).exists():
        pytest.skip("this system keeps no sums")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.1", 0))
        assert any(count_sockets(kind) == sockets_in(names) for _ in range(1000))
