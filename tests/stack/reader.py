"""Somebody who follows the documented commands in a clone of the project, with two accounts of AWS."""

import io
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.stack import preloaded
from tests.stack.copies import COMPILED_APART, PROGRAMS, copy_of_project, offline, ready
from tests.stack.deployment import Deployment
from tests.stack.emulator import HERE, EmulatedAws, cached_packages, cached_python
from tests.stack.preloaded import serving
from tests.support.documented import PROJECT, program

ACCOUNTS = {"old": "111111111111", "new": "222222222222"}
"""By the name of the profile."""

AWS_CLI = ("aws-cli", HERE / "aws-cli-requirements.txt")
COMMAND_SECONDS = 600
IN_A_TERMINAL = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))"


@dataclass(frozen=True)
class Reader:
    """aws: the emulator. clone: of the project. upstream: what was cloned. environment: of the reader's shell.

    before: commands that the shell was told first.
    """

    aws: EmulatedAws
    clone: Path
    upstream: Path
    environment: Mapping[str, str]
    before: str = ""

    def follow(self, command: str, typed: str = "") -> str:
        """What the command printed; it has to succeed."""
        finished = self.attempt(command, typed)
        assert finished.returncode == 0, f"{command}\n{finished.stdout}{finished.stderr}"
        return finished.stdout

    def attempt(self, command: str, typed: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["/bin/sh", "-ec", f"{self.before}\n{command}"],
            cwd=self.clone,
            env=self.environment,
            capture_output=True,
            text=True,
            input=typed,
            timeout=COMMAND_SECONDS,
        )

    def set_password(self, command: str, password: str) -> str:
        """What was shown by a command that asks for a password twice, which it does on a terminal only."""
        with subprocess.Popen(
            [sys.executable, "-c", IN_A_TERMINAL, "/bin/sh", "-ec", f"{self.before}\n{command}"],
            cwd=self.clone,
            env=self.environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as terminal:
            assert isinstance(terminal.stdout, io.BufferedReader)
            assert terminal.stdin is not None
            shown = b""
            # What is typed before it is asked for is thrown away.
            for prompt in (b"New password: ", b"Repeat it: "):
                while not shown.endswith(prompt):
                    read = terminal.stdout.read1()
                    assert read, shown.decode()
                    shown += read
                terminal.stdin.write(f"{password}\n".encode())
                terminal.stdin.flush()
            shown += terminal.communicate(timeout=COMMAND_SECONDS)[0]
        assert terminal.returncode == 0, shown.decode()
        return shown.decode()

    def account(self, profile: str) -> EmulatedAws:
        return replace(self.aws, account=ACCOUNTS[profile])

    def site(self, printed: str) -> "Site":
        """What a deployment said that it deployed."""
        url = r"https://(\w+)\.execute-api\.us-east-1\.amazonaws\.com/([\w-]+)/?$"
        ((api, stage),) = set(re.findall(url, printed, re.M))
        return Site(self.aws, self.clone, self.clone, api=api, gateway_stage=stage)

    def publish(self, version: str) -> None:
        """Another version of the project, for those who pull it."""
        source = self.upstream / "chalicelib" / "__init__.py"
        source.write_text(re.sub(r'^VERSION = ".*"$', f'VERSION = "{version}"', source.read_text(), flags=re.M))
        _commit(self.upstream, version)


@dataclass(frozen=True)
class Site(Deployment):
    """A dashboard as its clients know it: by its URL alone."""

    api: str = ""

    @property
    def api_id(self) -> str:
        return self.api

    @property
    def version(self) -> str:
        version: str = self.get("/health").result["version"]
        return version

    def sign_in(self, password: str) -> str | None:
        """The cookie; None for a wrong password."""
        answer = self._send("POST", "/api/login", {}, f'{{"password": "{password}"}}')
        assert answer.status in (200, 403), answer.body
        return answer.cookie if answer.status == 200 else None

    def knows(self, cookie: str) -> bool:
        """Whether that session goes on."""
        return self._send("GET", "/api/server", {"Cookie": cookie}, None).status == 200

    def report(self, secret: str) -> bool:
        """Whether an agent's report was taken."""
        body = {"reports": [{"secret": secret, "state": {"CPU": 12.5}}]}
        (outcome,) = self.post("/agent/report", body=body).result["reports"]
        return "server_id" in outcome

    def series(self, id_: int, token: str) -> list[float]:
        """The delays of a server's one monitor."""
        (monitor,) = self.get(f"/monitor/{id_}", token).result
        delays: list[float] = monitor["avg_delay"]
        return delays

    def names(self, token: str) -> list[str] | None:
        """The servers that a token sees; None when it is refused."""
        answer = self.get("/server/list", token)
        return None if answer.status == 403 else [server["name"] for server in answer.result]


@contextmanager
def reading(aws: EmulatedAws, built: Path) -> Iterator[Reader]:
    """Somebody who has just cloned the project and set it up. built: see `copied`."""
    git = program("git")
    with TemporaryDirectory(prefix="reader-") as name:
        folder = Path(name)
        home, upstream, clone = folder / "home", folder / "upstream", folder / "nezha"
        upstream.mkdir()
        copy_of_project(upstream, ".gitignore", "Makefile", "requirements-dev.txt")
        subprocess.run([git, "init", "--quiet", "--initial-branch", "main"], cwd=upstream, check=True)
        _commit(upstream, "The first version")
        subprocess.run([git, "tag", "v0.1.0"], cwd=upstream, check=True)
        subprocess.run([git, "clone", "--quiet", upstream, clone], check=True)
        for source in upstream.rglob("*.py"):
            shutil.copystat(source, clone / source.relative_to(upstream))  # else Python would compile it again
        _set_up(clone)
        environment = _environment(aws, home)
        aws_cli, aws_modules = cached_python(*AWS_CLI), ("awscli.clidriver", "awscli.handlers")
        with (
            serving(aws_cli, home / "aws-cli", aws_modules, environment, services=("dynamodb", "logs")),
            ready(clone, built),
        ):
            yield Reader(aws, clone, upstream, {**environment, **COMPILED_APART})


def _commit(folder: Path, message: str) -> None:
    somebody = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull, "PATH": os.environ["PATH"]}
    for role in ("AUTHOR", "COMMITTER"):
        somebody |= {f"GIT_{role}_NAME": "Somebody", f"GIT_{role}_EMAIL": "somebody@example.com"}
    for command in (["add", "--all"], ["commit", "--quiet", "--message", message]):
        subprocess.run(["git", *command], cwd=folder, env=somebody, check=True)


