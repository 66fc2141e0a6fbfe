"""The types of monitors. A further type is a module with its probe, and one entry here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from agent.core.monitor_types import http, icmp, tcp
from agent.core.monitor_types.probing import Probed


class MonitorType(NamedTuple):
    """How monitors of one type are probed.

    host_of: the host name or address in a target; raises ValueError whose message continues "the target …". probe:
    milliseconds until the target answered, None when it did not; raises NotMeasured. The name lookup may take longer
    still; it has no limit. task: the type number of the v0 task with which a v0 agent probes it. longest_delay:
    milliseconds; longer delays count as this. is_network: whether it measures the network alone, and counts in a
    server's latency and packet loss. probe_and_see: the same as `probe`, and the certificate of a target that shows
    one; None for types that have no certificates.
    """

    host_of: Callable[[str], str]
    probe: Callable[[str], float | None]
    task: int
    longest_delay: float = 1000.0
    is_network: bool = True
    probe_and_see: Callable[[str], Probed] | None = None

    def probed(self, target: str) -> Probed:
        """Raises NotMeasured."""
        return self.probe_and_see(target) if self.probe_and_see else Probed(self.probe(target))


TYPES: Mapping[str, MonitorType] = {
    "icmp": MonitorType(icmp.host_of, icmp.probe, task=2),
    "tcp": MonitorType(tcp.host_of, tcp.probe, task=3),
    "http": MonitorType(
        http.host_of,
        http.probe,
        task=1,
        longest_delay=30_000.0,
        is_network=False,
        probe_and_see=http.probe_and_see,
    ),
}
"""By the name in the dashboard's answers."""
