"""No point and no minute is lost or doubled: two relays, agents that come and go, and an API that fails often."""

from pathlib import Path

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet import monitors
from chalicelib.fleet.monitors import Monitor
from tests.agent.relay.running_relay import Following, fast_clock, run
from tests.agent.relay.storm import storm
from tests.agent.relay.unreliable import unreliable
from tests.support.dashboard import serve

SEED = 20_241
TIMES = 16.0
MINUTES = 4
AGENTS = 30
MONITORS = 3


def test_no_point_and_no_minute_is_lost_or_doubled(store: WatchedStore, tmp_path: Path) -> None:
    clock = fast_clock(TIMES)
    for number in range(MONITORS):
        monitors.create(store, Monitor(0, f"m{number}", "tcp", f"192.0.2.{number}:443", 10))

    async def test() -> None:
        outcome = await storm(list(servers.values()), (one, two), clock, tmp_path, MINUTES, SEED)
        assert outcome.measured == outcome.results
        assert outcome.sampled == outcome.states > AGENTS
        # On a busy machine some come too late by the fast clock.
        assert outcome.results + outcome.late >= outcome.acknowledged > AGENTS * MONITORS
        assert outcome.refused == 0
        assert outcome.failed > 0

    with serve(store, Following(clock)) as dashboard:
        servers = dict(dashboard.server(f"s{number}") for number in range(AGENTS))
        with unreliable(dashboard.url, SEED, 1 / 3) as one, unreliable(dashboard.url, SEED + 1, 1 / 3) as two:
            run(test)
        expected = {(server_id, monitor_id, at) for server_id, monitor_id, at, *_ in one.points() | two.points()}
        shown = {
            (entry["server_id"], entry["monitor_id"], at // 1000)
            for server in servers
            for entry in dashboard.get(f"/api/v1/monitor/{server.id}").result or ()
            for at in entry["created_at"]
        }
        assert shown == expected
        minutes = {key for api in (one, two) for key in api.minutes()}
        # The answers cover a day, each minute once.
        assert minutes == {
            (server.id, at)
            for server in servers
            for at in dashboard.get(f"/api/history/{server.id}?range=24h", dashboard.token()).result["at"]
        }
