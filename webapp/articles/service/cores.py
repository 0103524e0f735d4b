"""Work on all cores, one item after another, in a pool of processes that begin with what their parent knows."""

import os
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import Any, TypeVar

from webapp.core.process import LOCKLESS, end_with_parent, give_way

Result = TypeVar("Result")
WORTH_A_POOL = 8
"""Topics from which starting worker processes pays for itself: our measurement, about 0.3 s against 100 ms for a topic
of ten pages."""
AT_ONCE = 8
"""Items that a worker takes at most at a time: our choice, so that few hand-overs are made."""
ROUNDS = 4
"""How often each worker comes for more, at least: our choice, so that none waits long for the last."""
_work: Callable[[str], Any] = str
"""What a worker does: handed over when it begins."""


def on_all_cores(work: Callable[[str], Result], items: Sequence[str]) -> Iterator[Result]:
    """What `work` makes of each item, in their order, made while it is asked for. It may know much: forked processes
    know it too, and only items and results travel."""
    count = os.cpu_count() or 1
    if count == 1 or len(items) < WORTH_A_POOL:
        yield from map(work, items)
        return
    # Forked, so that a worker need not import everything again. The caller may run threads, such as a progress bar's,
    # which do not come along: so a worker takes no lock that one of them may hold (`_begin`).
    with ProcessPoolExecutor(count, mp_context=get_context("fork"), initializer=_begin,
                             initargs=(os.getpid(), work)) as pool:
        yield from pool.map(_do, items, chunksize=min(AT_ONCE, len(items) // (ROUNDS * count) or 1))


def _begin(parent: int, work: Callable[[str], Any]) -> None:
    global _work
    _work = work
    sys.stdout = sys.stderr = open(os.devnull, "w")  # noqa: SIM115 (flushed at the end; the parent's may be locked)
    end_with_parent(parent)
    give_way(LOCKLESS)


def _do(item: str) -> Any:
    return _work(item)
