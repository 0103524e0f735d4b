"""When timed work runs: the only module that knows APScheduler, a metronome in one leader process.

Due times, leases and states live in our tables, so a missed tick loses nothing.
"""

import logging
import os
import secrets
import threading
from collections.abc import Callable

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from webapp.app import OVERVIEWS
from webapp.articles.jobs import expire
from webapp.campaigns.jobs import release_due
from webapp.campaigns.service.composing import Composer, Sender
from webapp.channels.service.outbox import release
from webapp.channels.service.sending import Recheck
from webapp.config import Settings
from webapp.core import clock, jobs
from webapp.core.platform import Platform
from webapp.engagement.jobs import forget_salts, roll_up_dirty
from webapp.people.security.letters import AccountLetters
from webapp.people.service import MAIL_SUBJECT

log = logging.getLogger("materia.schedule")

ROLE = "scheduler"
RENEW_SECONDS = 5
logging.getLogger("apscheduler").setLevel(logging.WARNING)  # it tells of every tick


def rechecks(platform: Platform, settings: Settings) -> dict[str, Recheck]:
    """Kind of subject -> what a sender asks before each of its deliveries goes."""
    composer = Composer(platform, Sender(settings.mail_from, settings.postal_address))
    letters = AccountLetters(platform, settings.mail_from)
    return {"campaign": composer.recheck, MAIL_SUBJECT: letters.recheck}


class Schedule:
    """Competes for the lead; while it leads, runs the table of timed work."""

    def __init__(self, platform: Platform, settings: Settings) -> None:
        self._platform = platform
        self._database = platform.database
        self._holder = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._scheduler = BackgroundScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})
        for name, work, seconds in self._table(settings):
            self._scheduler.add_job(work, "interval", seconds=seconds, id=name, misfire_grace_time=None)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._compete, name="leader", daemon=True)

    def _table(self, settings: Settings) -> list[tuple[str, Callable[[], object], int]]:
        def timed(name: str, job: jobs.Job) -> Callable[[], object]:
            return lambda: jobs.run(self._database, name, job, clock.now())

        return [
            ("campaigns.release_due", lambda: release_due(self._database, settings.postal_address, clock.now()), 2),
            ("channels.release", self._release_leases, 30),
            ("articles.expire", lambda: expire(self._platform, OVERVIEWS, clock.now()), 3600),
            ("engagement.roll_up_dirty", timed("engagement.roll_up_dirty", roll_up_dirty), 60),
            ("engagement.forget_salts", timed("engagement.forget_salts", forget_salts), 3600),
        ]

    def _release_leases(self) -> None:
        with self._database.writing() as session:
            release(session, clock.now())

    def start(self) -> None:
        """Begins to compete for the lead."""
        self._thread.start()

    def stop(self) -> None:
        """Lets running work end and gives up the lead."""
        self._stopping.set()
        self._thread.join()

    def _compete(self) -> None:
        while True:
            self._renew()
            if self._stopping.wait(RENEW_SECONDS):
                break
        if self._scheduler.running:
            self._scheduler.shutdown(wait=True)
            with self._database.writing() as session:
                jobs.resign(session, ROLE, self._holder)

    def _renew(self) -> None:
        try:
            with self._database.writing() as session:
                leads = jobs.lead(session, ROLE, self._holder, clock.now())
        except SQLAlchemyError as error:  # without the database nobody can lead
            log.error("lead not renewed: %s", type(error).__name__)
            leads = False
        if leads and not self._scheduler.running:
            self._scheduler.start()
        elif leads:
            self._scheduler.resume()
        elif self._scheduler.running:
            self._scheduler.pause()
