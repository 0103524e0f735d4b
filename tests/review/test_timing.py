"""How long cases stay in each step: what is counted, and what is never told."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlmodel import Session

from tests import builders
from tests.builders import DIGEST, NOW
from tests.review.cases import ARTICLE, sign, submit
from webapp.core.db import Database
from webapp.people.models import Account
from webapp.review import service
from webapp.review.rules import CommentKind, Meaning, ReviewRole
from webapp.review.rules.timing import Case, Figure, Step, figures, median, percentile
from webapp.review.service import discussing, timing, working

MEDICAL, LEGAL, REGULATORY = ReviewRole
DAY = timedelta(days=1)
ENDLESS = NOW + 400 * DAY


def case(*, looked: float | None = None, signed: float | None = None, approved: float | None = None, person: int = 1,
         **more: Any) -> Case:
    """A case of NOW whose medical reviewer was so many days later where."""
    def then(days: float | None) -> dict[ReviewRole, tuple[datetime, int]]:
        return {} if days is None else {MEDICAL: (NOW + days * DAY, person)}
    usual = {"kind": "article", "route": "full", "submitted_at": NOW}
    return Case(**{**usual, **more}, looked=then(looked), signed=then(signed),
                approved_at=None if approved is None else NOW + approved * DAY)


def figure(cases: Sequence[Case], step: Step, role: ReviewRole | None = None, *, first: datetime = NOW,
           until: datetime = ENDLESS) -> Figure | None:
    return next((row for row in figures(cases, first, until) if (row.step, row.role) == (step, role)), None)


def several(count: int, people: int = 2) -> list[Case]:
    return [case(looked=1, signed=number + 2, person=1 + number % people) for number in range(count)]


# What is counted


def test_each_discipline_has_its_first_look_and_its_signature_and_the_case_its_approval_and_publication() -> None:
    made = [case(looked=1, signed=3, approved=4, published_at=NOW + 10 * DAY, person=number) for number in range(1, 6)]
    for step, role, days in ((Step.LOOKED, MEDICAL, 1), (Step.SIGNED, MEDICAL, 2), (Step.APPROVED, None, 4),
                             (Step.PUBLISHED, None, 6)):
        found = figure(made, step, role)
        assert found is not None and (found.count, found.median, found.waiting) == (5, days * DAY, 0), step


def test_a_step_counts_in_the_period_in_which_it_ended_and_is_open_before() -> None:
    made = [case(looked=5)]
    for first, until, count, waiting in ((0, 5, 0, 1), (5, 6, 1, 0), (6, 9, 0, 0)):
        found = figure(made, Step.LOOKED, MEDICAL, first=NOW + first * DAY, until=NOW + until * DAY)
        assert (found.count, found.waiting) == (count, waiting) if found else (count, waiting) == (0, 0)


def test_a_case_that_was_closed_on_the_way_waits_nowhere() -> None:
    open_case, closed = case(looked=1), case(looked=1, closed_at=NOW + 2 * DAY)
    assert [(row.step, row.role) for row in figures([open_case], NOW, ENDLESS) if row.waiting] == [
        (Step.LOOKED, LEGAL), (Step.LOOKED, REGULATORY), (Step.SIGNED, MEDICAL), (Step.APPROVED, None)]
    assert [row.step for row in figures([closed], NOW, ENDLESS)] == [Step.LOOKED], "what ended before counts"
    assert figures([closed], NOW, NOW + 2 * DAY - timedelta(seconds=1))[-1].waiting == 1, "open until then"


def test_what_is_not_for_readers_waits_for_no_publication() -> None:
    assert figure([case(approved=1)], Step.PUBLISHED) is not None
    assert figure([case(approved=1, kind="rendering", route="rendering")], Step.PUBLISHED) is None


def test_a_case_of_later_is_not_there_yet() -> None:
    assert figures([case()], NOW - 9 * DAY, NOW) == []


# What is told


@pytest.mark.parametrize(("cases", "has_median", "has_tail"), [
    (several(4), False, False), (several(5), True, False), (several(9), True, False), (several(10), True, True)])
def test_few_cases_make_no_figure(cases: list[Case], has_median: bool, has_tail: bool) -> None:
    found = figure(cases, Step.SIGNED, MEDICAL)
    assert found is not None and found.count == len(cases)
    assert (found.median is not None, found.tail is not None) == (has_median, has_tail)


def test_what_one_person_alone_did_is_told_of_no_step() -> None:
    alone = [case(looked=1, signed=2, approved=3, route="translation", person=7) for _ in range(20)]
    assert {row.median for row in figures(alone, NOW, ENDLESS)} == {None}


def test_median_and_percentile_are_exact() -> None:
    ordered = [number * DAY for number in range(1, 11)]
    assert median(ordered) == 5.5 * DAY and median(ordered[:3]) == 2 * DAY
    assert percentile(ordered, 0.9) == 9 * DAY and percentile(ordered[:1], 0.9) == DAY


# From the record


@pytest.fixture
def people(database: Database) -> dict[ReviewRole, Account]:
    with database.writing() as session:
        return builders.reviewers(session)


def cases_of(database: Database, published: dict[Any, datetime] | None = None) -> list[Case]:
    with database.reading() as session:
        return timing.cases(session, published or {})


def looks(session: Session, dossier: Any, account: Account, days: int) -> None:
    working.look(session, dossier, account, NOW + days * DAY)


@pytest.mark.postgresql
def test_the_first_look_is_the_first_thing_that_a_discipline_did(database: Database,
                                                                 people: dict[ReviewRole, Account]) -> None:
    with database.writing() as session:
        made = submit(session, DIGEST)
        looks(session, made, people[MEDICAL], 1)
        looks(session, made, people[MEDICAL], 8)
        discussing.comment(session, made, people[LEGAL], CommentKind.SHOULD, "Why?", "", NOW + 2 * DAY)
        sign(session, made, people[REGULATORY], REGULATORY, now=NOW + 3 * DAY)
    [found] = cases_of(database)
    assert {role: at for role, (at, _) in found.looked.items()} == {
        MEDICAL: NOW + DAY, LEGAL: NOW + 2 * DAY, REGULATORY: NOW + 3 * DAY}
    assert set(found.signed) == {REGULATORY} and found.approved_at is None


def test_a_case_is_approved_by_the_last_signature_and_published_after_it(database: Database,
                                                                         people: dict[ReviewRole, Account]) -> None:
    with database.writing() as session:
        made = submit(session, DIGEST)
        for days, role in enumerate(ReviewRole, 1):
            sign(session, made, people[role], role, now=NOW + days * DAY)
    piece = (ARTICLE.kind, ARTICLE.id, DIGEST)
    assert cases_of(database, {piece: NOW + 9 * DAY})[0].published_at == NOW + 9 * DAY
    [found] = cases_of(database, {piece: NOW})
    assert (found.approved_at, found.published_at) == (NOW + 3 * DAY, None), "shown before: not by this approval"


def test_a_rejection_a_request_and_a_newer_version_close_a_case(database: Database,
                                                                people: dict[ReviewRole, Account]) -> None:
    with database.writing() as session:
        first = submit(session)
        discussing.request_changes(session, first, people[LEGAL], LEGAL, "No", NOW + DAY)
        second = submit(session, "b" * 64, now=NOW + 2 * DAY)
        sign(session, second, people[LEGAL], LEGAL, Meaning.REJECTION, NOW + 3 * DAY, "No")
        submit(session, "c" * 64, now=NOW + 5 * DAY)
    assert sorted((found.submitted_at, found.closed_at) for found in cases_of(database)[1:]) == [
        (NOW, NOW + DAY), (NOW + 2 * DAY, NOW + 3 * DAY)]
    assert cases_of(database)[0].closed_at is None


def test_an_erased_account_takes_only_its_looks_with_it(database: Database, people: dict[ReviewRole, Account]) -> None:
    with database.writing() as session:
        made = submit(session)
        looks(session, made, people[MEDICAL], 1)
        sign(session, made, people[MEDICAL], MEDICAL, now=NOW + 2 * DAY)
    with database.writing() as session:
        service.erase_person(session, people[MEDICAL].id or 0, NOW)
    assert cases_of(database)[0].looked[MEDICAL][0] == NOW + 2 * DAY
