"""Living with other processes: one server per data directory and port, and no child outlives its parent."""

import errno
import fcntl
import gc
import json
import math
import multiprocessing
import os
import signal
import socket
import threading
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import IO

from webapp.core.errors import Invalid

WATCH_SECONDS = 0.3
LOOK_SECONDS = 0.2
"""How often a main thread looks whether it was asked to end."""
NICENESS = 10
"""Of work that can wait: our choice, a tenth of a server's share where both want the same core."""
LOCKLESS = 19
"""Of work that never holds the database's lock, so that it cannot keep who does from giving it up."""
AUTOGROUP = Path("/proc/self/autogroup")
FULL = (errno.ENOSPC, errno.EDQUOT)
"""What the system says of a disk, or of an account's share of it, that is full."""
REMEDY = "Stop it, or choose another data directory."


class StopSignal:
    """Whether this process was asked to end, by SIGTERM or Ctrl-C. Made by the main thread, which alone waits for it.

    An Event will not do: its lock may be held by the very thread that the handler interrupts, which then waits for
    itself; and a thread that waits without end sleeps on when the system hands the signal to another.
    """

    def __init__(self) -> None:
        self.is_set = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: object) -> None:
        self.is_set = True

    def wait(self, seconds: float = math.inf) -> bool:
        """Waits at most so long; whether it came."""
        until = time.monotonic() + seconds
        while not self.is_set and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, LOOK_SECONDS))
        return self.is_set


class AlreadyHeld(Exception):
    """Another process holds the directory or the port; the message says which."""


def hold(directory: Path, role: str, now: datetime, note: str = "", *, remedy: str = REMEDY) -> IO[str]:
    """Takes the role in this directory for the life of this process. Keep the file: closing it gives the role up.

    An exclusive `flock`, which the system drops when the process dies, however it dies. Raises AlreadyHeld, which ends
    with `remedy`; Invalid where nothing can be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        file = (directory / f"{role}.lock").open("a+")
    except OSError as error:
        raise _unwritable(directory, error) from None
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        who = _who(file.read())
        file.close()
        raise AlreadyHeld(f"{directory} is held by {who}. {remedy}") from None
    try:
        file.truncate(0)
        json.dump({"pid": os.getpid(), "since": now.isoformat(timespec="seconds"), "note": note}, file)
        file.flush()
    except OSError as error:
        with suppress(OSError):  # closing tries to write once more
            file.close()
        raise _unwritable(directory, error) from None
    return file


def check_port(host: str, port: int) -> None:
    """Raises AlreadyHeld if something listens there: granian would share the port with another start of itself."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port that was just given up is free
        try:
            probe.bind((host, port))
        except OSError as error:
            raise AlreadyHeld(f"Port {port} on {host} cannot be used: {error.strerror}. "
                              "Stop what listens there, or give another --port.") from None


def give_way(niceness: int = NICENESS) -> None:
    """Lets processes that answer readers go first: for work that nobody waits for by the millisecond.

    Linux may share cores out by session first (autogroups; sched(7)) and heed niceness only within one. So a process
    that leads a session, as the worker does, lowers all of it; one that shares its terminal's leaves that alone.
    """
    os.setpriority(os.PRIO_PROCESS, 0, max(niceness, os.getpriority(os.PRIO_PROCESS, 0)))
    if os.getsid(0) == os.getpid():
        with suppress(OSError):  # where there are no autogroups there is nothing to lower
            AUTOGROUP.write_text(str(niceness))


def settle() -> None:
    """Tells the collector that what is loaded by now is no garbage: to look through it takes 0.1 s, during which no
    request is answered and a write lock that is held stays held."""
    gc.collect()
    gc.freeze()


def _unwritable(directory: Path, error: OSError) -> Invalid:
    remedy = "Make room on its disk" if error.errno in FULL else "Make it writable"
    return Invalid(f"Nothing can be written in {directory}: {error.strerror}. {remedy}, or choose another data "
                   "directory.")


def _who(text: str) -> str:
    try:
        said = json.loads(text)
        return f"process {said['pid']} ({said['note'] or 'materia'}), since {said['since']}"
    except (ValueError, KeyError):
        return "another process"


def end_with_parent(parent: int | None = None) -> None:
    """Ends this process at once when its parent is gone, so that a killed supervisor leaves nothing behind.

    `parent`: its process id, where the parent could hand it over; asked for here, it may be too late to tell.
    """
    spawner = multiprocessing.parent_process()
    expected = parent or (spawner.pid if spawner else None) or os.getppid()

    def watch() -> None:
        while os.getppid() == expected:
            time.sleep(WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
