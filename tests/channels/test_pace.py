"""Mail leaves no faster than the relay and the readers' pages allow."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from webapp.channels.service.pace import Pace


@pytest.mark.parametrize("threads", [1, 4])
def test_turns_are_spaced_however_many_take_them(threads: int) -> None:
    pace, stopping = Pace(100), threading.Event()

    def turn(_: int) -> float:
        pace.wait(stopping)
        return time.monotonic()

    with ThreadPoolExecutor(threads) as pool:
        turns = sorted(pool.map(turn, range(9)))

    assert turns[-1] - turns[0] >= 0.07, "eight gaps of 10 ms, less what the first turn was late"


def test_time_without_mail_is_not_saved_up() -> None:
    pace, stopping = Pace(20), threading.Event()
    pace.wait(stopping)
    time.sleep(0.2)
    pace.wait(stopping)
    began = time.monotonic()
    pace.wait(stopping)
    assert time.monotonic() - began >= 0.04


def test_a_stop_ends_the_wait() -> None:
    pace, stopping = Pace(0.001), threading.Event()
    pace.wait(stopping)
    waiting = threading.Thread(target=pace.wait, args=(stopping,))
    waiting.start()
    stopping.set()
    waiting.join(10)
    assert not waiting.is_alive()
