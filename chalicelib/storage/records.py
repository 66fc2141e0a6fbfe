"""A state's record: text packed to half its characters, which begins with the time.

    1795444683  19       1795444683,15.68,2147479552,…,33.1  f  60,183.27
    at          version  last_active, V0_FIGURES             f  OTHER_FIGURES

without the spaces. Records can be compared as they are, so DynamoDB can decide which of two is newer. The last part is
missing if none of its figures was measured.

The version is the number of figures that FIGURES had when the record was written. Figures are only ever appended, so
code of any version can read records of every other one: it ignores figures that it does not know, and treats those that
the record does not have as not measured. During a deployment, old and new code do read each other's records.
"""

from binascii import a2b_base64, b2a_base64
from collections.abc import Sequence

from chalicelib.fleet.figures import FIGURES, OTHER_FIGURES, V0_FIGURES, Figure
from chalicelib.fleet.states import NOTHING, State
from chalicelib.storage.packing import END, pack, unpack, unpack_all, unpack_digits, unpack_parts

TIME_DIGITS = 10

_COMMA = pack(",").hex()[0]
"""The hexadecimal digit of a comma."""

ABOVE_EVERY_TIME = b"\x9a"
"""Greater than any packed text that begins with digits."""


def record_of(state: State) -> bytes:
    shown = f"{_time(state.at)}{_VERSION}{state.last_active},{state.figures}"
    return pack(shown, state.others) if state.others else pack(shown)


def state_of(record: bytes, temperatures: str = "") -> State:
    """The state of a record of any version."""
    shown, others = unpack_parts(record, 2)
    last_active, _, figures = shown[_HEAD_DIGITS:].partition(",")
    if shown[TIME_DIGITS:_HEAD_DIGITS] != _VERSION:
        figures = _as_known(figures, V0_FIGURES)
        others = _as_known(others, OTHER_FIGURES).rstrip(",")
    return State(int(shown[:TIME_DIGITS]), int(last_active), figures, temperatures, others)


def time_of(record: bytes) -> int:
    """When the record's state was measured."""
    return int(unpack(record[: TIME_DIGITS // 2]))


def record_from(at: int) -> bytes:
    """A lower bound for the records of this time or a later one."""
    return pack(_time(at))


def encoded(record: bytes) -> str:
    """A record as it is in DynamoDB's answers."""
    return b2a_base64(record, newline=False).decode("ascii")


def last_active(records: Sequence[str]) -> list[str]:
    """`last_active` of encoded records."""
    return [text.partition(",")[0] for text in unpack_all([a2b_base64(one[_LAST_ACTIVE]) for one in records])]


def intervals(records: Sequence[str]) -> list[str]:
    """The senders' intervals in encoded records; "" for those that are not known.

    The interval is the first of OTHER_FIGURES. Few fleets have more than a handful of different ones.
    """
    packed = [a2b_base64(one).hex().partition(END)[2].partition(_COMMA)[0].rstrip(END) for one in records]
    known = {digits: unpack_digits(digits) for digits in set(packed)}
    return [known[digits] for digits in packed]


def shown_numbers(records: Sequence[str]) -> list[str]:
    """`last_active` and V0_FIGURES of encoded records, one text after the other.

    Records are unpacked together: one call translates their digits, another one splits them, and no number is parsed.
    For a thousand records, this takes a quarter of the time of making a thousand States.
    """
    if not {one[_VERSION_PLACE] for one in records} <= _ALIKE:
        states = [state_of(a2b_base64(one)) for one in records]
        return [text for state in states for text in (str(state.last_active), *state.figures.split(","))]
    unpacked = [a2b_base64(one[_HEAD_CHARACTERS:]).hex() for one in records]
    if OTHER_FIGURES:  # otherwise, only records without any are alike
        unpacked = [digits.partition(END)[0] for digits in unpacked]
    # The records are separated by commas, like the numbers in each.
    return unpack_digits(",".join(unpacked)).split(",") if unpacked else []


def _time(at: int) -> str:
    return f"{at:0{TIME_DIGITS}}"


def _as_known(texts: str, figures: Sequence[Figure]) -> str:
    found = texts.split(",")[: len(figures)] if texts else []
    return ",".join([*found, *(figure.absent for figure in figures[len(found) :])])


def _version(figures: Sequence[Figure]) -> str:
    return f"{len(figures):02}"


_VERSION = _version(FIGURES)

_HEAD_DIGITS = TIME_DIGITS + len(_VERSION)
_HEAD_CHARACTERS = _HEAD_DIGITS // 3 * 2
"""Two digits are a byte, three bytes are four characters of base64: the head fills its characters."""

_LAST_ACTIVE = slice(_HEAD_CHARACTERS, _HEAD_CHARACTERS + 12)
"""The characters with the 18 digits after the head, of which `last_active` and its comma take at most 13."""

_VERSION_PLACE = _HEAD_CHARACTERS - 1
"""The place of the character that tells versions below 40 apart."""


def _alike() -> frozenset[str]:
    """The characters at _VERSION_PLACE in records with the same number of v0's figures as V0_FIGURES."""
    versions = [FIGURES[:number] for number in range(1, len(FIGURES) + 1)]
    return frozenset(
        encoded(pack(_time(0) + _version(version)))[_VERSION_PLACE]
        for version in versions
        if sum(figure.v0 for figure in version) == len(V0_FIGURES)
    )


_ALIKE = _alike()

NOTHING_STORED = encoded(record_of(NOTHING))
