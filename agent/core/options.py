"""Options that the reporter and the relay have in common."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

from agent.core.urls import BadUrl, Url, parse_url


class OptionError(Exception):
    """Raised when an option is missing or invalid. The message says what to do."""


class Parser(argparse.ArgumentParser):
    """Ends the process with status 2 and one line on stderr when the options are invalid.

    Options cannot be abbreviated, so that a mistyped one is never taken for another.
    """

    def __init__(self, prog: str, description: str) -> None:
        super().__init__(prog=prog, description=description, allow_abbrev=False)

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {message}\n")


def dashboard_url(text: str, option: str, variable: str) -> Url:
    """The dashboard's URL; raises OptionError."""
    if not text:
        raise OptionError(f"no dashboard: set {option} or {variable}, for example https://nezha.example.com")
    try:
        return parse_url(text)
    except BadUrl as error:
        raise OptionError(f"{option} {error}; example: https://nezha.example.com") from None


def spool_directory(given: str, environment: Mapping[str, str], name: str) -> Path:
    """Where unsent records wait, unless an option says otherwise; raises OptionError. name: the directory's."""
    if given:
        return Path(given)
    # systemd names several when the unit asks for several.
    state = environment.get("STATE_DIRECTORY", "").partition(":")[0]
    if state:
        return Path(state)
    # The XDG specification says that a relative path must be ignored.
    if Path(environment.get("XDG_STATE_HOME", "")).is_absolute():
        return Path(environment["XDG_STATE_HOME"], name)
    try:
        return Path(environment.get("HOME") or Path.home(), ".local/state", name)
    except RuntimeError:
        raise OptionError("no home directory for the spool: set --spool to a directory") from None


def number(option: str, text: str, usual: float, least: float, most: float) -> float:
    """A number within bounds, `usual` when none is given; raises OptionError."""
    try:
        value = float(text) if text else usual
    except ValueError:
        value = float("nan")
    if not least <= value <= most:
        raise OptionError(f"{option} must be a number from {least:g} to {most:g}")
    return value
