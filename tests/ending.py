"""For what may take no end: a test of it fails, and neither waits nor takes all memory."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

SECONDS = 20
"""More than any text takes, on a busy machine too: a parser that runs in a circle takes all memory in some minutes."""


@contextmanager
def at_once() -> Iterator[None]:
    """Fails what is not done after `SECONDS`. For the main thread."""
    def ring(*_: object) -> None:
        raise TimeoutError(f"not done after {SECONDS} s")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)
