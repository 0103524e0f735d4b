"""When timed work runs: the only module that knows APScheduler, a metronome in one leader process, and for what is each
node's own in every worker.

Due times, leases and states live in our tables, so a missed tick loses nothing.
"""

import logging
import os
import secrets
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError

from webapp.app import OVERVIEWS
from webapp.articles.jobs import accept_renderings, expire, flag_labels, publish_due
from webapp.articles.jobs import tell_of_changes as tell_of_sources
from webapp.campaigns.jobs import forget_clicks, release_due
from webapp.campaigns.jobs import tell_of_changes as tell_of_labels
from webapp.campaigns.service.composing import Composer, Sender
from webapp.channels.jobs import forget_deliveries, release_leases
from webapp.channels.service.sending import Recheck
from webapp.cme.jobs import follow_up, forget_certificates, forget_disclosures, remind_faculty, remind_of_credit
from webapp.cme.service import following_up, inviting
from webapp.cme.service.claiming import Provider
from webapp.config import Settings
from webapp.consents.jobs import forget_lines
from webapp.core import clock, jobs
from webapp.core.models import JobTick
from webapp.core.platform import ROOMS, Platform
from webapp.demo.service import learning as simulating
from webapp.engagement.jobs import forget_readings, forget_salts, roll_up_dirty
from webapp.people.jobs import forget_invitations, forget_sign_ins
from webapp.people.security.letters import AccountLetters
from webapp.people.service import MAIL_SUBJECT
from webapp.professionals.jobs import delete_documents, look_up, remind, renew_or_lapse
from webapp.review.jobs import remind as remind_of_reviews
from webapp.safety.jobs import close_months, hand_over, watch_clocks
from webapp.safety.service import asking
from webapp.safety.service.letters import HAND_OVER, HandOverLetters
from webapp.search.jobs import keep
from webapp.search.service.keeping import Keeper
from webapp.site.jobs import forget_farewells
from webapp.site.service import farewell

log = logging.getLogger("materia.schedule")

Work = Callable[[str, datetime], object]
"""Timed work: takes the name under which it is recorded, and the time."""
ROLE = jobs.SCHEDULER
RENEW_SECONDS = 5
logging.getLogger("apscheduler").setLevel(logging.ERROR)  # it tells of every tick, and of each that a long run skips


def rechecks(platform: Platform, settings: Settings) -> dict[str, Recheck]:
    """Kind of subject -> what a sender asks before each of its deliveries goes."""
    composer = Composer(platform, Sender(settings.mail_from, settings.postal_address))
    letters = AccountLetters(platform, settings.mail_from)
    return {"campaign": composer.recheck, MAIL_SUBJECT: letters.recheck,
            HAND_OVER: HandOverLetters(platform, settings.mail_from).recheck,
            asking.SUBJECT: asking.QuestionLetters(platform, settings.mail_from).recheck,
            inviting.SUBJECT: inviting.DisclosureLetters(
                platform, settings.mail_from, settings.cme_provider).recheck,
            following_up.SUBJECT: following_up.FollowUpLetters(platform, settings.mail_from).recheck,
            farewell.SUBJECT: farewell.FarewellLetters(platform, settings.mail_from).recheck}


def _provider(settings: Settings) -> Provider:
    return Provider(settings.cme_provider, frozenset(settings.cme_accredited))


