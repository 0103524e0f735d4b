"""Waiting for what comes by itself: for a condition, and never for a time."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 240.0
"""A machine that is busy with other things takes ten times as long as a quiet one, and more."""


def until(is_so: Callable[[], bool], seconds: float = PATIENCE_SECONDS, every: float = 0.02) -> bool:
    """Looks again and again until it is so, with as many seconds between as `every`; False if it took too long."""
    ends = time.monotonic() + seconds
    while not (so := is_so()) and time.monotonic() < ends:
        time.sleep(every)
    return so
