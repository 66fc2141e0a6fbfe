"""`make lock`: resolves the `*.in` files into `*.txt` files, in which every package is pinned with its hashes.

To add a package, write it with its version into the `.in` file, and run `make lock`. All other versions stay as they
are, unless you ask for new ones: `make lock ARGS=--upgrade`. Each file is valid for every system, processor and Python
version from OLDEST_PYTHON on, so it has the hashes of all distributions of a version.
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
    # The files must not name an index, as everybody may use another one.
    *("--no-header", "--no-annotate", "--no-emit-index-url", "--no-emit-find-links"),
)


def main(options: list[str]) -> int:
    """Writes the files. Returns 1 if one cannot be resolved; uv has then printed why."""
    uv = Path(sys.executable).with_name("uv")
    for name, python in OLDEST_PYTHON.items():
        files = (f"{name}.in", "--output-file", f"{name}.txt")
        command = [str(uv), *RESOLVE, "--python-version", python, *options, *files]
        if subprocess.run(command, cwd=PROJECT, check=False).returncode:  # noqa: S603
            return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
