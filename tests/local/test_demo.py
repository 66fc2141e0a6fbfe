"""The simulated servers are created once, and later starts use them again."""

import threading

from local.demo import MONITORS, feed
from tests.support.dashboard import new_store
from tests.support.dynamodb import serving


def test_next_start_goes_on_with_the_same_servers_and_monitors(aws_credentials: None) -> None:
    ended = threading.Event()
    ended.set()  # so that each start makes what is missing, and reports nothing
    with serving() as url:
        store = new_store(url)
        names = []
        for count in (10, 10, 14):
            feed(store, count, ended)
            names.append([server.name for server in store.view().fleet.by_id.values()])
            assert len(store.view().monitors) == len(MONITORS)
        store.transport.close()
    assert [len(found) for found in names] == [10, 10, 14]
    assert names[0] == names[1] == names[2][:10]
    assert len(set(names[2])) == 14