def _set_up(clone: Path) -> None:
    """What `make setup` does, with what is installed here already, and a Python that has imported its libraries."""
    programs = clone / ".venv" / "bin"
    programs.mkdir(parents=True)
    for one in Path(sys.prefix, "bin").iterdir():
        if one.name != "python":
            (programs / one.name).symlink_to(one)
    # What asks for a password reads it from the terminal, which a forked process has not.
    python = f"exec {_preloaded(clone / PROGRAMS)}"
    (programs / "python").write_text(f'#!/bin/sh\n[ -t 0 ] && exec {sys.executable} "$@"\n{python} "$@"\n')
    (programs / "python").chmod(0o755)
    (clone / ".venv" / ".ready").touch()


def _preloaded(server: Path) -> str:
    """A shell's command that runs a program in a process which has imported its libraries."""
    return f"{sys.executable} -S {preloaded.__file__} run {server}"


def _environment(aws: EmulatedAws, home: Path) -> Mapping[str, str]:
    programs, settings = home / "bin", home / ".aws"
    programs.mkdir(parents=True)
    settings.mkdir()
    aws_cli = f"{_preloaded(home / 'aws-cli')} -m awscli"
    (programs / "aws").write_text(f'#!/bin/sh\nunset PYTHONPYCACHEPREFIX\nexec {aws_cli} "$@"\n')
    (programs / "aws").chmod(0o755)
    profiles = (
        f"[{profile}]\naws_access_key_id = {account}\naws_secret_access_key = any\n"
        for profile, account in ACCOUNTS.items()
    )
    (settings / "credentials").write_text("\n".join(profiles))
    return {
        "HOME": str(home),
        "LANG": os.environ.get("LANG", "C.UTF-8"),
        "PATH": f"{programs}:{os.environ['PATH']}",
        "AWS_ENDPOINT_URL": aws.url,
        "AWS_EC2_METADATA_DISABLED": "true",
        **offline(cached_packages(PROJECT / "requirements.txt")),
    }
