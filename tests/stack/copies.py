"""Copies of the project: what is in them, what is built in them, and how their commands are started fast."""

import fcntl
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from tempfile import gettempdir

from tests.stack.emulator import CACHE, PROJECT, cached_libraries, cached_packages
from tests.stack.preloaded import serving

SHIPPED = ("app.py", "chalicelib", "agent", "vendor", ".chalice", "requirements.txt", "requirements-alerts.txt")
ALONGSIDE = ("ops", "infra")
LEFT_OUT = shutil.ignore_patterns("__pycache__", "deployed", "deployments", "venv")
PROGRAMS = "programs"
"""The socket in a copy at which its commands are started."""
MODULES = ("boto3", "chalice.package", "pynamodb.models", "infra.__main__", "ops.__main__")
SERVICES = ("apigateway", "cloudformation", "dynamodb", "s3", "sts")
"""What the commands spend most of their time on: importing modules, and reading descriptions of services."""


def starting_programs(folder: Path) -> AbstractContextManager[object]:
    """Within this block, the copy's commands can be started at its socket."""
    environment = {**os.environ, **COMPILED_APART}
    return serving(sys.executable, folder / PROGRAMS, MODULES, environment, services=SERVICES, project=folder)


DEPLOYMENTS = ".chalice/deployments"
BUILT = ("build", DEPLOYMENTS)
"""What deployments leave in the project. The next one uses it again if the sources are the same."""
LAST_BUILD = CACHE / "build"
"""What the last run of the tests built, from which a build goes on as in a project that was deployed before."""
ANOTHER = "another"
"""The stage that `build` builds."""


def build(folder: Path) -> None:
    """Copies the project into the folder and builds there what a deployment of this version builds."""
    copy_of_project(folder)
    program = f"from infra import package, stage; package.build(stage.Stage({ANOTHER!r}), 'us-east-1')"
    environment = {**os.environ, **offline(cached_packages(PROJECT / "requirements.txt")), **COMPILED_APART}
    with LAST_BUILD.with_suffix(".lock").open("w") as lock, compiled_like_the_project(folder):
        fcntl.flock(lock, fcntl.LOCK_EX)
        if LAST_BUILD.is_dir():
            shutil.copytree(LAST_BUILD, folder / "build", symlinks=True)
        command = [sys.executable, "-c", program]
        said = subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True).stderr
        if b"building the package" in said:
            partial = LAST_BUILD.with_suffix(".partial")
            for earlier in (partial, LAST_BUILD):
                shutil.rmtree(earlier, ignore_errors=True)
            shutil.copytree(folder / "build", partial, symlinks=True).rename(LAST_BUILD)
    # A plain `chalice deploy` finds its zip there.
    shutil.copytree(folder / "build" / ".package" / "project" / DEPLOYMENTS, folder / DEPLOYMENTS)


def as_built_for(stage: str, folder: Path) -> None:
    """Gives the copy a finished build of this stage, which differs from the one of ANOTHER in a tag of its template."""
    own = folder / "build" / stage
    shutil.copytree(folder / "build" / ANOTHER, own, ignore=shutil.ignore_patterns("deployment.zip"))
    template = own / "sam.json"
    parts = template.read_text().split(f":stage={ANOTHER}:")
    assert len(parts) > 1
    template.write_text(f":stage={stage}:".join(parts))


COMPILED = CACHE / "compiled"
COMPILED_APART = {"PYTHONPYCACHEPREFIX": str(COMPILED)}
"""Python keeps what it compiles there, for later runs, too. Among the sources, Chalice would pack it again."""


@contextmanager
def ready(folder: Path, built: Path) -> Iterator[None]:
    """Within this block, a copy can be deployed by its commands at once. built: by `build`."""
    for name in BUILT:  # packing takes longer than everything that tests do with a package
        shutil.copytree(built / name, folder / name, symlinks=True)
    with compiled_like_the_project(folder), starting_programs(folder):
        yield


@contextmanager
def compiled_like_the_project(folder: Path) -> Iterator[None]:
    """Within this block, a copy and the project share compiled files. Python compares their sources' dates."""
    shared, own = (COMPILED / path.relative_to(path.anchor) for path in (PROJECT, folder))
    shared.mkdir(parents=True, exist_ok=True)
    own.parent.mkdir(parents=True, exist_ok=True)
    own.symlink_to(shared)
    try:
        yield
    finally:
        own.unlink()
        if folder.parent != Path(gettempdir()):
            own.parent.rmdir()  # no other copy is in it


def offline(packages: Path) -> Mapping[str, str]:
    """Environment variables that let pip install only from that folder and from the cached libraries for channels."""
    return {
        "PIP_NO_INDEX": "1",
        "PIP_FIND_LINKS": f"{packages} {cached_libraries()}",
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    }


def copy_of_project(folder: Path, *more: str) -> None:
    """Everything that `chalice deploy` reads, and the operator's commands; nothing that was made by using them."""
    for name in (*SHIPPED, *ALONGSIDE, *more):
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, symlinks=True, ignore=LEFT_OUT)
        else:
            shutil.copy(source, folder / name)
