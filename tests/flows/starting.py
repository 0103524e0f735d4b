"""Workers that start at once: forked from a process that has imported the program already.

To import it anew takes most of a start's time, and the kill tests start some twenty. What runs is the real command.
"""

import faulthandler
import multiprocessing
import os
import signal
import sys
from collections.abc import Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from tests.flows import send_then_mark
from webapp.cli import main

_programs = multiprocessing.get_context("forkserver")
_programs.set_forkserver_preload([__name__])


def worker(environment: Mapping[str, str], log: Path, *, is_faulty: bool = False) -> BaseProcess:
    """A started `materia worker` with these variables alone; what it says is added to the log, and where each of its
    threads is when it gets SIGUSR1."""
    process = _programs.Process(target=_run, args=(dict(environment), log, is_faulty))
    process.start()
    return process


def _run(environment: dict[str, str], log: Path, is_faulty: bool) -> Any:
    os.environ.clear()
    os.environ.update(environment)
    with log.open("ab") as said:
        os.dup2(said.fileno(), sys.stderr.fileno())
    faulthandler.register(signal.SIGUSR1)
    if is_faulty:
        send_then_mark.break_sending()
    sys.argv = ["materia", "worker"]
    main()
