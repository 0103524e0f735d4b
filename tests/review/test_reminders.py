"""Reviewers are reminded by mail: once of each thing, and only those who are waited for."""

from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select

from tests import builders
from tests.builders import NOW
from tests.review.cases import sign, submit
from webapp.channels.models import Outgoing
from webapp.core.db import Database
from webapp.people.models import Account
from webapp.people.rules import Role
from webapp.review.jobs import remind
from webapp.review.models import Dossier
from webapp.review.rules import ReviewRole
from webapp.review.rules.reminders import occurrence
from webapp.review.service import working

BOTH = pytest.mark.postgresql
DAY = timedelta(days=1)
Signers = dict[ReviewRole, Account]


@pytest.mark.parametrize(("days_left", "is_renewal", "expected"), [
    (61, True, None), (60, True, "approval-lapses:20260302:60"), (31, True, "approval-lapses:20260302:60"),
    (30, True, "approval-lapses:20260302:30"), (7, True, "approval-lapses:20260302:7"),
    (1, True, "approval-lapses:20260302:7"), (0, True, "review-overdue:20260302:0"), (1, False, None),
    (0, False, "review-overdue:20260302:0"), (-6, False, "review-overdue:20260302:0"),
    (-7, False, "review-overdue:20260302:1")])
def test_each_reminder_has_its_time(days_left: int, is_renewal: bool, expected: str | None) -> None:
    assert occurrence(NOW, NOW - days_left * DAY, is_renewal=is_renewal) == expected


@pytest.fixture
def signers(database: Database) -> Signers:
    with database.writing() as session:
        return builders.reviewers(session)


@pytest.fixture
def dossier(database: Database, signers: Signers) -> Dossier:
    with database.writing() as session:
        return submit(session)


def mails(database: Database, since: datetime) -> list[tuple[int, str, str]]:
    """(account, mail, path) of what was put into the outbox then."""
    with database.reading() as session:
        rows = session.scalars(select(Outgoing).where(Outgoing.changed_at == since))  # type: ignore[arg-type]
        return sorted((row.account_id, row.values["mail"], row.values["path"]) for row in rows)


def ids(people: Iterable[Account]) -> list[int]:
    return sorted(person.id or 0 for person in people)


@BOTH
def test_an_overdue_review_reminds_all_who_hold_the_roles_once_a_week(database: Database, signers: Signers,
                                                                      dossier: Dossier) -> None:
    due = NOW + 14 * DAY
    assert remind(database, due - DAY) is None
    assert remind(database, due) == 3
    assert mails(database, due) == [(number, "review-overdue", f"/review/{dossier.key}")
                                    for number in ids(signers.values())]
    assert [remind(database, due + days * DAY) for days in (0, 1, 6, 7, 8)] == [None, None, None, 3, None]


def test_whose_task_it_is_is_reminded_alone_and_whoever_signed_is_not(database: Database, signers: Signers,
                                                                      dossier: Dossier) -> None:
    with database.writing() as session:
        builders.account(session, Role.LEGAL_REVIEWER)
        working.assign(session, [dossier], ReviewRole.LEGAL, signers[ReviewRole.LEGAL],
                       by=signers[ReviewRole.MEDICAL], due_at=NOW + 3 * DAY, now=NOW)
        sign(session, dossier, signers[ReviewRole.MEDICAL], ReviewRole.MEDICAL)
    remind(database, NOW + 3 * DAY)
    told = [signers[ReviewRole.LEGAL], signers[ReviewRole.REGULATORY]]
    assert [number for number, _, _ in mails(database, NOW + 3 * DAY)] == ids(told)


def test_nobody_is_reminded_who_could_not_sign(database: Database, signers: Signers) -> None:
    with database.writing() as session:
        author = builders.account(session, Role.LEGAL_REVIEWER)
        gone = builders.account(session, Role.LEGAL_REVIEWER, is_active=False)
        submit(session, author_ids=(author.id,))
    remind(database, NOW + 14 * DAY)
    assert not {author.id, gone.id} & {number for number, _, _ in mails(database, NOW + 14 * DAY)}


def test_what_is_decided_or_sent_back_reminds_nobody(database: Database, signers: Signers, dossier: Dossier) -> None:
    with database.writing() as session:
        for role, person in signers.items():
            sign(session, dossier, person, role)
    assert remind(database, NOW + 14 * DAY) is None


@BOTH
def test_before_an_approval_lapses_three_mails_go(database: Database, signers: Signers, dossier: Dossier) -> None:
    with database.writing() as session:
        for role, person in signers.items():
            sign(session, dossier, person, role)
    lapses = NOW + 365 * DAY
    told = [remind(database, lapses - days * DAY) for days in (89, 61, 60, 59, 31, 30, 8, 7, 1)]
    assert told == [None, None, 3, None, None, 3, None, 3, None]
    assert {mail for _, mail, _ in mails(database, lapses - 60 * DAY)} == {"approval-lapses"}


def test_whoever_has_renewed_is_reminded_no_more(database: Database, signers: Signers, dossier: Dossier) -> None:
    with database.writing() as session:
        for role, person in signers.items():
            sign(session, dossier, person, role)
        sign(session, dossier, signers[ReviewRole.LEGAL], ReviewRole.LEGAL, now=NOW + 300 * DAY)
    remind(database, NOW + 306 * DAY)
    assert signers[ReviewRole.LEGAL].id not in {number for number, _, _ in mails(database, NOW + 306 * DAY)}
