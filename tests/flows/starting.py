"""Servers and workers that start at once: forked from a process that has imported the program already.

To import it anew takes most of a start's time, and the tests start some thirty. What runs is the real command.
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
    return program(environment, log, "worker", is_faulty=is_faulty)


def program(environment: Mapping[str, str], log: Path, *words: str, is_faulty: bool = False) -> BaseProcess:
    """The same of `materia` with these words."""
    process = _programs.Process(target=_run, args=(dict(environment), log, words, is_faulty))
    process.start()
    return process


def _run(environment: dict[str, str], log: Path, words: tuple[str, ...], is_faulty: bool) -> Any:
    os.environ.clear()
    os.environ.update(environment)
    multiprocessing.set_start_method("fork", force=True)  # as the command finds it: a server starts what answers for it
    with log.open("ab") as said:
        os.dup2(said.fileno(), sys.stderr.fileno())
    faulthandler.register(signal.SIGUSR1)
    if is_faulty:
        send_then_mark.break_sending()
    sys.argv = ["materia", *words]
    main()
