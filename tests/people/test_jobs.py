"""What is forgotten by itself: sign-ins that ran out, invitations that nobody can use."""

from datetime import timedelta

import pytest
from sqlmodel import select

from tests import builders
from tests.builders import NOW
from webapp.core.db import Database
from webapp.people import jobs
from webapp.people.models import Invitation, SignIn

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.mark.postgresql
def test_sign_ins_that_ran_out_are_forgotten_and_others_stay(database: Database) -> None:
    ages = {"new": (HOUR, HOUR), "long": (12 * HOUR, HOUR), "rested": (3 * HOUR, 2 * HOUR), "busy": (11 * HOUR, HOUR)}
    with database.writing() as session:
        person = builders.account(session)
        for name, (made, used) in ages.items():
            session.add(SignIn(account_id=person.id or 0, device=name, is_strong=False, created_at=NOW - made,
                               seen_at=NOW - used))
    assert (jobs.forget_sign_ins(database, NOW), jobs.forget_sign_ins(database, NOW)) == (2, None)
    with database.reading() as session:
        assert set(session.scalars(select(SignIn.device))) == {"new", "busy"}


@pytest.mark.postgresql
def test_invitations_are_forgotten_a_month_after_they_were_used_or_ran_out(database: Database) -> None:
    ends = {"open": (7 * DAY, None), "ran-out": (-29 * DAY, None), "long-gone": (-30 * DAY, None),
            "used": (5 * DAY, -2 * DAY), "used-long-ago": (-20 * DAY, -31 * DAY)}
    with database.writing() as session:
        for name, (end, used) in ends.items():
            session.add(Invitation(email=f"{name}@clinic.example", role="operator", language="en", created_at=NOW,
                                   expires_at=NOW + end, used_at=None if used is None else NOW + used))
    assert (jobs.forget_invitations(database, NOW), jobs.forget_invitations(database, NOW)) == (2, None)
    with database.reading() as session:
        kept = {email.partition("@")[0] for email in session.scalars(select(Invitation.email))}
    assert kept == {"open", "ran-out", "used"}


def test_a_backlog_is_forgotten_in_slices(database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session)
        session.add_all(SignIn(account_id=person.id or 0, device="", is_strong=False, created_at=NOW - DAY, seen_at=NOW)
                        for _ in range(450))
    assert jobs.forget_sign_ins(database, NOW) == 450
