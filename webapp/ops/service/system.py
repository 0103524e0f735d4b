"""Timed jobs and the system's health, each figure with a word on whether it is well."""

import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

from babel.dates import format_timedelta
from babel.numbers import format_decimal
from sqlmodel import Session

from webapp.channels import queries as channels
from webapp.core import jobs as core_jobs
from webapp.core.languages import Language
from webapp.core.render import show_moment, translations
from webapp.ops import queries, rules

MEGABYTE = 1_000_000


def jobs(session: Session, now: datetime, page: int) -> dict[str, Any]:
    """Every timed job with its last run and when it is due, and all runs that did something or failed."""
    last = core_jobs.last_runs(session)
    lines = [{"job": tick.job, "every_seconds": tick.every_seconds, "began_at": tick.began_at, "due_at": tick.due_at,
              "is_late": now - tick.due_at > rules.JOB_LATE, **_run(last.get(tick.job))}
             for tick in core_jobs.ticks(session)]
    runs = [_run(run) | {"job": run.job} for run in core_jobs.runs(session, **rules.window(page))]
    return {"jobs": lines, "runs": rules.page_of(runs, page)}


def _run(run: Any) -> dict[str, Any]:
    return {"ran_at": run.at if run else None, "outcome": run.outcome.partition(": ")[2] if run else "",
            "is_failed": bool(run) and run.outcome.startswith(core_jobs.FAILED)}


@dataclass(frozen=True)
class Check:
    """One figure of the system, in words."""

    name: str
    says: str
    is_well: bool


@dataclass(frozen=True)
class Place:
    """What the program knows of where it runs: its folder, the schema that it needs, and how it counts cases of side
    effects (`received` in thirty days, `open`, `new`, and `waiting` for their desk, past `half` of their time and
    `over` it): counts alone, since operators read no case."""

    folder: Path
    schema_head: str
    count_cases: Callable[[Session, datetime], Mapping[str, int]]


def checks(session: Session, place: Place, now: datetime, language: Language) -> list[Check]:
    """How the system is; what calls for attention comes first."""
    return sorted(_Examiner(session, place, now, language).examine(), key=lambda check: check.is_well)


class _Examiner:
    def __init__(self, session: Session, place: Place, now: datetime, language: Language) -> None:
        self._session, self._place, self._now, self._language = session, place, now, language
        self.words: Callable[[str], str] = translations(language).gettext

    def examine(self) -> Iterator[Check]:
        yield self._database()
        yield self._disk()
        yield self._schema()
        yield self._leader()
        yield self._jobs()
        yield self._failures()
        yield self._mail()
        yield self._unknown()
        yield self._side_effects()
        yield Check(self.words("Version"), f"Materia {version('materia')}", True)

    def _database(self) -> Check:
        said = self.words("%(engine)s answers; %(size)s MB.") % {
            "engine": {"sqlite": "SQLite", "postgresql": "PostgreSQL"}[self._session.get_bind().dialect.name],
            "size": self._number(queries.database_bytes(self._session) / MEGABYTE)}
        return Check(self.words("Database"), said, True)

    def _disk(self) -> Check:
        folder = next(path for path in (self._place.folder.resolve(), *self._place.folder.resolve().parents)
                      if path.exists())
        disk = shutil.disk_usage(folder)
        said = self.words("%(free)s of %(total)s MB are free where data is kept.") % {
            "free": self._number(disk.free / MEGABYTE), "total": self._number(disk.total / MEGABYTE)}
        return Check(self.words("Disk"), said,
                     disk.free >= rules.DISK_BYTES and disk.free >= rules.DISK_SHARE * disk.total)

    def _schema(self) -> Check:
        stands, head = queries.schema_version(self._session), self._place.schema_head
        said = self.words("The schema is at %(stands)s.") % {"stands": stands}
        if stands != head:
            said = self.words("The schema is at %(stands)s, the program needs %(head)s. Run `materia db upgrade`.") % {
                "stands": stands, "head": head}
        return Check(self.words("Schema"), said, stands == head)

    def _leader(self) -> Check:
        lock = core_jobs.leader(self._session, core_jobs.SCHEDULER)
        if lock is None:
            return Check(self.words("Worker"), self.words("Nobody runs timed work. Start `materia worker`."), False)
        heard = self._since(lock.until - core_jobs.LEASE)
        if lock.until <= self._now:
            said = self.words("The worker that led was last heard of %(ago)s ago. Start `materia worker`.")
            return Check(self.words("Worker"), said % {"ago": heard}, False)
        return Check(self.words("Worker"), self.words("A worker leads, heard of %(ago)s ago.") % {"ago": heard}, True)

    def _jobs(self) -> Check:
        oldest = min(core_jobs.ticks(self._session), key=lambda tick: tick.due_at, default=None)
        if oldest is None or self._now - oldest.due_at <= rules.JOB_LATE:
            return Check(self.words("Timed jobs"), self.words("None is late."), True)
        said = self.words("%(job)s has been due for %(ago)s.") % {"job": oldest.job, "ago": self._since(oldest.due_at)}
        return Check(self.words("Timed jobs"), said, False)

    def _failures(self) -> Check:
        since = self._now - rules.FAILURES_SHOWN
        failed = sorted(run.job for run in core_jobs.last_runs(self._session).values()
                        if run.at >= since and run.outcome.startswith(core_jobs.FAILED))
        said = self.words("Failed when they last ran: %(jobs)s.") % {"jobs": ", ".join(failed)} if failed else (
            self.words("None failed when it last ran."))
        return Check(self.words("Failures of the last day"), said, not failed)

    def _mail(self) -> Check:
        oldest = channels.oldest_due(self._session, self._now)
        if oldest is None:
            return Check(self.words("Mail queue"), self.words("No mail is due."), True)
        said = self.words("The mail that waits longest was due at %(when)s.") % {
            "when": show_moment(oldest, self._language)}
        return Check(self.words("Mail queue"), said, self._now - oldest <= rules.MAIL_LATE)

    def _unknown(self) -> Check:
        count = sum(row[2] for row in channels.waiting(self._session) if row[0] == "unknown")
        said = (self.words("%(count)s wait for a person to find out.") if count else
                self.words("None. What became of every mail is known."))
        return Check(self.words("Deliveries of unknown fate"), said % {"count": self._number(count)}, count == 0)

    def _side_effects(self) -> Check:
        counts = self._place.count_cases(self._session, self._now)
        is_late = bool(counts["half"] or counts["over"])
        said = [self.words("Received in the last 30 days: %(received)s. Open: %(open)s, of which %(new)s are new. Not "
                           "acknowledged by their desk: %(waiting)s."),
                self.words("Of these, %(half)s are past half of their 24 hours and %(over)s past all of them.")
                if is_late else self.words("None waits for its desk longer than half of its 24 hours.")]
        return Check(self.words("Reports of side effects"), (" " if self._language.tag == "en" else "").join(said) % {
            name: self._number(value) for name, value in counts.items()}, not is_late)

    def _number(self, value: float) -> str:
        return format_decimal(round(value), locale=self._language.babel)

    def _since(self, moment: datetime) -> str:
        return format_timedelta(max(self._now - moment, timedelta(0)), locale=self._language.babel)
