"""What the operator sets for the whole dashboard."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chalicelib.fleet import limits
from chalicelib.fleet.errors import InvalidInput

LANGUAGES = ("en", "zh")


@dataclass(frozen=True, slots=True)
class Settings:
    """public_page: whether guests see anything at all. language: of the pages, for who has not chosen one."""

    site_name: str = "Nezha"
    public_page: bool = True
    language: str = "en"


def checked(changes: Mapping[str, object]) -> Mapping[str, object]:
    """Changes of some fields of Settings, if they make sense; raises InvalidInput with the field's name."""
    settings = replace(Settings(), **changes)  # type: ignore[arg-type]
    if not 1 <= len(settings.site_name) <= limits.NAME_LENGTH:
        raise InvalidInput(f'"site_name" must have 1 to {limits.NAME_LENGTH} characters.')
    if settings.language not in LANGUAGES:
        raise InvalidInput(f'"language" must be one of: {", ".join(LANGUAGES)}.')
    return changes
