"""Text of digits in half its bytes.

States and ping points are decimal numbers with separators: sixteen characters in all, so two fit in a byte. DynamoDB
bills bytes, and both directions are two C-level calls, much cheaper than parsing or formatting numbers.
The digits keep their order, so that DynamoDB compares packed text that begins with a time as it compares the times.
"""

from collections.abc import Sequence

ALPHABET = "0123456789.-e+,"
"""What can be packed. The sixteenth half-byte pads the end of a text of odd length."""

_PAD = "f"
_TO_HEX = str.maketrans(ALPHABET, "0123456789abcde")
_TO_TEXT = str.maketrans("0123456789abcde", ALPHABET, _PAD)


def pack(text: str) -> bytes:
    """`text` of ALPHABET's characters in half as many bytes."""
    return bytes.fromhex(text.translate(_TO_HEX) + (_PAD if len(text) % 2 else ""))


def unpack(packed: bytes) -> str:
    """The text that was packed."""
    return unpack_hex(packed.hex())


def unpack_all(packed: Sequence[bytes]) -> list[str]:
    """The texts that were packed: all together, which takes a fraction of one after the other."""
    # A line break is no digit, so it stays between them.
    return unpack_hex("\n".join(one.hex() for one in packed)).split("\n") if packed else []


def unpack_hex(digits: str) -> str:
    """The text that was packed, from its bytes as hexadecimal digits; of several with commas between, all at once."""
    return digits.translate(_TO_TEXT)
