"""How fast mail leaves: a relay takes so many a second, and a web server beside the senders wants its share."""

import threading
import time


class Pace:
    """Evenly spaced turns, at most `per_second`, shared by all threads that take them."""

    def __init__(self, per_second: float) -> None:
        self._gap_seconds = 1 / per_second
        self._next_at = 0.0
        self._lock = threading.Lock()

    def turn(self) -> float:
        """Takes the next turn; returns the seconds until it comes."""
        with self._lock:
            turn = max(self._next_at, time.monotonic())
            self._next_at = turn + self._gap_seconds
        return max(0.0, turn - time.monotonic())
