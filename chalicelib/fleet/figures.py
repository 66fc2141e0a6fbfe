"""The figures of a state, in one table: reports, storage, answers and the API's description derive from it.

To add a figure, append a line to FIGURES. Lines are never moved, changed or removed: stored records hold figures by
their place, and during a deployment old and new code read each other's records.
"""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Figure:
    """name: its key in reports and answers. kind: "whole" for 0 to 2^64 - 1, "number" for any finite number.

    unit: as documented, "" for a plain number. v0: whether v0's routes show it; they write 0 where it was not measured.
    sent_in: whether the report itself or its `state` contains it.
    """

    name: str
    kind: Literal["whole", "number"]
    unit: str = ""
    v0: bool = False
    sent_in: Literal["report", "state"] = "state"

    @property
    def absent(self) -> str:
        """The text that is kept where it was not measured."""
        return "0" if self.v0 else ""


FIGURES = (
    Figure("CPU", "number", "percent, all cores together", v0=True),
    Figure("MemUsed", "whole", "bytes", v0=True),
    Figure("SwapUsed", "whole", "bytes", v0=True),
    Figure("DiskUsed", "whole", "bytes", v0=True),
    Figure("NetInTransfer", "whole", "bytes received since boot", v0=True),
    Figure("NetOutTransfer", "whole", "bytes sent since boot", v0=True),
    Figure("NetInSpeed", "whole", "bytes per second", v0=True),
    Figure("NetOutSpeed", "whole", "bytes per second", v0=True),
    Figure("Uptime", "whole", "seconds", v0=True),
    Figure("Load1", "number", v0=True),
    Figure("Load5", "number", v0=True),
    Figure("Load15", "number", v0=True),
    Figure("TcpConnCount", "whole", v0=True),
    Figure("UdpConnCount", "whole", v0=True),
    Figure("ProcessCount", "whole", v0=True),
    Figure("GPU", "number", "percent", v0=True),
    Figure("interval", "number", "seconds between two reports of this sender", sent_in="report"),
    Figure("Latency", "number", "ms, the lowest mean of an ICMP or TCP monitor in the last five minutes"),
    Figure("Loss", "number", "percent of the probes of all ICMP and TCP monitors in the last five minutes"),
)

V0_FIGURES = tuple(figure for figure in FIGURES if figure.v0)
"""In the order in which v0 writes them."""

V0_NAMES = tuple(figure.name for figure in V0_FIGURES)

OTHER_FIGURES = tuple(figure for figure in FIGURES if not figure.v0)
