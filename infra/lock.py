"""`make lock`: resolves what the `*.in` files name into `*.txt` files, every package pinned and with its hashes.

Write a package that you need into the `.in` file, with its version, and run `make lock`. All other versions stay as
they are, unless you ask for new ones: `make lock ARGS=--upgrade`. One file serves every system, every processor and
every Python from the oldest that is named here, so it has the hashes of all files of a version.
"""

import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent

OLDEST_PYTHON = {
    "requirements": "3.11",
    "requirements-alerts": "3.11",
    "requirements-dev": "3.11",
    "agent/requirements": "3.9",
    "agent/relay-requirements": "3.11",
    "tests/agent/requirements": "3.9",
    "tests/stack/requirements": "3.11",
    "tests/stack/aws-cli-requirements": "3.11",
    "tests/stack/runtime-requirements": "3.11",
}
"""Each pair of files, without its suffix, and the oldest Python that its packages run on."""

RESOLVE = (
    *("pip", "compile", "--universal", "--generate-hashes", "--quiet", "--no-python-downloads"),
    # The files must not name hosts: everybody has their own index.
    *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
)


def main(options: list[str]) -> int:
    """Writes the files; returns 1 after the message of uv when one cannot be resolved."""
    uv = Path(sys.executable).with_name("uv")
    for name, python in OLDEST_PYTHON.items():
        files = (f"{name}.in", "--output-file", f"{name}.txt")
        command = [str(uv), *RESOLVE, "--python-version", python, *options, *files]
        if subprocess.run(command, cwd=PROJECT, check=False).returncode:  # noqa: S603
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
