"""The scripts that connect a machine: `curl -fsSL URL/install.sh | sudo NEZHA_SECRET=… sh`; with NEZHA_RELAY=1 a relay.

Each contains its program's sources, so that a machine gets the version that fits its dashboard, and needs only the
dashboard and PyPI. The relay has its own script, which the first one loads: most machines only report. The sources are
in the folder `agent` beside this package, in the repository and on Lambda, where `vendor/agent` adds them.
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
RELAY_PATH = "/install-relay.sh"
CONTENT_TYPE = "text/x-shellscript; charset=utf-8"
TEMPLATE = Path(__file__).with_name("install.sh")
SERVICE = Path(__file__).with_name("install_service.sh")
"""The part that starts the program as a service."""
REMOVAL = Path(__file__).with_name("install_removal.sh")
"""The part that stops and removes it. The command `uninstall` that is installed with the program contains it, too."""
SOURCES = Path(__file__).resolve().parents[2]
CORE = ("agent/__init__.py", "agent/core/**/*.py")
SHIPPED = {
    "reporter": (*CORE, "agent/reporter/*.py", "agent/requirements.txt"),
    "relay": (*CORE, "agent/relay/*.py", "agent/relay-requirements.txt"),
}
"""What each program consists of."""

_HOST = re.compile(r"[A-Za-z0-9._-]+(:[0-9]+)?|\[[0-9A-Fa-f:.]+\](:[0-9]+)?")
_PREFIX = re.compile(r"(/[A-Za-z0-9._~-]+)*")


def installer(call: Call) -> Answer:
    """The script with the dashboard's URL. Raises InvalidInput for a Host header that is not safe to insert."""
    program = "relay" if call.route.path == RELAY_PATH else "reporter"
    return Answer(script(program).replace("@URL@", _url(call)), content_type=CONTENT_TYPE)


def _url(call: Call) -> str:
    """The dashboard's URL as the caller knows it: at the edge's host, or at the API's with its stage or base path."""
    host = call.viewer.host
    if not _HOST.fullmatch(host) or not _PREFIX.fullmatch(call.prefix):
        message = "The Host header must be this dashboard's host name, with a port if it needs one."
        raise InvalidInput(message, error="not_a_host", field="Host")
    return f"{'http' if is_loopback(host) else 'https'}://{host}{call.prefix}"


@cache
def script(program: str) -> str:
    """A program's script with "@URL@" in the place of the dashboard's URL."""
    paths = sorted({path for pattern in SHIPPED[program] for path in SOURCES.glob(pattern)})
    files = [_part(path.relative_to(SOURCES).as_posix(), path.read_text("utf-8")) for path in paths]
    own = TEMPLATE.with_name(f"install_{program}.sh").read_text("utf-8")
    template = TEMPLATE.read_text("utf-8").replace("@PROGRAM@\n", own).replace("@NAME@", program)
    for mark, path in {"@SERVICE@\n": SERVICE, "@REMOVAL@\n": REMOVAL}.items():
        template = template.replace(mark, path.read_text("utf-8"))
    return template.replace("@FILES@\n", "\n".join(files))


def _part(name: str, text: str) -> str:
    """One file in the format that `unpack` in the script reads."""
    part = f"==> {name}\n{text}"
    if not part.endswith("\n") or "\n==> " in part or "\nEND OF FILES\n" in part:
        raise ValueError(name)
    return part


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
            outcome="A POSIX shell script that contains the reporter and this dashboard's URL.",
            errors=(400,),
            description="`curl -fsSL URL/install.sh | sudo NEZHA_SECRET=… sh` installs the reporter and starts it; "
            "with `NEZHA_RELAY=1` it then runs `install-relay.sh`.",
        ),
    ),
    Route(
        "GET",
        RELAY_PATH,
        installer,
        ANYONE,
        Operation(
            "relayInstaller",
            "Returns the script that installs a relay for v0 agents",
            content={CONTENT_TYPE: "string"},
            outcome="A POSIX shell script that contains the relay and this dashboard's URL.",
            errors=(400,),
        ),
    ),
)
