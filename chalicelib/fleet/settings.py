"""What the operator sets for the whole dashboard."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.fleet import limits
from chalicelib.fleet.checks import check_choice, check_length
from chalicelib.fleet.store import Store

LANGUAGES = ("en", "zh", "zh-TW", "ru", "de")
"""Of the pages and of alert messages."""


@dataclass(frozen=True, slots=True)
class Settings:
    """public_page: whether guests see servers at all. language: of the pages, for visitors who have not chosen one."""

    site_name: str = "Nezha"
    public_page: bool = True
    language: str = "en"


def edit(store: Store, changes: Mapping[str, Any]) -> None:
    """changes: fields of Settings; the others stay as they are. Raises InvalidInput."""
    check(changes)
    if changes:
        store.edit_settings(changes)


def check(fields: Mapping[str, Any]) -> None:
    """Raises InvalidInput for a value that is not allowed. Checks only what is given."""
    if "site_name" in fields:
        check_length("site_name", fields["site_name"], least=1, most=limits.NAME_LENGTH)
    if "language" in fields:
        check_choice("language", fields["language"], LANGUAGES)
