"""`materia demo` as people meet it: real processes on a port and in a directory of their own.

One demo serves the whole file, since a first start imports all content. Its preparation is cut off twice before it is
let alone; a test that ends it starts it again.
"""

import json
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from bs4 import BeautifulSoup

from tests import waiting
from tests.ports import free_port
from tests.waiting import PATIENCE_SECONDS
from webapp import supervisor
from webapp.cli import main
from webapp.core.process import AlreadyHeld
from webapp.demo import rules
from webapp.demo.views import MAIL_POLICY
from webapp.people.rules import MAIL_WORDS, MailName

ROOT = Path(__file__).parent.parent
GONE_SECONDS = 5.0
"""Nothing of a killed demo lives longer: under one second on a quiet machine, more on a busy one."""
ONCE = {"account": "email", "revision": "document_id", "publish_entry": "document_id", "campaign": "name",
        "reading": "view_id", "click": "mail_key, at", "outgoing": "id", "verification_event": "verification_id, state",
        "dossier": "subject_kind, subject_id", "signature": "dossier_id, role", "comment": "dossier_id",
        "cme_participation": "account_id, version_id", "cme_certificate": "participation_id",
        "cme_follow_up": "participation_id", "cme_release": "activity_id, period"}
"""The tables that a start fills, and what no two rows of each share."""
until = partial(waiting.until, every=0.2)  # a look into the database reads its whole schema


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def children(pid: int) -> list[int]:
    found = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in task.read_text().split()]
    return found


def family(pid: int) -> list[int]:
    """All that descends from a process."""
    return [one for child in children(pid) for one in (child, *family(child))]


def command(pid: int) -> str:
    return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")


class Demo:
    """The demo of one directory, started and ended as often as a test needs."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.port = directory / "world", free_port()
        self.starts: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def start(self) -> None:
        """Starts it and waits until it says that it is ready."""
        log = self.launch()
        assert until(lambda: "Ctrl-C stops" in log.read_text() or not is_alive(self.pid)), log.read_text()
        assert is_alive(self.pid), log.read_text()
        self.starts.append(log.read_text())

    def launch(self) -> Path:
        """Starts it; the file of what it says."""
        log = self.directory.parent / f"start-{len(self.starts)}.log"
        with log.open("wb") as file:
            self._process = subprocess.Popen([*MATERIA_DEMO, "--port", str(self.port), "--dir", str(self.directory),
                                              "--campaign-in", "1"], cwd=ROOT, stdout=file, stderr=file)
        return log

    def end(self, number: int) -> int:
        """Sends the supervisor a signal; its exit code."""
        assert self._process is not None
        self._process.send_signal(number)
        return self._process.wait(PATIENCE_SECONDS)

    def is_running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def get(self, path: str) -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
            text: str = answer.read().decode()
            return text

    def answers(self) -> bool:
        try:
            return bool(self.get("/health"))
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def servers(self) -> list[int]:
        """The process of `serve`, and the one it started, which answers; fewer while they start."""
        found = [pid for pid in children(self.pid) if " serve " in command(pid)]
        return found + [answering for pid in found for answering in children(pid)]

    def mails(self) -> int:
        return len(list((self.directory / "mail").glob("*.eml")))

    def is_whole(self) -> bool:
        """Whether it answers, and all its processes run."""
        return len(self.servers()) == 2 and len(children(self.pid)) == 2 and self.answers()

    def one(self, query: str) -> Any:
        """The first value that a query of its database gives."""
        with closing(sqlite3.connect(self.directory / "materia.db")) as connection:
            return connection.execute(query).fetchone()[0]

    def has_learned(self) -> bool:
        """Whether the worker played every simulated learner."""
        return bool(self.one(f"SELECT count(*) FROM job_run WHERE outcome = 'done: {rules.LEARNERS} learners'"))

    def counts(self) -> dict[str, int]:
        """Rows of the tables that a start fills."""
        return {table: self.one(f"SELECT count(*) FROM {table}") for table in ONCE}


EVERYBODY = rules.RECIPIENTS + 1
"""Who gets the campaign: the fictional recipients, and the cast's doctor."""
MAILS = EVERYBODY + 1
"""With the one that tells the doctor that they are verified."""
MATERIA_DEMO = (sys.executable, "-m", "webapp", "demo")


