"""One holder per data directory, named to whoever comes second; no child outlives its parent."""

import errno
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from webapp.core.errors import Invalid
from webapp.core.process import AUTOGROUP, NICENESS, AlreadyHeld, StopSignal, hold

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
HOLDER = """
import sys, time
from datetime import UTC, datetime
from pathlib import Path
from webapp.core.process import hold
held = hold(Path(sys.argv[1]), "serve", datetime(2026, 3, 2, 9, 30, tzinfo=UTC), "http://localhost:8000")
print("held", flush=True)
time.sleep(60)
"""
PARENT = """
import subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", sys.argv[1]], stdout=subprocess.PIPE, text=True)
child.stdout.readline()
print(child.pid, flush=True)
time.sleep(60)
"""
CHILD = """
import time
from webapp.core.process import end_with_parent
end_with_parent()
print("watching", flush=True)
time.sleep(60)
"""


def start(*arguments: str) -> "subprocess.Popen[str]":
    return subprocess.Popen([sys.executable, "-c", *arguments], stdout=subprocess.PIPE, text=True)


def first_line(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def kill(process: "subprocess.Popen[str]") -> None:
    process.kill()
    process.communicate()


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_a_second_holder_is_told_who_holds_the_directory(tmp_path: Path) -> None:
    first = start(HOLDER, str(tmp_path))
    try:
        assert first_line(first) == "held"
        with pytest.raises(AlreadyHeld) as refused:
            hold(tmp_path, "serve", NOW)
        assert all(part in str(refused.value) for part in (
            str(tmp_path), f"process {first.pid}", "http://localhost:8000", "2026-03-02T09:30:00+00:00"))
    finally:
        kill(first)


def test_a_directory_in_which_nothing_can_be_written_is_named_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Invalid) as refused:
        hold(tmp_path / "file" / "data", "serve", NOW)
    assert str(tmp_path / "file" / "data") in str(refused.value) and "choose another" in str(refused.value)


def test_a_directory_on_a_full_disk_is_named_with_the_remedy_and_not_held(
        tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patch, pytest.raises(Invalid) as refused:
        patch.setattr(json, "dump", full)
        hold(tmp_path, "serve", NOW)
    hold(tmp_path, "serve", NOW).close()

    assert str(refused.value) == (f"Nothing can be written in {tmp_path}: No space left on device. Make room on its "
                                  "disk, or choose another data directory.")


def test_a_holder_that_was_killed_holds_nothing(tmp_path: Path) -> None:
    first = start(HOLDER, str(tmp_path))
    assert first_line(first) == "held"
    kill(first)
    hold(tmp_path, "serve", NOW).close()


def test_closing_the_file_gives_the_role_up(tmp_path: Path) -> None:
    with hold(tmp_path, "serve", NOW), pytest.raises(AlreadyHeld):
        hold(tmp_path, "serve", NOW)
    with hold(tmp_path, "serve", NOW) as again:
        assert not again.closed


def test_roles_of_one_directory_are_held_apart(tmp_path: Path) -> None:
    with hold(tmp_path, "serve", NOW), hold(tmp_path, "worker", NOW):
        for role in ("serve", "worker"):
            with pytest.raises(AlreadyHeld):
                hold(tmp_path, role, NOW)


def test_a_lock_file_with_nonsense_in_it_still_refuses(tmp_path: Path) -> None:
    with hold(tmp_path, "serve", NOW):
        (tmp_path / "serve.lock").write_text("not json")
        with pytest.raises(AlreadyHeld, match="another process"):
            hold(tmp_path, "serve", NOW)


def test_a_child_ends_within_a_second_of_its_parents_kill(tmp_path: Path) -> None:
    parent = start(PARENT, CHILD)
    child = int(first_line(parent))
    assert is_alive(child)
    kill(parent)
    until = time.monotonic() + 1.0
    while is_alive(child) and time.monotonic() < until:
        time.sleep(0.02)
    outlived = is_alive(child)
    if outlived:
        os.kill(child, signal.SIGKILL)
    assert not outlived


@pytest.mark.skipif(not AUTOGROUP.exists(), reason="this system has no autogroups")
@pytest.mark.parametrize(("yielding", "left"), [("the leader", "7"), ("a follower", "0")])
def test_a_session_gives_way_as_one_when_its_leader_does(yielding: str, left: str) -> None:
    ways = {"the leader": "give_way(7)",
            "a follower": "subprocess.run([sys.executable, '-c', FOLLOWER], check=True)"}
    leader = ("import subprocess, sys\n"
              "from webapp.core.process import AUTOGROUP, give_way\n"
              "FOLLOWER = 'from webapp.core.process import give_way; give_way(7)'\n"
              f"{ways[yielding]}\n"
              "print(AUTOGROUP.read_text())")
    mine = AUTOGROUP.read_text()
    said = subprocess.run([sys.executable, "-c", leader], capture_output=True, text=True, check=True,
                          start_new_session=True).stdout.split()
    if not said:
        pytest.skip("this system puts no session in an autogroup")
    assert said[-1] == left
    assert AUTOGROUP.read_text() == mine


@pytest.mark.parametrize(("command", "least"), [
    ("serve", 0), ("demo", 0), ("--help", NICENESS), ("worker", NICENESS), ("content", NICENESS), ("labels", NICENESS)])
def test_a_command_that_answers_no_reader_gives_way_before_it_imports_the_program(command: str, least: int) -> None:
    start = ("import os, sys\n"
             "class Program:\n"
             "    @property\n"
             "    def main(self): print(os.getpriority(os.PRIO_PROCESS, 0))\n"
             "sys.modules['webapp.cli'] = Program()\n"
             "sys.argv = ['materia', *sys.argv[1:]]\n"
             "import webapp.__main__\n")
    said = subprocess.run([sys.executable, "-c", start, command], capture_output=True, text=True, check=True)
    assert said.stdout.split() == [str(max(least, os.getpriority(os.PRIO_PROCESS, 0)))]


@pytest.fixture
def stopping() -> Iterator[StopSignal]:
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield StopSignal()
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_another_thread_gets_ends_the_wait(stopping: StopSignal, number: signal.Signals) -> None:
    assert not stopping.wait(0)
    other = threading.Timer(0.05, lambda: signal.pthread_kill(threading.get_ident(), number))
    other.start()
    assert stopping.wait(10) and stopping.is_set
    other.join()
