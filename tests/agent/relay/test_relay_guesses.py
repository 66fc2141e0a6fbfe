"""Which secrets are looked up for an address that guesses; only the test moves the clock."""

from agent.relay.clock import RelayClock
from agent.relay.guesses import ALLOWED, WRONG_AN_ADDRESS, Guesses, source_of

ADDRESS = "192.0.2.1"


class Address:
    """Connections from one address: each call is a secret that arrives, and returns whether it is looked up."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.guesses = Guesses(RelayClock(lambda: 0.0, lambda: self.now))

    def wrong(self, secret: str, connection: str = "a") -> bool:
        asked = self.asks(secret, connection)
        if asked:
            self.guesses.wrong(ADDRESS, connection)
        return asked

    def asks(self, secret: str, connection: str = "a") -> bool:
        return not self.guesses.is_guessing(ADDRESS) or self.guesses.may_ask(ADDRESS, secret, connection)


def test_a_connection_that_guesses_is_stopped_for_the_rest_of_the_minute() -> None:
    address = Address()
    asked = [address.wrong(f"guess{number}") for number in range(100)]
    assert asked == [True] * WRONG_AN_ADDRESS + [False] * (100 - WRONG_AN_ADDRESS)
    address.now += 60
    assert address.wrong("another")


def test_a_new_agent_is_looked_up_at_once_by_its_own_connection() -> None:
    address = Address()
    for number in range(100):
        address.wrong(f"guess{number}")
    assert address.asks("right", "b")


def test_a_new_agent_with_the_port_of_a_guesser_that_left_gets_in_with_its_second_attempt() -> None:
    address = Address()
    for number in range(100):
        address.wrong(f"guess{number}", "a")
    assert not address.asks("right", "a")
    address.now += 10
    assert address.asks("right", "a")


def test_a_new_agent_gets_in_within_two_attempts_while_others_guess_by_any_connection() -> None:
    address = Address()
    looked_up = 0
    attempts = []
    for second in range(300):
        for number in range(100):
            looked_up += address.wrong(f"guess{second}-{number}", f"connection{second}-{number}")
        if second % 10 == 5:
            attempts.append(address.asks("right", f"agent{second}"))
        address.now += 1
        address.guesses.forget()
    refused = "".join("." if asked else "x" for asked in attempts)
    assert "xx" not in refused
    # Five minutes, and no more in each than the limit and what is allowed beyond it.
    assert looked_up <= 6 * (WRONG_AN_ADDRESS + 2 * ALLOWED)


def test_guesses_that_come_again_are_bounded_too() -> None:
    address = Address()
    looked_up = 0
    for _ in range(6):
        for number in range(1000):
            looked_up += address.wrong(f"guess{number}", f"connection{number}")
        address.now += 9
    assert looked_up == WRONG_AN_ADDRESS + 2 * ALLOWED


def test_an_ipv6_network_is_one_source_and_nobody_is_none() -> None:
    assert source_of("2001:db8::1") == source_of("2001:db8::ffff") != source_of("2001:db8:0:1::1")
    assert source_of("192.0.2.1") == "192.0.2.1"
    guesses = Guesses(RelayClock(lambda: 0.0, lambda: 0.0))
    for _ in range(100):
        guesses.wrong("", "a")
    assert not guesses.is_guessing("")
