"""Checks that several nouns share. Each raises InvalidInput, which names the field."""

from collections.abc import Collection

from chalicelib.fleet.errors import InvalidInput


def check_length(field: str, text: str, *, least: int = 0, most: int) -> None:
    """least, most: characters. An empty string counts as missing if at least one character is required."""
    if not text and least == 1:
        raise InvalidInput(f'"{field}" is required.', error="required", field=field)
    if len(text) < least:
        message = f'"{field}" must have {least} to {most} characters.'
        raise InvalidInput(message, error="too_short", field=field, limit=least)
    if len(text) > most:
        message = f'"{field}" has {len(text)} characters; the limit is {most}.'
        raise InvalidInput(message, error="too_long", field=field, limit=most)


def check_range(field: str, number: float, least: int, most: int) -> None:
    message = f'"{field}" must be between {least} and {most}.'
    if number < least:
        raise InvalidInput(message, error="too_small", field=field, limit=least)
    if number > most:
        raise InvalidInput(message, error="too_large", field=field, limit=most)


def check_choice(field: str, value: object, choices: Collection[object]) -> None:
    if value == "":
        raise InvalidInput(f'"{field}" is required.', error="required", field=field)
    if value not in choices:
        raise InvalidInput(
            f'"{field}" must be one of: {", ".join(map(str, choices))}.', error="not_a_choice", field=field
        )
