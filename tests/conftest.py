import gc
import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import suppress
from importlib import import_module

import pytest
from _pytest.runner import runtestprotocol
from hypothesis import settings
from xdist import is_xdist_worker
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from benchmarks.watched_store import WatchedStore
from chalicelib.fleet import passwords
from tests.support import processes
from tests.support.dashboard import Dashboard, new_store, serve
from tests.support.dynamodb import serving
from tests.support.moto_transport import moto_in_process

# The same examples with every run: a test fails for what changed, not by chance or for a busy machine.
settings.register_profile("steady", max_examples=50, derandomize=True, deadline=None)
settings.register_profile("thorough", max_examples=1000, deadline=None)
settings.load_profile("steady")

SHARED_STARTS = ("tests/stack/contract/", "tests/stack/test_operations.py", "tests/stack/")
"""Files and folders whose tests share what takes long to start."""

LONGEST = (
    "tests/stack/",
    "tests/browser/",
    "tests/local/",
    "tests/benchmarks/",
    "tests/api/test_openapi.py",
    "tests/ops/",
    "tests/storage/",
)
"""Files and folders whose tests take long, the slowest first."""

WAITING = (
    "tests/api/test_install",
    "tests/agent/test_interpreters.py",
    "tests/api/test_failing_database.py",
    "tests/agent/relay/",
    "tests/agent/reporter/",
    "tests/agent/",
)
"""Files and folders whose tests wait more than they compute, the slowest first."""

COST = passwords.N
"""What a password's hash costs outside of tests."""

NEW_OBJECTS = 50_000
"""How many new objects start a garbage collection. With Python's default of 700, it takes a tenth of the CPU time."""

SLOW_SECONDS = 0.1
"""A set-up or teardown that takes longer is reported even if it passed, for --durations."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="try many more generated examples, others each time")
    parser.addoption("--pictures", action="store_true", help="write pictures of the pages to build/screenshots")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--thorough"):
        settings.load_profile("thorough")


class _FileByFile(LoadScopeScheduling):  # type: ignore[misc]
    """The tests of a file stay in one process; so do those of a folder that starts something large once."""

    def _split_scope(self, nodeid: str) -> str:
        return _together(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    config.option.loadscopereorder = False  # else what has the most tests begins, and not what takes longest
    return _FileByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins, so that no process is left with it alone in the end. What waits is spread among the
    first two thirds of all others, so that it never has every process while a core is free.
    """
    groups: dict[str, list[pytest.Item]] = {}
    for item in items:
        groups.setdefault(_together(item.nodeid), []).append(item)
    waiting = _longest_first((name for name in groups if name.startswith(WAITING)), WAITING)
    others = _longest_first((name for name in groups if not name.startswith(WAITING)), LONGEST)
    places = {name: at / len(others) for at, name in enumerate(others, start=1)}
    places |= {name: 2 / 3 * at / len(waiting) for at, name in enumerate(waiting, start=1)}
    items[:] = [item for name in sorted(places, key=places.__getitem__) for item in groups[name]]


def _together(nodeid: str) -> str:
    """The file of a test, or the folder whose tests stay together."""
    file = nodeid.partition("::")[0]
    return next((folder for folder in SHARED_STARTS if file.startswith(folder)), file)


def _longest_first(names: Iterable[str], order: Sequence[str]) -> list[str]:
    return sorted(
        names, key=lambda name: next((at for at, one in enumerate(order) if name.startswith(one)), len(order))
    )


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Exempts the thousands of collected tests from garbage collection, because they stay until the end."""
    gc.disable()
    _import_in_turn(session)
    result = yield
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS)
    gc.enable()
    return result


def _import_in_turn(session: pytest.Session) -> None:
    """Each of several processes imports other test modules first: in a new clone it compiles only these, and then finds
    what the others have compiled. Otherwise all of them compile everything, at the same time.
    """
    config = session.config
    if not is_xdist_worker(session) or config.args != config.getini("testpaths"):
        return
    files = sorted(path for folder in config.args for path in (config.rootpath / folder).rglob("test_*.py"))
    first = len(files) * processes.number() // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
    for file in files[first:] + files[:first]:
        with suppress(Exception, pytest.skip.Exception):  # collecting imports it again, and says what is wrong
            import_module(".".join(file.relative_to(config.rootpath).with_suffix("").parts))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item, nextitem: pytest.Item | None) -> bool | None:
    """Reports only what the main process uses. It ignores the start and end of a test, and set-ups and teardowns that
    passed quickly; sending them takes a millisecond for each test.
    """
    if not is_xdist_worker(item.session):
        return None
    for report in runtestprotocol(item, log=False, nextitem=nextitem):
        if report.when == "call" or not report.passed or report.sections or report.duration > SLOW_SECONDS:
            item.ihook.pytest_runtest_logreport(report=report)
    return True


@pytest.fixture(scope="session")
def aws_credentials() -> Iterator[None]:
    """Credentials that open nothing, so that no test can reach a real account."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in {
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_DEFAULT_REGION": "us-east-1",
        }.items():
            patch.setenv(name, value)
        for name in ("AWS_PROFILE", "AWS_SESSION_TOKEN", "AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DYNAMODB"):
            patch.delenv(name, raising=False)
        yield


@pytest.fixture(scope="session", autouse=True)
def quick_passwords() -> Iterator[None]:
    """Hashing a password takes no time in this process. Programs that tests start hash as they always do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "N", 2)
        yield


@pytest.fixture
def costly_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashing a password takes as long as it does outside of tests."""
    monkeypatch.setattr(passwords, "N", COST)


@pytest.fixture(scope="session")
def dynamodb_url(aws_credentials: None) -> Iterator[str]:
    """A DynamoDB in a process of its own, whose requests are atomic. Each test uses tables of its own."""
    with serving() as url:
        yield url


@pytest.fixture
def dynamodb(aws_credentials: None) -> Iterator[None]:
    """moto in this process, in place of DynamoDB."""
    with moto_in_process():
        yield


@pytest.fixture
def store(dynamodb: None) -> WatchedStore:
    return new_store()


@pytest.fixture
def dashboard(store: WatchedStore) -> Iterator[Dashboard]:
    with serve(store) as running:
        yield running