CUTS = (("account", signal.SIGKILL, -signal.SIGKILL), ("reading", signal.SIGINT, 0))
"""As soon as the table has a row the first starts are sent the signal, and end with the code. That an import of content
goes on where it was cut off, its own tests show."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    demo = Demo(tmp_path_factory.mktemp("demo"))
    for table, number, ended in CUTS:
        demo.launch()
        assert until(lambda table=table: rows(demo.directory, table) > 0), table  # type: ignore[misc]
        assert demo.end(number) == ended, table
    demo.start()
    assert until(lambda: demo.mails() >= MAILS)  # a demo that is killed while it sends leaves some mails unknown
    assert until(demo.has_learned)
    yield demo
    if demo.is_running():
        demo.end(signal.SIGINT)


@pytest.fixture
def demo(world: Demo) -> Demo:
    """The demo, running."""
    if not world.is_running():
        world.start()
    assert until(world.is_whole)
    return world


def rows(directory: Path, table: str) -> int:
    """Rows of a table of a demo that is being prepared; 0 while there is no table."""
    try:
        with closing(sqlite3.connect(f"file:{directory / 'materia.db'}?mode=ro", uri=True)) as connection:
            found: int = connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
            return found
    except sqlite3.OperationalError:
        return 0


def test_a_preparation_that_is_cut_off_goes_on_at_the_next_start(demo: Demo) -> None:
    counts = demo.counts()
    assert counts == {table: demo.one(f"SELECT count(*) FROM (SELECT DISTINCT {what} FROM {table})")
                      for table, what in ONCE.items()}
    assert demo.one("SELECT outcome FROM job_run WHERE job = 'demo.reading'") == f"done: {counts['reading']}"
    assert counts["account"] == len(rules.CAST) + len([rules.APPLICANT]) + rules.RECIPIENTS
    assert counts["outgoing"] == EVERYBODY + MAILS + counts["cme_follow_up"], (
        "the campaign of four weeks ago stands in the books, and so do questions to learners")
    assert counts["publish_entry"] == counts["revision"]
    assert (counts["campaign"], counts["verification_event"], counts["dossier"], counts["signature"]) == (2, 3, 5, 12)


def test_whoever_came_by_the_campaigns_link_clicked_it(demo: Demo) -> None:
    """The report would contradict itself: readers by the link, and nobody who followed it."""
    sent = demo.one("SELECT count(*) FROM outgoing WHERE reason = 'simulated' AND state = 'sent'")
    assert demo.one("SELECT count(*) FROM click") == demo.one(
        "SELECT count(*) FROM reading WHERE source != '' AND is_simulated")
    most = demo.one("SELECT max(n) FROM (SELECT sum(readers) AS n FROM reading_day WHERE source != '' GROUP BY day)")
    assert most <= demo.one("SELECT count(DISTINCT mail_key) FROM click") < sent
    assert demo.one("SELECT count(*) FROM click JOIN campaign ON campaign.id = campaign_id"
                    " WHERE kind != 'human' OR NOT is_simulated OR at < send_at") == 0


def start_here(directory: Path, port: int, *, is_reset: bool = False) -> None:
    """A start in this process, which takes a second less than another program: for one that is refused."""
    supervisor.Demo(directory, port, timedelta(seconds=60)).run(is_reset=is_reset)


def test_it_says_where_everything_is_and_every_address_answers(demo: Demo) -> None:
    base = f"http://127.0.0.1:{demo.port}"
    for path in ("/en/", "/zh/", "/demo/", "/demo/mailbox", "/sponsor/"):
        assert f"{base}{path}" in demo.starts[0]
        assert demo.get(path)


def test_it_prints_an_account_with_its_password_for_every_role(demo: Demo) -> None:
    passwords = json.loads((demo.directory / "accounts.json").read_text())

    for person in rules.CAST:
        assert f"{person.email} " in demo.starts[0] and passwords[person.email] in demo.starts[0]


def test_its_secrets_are_nobody_elses_to_read(demo: Demo) -> None:
    for name in ("accounts.json", "secret", "dkim.pem"):
        assert (demo.directory / name).stat().st_mode & 0o077 == 0


def test_its_passwords_are_hashed_in_earnest(demo: Demo) -> None:
    stored = demo.one(f"SELECT password FROM account WHERE email = '{rules.CAST[0].email}'")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")


def test_the_campaign_arrives_in_the_mailbox(demo: Demo) -> None:
    page = BeautifulSoup(demo.get("/demo/mailbox"), "html.parser")
    assert demo.mails() == MAILS and f"{MAILS} mails" in page.text
    subjects = {link.text for link in page.select(".mail-subject")}
    assert subjects - {MAIL_WORDS[MailName.VERIFIED].subject} == {subject for subject, _ in rules.WORDS.values()}


def test_one_page_waits_for_reviewers_with_a_comment_to_close(demo: Demo) -> None:
    with closing(sqlite3.connect(demo.directory / "materia.db")) as connection:
        waits = connection.execute(
            "SELECT title, route, kind FROM dossier JOIN comment ON comment.dossier_id = dossier.id"
            " WHERE closed_at IS NULL AND dossier.id NOT IN (SELECT dossier_id FROM signature)").fetchall()
    assert waits == [("Asthma", "full", "must")]


def test_simulated_learners_leave_figures_a_release_and_words_to_look_at(demo: Demo) -> None:
    """By the real services: each took every step in order, and one comment tells of a side effect."""
    assert demo.one("SELECT count(*) FROM cme_participation") == rules.LEARNERS
    assert demo.one("SELECT count(*) FROM cme_participation WHERE completed_at IS NOT NULL") > rules.LEARNERS / 2
    assert demo.one("SELECT count(*) FROM cme_certificate") == demo.one(
        "SELECT count(*) FROM cme_participation WHERE completed_at IS NOT NULL")
    assert demo.one("SELECT words FROM cme_heard WHERE closed_at IS NULL") == rules.TOLD
    assert demo.one("SELECT count(*) FROM cme_heard") == 1
    assert demo.one("SELECT count(*) FROM cme_follow_up WHERE answered_at IS NOT NULL") > 0
    released = json.loads(demo.one("SELECT content FROM cme_release"))
    assert released["is_simulated"] and released["learners"] > 10
    assert released["gain"]["after"] > released["gain"]["before"]


def test_a_mail_may_style_itself_and_do_nothing_else(demo: Demo) -> None:
    page = BeautifulSoup(demo.get("/demo/mailbox"), "html.parser")
    letter = page.select_one(".mail-subject")
    assert letter is not None
    with urllib.request.urlopen(f"http://127.0.0.1:{demo.port}{letter['href']}/html", timeout=5) as answer:
        assert answer.headers.get_all("Content-Security-Policy") == [MAIL_POLICY]


def test_a_second_start_on_the_same_directory_says_who_holds_it(demo: Demo) -> None:
    holder = f"held by process {demo.pid} (materia demo on port {demo.port})"
    with pytest.raises(AlreadyHeld, match=re.escape(holder)):
        start_here(demo.directory, free_port())
    assert demo.answers()


def test_a_second_start_on_the_same_port_says_so_and_makes_nothing(
        demo: Demo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "other"
    monkeypatch.setattr(sys, "argv", ["materia", "demo", "--dir", str(other), "--port", str(demo.port)])
    with pytest.raises(SystemExit) as refused:
        main()
    said = capsys.readouterr().err

    assert refused.value.code == 1
    assert f"Port {demo.port} on 127.0.0.1 cannot be used" in said and "--port" in said
    assert "Traceback" not in said
    assert not (other / "materia.db").exists()
    assert not [pid for pid in all_processes() if str(other) in command_or_nothing(pid)]


@pytest.mark.parametrize("is_reset", [False, True], ids=["a start", "a reset"])
def test_a_directory_that_holds_other_things_is_left_alone(tmp_path: Path, is_reset: bool) -> None:
    letter = tmp_path / "letters" / "one.txt"
    letter.parent.mkdir()
    letter.write_text("mine")
    with pytest.raises(supervisor.NotADemo, match=r"holds things that are not the demo's \(letters\)"):
        start_here(tmp_path, free_port(), is_reset=is_reset)
    assert letter.read_text() == "mine" and os.listdir(tmp_path) == ["letters"]


def test_content_with_an_error_is_told_by_file_and_line(tmp_path: Path) -> None:
    content = tmp_path / "content"
    shutil.copytree(ROOT / "content" / "markets", content / "markets")
    (content / "diseases" / "asthma").mkdir(parents=True)
    (content / "drugs").mkdir()
    (content / "diseases" / "asthma" / "topic.yaml").write_text("titles: [\n")
    start = [*MATERIA_DEMO, "--dir", str(tmp_path / "world"), "--port", str(free_port())]
    refused = subprocess.run(start, cwd=tmp_path,
                             env={**os.environ, "MATERIA_CONTENT_DIR": str(content), "PYTHONPATH": str(ROOT)},
                             capture_output=True, text=True, timeout=PATIENCE_SECONDS)

    assert refused.returncode == 1 and "diseases/asthma/topic.yaml:" in refused.stderr
    assert "Traceback" not in refused.stderr + refused.stdout


def all_processes() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def command_or_nothing(pid: int) -> str:
    try:
        return command(pid)
    except (FileNotFoundError, ProcessLookupError):
        return ""


@pytest.mark.parametrize("which", ["the server and with it what answers", "what answers"])
def test_a_killed_server_answers_again(demo: Demo, which: str) -> None:
    server, answering = demo.servers()
    os.kill(answering if which == "what answers" else server, signal.SIGKILL)

    assert until(lambda: not is_alive(answering))
    assert until(demo.is_whole)
    assert answering not in demo.servers()


def test_ctrl_c_stops_everything_and_the_next_start_does_nothing_twice(demo: Demo) -> None:
    started, before = family(demo.pid), demo.counts()
    passwords = (demo.directory / "accounts.json").read_text()

    assert demo.end(signal.SIGINT) == 0
    assert len(started) == 3, "a server, what answers for it, and a worker"
    assert not any(is_alive(pid) for pid in started)

    demo.start()
    assert demo.counts() == before and demo.mails() == MAILS
    assert (demo.directory / "accounts.json").read_text() == passwords
    assert "weeks of simulated reading" in demo.starts[0]
    assert "weeks of simulated reading" not in demo.starts[-1]


def test_nothing_outlives_a_killed_supervisor(demo: Demo) -> None:
    started = family(demo.pid)
    demo.end(signal.SIGKILL)

    assert len(started) == 3
    assert until(lambda: not any(is_alive(pid) for pid in started), GONE_SECONDS)
