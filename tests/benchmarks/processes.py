"""Processes beside the bench. None outlives it, however it ends."""

import ctypes
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

PR_SET_PDEATHSIG = 1
READY_SECONDS = 60.0
STOP_SECONDS = 10.0


class NotReady(RuntimeError):
    """A process ended or stayed silent; the message holds what it wrote."""


@contextmanager
def running(arguments: Sequence[str | Path], log: Path, *, environment: Mapping[str, str] | None = None,
            is_ready: Callable[[], bool] = lambda: True) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that is ready to be used, and is stopped at the end."""
    with log.open("ab") as output:
        process = subprocess.Popen([str(part) for part in arguments], env={**os.environ, **(environment or {})},
                                   stdout=output, stderr=output, stdin=subprocess.DEVNULL, start_new_session=True,
                                   preexec_fn=_die_with_parent)
    try:
        _await(process, is_ready, log)
        yield process
    finally:
        stop(process)


def python(module: str, *arguments: object) -> list[str]:
    """Command line of a module of ours."""
    return [sys.executable, "-m", module, *map(str, arguments)]


def program(name: str) -> Path | None:
    """An installed program; servers live where an ordinary path may not lead."""
    found = shutil.which(name, path=os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin")))
    return Path(found) if found else None


def stop(process: "subprocess.Popen[bytes]") -> None:
    """Asks a process to end, then insists, with all that it started."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _await(process: "subprocess.Popen[bytes]", is_ready: Callable[[], bool], log: Path) -> None:
    until = time.monotonic() + READY_SECONDS
    while not is_ready():
        if process.poll() is not None or time.monotonic() > until:
            raise NotReady(f"{process.args!r} is not ready: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.05)


def _die_with_parent() -> None:
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)  # asked to end, a server ends its own children too
