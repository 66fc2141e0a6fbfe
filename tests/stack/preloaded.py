"""Runs Python programs in processes that have imported their libraries before, which is most of what short ones do.

A server imports libraries and starts a program for each client that asks. Each program is a fork of the server, with
the arguments, environment, folder and files of its client. It imports all other modules itself, and leaves nothing
behind for the next program. A project's own modules can be imported, too: while one of them is changed, programs import
all of them again. From a shell:

    python preloaded.py run SOCKET -m MODULE ARGUMENT...

This needs the standard library only, as it runs in each environment of these tests.
"""

import gc
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, NoReturn

NUMBER_BYTES = 8

Sources = Mapping[str, tuple[Path, bytes]]
"""The file of each of a project's modules, and what is in it."""


@contextmanager
def serving(
    python: Path | str,
    at: Path,
    modules: Sequence[str],
    environment: Mapping[str, str],
    *,
    services: Sequence[str] = (),
    project: Path | None = None,
) -> Iterator[subprocess.Popen[bytes]]:
    """A server that ends with this block. at: its socket. python: whose environment has the modules.

    services: those of AWS that most programs call, by botocore's names. project: a folder that also has some of the
    modules, and in which all programs run.
    """
    wanted = {"modules": modules, "services": services, "project": project and str(project)}
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(at))
        listener.listen()
        process = subprocess.Popen(
            [python, "-P", __file__, "serve", str(listener.fileno()), json.dumps(wanted)],
            env=environment,
            stdin=subprocess.PIPE,  # it ends with this pipe, also if this process is killed
            stdout=subprocess.DEVNULL,
            pass_fds=[listener.fileno()],
        )
    with process:
        yield process


def run(
    server: Path,
    arguments: Sequence[str | Path],
    folder: Path,
    environment: Mapping[str, str],
    typed: str,
    seconds: float,
) -> subprocess.CompletedProcess[str]:
    """Runs a program to its end, within so many seconds. typed: what it reads from stdin."""
    with TemporaryFile("w+") as stdin, TemporaryFile("w+") as stdout, TemporaryFile("w+") as stderr:
        files = stdin, stdout, stderr
        stdin.write(typed)
        stdin.seek(0)
        command = [*map(str, arguments)]
        program = Program(server, command, folder, environment, [file.fileno() for file in files])
        try:
            program.wait(seconds)
        finally:
            program.kill()
        stdout.seek(0)
        stderr.seek(0)
        return subprocess.CompletedProcess(command, program.wait(), stdout.read(), stderr.read())


class Program:
    """A program that a server has started, with a part of what `subprocess.Popen` offers.

    arguments: `-m`, a module and its arguments, or a file and its arguments. files: stdin, stdout and stderr.
    """

    def __init__(
        self,
        server: Path | str,
        arguments: Sequence[str],
        folder: Path | str,
        environment: Mapping[str, str],
        files: Sequence[int],
    ) -> None:
        self.returncode: int | None = None
        self._waiting = threading.Lock()
        self._server = socket.socket(socket.AF_UNIX)
        self._server.connect(str(server))
        asked = {"arguments": arguments, "folder": str(folder), "environment": dict(environment)}
        socket.send_fds(self._server, [b"\0"], list(files))
        self._server.sendall(json.dumps(asked).encode() + b"\n")
        self.pid = self._number()

    def wait(self, timeout: float | None = None) -> int:
        with self._waiting:
            if self.returncode is None:
                if not select.select([self._server], [], [], timeout)[0]:
                    raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
                self.returncode = self._number()
                self._server.close()
            return self.returncode

    def poll(self) -> int | None:
        try:
            return self.wait(0)
        except subprocess.TimeoutExpired:
            return None

    def terminate(self) -> None:
        self._send(signal.SIGTERM)

    def kill(self) -> None:
        self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def _number(self) -> int:
        received = self._server.recv(NUMBER_BYTES, socket.MSG_WAITALL)
        assert len(received) == NUMBER_BYTES, "the server has ended"
        return int.from_bytes(received, "big", signed=True)


def _serve(listener: socket.socket, *, modules: Sequence[str], services: Sequence[str], project: str | None) -> None:
    before = dict(os.environ)
    if project:
        sys.path.insert(0, project)
    for name in modules:
        import_module(name)
    sources = _sources(project) if project else {}
    if services:
        _describe(services)
    # AWS's command line keeps the place of its data in a variable.
    told = {name: value for name, value in os.environ.items() if before.get(name) != value}
    sys.stdout.flush()  # else each program would print what modules have printed
    gc.collect()
    gc.freeze()  # else the first collection of each program would copy all pages
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the processes of `_keep`
    while listener in select.select([listener, sys.stdin], [], [])[0]:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            _keep(connection, told, sources)
        connection.close()


def _describe(services: Sequence[str]) -> None:
    """Reads botocore's descriptions of the services and of all regions, for every program that uses botocore."""
    session: Any = import_module("botocore.session")
    session.create_loader = cache(session.create_loader)
    for name in services:
        session.get_session().create_client(name, region_name="us-east-1")


def _sources(project: str) -> Sources:
    files = {name: Path(getattr(module, "__file__", None) or "") for name, module in sys.modules.items()}
    return {name: (file, _content(file)) for name, file in files.items() if file.is_relative_to(project)}


def _content(file: Path) -> bytes:
    """Empty if the file is gone."""
    return file.read_bytes() if file.exists() else b""


def _keep(client: socket.socket, told: Mapping[str, str], sources: Sources) -> NoReturn:
    """Starts a program, and tells the client its process and its end. told: by the libraries, in the environment."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _, files, _, _ = socket.recv_fds(client, 1, 3)
    with client.makefile("rb") as received:
        asked = json.loads(received.readline())
    pid = os.fork()
    if pid == 0:
        client.close()
        _run(files, told=told, sources=sources, **asked)
    for file in files:
        os.close(file)
    client.sendall(pid.to_bytes(NUMBER_BYTES, "big"))
    _, status = os.waitpid(pid, 0)
    client.sendall(os.waitstatus_to_exitcode(status).to_bytes(NUMBER_BYTES, "big", signed=True))
    os._exit(0)


def _run(
    files: Sequence[int],
    *,
    arguments: list[str],
    folder: str,
    environment: Mapping[str, str],
    told: Mapping[str, str],
    sources: Sources,
) -> NoReturn:
    """Becomes the program."""
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update({**environment, **told})
    sys.pycache_prefix = environment.get("PYTHONPYCACHEPREFIX")
    if any(_content(file) != before for file, before in sources.values()):
        for name in sources:
            del sys.modules[name]
    if arguments[0] == "-m":
        sys.modules.pop(f"{arguments[1]}.__main__", None)
        sys.path.insert(0, folder)
        sys.argv = arguments[1:]
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    else:
        sys.path.insert(0, str(Path(arguments[0]).parent))
        sys.argv = arguments
        runpy.run_path(arguments[0], run_name="__main__")
    sys.exit()


if __name__ == "__main__":
    what, where, *more = sys.argv[1:]
    if what == "serve":
        _serve(socket.socket(fileno=int(where)), **json.loads(more[0]))
    else:
        sys.exit(Program(where, more, Path.cwd(), os.environ, (0, 1, 2)).wait())
