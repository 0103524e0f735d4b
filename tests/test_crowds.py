"""Timed work and lists ask the database as few questions about many pages and cases as about a few."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

import pytest
from sqlalchemy import delete, event, func, select, update
from sqlmodel import Session

from tests import builders
from tests.benchmarks import crowd
from tests.builders import BY, NOW
from webapp.articles import jobs, queries
from webapp.articles.models import Document, PublishOrder
from webapp.articles.service import orders, pages, publish
from webapp.articles.service.orders import When
from webapp.channels.models import Outgoing
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.people.rules import Role
from webapp.review import jobs as review_jobs
from webapp.review.rules import RENEWABLE_FOR, VALID_FOR
from webapp.review.service import queueing

BOTH = pytest.mark.postgresql
FEW, MANY = 2, 30
RENEWABLE = NOW + VALID_FOR - RENEWABLE_FOR
REMINDED = NOW + VALID_FOR - timedelta(days=60)


@dataclass
class Crowd:
    """Published pages of the same kind in one world."""

    platform: Platform
    pages: int

    def statements(self, work: Callable[[Session], object]) -> int:
        """How many statements it takes."""
        return self.counted(lambda: self._reading(work))

    def counted(self, work: Callable[[], object]) -> int:
        """How many statements it takes, in sessions of its own."""
        seen: list[str] = []

        def note(_: object, __: object, statement: str, *___: object) -> None:
            seen.append(statement)

        engines = (self.platform.database.reader, self.platform.database.writer)
        for engine in engines:
            event.listen(engine, "before_cursor_execute", note)
        work()
        for engine in engines:
            event.remove(engine, "before_cursor_execute", note)
        return len(seen)

    def _reading(self, work: Callable[[Session], object]) -> None:
        with self.platform.database.reading() as session:
            work(session)


def grown(platform: Platform, measure: Callable[[Crowd], int]) -> int:
    """By how many statements the same work grows when the pages become fifteen times as many. What is warmed up by the
    first run is so in the others."""
    counts = []
    for first, count in ((1, FEW), (FEW + 1, MANY)):
        crowd.fill(platform.database, count, NOW, first=first)
        measure(Crowd(platform, first + count - 1))
        counts.append(measure(Crowd(platform, first + count - 1)))
    return counts[1] - counts[0]


@BOTH
def test_expiry_asks_about_all_pages_at_once(platform: Platform) -> None:
    assert grown(platform, lambda crowd: crowd.counted(lambda: jobs.expire(platform, (), NOW))) == 0


@BOTH
def test_what_may_be_published_is_asked_about_all_pages_at_once(platform: Platform) -> None:
    assert grown(platform, lambda crowd: crowd.statements(
        lambda session: publish.sort_out(platform, session, RENEWABLE))) == 0


@BOTH
def test_pages_are_made_anew_with_the_same_few_questions(platform: Platform) -> None:
    def make(session: Session) -> None:
        made = pages.press(platform, session)
        done = pages.article_pages(made, session, made.shelf.entries)
        assert len(done) >= FEW and all("Dr Example" in page.html for page in done)
    assert grown(platform, lambda crowd: crowd.statements(make)) == 0


def test_orders_that_wait_for_review_are_looked_at_all_at_once(platform: Platform) -> None:
    def look(crowd: Crowd) -> int:
        with platform.database.writing() as session:
            session.execute(update(Document).values(live_revision_id=None))
            session.execute(delete(PublishOrder))
            orders.place(session, queries.waiting(session), When(), BY)
        return crowd.statements(lambda session: orders.steps(platform, session, NOW + VALID_FOR))
    assert grown(platform, look) == 0


@BOTH
def test_reminders_that_went_already_are_looked_up_all_at_once(platform: Platform) -> None:
    def look(crowd: Crowd) -> int:
        while review_jobs.remind(platform.database, REMINDED):
            pass
        assert told(platform.database) == 3 * crowd.pages
        return crowd.counted(lambda: review_jobs.remind(platform.database, REMINDED))
    assert grown(platform, look) == 0


def told(database: Database) -> int:
    with database.reading() as session:
        return session.scalar(select(func.count()).select_from(Outgoing)) or 0


def test_a_page_of_the_queue_costs_no_more_when_more_wait(platform: Platform) -> None:
    with platform.database.writing() as session:
        reader = builders.account(session, Role.MEDICAL_REVIEWER)
    assert grown(platform, lambda crowd: crowd.statements(
        lambda session: queueing.queue(session, reader, queueing.Filter(), 1, RENEWABLE))) == 0
