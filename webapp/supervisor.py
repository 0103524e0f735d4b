"""`materia demo`: prepares the sample world, then keeps a web server, a worker and a mail server running.

Takes down what it started however it ends: on a signal by asking and then insisting, on its own death because each
child watches its parent.
"""

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from webapp import config, schema, wsgi
from webapp.app import OVERVIEWS
from webapp.articles import queries as articles
from webapp.articles.service import export as exporting
from webapp.articles.service import leaning, seen, sync
from webapp.config import Settings
from webapp.core import clock
from webapp.core.errors import MateriaError
from webapp.core.platform import Platform
from webapp.core.process import StopSignal, check_port, hold
from webapp.demo import rules
from webapp.demo.service import education, reading, report, world
from webapp.demo.service.mailbox import MailServer
from webapp.search.service.keeping import Keeper

LOOK_SECONDS = 0.25
STOP_SECONDS = 8.0
READY_SECONDS = 30.0
HOST = "127.0.0.1"


OURS = ("accounts.json", "secret", "dkim.pem", "mail", "serve.lock", "worker.lock", "demo.lock", "search.lock",
        "search", "search.new", "search.old", *(f"materia.db{of}{more}" for of in ("", "-beacons")
                                                for more in ("", "-wal", "-shm")), *seen.FILES)
"""All that a demo keeps in its directory."""
CONTENT = Path(__file__).resolve().parent.parent / "content"
"""The sample content, wherever the demo is started from."""


class NotADemo(MateriaError):
    """The directory holds other things: a demo neither moves in nor empties it."""


class Stopped(Exception):
    """Asked to end before the sample world was ready; the next start goes on where this one was."""


