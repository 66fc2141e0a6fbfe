"""`python -m local.child MODULE ARG…` runs a module that ends with its parent, even when that is killed.

The parent holds the other end of this process's standard input; when it is gone, the pipe ends.
"""

import os
import runpy
import signal
import sys
import threading


def main() -> None:
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _exit_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)  # so that it may still put its things in order


if __name__ == "__main__":
    main()
