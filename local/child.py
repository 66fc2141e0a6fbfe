"""`python -m local.child MODULE ARG…` runs a module and stops it when the parent process ends, even by SIGKILL.

The parent holds the other end of standard input, so reading it ends when the parent is gone.
"""

import atexit
import gc
import os
import runpy
import signal
import sys
import threading


def main() -> None:
    atexit.register(gc.freeze)  # skips a garbage collection of everything at exit
    threading.Thread(target=_exit_with_parent, daemon=True).start()
    module = sys.argv[1]
    sys.argv = sys.argv[1:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _exit_with_parent() -> None:
    while os.read(0, 1024):
        pass
    os.kill(os.getpid(), signal.SIGTERM)  # not SIGKILL, so that the module can still clean up


if __name__ == "__main__":
    main()