@dataclass
class Child:
    """One process of the demo, started again when it dies."""

    arguments: list[str]
    environment: dict[str, str]
    process: "subprocess.Popen[bytes] | None" = field(default=None)

    def start(self) -> None:
        """Starts it in a session of its own, so that Ctrl-C reaches the supervisor alone."""
        self.process = subprocess.Popen([sys.executable, "-m", "webapp", *self.arguments, "--parent", str(os.getpid())],
                                        env=self.environment, start_new_session=True)

    def is_alive(self) -> bool:
        """Whether it runs."""
        return self.process is not None and self.process.poll() is None

    def stop(self, until: float) -> None:
        """Asks it to end, and insists when `until` (monotonic) has passed."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.1, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


class Demo:
    """The demo of one directory and port. Its campaign goes out `campaign_in` after the first start."""

    def __init__(self, directory: Path, port: int, campaign_in: timedelta) -> None:
        self._directory = directory.resolve()
        self._port = port
        self._campaign_in = campaign_in
        self._console = Console()

    def run(self, *, is_reset: bool) -> None:
        """Until Ctrl-C. Raises AlreadyHeld if another demo has the directory, or anything the port; NotADemo."""
        _check_directory(self._directory)
        with hold(self._directory, "demo", clock.now(), f"materia demo on port {self._port}"):
            check_port(HOST, self._port)
            stopping = StopSignal()
            if is_reset:
                _empty(self._directory)
            passwords = self._passwords()
            mail = MailServer(self._directory / "mail")
            os.environ.update(self._environment(mail.port))
            settings = config.load()
            try:
                self._prepare(settings, passwords, stopping)
                self._serve(passwords, mail, stopping)
            except Stopped:
                self._console.print("Stopped before everything was ready. The next start goes on from here.")

    def _serve(self, passwords: dict[str, str], mail: MailServer, stopping: StopSignal) -> None:
        mail.start()
        children = [Child(arguments, dict(os.environ))
                    for arguments in (["serve", "--host", HOST, "--port", str(self._port)], ["worker"])]
        try:
            self._keep_running(children, passwords, stopping)
        finally:
            _stop(children)
            mail.stop()

    def _passwords(self) -> dict[str, str]:
        path = self._directory / "accounts.json"
        if not path.exists():
            _write_private(path, json.dumps(world.new_passwords(), indent=1).encode())
        made: dict[str, str] = json.loads(path.read_text())
        return made

    def _environment(self, smtp_port: int) -> dict[str, str]:
        secret, key = self._directory / "secret", self._directory / "dkim.pem"
        if not secret.exists():
            _write_private(secret, secrets.token_hex(32).encode())
        if not key.exists():
            _write_private(key, rsa.generate_private_key(65537, 2048).private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        return {
            "MATERIA_DEMO": "1", "MATERIA_CONTENT_DIR": os.environ.get("MATERIA_CONTENT_DIR", str(CONTENT)),
            "MATERIA_SECRET_KEY": secret.read_text(), "MATERIA_DATA_DIR": str(self._directory),
            "MATERIA_DATABASE_URL": f"sqlite:///{self._directory / 'materia.db'}",
            "MATERIA_BASE_URL": f"http://{HOST}:{self._port}", "MATERIA_HOSTS": f'["localhost:{self._port}"]',
            "MATERIA_SMTP_HOST": HOST, "MATERIA_SMTP_PORT": str(smtp_port), "MATERIA_SMTP_TLS": "none",
            "MATERIA_CME_PROVIDER": rules.PROVIDER,
            "MATERIA_MAIL_FROM": rules.MAIL_FROM, "MATERIA_POSTAL_ADDRESS": rules.POSTAL_ADDRESS,
            "MATERIA_DKIM_DOMAIN": "materia.example", "MATERIA_DKIM_KEY_FILE": str(key)}

    def _prepare(self, settings: Settings, passwords: dict[str, str], stopping: StopSignal) -> None:
        parts = config.platform(settings)
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"),
                   TimeElapsedColumn())
        with Progress(*columns, console=self._console) as progress:
            try:
                _Preparation(parts, settings, passwords, progress, self._campaign_in, stopping).run()
            finally:
                parts.close()

    def _keep_running(self, children: list[Child], passwords: dict[str, str], stopping: StopSignal) -> None:
        is_announced, patience_ends = False, time.monotonic() + READY_SECONDS
        while True:
            for child in children:
                if not child.is_alive():
                    child.start()
            if not is_announced and self._answers():
                self._announce(passwords)
                is_announced = True
            elif not is_announced and time.monotonic() > patience_ends:
                self._console.print(f"The web server has not answered for {READY_SECONDS:.0f} s; still trying. "
                                    "What it says stands above.")
                patience_ends = float("inf")
            if stopping.wait(LOOK_SECONDS):
                break
        self._console.print("Stopping.")

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self._port}/health", timeout=2):
                return True
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return False

    def _announce(self, passwords: dict[str, str]) -> None:
        base = f"http://{HOST}:{self._port}"
        say = partial(self._console.print, soft_wrap=True)
        say(f"\n[bold]Materia is ready.[/bold]  {base}/en/   {base}/zh/")
        say(f"Tour and accounts: {base}/demo/   Mailbox: {base}/demo/mailbox   Sponsor: {base}/sponsor/")
        for person in rules.CAST:
            secret = passwords.get(rules.totp_of(person.email), "")
            totp = f"  --totp {secret}" if secret else ""
            say(f"  {person.role:<22} {person.email:<42} {passwords[person.email]}{totp}", highlight=False)
        say("A campaign goes out one minute after the first start. Readings are simulated. Ctrl-C stops everything.\n")


def _stop(children: list[Child]) -> None:
    until = time.monotonic() + STOP_SECONDS
    for child in children:
        if child.is_alive() and child.process is not None:
            child.process.terminate()
    for child in children:
        child.stop(until)


@dataclass
class _Preparation:
    parts: Platform
    settings: Settings
    passwords: dict[str, str]
    progress: Progress
    campaign_in: timedelta
    stopping: StopSignal

    def run(self) -> None:
        now = clock.now()
        schema.upgrade(self.parts.database)
        self._step("Reference library", lambda: report.bring_in(self.parts, now))
        self._sync()
        self._step("Accounts", lambda: world.add_cast(self.parts, self.passwords, now))
        self._step("Recipients", lambda: world.add_recipients(self.parts, now))
        self._step("Publishing", lambda: world.publish_everything(self.parts, self.passwords, OVERVIEWS, now))
        self._step("Education", lambda: education.bring_in(self.parts, self.settings.content_dir, now))
        self._readings()
        self._step("Campaign", lambda: world.schedule_campaign(
            self.parts, self.passwords, rules.LIVE_CAMPAIGN, clock.now() + self.campaign_in,
            is_simulated=False, now=clock.now()))
        self._step("Pages", lambda: wsgi.renew_pages(self.parts))
        self._step("Search", lambda: Keeper(self.parts.database, self.settings.data_dir).keep(clock.now()))

    def _step(self, name: str, work: Callable[[], object]) -> None:
        self._go_on()
        task = self.progress.add_task(name, total=1)
        work()
        self.progress.advance(task)

    def _go_on(self) -> None:
        if self.stopping.is_set:
            raise Stopped

    def _sync(self) -> None:
        with self.parts.database.reading() as session:
            known, written = articles.fingerprints(session), exporting.written(session)
        task = self.progress.add_task("Content", total=None)
        prepared = sync.prepare(self.settings.content_dir, known, written=written,
                                style=self.parts.renderer.static.text("css/article.css").encode(),
                                on=clock.now().date(), look_up=leaning.look_up_in(self.parts.database),
                                data_dir=self.settings.data_dir)
        done = sync.bring_in(self.parts.database, prepared, clock.now())
        self.progress.update(task, total=done.revisions or 1, completed=done.revisions or 1)

    def _readings(self) -> None:
        now = clock.now()
        with self.parts.database.reading() as session:
            if reading.is_played(session):
                return
        campaign = world.play_past_campaign(self.parts, self.passwords, reading.first_day(now) + reading.MAIL_LEAVES)
        task = self.progress.add_task("Four weeks of simulated reading", total=reading.DAYS)

        def show(day: int) -> None:
            self.progress.update(task, completed=day)
            self._go_on()

        reading.play(self.parts, campaign, now, show)


def _check_directory(directory: Path) -> None:
    """Refuses a directory of somebody else's: `--reset` would take their files."""
    others = sorted(path.name for path in directory.iterdir() if path.name not in OURS) if directory.is_dir() else []
    if others:
        raise NotADemo(f"{directory} holds things that are not the demo's ({', '.join(others[:3])}). "
                       "Give --dir a new directory.")


def _empty(directory: Path) -> None:
    for name in set(OURS) - {"demo.lock"}:
        path = directory / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _write_private(path: Path, content: bytes) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
