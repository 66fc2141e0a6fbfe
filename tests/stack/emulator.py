"""Starting and ending the emulated AWS, in a virtual environment of its own."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import boto3
import pytest

from infra.channels_package import FOR_EVERY_SYSTEM, needed

HERE = Path(__file__).resolve().parent
PROJECT = HERE.parent.parent
CACHE = PROJECT / ".cache"
REGION = "us-east-1"
START_SECONDS = 180
END_SECONDS = 5


@dataclass(frozen=True)
class Permission:
    """What a role's policies were asked for: may it do `action` (`dynamodb:Scan`) on `resource` (an ARN)?"""

    role: str
    action: str
    resource: str
    allowed: bool


@dataclass(frozen=True)
class EmulatedAws:
    """An account of a running emulator.

    url: where it serves every AWS API. folder: all that it keeps, its log included. account: its twelve digits.
    keys: the access key and its secret of the programs that run in it, if they are not its owner's.
    """

    url: str
    folder: Path
    account: str = "000000000000"
    keys: tuple[str, str] | None = None

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment in which AWS's tools talk to this emulator."""
        key, secret = self.keys or (self.account, "test")
        return {
            "AWS_ENDPOINT_URL": self.url,
            "AWS_ACCESS_KEY_ID": key,
            "AWS_SECRET_ACCESS_KEY": secret,
            "AWS_DEFAULT_REGION": REGION,
        }

    def client(self, service: str) -> Any:
        """A boto3 client of one service; the caller closes it."""
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=self.account,
            aws_secret_access_key="test",
        )

    def as_user(self, name: str, policy: str) -> "EmulatedAws":
        """The same account for a new user who may do what the policy allows."""
        with closing(self.client("iam")) as iam:
            iam.create_user(UserName=name)
            iam.put_user_policy(UserName=name, PolicyName=name, PolicyDocument=policy)
            key = iam.create_access_key(UserName=name)["AccessKey"]
        return replace(self, keys=(key["AccessKeyId"], key["SecretAccessKey"]))

    def permissions(self) -> set[Permission]:
        """Everything that was asked for so far under the policies of any role."""
        return {Permission(**json.loads(line)) for line in self.log("permissions.jsonl").splitlines()}

    def log(self, name: str = "log") -> str:
        return (self.folder / name).read_text()


@contextmanager
def running(python: Path, folder: Path) -> Iterator[EmulatedAws]:
    """An emulator that ends with this block. python: of the environment. folder: empty, its own."""
    environment = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ} | {"HOME": str(folder)}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [python, HERE / "emulated_aws.py", folder],
            env=environment,
            cwd=folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    with process:
        try:
            assert process.stdout is not None
            url = process.stdout.readline().strip()
            _wait_until_ready(url, folder)
            yield EmulatedAws(url, folder)
        finally:
            process.terminate()
            try:
                process.wait(END_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()


def _wait_until_ready(url: str, folder: Path) -> None:
    """It listens from the start and answers once it is ready, so that asking once is enough."""
    try:
        with closing(HTTPConnection(urlsplit(url).netloc, timeout=START_SECONDS)) as connection:
            connection.request("GET", "/_ministack/health")
            assert connection.getresponse().status == 200
    except (OSError, HTTPException) as error:
        raise AssertionError(f"the emulator did not start:\n{(folder / 'log').read_text()}") from error


def cached_python(name: str = "emulated-aws", requirements: Path = HERE / "requirements.txt") -> Path:
    """The interpreter of an environment, the emulator's if nothing else is said, made on first use.

    See `cached` for when it cannot be. Run programs by it: scripts name the folder that it was made in.
    """

    def fill(folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True, capture_output=True)
        # Python compiles modules when they are imported; compiling all of them takes longer than installing them.
        pip("--python", folder / "bin" / "python", "install", "--no-compile", "--requirement", requirements)

    return cached(name, requirements, fill) / "bin" / "python"


def cached_packages(requirements: Path) -> Path:
    """A folder with the packages of a requirements file, for pip to find without any index."""
    return cached("packages", requirements, lambda folder: pip("download", "-r", requirements, "-d", folder))


def cached_libraries() -> Path:
    """The same with the libraries for channels, as they are packed."""
    locked = PROJECT / "requirements-alerts.txt"

    def fill(folder: Path) -> None:
        wanted = folder / "needed.txt"
        wanted.write_text(needed(locked.read_text()))
        pip("download", "--no-deps", *FOR_EVERY_SYSTEM, "-r", wanted, "-d", folder)

    return cached("libraries", locked, fill)


def cached(name: str, requirements: Path, fill: Callable[[Path], None], python: str = sys.version) -> Path:
    """The folder of that name for these requirements and that Python, filled by `fill` when it is not there yet.

    Skips the test where the packages cannot be had; with CI=true it fails instead, as nothing may go untested there.
    """
    key = hashlib.sha256(requirements.read_bytes() + python.encode()).hexdigest()[:16]
    folder = CACHE / f"{name}-{key}"
    CACHE.mkdir(exist_ok=True)
    try:
        return once(folder, fill)
    except subprocess.CalledProcessError as error:
        _give_up(f"the packages of {requirements.relative_to(PROJECT)} cannot be installed: {_last_line(error.stderr)}")


def once(folder: Path, fill: Callable[[Path], None]) -> Path:
    """Returns the folder. One process fills it while others wait; if it is interrupted, the next one starts again."""
    with folder.with_name(f"{folder.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not folder.is_dir():
            partial = folder.with_name(f"{folder.name}.partial")
            shutil.rmtree(partial, ignore_errors=True)
            partial.mkdir()
            fill(partial)
            partial.rename(folder)
    return folder


def pip(*arguments: str | Path) -> None:
    """Raises CalledProcessError."""
    subprocess.run(
        [sys.executable, "-m", "pip", "--disable-pip-version-check", "--retries", "1", *arguments],
        check=True,
        capture_output=True,
    )


def _give_up(reason: str) -> NoReturn:
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def _last_line(output: bytes) -> str:
    return (output.decode(errors="replace").strip().splitlines() or ["no reason was given"])[-1]
