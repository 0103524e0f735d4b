"""Mail leaves no faster than the relay and the readers' pages allow."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

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


def test_time_without_mail_is_not_saved_up() -> None:
    pace = Pace(20)
    pace.turn()
    time.sleep(0.2)
    assert pace.turn() == 0
    assert pace.turn() >= 0.04
