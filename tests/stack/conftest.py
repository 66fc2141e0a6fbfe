import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.stack.copies import as_built_for, build
from tests.stack.deployment import Answer, Deployment, copied
from tests.stack.emulator import EmulatedAws, cached_python, once, running
from tests.stack.stack_deployment import Stack


@pytest.fixture(scope="session")
def emulated_aws() -> Iterator[EmulatedAws]:
    """An empty AWS account."""
    python = cached_python()
    with (
        # The processes of Lambda functions end by themselves soon after the emulator, and may still write.
        TemporaryDirectory(prefix="emulated-aws-", ignore_cleanup_errors=True) as folder,
        running(python, Path(folder)) as emulator,
    ):
        yield emulator


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a deployment builds, made once for all processes of a run."""
    own = tmp_path_factory.getbasetemp()
    return once((own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "built", build)


@pytest.fixture(scope="session")
def project_copy(emulated_aws: EmulatedAws, built: Path) -> Iterator[Deployment]:
    """A copy of the project, not deployed yet."""
    with copied(emulated_aws, built) as copy:
        yield copy


@pytest.fixture(scope="session")
def first_list(project_copy: Deployment) -> Answer:
    """The server list right after the project was deployed and its tables created."""
    project_copy.ops("tables", "create")
    project_copy.deploy()
    return project_copy.get("/server/list", project_copy.token)


@pytest.fixture(scope="session")
def deployment(project_copy: Deployment, first_list: Answer) -> Deployment:
    """The project, deployed. Every test registers servers of its own, and leaves the rest as it was."""
    return project_copy


@pytest.fixture(scope="session")
def stack(project_copy: Deployment) -> Stack:
    """Another stage of the copy, deployed as `make deploy` does; the same holds for its tests."""
    stack = Stack(project_copy.aws, project_copy.folder, project_copy.packages)
    as_built_for(stack.stage, stack.folder)
    stack.deploy()
    return stack
