"""Stopping by a signal at the worst moment."""

import signal

from local.system import Options, System


def test_a_signal_may_come_while_locks_are_held() -> None:
    """It interrupts the thread that holds them, which would wait for itself forever."""
    system = System(Options())
    before = signal.signal(signal.SIGUSR1, lambda *_: system.request_stop())
    try:
        with system._stopped._cond:  # type: ignore[attr-defined]
            signal.raise_signal(signal.SIGUSR1)
        system.wait()
    finally:
        signal.signal(signal.SIGUSR1, before)
        system.stop()
