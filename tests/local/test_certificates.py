"""The scheduled function reads certificates that no server reports, from real targets, into the real store."""

import time
from pathlib import Path

from chalicelib.fleet.certificates import READ_AGAIN_SECONDS, Certificate, current
from chalicelib.fleet.monitors import Monitor
from chalicelib.scheduled import ROLLUP, Scheduled
from tests.agent.tls import DAY, OK, certificate, server_side, serving
from tests.support.dashboard import new_store


def test_a_certificate_is_read_once_a_day_and_only_where_its_address_may_be_reached(
    dynamodb_url: str, tmp_path: Path
) -> None:
    first, second, now = int(time.time()) + 5 * DAY, int(time.time()) + 90 * DAY, [time.time()]
    context = server_side(certificate(tmp_path, ends=first))
    with serving(OK, context) as (port, requests):
        store = new_store(dynamodb_url)
        store.create_monitor(Monitor(1, "Shop", "http", f"https://127.0.0.1:{port}/", cover="only"))
        store.create_monitor(Monitor(2, "Plain", "http", f"http://127.0.0.1:{port}/", cover="only"))

        def known() -> dict[int, Certificate]:
            return current(store.view().monitors, store.certificates.between(1, 2))

        on_lambda = Scheduled(store, 60, lambda: now[0])
        on_lambda.run(ROLLUP)
        assert known() == {}, "loopback is out of its reach"
        local = Scheduled(store, 60, lambda: now[0], local=True)
        for passed, expected in ((60, {}), (READ_AGAIN_SECONDS, {1: Certificate("127.0.0.1", first)})):
            now[0] += passed
            local.run(ROLLUP)
            assert known() == expected
        context.load_cert_chain(certificate(tmp_path, ends=second))
        for passed, ends in ((600, first), (READ_AGAIN_SECONDS, second)):
            now[0] += passed
            local.run(ROLLUP)
            assert known() == {1: Certificate("127.0.0.1", ends)}
        assert not any(requests), "nothing is said to a target"
        store.transport.close()
