"""A short run of the hostile requests; `python -m benchmarks.fuzz` is the long one."""

from benchmarks.fuzz import fuzz
from benchmarks.hostile import Generator, Hostile


def test_hostile_requests_do_no_harm() -> None:
    outcome = fuzz(1500, seed=20)
    assert outcome.violations == []
    assert outcome.statuses.total() == 1504
    # It would prove nothing if everything were refused, or if nothing were.
    assert outcome.statuses[200] > 50
    assert outcome.statuses[400] > 250
    assert outcome.statuses[413] >= 4


def test_the_same_seed_makes_the_same_requests() -> None:
    def some(seed: int) -> list[Hostile]:
        generator = Generator(seed, ("secret",), "a=b")
        return [generator.request() for _ in range(200)]

    assert some(1) == some(1) != some(2)
