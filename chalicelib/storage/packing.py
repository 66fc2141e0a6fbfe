"""Text of digits in half its bytes.

States and ping points are decimal numbers with separators: fifteen characters in all, so two fit into a byte. DynamoDB
bills bytes, and both directions are two C-level calls, much cheaper than parsing or formatting numbers.
The digits keep their order, so DynamoDB compares packed texts that begin with a time as it compares the times.
"""

from collections.abc import Sequence

ALPHABET = "0123456789.-e+,"
"""What can be packed."""

END = "f"
"""The hexadecimal digit that is none of these: it ends a text if another follows, and fills the last byte."""

_TO_DIGITS = str.maketrans(ALPHABET, "0123456789abcde")
_TO_TEXT = str.maketrans("0123456789abcde", ALPHABET, END)


def pack(*texts: str) -> bytes:
    """Texts of ALPHABET's characters in half as many bytes."""
    digits = END.join([text.translate(_TO_DIGITS) for text in texts])
    return bytes.fromhex(digits + END if len(digits) % 2 else digits)


def unpack(packed: bytes) -> str:
    """The text that was packed alone."""
    return unpack_digits(packed.hex())


def unpack_parts(packed: bytes, count: int) -> list[str]:
    """`count` texts that were packed together; "" for those that are missing."""
    parts = [unpack_digits(digits) for digits in packed.hex().split(END)]
    return (parts + [""] * count)[:count]


def unpack_all(packed: Sequence[bytes]) -> list[str]:
    """Texts that were packed alone, all at once, which takes a fraction of the time of one by one."""
    # A line break is not a digit, so it stays between them.
    return unpack_digits("\n".join(one.hex() for one in packed)).split("\n") if packed else []


def unpack_digits(digits: str) -> str:
    """The packed text whose bytes have these hexadecimal digits; of several texts if an `e`, a comma, is between."""
    return digits.translate(_TO_TEXT)
