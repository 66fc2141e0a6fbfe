"""The names of a stage and of its parts."""

import re
from dataclasses import dataclass

from ops.stage import NAME

ACCESS_LOGS = "nezha-access-logs"
"""The stack of infra/account.yaml, which all stages of an account and region share."""

EDGE_POLICIES = "nezha-edge-policies"
"""The stack of infra/edge-policies.yaml, which they also share."""


class DeployError(Exception):
    """Raised when a stage cannot be deployed or removed; the message says why, and what to do."""


@dataclass(frozen=True)
class Stage:
    """One dashboard with its own tables. An account can have several."""

    name: str

    def __post_init__(self) -> None:
        """Raises DeployError for a name that AWS refuses or that another stack has."""
        if not re.fullmatch(NAME, self.name):
            raise DeployError(
                f"{self.name!r} is not a stage name; use at most 16 lower-case letters, digits and hyphens, beginning "
                "with a letter"
            )
        if self.name == "local":
            raise DeployError("the stage name local is reserved for this machine (make run); use another, such as prod")
        for part in ("data", "budget"):
            if self.name == part or self.name.endswith(f"-{part}"):
                raise DeployError(
                    f"the stage {self.name!r} would share stack names with the {part} of another stage; use another"
                )
        if self.application in (ACCESS_LOGS, EDGE_POLICIES):
            raise DeployError(f"the stage {self.name!r} would share its name with a stack of the account; use another")

    @property
    def application(self) -> str:
        """The stack of everything that can be recreated: functions, API, edge, alarms."""
        return f"nezha-{self.name}"

    @property
    def data(self) -> str:
        """The stack of the tables, whose contents cannot be recreated."""
        return f"nezha-{self.name}-data"

    @property
    def budget(self) -> str:
        """The stack of the account's budget."""
        return f"nezha-{self.name}-budget"

    @property
    def tables(self) -> tuple[str, ...]:
        return tuple(f"nezha-{self.name}-{table}" for table in TABLES)


TABLES = ("servers", "states", "tokens", "monitors", "series", "settings", "alerts")
