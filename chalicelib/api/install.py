"""The script that connects a machine: `curl -fsSL URL/install.sh | sudo NEZHA_SECRET=… sh`.

It carries the reporter's sources, so that a machine gets the version that fits its dashboard and needs nothing but the
dashboard and PyPI. The sources are in the folder `agent` beside this package, in the repository and on Lambda, where
`vendor/agent` brings them.
"""

import re
from functools import cache
from pathlib import Path

from chalicelib.api.answers import Answer
from chalicelib.api.call import Call
from chalicelib.api.route import ANYONE, Operation, Route
from chalicelib.api.viewer import is_loopback
from chalicelib.fleet.errors import InvalidInput

PATH = "/install.sh"
CONTENT_TYPE = "text/x-shellscript; charset=utf-8"
TEMPLATE = Path(__file__).with_name("install.sh")
SERVICE = Path(__file__).with_name("install_service.sh")
"""The part that starts and stops the reporter as a service."""
SOURCES = Path(__file__).resolve().parents[2]
SHIPPED = ("agent/__init__.py", "agent/core/**/*.py", "agent/reporter/*.py", "agent/requirements.txt")

_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")


def installer(call: Call) -> Answer:
    """Raises InvalidInput for a host that could not stand in a script."""
    return Answer(script().replace("@URL@", _url(call)), content_type=CONTENT_TYPE)


def _url(call: Call) -> str:
    """The dashboard's, as the caller names it: with the edge's host, or else with the stage or base path of the API."""
    host = call.viewer.host
    if not _HOST.fullmatch(host) or not _PREFIX.fullmatch(call.prefix):
        message = "The Host header must be this dashboard's host name, with a port if it needs one."
        raise InvalidInput(message, error="not_a_host", field="Host")
    return f"{'http' if is_loopback(host) else 'https'}://{host}{call.prefix}"


@cache
def script() -> str:
    """The script with "@URL@" in the place of the dashboard's URL."""
    paths = sorted({path for pattern in SHIPPED for path in SOURCES.glob(pattern)})
    files = [_here_document(path.relative_to(SOURCES).as_posix(), path.read_text("utf-8")) for path in paths]
    template = TEMPLATE.read_text("utf-8").replace("@SERVICE@\n", SERVICE.read_text("utf-8"))
    return template.replace("@FILES@\n", "".join(files))


def _here_document(name: str, text: str) -> str:
    end = f"END OF {name}"
    if not text.strip():
        return f"    put {name} </dev/null\n"
    if f"\n{end}\n" in text or not text.endswith("\n"):
        raise ValueError(name)
    return f"    put {name} <<'{end}'\n{text}{end}\n"


ROUTES = (
    Route(
        "GET",
        PATH,
        installer,
        ANYONE,
        Operation(
            "installer",
            "Returns the script that connects a machine",
            content={CONTENT_TYPE: "string"},
            outcome="A POSIX shell script with the reporter in it and this dashboard's URL filled in.",
            errors=(400,),
            description="`curl -fsSL URL/install.sh | sudo NEZHA_SECRET=… sh` installs the reporter and starts it.",
        ),
    ),
)
