"""Mail leaves no faster than the relay and the readers' pages allow."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import SimpleNamespace

import pytest

from webapp.channels.service.pace import Pace


@pytest.mark.parametrize("threads", [1, 4])
def test_turns_are_spaced_however_many_take_them(threads: int) -> None:
    pace, start = Pace(100), threading.Barrier(threads)

    def turns_of_one(_: int) -> list[float]:
        start.wait()
        taken = []
        for _ in range(12 // threads):
            time.sleep(pace.turn())
            taken.append(time.monotonic())
        return taken

    with ThreadPoolExecutor(threads) as pool:
        turns = sorted(moment for taken in pool.map(turns_of_one, range(threads)) for moment in taken)

    assert turns[-1] - turns[0] >= 0.09, "eleven gaps of 10 ms, less what the first turn was late"


def test_time_without_mail_is_not_saved_up(monkeypatch: pytest.MonkeyPatch) -> None:
    moments = [100.0, 100.0, 100.2, 100.2, 100.2, 100.2]  # each turn looks at the clock twice
    monkeypatch.setattr("webapp.channels.service.pace.time", SimpleNamespace(monotonic=partial(moments.pop, 0)))
    pace = Pace(20)
    assert [pace.turn() for _ in range(3)] == [0, 0, pytest.approx(0.05)]
