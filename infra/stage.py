"""What a stage is called, and what its parts are called after it."""

import re
from dataclasses import dataclass

from ops.stage import NAME

ACCESS_LOGS = "nezha-access-logs"
"""The stack of infra/account.yaml, which the stages of an account and region share."""


class DeployError(Exception):
    """Raised with one line that says what is wrong and what to do."""


@dataclass(frozen=True)
class Stage:
    """A dashboard of its own, with its own tables. Several stand in one account side by side."""

    name: str

    def __post_init__(self) -> None:
        """Raises DeployError for a name that makes no sense or would collide."""
        if not re.fullmatch(NAME, self.name):
            raise DeployError(
                f"{self.name!r} is no stage name: lower-case letters, digits and hyphens, a letter first, at most 16"
            )
        if self.name == "local":
            raise DeployError("the stage local is this machine's: make run; choose another name, for example prod")
        if self.name == "data" or self.name.endswith("-data"):
            raise DeployError(f"the stage {self.name!r} would collide with another one's data; choose another name")
        if self.application == ACCESS_LOGS:
            raise DeployError(
                f"the stage {self.name!r} would collide with the account's own stack; choose another name"
            )

    @property
    def application(self) -> str:
        """The stack of all that can be made again: functions, API, edge, alarms."""
        return f"nezha-{self.name}"

    @property
    def data(self) -> str:
        """The stack of what must not be lost."""
        return f"nezha-{self.name}-data"

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(f"nezha-{self.name}-{table}" for table in TABLES)


TABLES = ("servers", "states", "tokens", "monitors", "pings", "settings")
