"""What a system on this machine made for itself at its first start, kept for the next ones."""

import json
import os
import secrets
import string
from dataclasses import asdict, dataclass
from pathlib import Path

from chalicelib.fleet import passwords
from chalicelib.fleet.errors import InvalidInput

FILE = "credentials.json"


class CredentialsError(Exception):
    """Raised when the file cannot be read or written; the message says why."""


@dataclass
class Credentials:
    """password: of the dashboard. token: with both scopes. secret: this machine's, "" until it is registered.

    tcp_monitor: the id of the monitor that watches the dashboard's own port, 0 for none.
    """

    password: str
    token: str
    secret: str = ""
    tcp_monitor: int = 0

    @classmethod
    def new(cls) -> "Credentials":
        return cls(_random(16), _random(32))

    @classmethod
    def load(cls, folder: Path) -> "Credentials | None":
        """None when the folder has none yet; raises CredentialsError."""
        try:
            kept = cls(**json.loads((folder / FILE).read_text()))
            if [type(value) for value in asdict(kept).values()] != [str, str, str, int]:
                raise ValueError("a value is of the wrong type")
            passwords.check(kept.password)
            return kept
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, InvalidInput) as error:
            raise CredentialsError(f"{folder / FILE} cannot be read ({error}); move it away to begin anew") from None

    def save(self, folder: Path) -> None:
        """For this user's eyes only, and whole or not at all; raises CredentialsError."""
        draft = folder / f"{FILE}.new"
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
                json.dump(asdict(self), file, indent=2)
                file.flush()
                os.fsync(file.fileno())
            draft.replace(folder / FILE)
        except OSError as error:
            raise CredentialsError(f"{folder / FILE} cannot be written ({error.strerror})") from None


def _random(length: int) -> str:
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(length))
