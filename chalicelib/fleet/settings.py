"""What the operator sets for the whole dashboard."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chalicelib.fleet import limits
from chalicelib.fleet.checks import check_choice, check_length

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
    check_length("site_name", settings.site_name, least=1, most=limits.NAME_LENGTH)
    check_choice("language", settings.language, LANGUAGES)
    return changes
