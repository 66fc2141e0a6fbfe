"""Keeps other programs' packets from a raw ICMP socket.

The kernel gives such a socket every ICMP packet of the host. When they come faster than a busy machine reads them, it
drops some, perhaps the reply, and the probe looks unanswered. On Linux it can look at them first, with a program for
packet filters: https://docs.kernel.org/networking/filter.html
"""

from __future__ import annotations

import ctypes
import socket
import struct
import sys
from contextlib import suppress

SO_ATTACH_FILTER = 26
REQUEST_AND_REPLY = {socket.AF_INET: (8, 0), socket.AF_INET6: (128, 129)}

SET_START, START_AFTER_IP, BYTE, HALF, IF_EQUAL, END = 0x01, 0xB1, 0x50, 0x48, 0x15, 0x06
"""Instructions. Where the ICMP packet starts: at once, or after an IPv4 header of any length. Load one byte of it, or
two. Compare these with a number: how many instructions to skip if they are equal, and how many if not. End: how many
bytes of the packet to keep.
"""


def only_own(raw: socket.socket, identifier: int) -> None:
    """Drops echo requests, and replies to those with other identifiers. Errors are kept.

    Must be called before the request is sent: whatever came until now is dropped too, as it may leave no room.
    """
    if sys.platform != "linux":
        return
    request, reply = REQUEST_AND_REPLY[raw.family]
    program = [
        (START_AFTER_IP if raw.family == socket.AF_INET else SET_START, 0, 0, 0),
        (BYTE, 0, 0, 0),
        (IF_EQUAL, 3, 0, request),
        (IF_EQUAL, 0, 3, reply),
        (HALF, 0, 0, 4),
        (IF_EQUAL, 1, 0, identifier),
        (END, 0, 0, 0),
        (END, 0, 0, 0xFFFF),
    ]
    code = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *one) for one in program))
    raw.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("HP", len(program), ctypes.addressof(code)))
    raw.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            raw.recv(1)
    raw.setblocking(True)
