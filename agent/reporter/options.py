"""The reporter's options, from the command line and the environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from agent.core.limits import SPOOL_MB
from agent.core.options import OptionError, Parser, dashboard_url, number, spool_directory
from agent.core.urls import Url


@dataclass(frozen=True)
class Options:
    """url: the dashboard. spool: a directory. spool_mb: its maximum size in megabytes. check: whether to send just one
    report, to see whether the dashboard accepts it.
    """

    url: Url
    secret: str = field(repr=False)
    spool: Path
    spool_mb: float
    check: bool = False


def parse_options(arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Options take precedence over NEZHA_URL, NEZHA_SECRET, NEZHA_SECRET_FILE, NEZHA_SPOOL and NEZHA_SPOOL_MB.

    Ends the process with status 2 and one line on stderr, which never contains a secret, when the options are invalid.
    """
    parser = Parser("python -m agent.reporter", "Sends this host's figures to a dashboard.")
    parser.add_argument("--url", help="the dashboard, for example https://nezha.example.com (NEZHA_URL)")
    secrets = parser.add_mutually_exclusive_group()
    secrets.add_argument("--secret", help="this server's secret; every user who can run ps can read it (NEZHA_SECRET)")
    secrets.add_argument("--secret-file", help="a file that contains only the secret (NEZHA_SECRET_FILE)")
    parser.add_argument("--spool", help="directory for unsent data (NEZHA_SPOOL)")
    parser.add_argument(
        "--spool-mb", help=f"maximum size of unsent data in megabytes, {SPOOL_MB} by default (NEZHA_SPOOL_MB)"
    )
    parser.add_argument("--check", action="store_true", help="send one report, print whether it was accepted, and exit")
    given, unknown = parser.parse_known_args(arguments)
    if unknown:
        # The message does not repeat them, as the secret may follow a mistyped --secret.
        parser.error("unknown arguments; run it with --help to see all options")
    spool = given.spool or environment.get("NEZHA_SPOOL", "")
    spool_mb = given.spool_mb or environment.get("NEZHA_SPOOL_MB", "")
    try:
        return Options(
            url=dashboard_url(given.url or environment.get("NEZHA_URL", ""), "--url", "NEZHA_URL"),
            secret=_secret(given.secret, given.secret_file, environment),
            spool=spool_directory(spool, environment, "nezha-reporter"),
            spool_mb=number("--spool-mb", spool_mb, SPOOL_MB, 1, 1_000_000),
            check=given.check,
        )
    except OptionError as error:
        parser.error(str(error))


def _secret(secret: str | None, file: str | None, environment: Mapping[str, str]) -> str:
    if not secret and not file:
        secret, file = environment.get("NEZHA_SECRET"), environment.get("NEZHA_SECRET_FILE")
    if not secret and not file:
        raise OptionError("no secret: set NEZHA_SECRET, NEZHA_SECRET_FILE, --secret-file or --secret")
    text = (secret or _content(Path(file or ""))).strip()
    # It is sent in a header, which cannot hold other characters.
    if not text or not all("!" <= character <= "~" for character in text):
        raise OptionError("the secret is empty or contains invalid characters; copy it again")
    return text


def _content(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise OptionError(f"cannot read the secret file {file}: {error.strerror}") from None
    except ValueError:
        raise OptionError(f"the secret file {file} is not text") from None
