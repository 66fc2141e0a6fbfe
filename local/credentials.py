"""The dashboard's password, token and agent secret, made at the first start and kept for later ones."""

import json
import secrets
import string
from dataclasses import asdict, dataclass
from pathlib import Path

from chalicelib.fleet import passwords
from chalicelib.fleet.errors import InvalidInput
from local import private_file

FILE = "credentials.json"


class CredentialsError(Exception):
    """Raised when the file cannot be read or written; the message says why and what to do."""


@dataclass
class Credentials:
    """password: the dashboard's. token: an API token with both scopes. secret: that of this machine's agent, "" until
    this machine is registered. tcp_monitor: ID of the monitor that probes the dashboard's own port, 0 if there is none.
    """

    password: str
    token: str
    secret: str = ""
    tcp_monitor: int = 0

    @classmethod
    def new(cls) -> "Credentials":
        return cls(random_text(16), random_text(32))

    @classmethod
    def load(cls, folder: Path) -> "Credentials | None":
        """Returns None if the folder has no credentials yet; raises CredentialsError."""
        try:
            kept = cls(**json.loads((folder / FILE).read_text()))
            if [type(value) for value in asdict(kept).values()] != [str, str, str, int]:
                raise ValueError("a value has the wrong type")
            passwords.check(kept.password)
            return kept
        except FileNotFoundError:
            return None
        except (OSError, ValueError, TypeError, InvalidInput) as error:
            raise CredentialsError(f"cannot read {folder / FILE} ({error}); move it away to create new ones") from None

    def save(self, folder: Path) -> None:
        """Raises CredentialsError."""
        try:
            private_file.write(folder / FILE, json.dumps(asdict(self), indent=2))
        except OSError as error:
            reason = f"cannot write {folder / FILE} ({error.strerror}); choose another folder with --data DIR"
            raise CredentialsError(reason) from None


def random_text(length: int) -> str:
    """Returns letters and digits, 5.9 bits of randomness each."""
    alphabet = string.ascii_letters + string.digits
    return "".join(secrets.choice(alphabet) for _ in range(length))