class Schedule:
    """Competes for the lead; while it leads, runs the table of timed work: at once, then at its intervals, since a
    worker that is often started anew would else never come to what has long ones. What a node keeps for itself runs
    whoever leads."""

    def __init__(self, platform: Platform, settings: Settings) -> None:
        self._platform = platform
        self._database = platform.database
        self._holder = f"{os.getpid()}-{secrets.token_hex(4)}"
        self._seconds: dict[str, int] = {}
        self._began: dict[str, datetime] = {}
        self._scheduler, self._own = self._metronome(self._table(settings)), self._metronome(self._own_table(settings))
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._compete, name="leader", daemon=True)

    def _metronome(self, table: list[tuple[str, Work, int]]) -> BackgroundScheduler:
        """Ready to run what of a table belongs to the rooms of this copy."""
        made = BackgroundScheduler(timezone="UTC", job_defaults={"coalesce": True, "max_instances": 1})
        closed = {room for room in ROOMS if room not in self._platform.rooms}
        for name, work, seconds in table:
            if name.partition(".")[0] not in closed:
                self._seconds[name] = seconds
                made.add_job(partial(self._run, name, work), "interval", seconds=seconds, id=name,
                             misfire_grace_time=None, next_run_time=clock.now())
        return made

    @property
    def names(self) -> list[str]:
        """The timed work that this copy has."""
        return list(self._seconds)

    def _table(self, settings: Settings) -> list[tuple[str, Work, int]]:
        """Name, work and seconds between two runs, of what the leader does."""
        def timed(job: jobs.Job) -> Work:
            return lambda name, now: jobs.run(self._database, name, job, now)

        whole = self._whole

        return [
            ("campaigns.release_due", whole(partial(release_due, self._database, settings.postal_address)), 2),
            ("campaigns.tell_of_changes", whole(partial(tell_of_labels, self._database)), 3600),
            ("campaigns.forget_clicks", whole(partial(forget_clicks, self._database)), 600),
            ("channels.release_leases", timed(release_leases), 30),
            ("channels.forget_deliveries", whole(partial(forget_deliveries, self._database)), 600),
            ("cme.follow_up", whole(partial(follow_up, self._database)), 3600),
            ("consents.forget_lines", whole(partial(forget_lines, self._database)), 3600),
            ("articles.publish_due", whole(partial(publish_due, self._platform, OVERVIEWS)), 5),
            ("articles.expire", whole(partial(expire, self._platform, OVERVIEWS)), 60),
            ("articles.accept_renderings", whole(partial(accept_renderings, self._platform, OVERVIEWS)), 60),
            ("articles.flag_labels", timed(flag_labels), 60),
            ("articles.tell_of_changes", whole(partial(tell_of_sources, self._database)), 3600),
            ("engagement.roll_up_dirty", whole(partial(roll_up_dirty, self._database)), 60),
            ("engagement.forget_salts", timed(forget_salts), 3600),
            ("engagement.forget_readings", whole(partial(forget_readings, self._database)), 3600),
            ("people.forget_sign_ins", whole(partial(forget_sign_ins, self._database)), 3600),
            ("people.forget_invitations", whole(partial(forget_invitations, self._database)), 3600),
            ("professionals.look_up", whole(partial(look_up, self._database, settings.registry_url)), 60),
            ("professionals.renew_or_lapse", whole(partial(renew_or_lapse, self._database)), 60),
            ("professionals.remind", whole(partial(remind, self._database)), 60),
            ("professionals.delete_documents", timed(delete_documents), 3600),
            ("review.remind", whole(partial(remind_of_reviews, self._database)), 3600),
            ("safety.hand_over", whole(partial(hand_over, self._platform)), 30),
            ("safety.watch_clocks", whole(partial(watch_clocks, self._database)), 300),
            ("safety.close_months", timed(close_months), 86400),
            ("cme.remind", whole(partial(remind_of_credit, self._database)), 600),
            ("cme.remind_faculty", whole(partial(remind_faculty, self._database)), 3600),
            ("cme.forget", whole(partial(forget_certificates, self._database)), 86400),
            ("cme.forget_disclosures", timed(forget_disclosures), 86400),
            ("site.forget_farewells", timed(forget_farewells), 600),
            *([(simulating.JOB, whole(partial(simulating.play, self._platform, _provider(settings))), 3)]
              if settings.demo else []),
        ]

    def _own_table(self, settings: Settings) -> list[tuple[str, Work, int]]:
        """The same of what every node does for itself, beside its own data directory."""
        return [("search.keep", self._whole(partial(keep, Keeper(self._database, settings.data_dir))), 2)]

    def _whole(self, work: Callable[[datetime], object]) -> Work:
        return lambda name, now: jobs.record(self._database, name, lambda: work(now), now)

    def _run(self, name: str, work: Work) -> None:
        self._began[name] = clock.now()
        work(name, self._began[name])

    def _ticks(self) -> list[JobTick]:
        """When each job began last and is due again, for operators."""
        due = {job.id: job.next_run_time for metronome in (self._scheduler, self._own)
               for job in metronome.get_jobs()}
        return [JobTick(job=name, every_seconds=self._seconds[name], began_at=self._began.get(name),
                        due_at=moment.astimezone(UTC)) for name, moment in due.items() if moment is not None]

    def start(self) -> None:
        """Begins what is this node's own, and to compete for the lead."""
        self._own.start()
        self._thread.start()

    def stop(self) -> None:
        """Lets running work end and gives up the lead."""
        self._stopping.set()
        self._own.shutdown(wait=True)
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
        ticks = self._ticks() if self._scheduler.running else None
        try:
            with self._database.writing() as session:
                leads = jobs.lead(session, ROLE, self._holder, clock.now())
                if leads and ticks is not None:
                    jobs.note_ticks(session, ticks)
        except SQLAlchemyError as error:  # without the database nobody can lead
            log.error("lead not renewed: %s", type(error).__name__)
            leads = False
        if leads and not self._scheduler.running:
            self._scheduler.start()
        elif leads:
            self._scheduler.resume()
        elif self._scheduler.running:
            self._scheduler.pause()
