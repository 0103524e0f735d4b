"""Living with other processes: one server per data directory, and no child outlives its parent."""

import fcntl
import json
import os
import threading
import time
from datetime import datetime
from pathlib import Path
from typing import IO

WATCH_SECONDS = 0.3


class AlreadyHeld(Exception):
    """Another process holds the directory; the message says which."""


def hold(directory: Path, role: str, now: datetime, note: str = "") -> IO[str]:
    """Takes the role in this directory for the life of this process. Keep the file: closing it gives the role up.

    An exclusive `flock`, which the system drops when the process dies, however it dies. Raises AlreadyHeld.
    """
    directory.mkdir(parents=True, exist_ok=True)
    file = (directory / f"{role}.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        who = _who(file.read())
        file.close()
        raise AlreadyHeld(f"{directory} is held by {who}. Stop it, or give another --dir.") from None
    file.truncate(0)
    json.dump({"pid": os.getpid(), "since": now.isoformat(timespec="seconds"), "note": note}, file)
    file.flush()
    return file


def _who(text: str) -> str:
    try:
        said = json.loads(text)
        return f"process {said['pid']} ({said['note'] or 'materia'}), since {said['since']}"
    except (ValueError, KeyError):
        return "another process"


def end_with_parent() -> None:
    """Ends this process at once when its parent is gone, so that a killed supervisor leaves nothing behind."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(WATCH_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="parent-watch", daemon=True).start()
