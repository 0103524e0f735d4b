"""The day's sums again and again, as the worker makes them: `python -m tests.benchmarks.summing SECONDS_BETWEEN`."""

import sys
import time

from webapp import config
from webapp.core import clock
from webapp.core.process import end_with_parent, give_way
from webapp.engagement import jobs


def sum_again(seconds: float) -> None:
    """Until it is killed."""
    parts = config.platform(config.load())
    while True:
        time.sleep(seconds)
        jobs.roll_up_dirty(parts.database, clock.now())


if __name__ == "__main__":
    end_with_parent()
    give_way()
    sum_again(float(sys.argv[1]))
