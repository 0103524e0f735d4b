"""Clearance: three roles, three people, these very bytes, within a year."""

import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import combinations

import pytest
from alembic.util import CommandError
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError
from sqlmodel import Session

from tests import builders
from tests.builders import DIGEST, NOW, PASSWORD, REVIEWERS
from webapp import schema
from webapp.core.db import Database
from webapp.core.errors import Conflict, Refused
from webapp.core.subject import Subject
from webapp.people.models import Account
from webapp.people.rules import Role
from webapp.review import queries, rules, service
from webapp.review.models import Dossier, Signature
from webapp.review.rules import RENEWABLE_FOR, VALID_FOR, Meaning, ReviewRole

BOTH = pytest.mark.postgresql
ARTICLE = Subject("article", 1)
ROLES = list(ReviewRole)


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session(write=True) as opened:
        yield opened


@pytest.fixture
def dossier(session: Session) -> Dossier:
    return builders.dossier(session, subject=ARTICLE)


@pytest.fixture
def signers(session: Session) -> dict[ReviewRole, Account]:
    return builders.reviewers(session)


def sign(session: Session, dossier: Dossier, signer: Account, role: ReviewRole, *, password: str = PASSWORD,
         meaning: Meaning = Meaning.APPROVAL, digest: str = DIGEST, now: datetime = NOW) -> Signature:
    return service.sign(session, dossier, service.identify(signer, password), role=role, meaning=meaning, digest=digest,
                        now=now, reason="It says more than its sources" if meaning is Meaning.REJECTION else "")


def is_cleared(session: Session, digest: str = DIGEST, now: datetime = NOW, subject: Subject = ARTICLE) -> bool:
    return service.is_cleared(session, subject, digest, now)


@BOTH
def test_what_all_three_roles_approved_is_cleared(session: Session, dossier: Dossier,
                                                  signers: dict[ReviewRole, Account]) -> None:
    builders.sign_all(session, dossier, signers)
    assert is_cleared(session)


@pytest.mark.parametrize("roles", [some for count in range(3) for some in combinations(ROLES, count)])
def test_what_fewer_approved_is_not_cleared(session: Session, dossier: Dossier, signers: dict[ReviewRole, Account],
                                            roles: tuple[ReviewRole, ...]) -> None:
    for role in roles:
        sign(session, dossier, signers[role], role)
    assert not is_cleared(session)


@pytest.mark.parametrize("rejecting", ROLES)
def test_one_rejection_is_enough_to_stop_it(session: Session, dossier: Dossier, signers: dict[ReviewRole, Account],
                                            rejecting: ReviewRole) -> None:
    for role in ROLES:
        sign(session, dossier, signers[role], role,
             meaning=Meaning.REJECTION if role is rejecting else Meaning.APPROVAL)
    assert not is_cleared(session)


def test_what_nobody_submitted_is_not_cleared(session: Session) -> None:
    assert not is_cleared(session)


def test_an_author_may_not_sign(session: Session) -> None:
    author = builders.account(session, Role.WRITER, Role.MEDICAL_REVIEWER)
    made = builders.dossier(session, subject=ARTICLE, authors=[author])
    with pytest.raises(Refused, match="author"):
        sign(session, made, author, ReviewRole.MEDICAL)


@BOTH
def test_one_person_signs_once_even_with_two_roles(session: Session, dossier: Dossier) -> None:
    both = builders.account(session, Role.MEDICAL_REVIEWER, Role.LEGAL_REVIEWER)
    sign(session, dossier, both, ReviewRole.MEDICAL)
    with pytest.raises(Refused, match="One person signs once"):
        sign(session, dossier, both, ReviewRole.LEGAL)


@BOTH
def test_one_role_signs_once_even_by_two_people(session: Session, dossier: Dossier) -> None:
    first, second = (builders.account(session, Role.LEGAL_REVIEWER) for _ in range(2))
    sign(session, dossier, first, ReviewRole.LEGAL)
    with pytest.raises(Conflict, match="there already"):
        sign(session, dossier, second, ReviewRole.LEGAL)


@BOTH
@pytest.mark.parametrize("same", ["role", "account_id"])
def test_of_two_who_race_past_the_check_the_database_stops_one(
        session: Session, dossier: Dossier, signers: dict[ReviewRole, Account], same: str) -> None:
    first = sign(session, dossier, signers[ReviewRole.LEGAL], ReviewRole.LEGAL)
    values = first.model_dump(exclude={"id"})
    values |= {"account_id": signers[ReviewRole.MEDICAL].id} if same == "role" else {"role": "medical"}
    session.add(Signature(**values))
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize("password", ["", "wrong", PASSWORD + " ", PASSWORD.upper(), "x" * 1_000_000])
def test_a_wrong_password_signs_nothing(session: Session, dossier: Dossier, signers: dict[ReviewRole, Account],
                                        password: str) -> None:
    with pytest.raises(Refused, match="password"):
        sign(session, dossier, signers[ReviewRole.LEGAL], ReviewRole.LEGAL, password=password)
    assert queries.signatures(session, dossier.id or 0) == []


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("held", sorted(set(Role) - set(REVIEWERS.values())))
def test_nobody_signs_in_a_role_not_held(session: Session, dossier: Dossier, role: ReviewRole, held: Role) -> None:
    with pytest.raises(Refused, match="does not hold"):
        sign(session, dossier, builders.account(session, held), role)


@pytest.mark.parametrize("role", ROLES)
def test_a_reviewer_does_not_sign_in_anothers_role(session: Session, dossier: Dossier,
                                                   signers: dict[ReviewRole, Account], role: ReviewRole) -> None:
    for other in set(ROLES) - {role}:
        with pytest.raises(Refused, match="does not hold"):
            sign(session, dossier, signers[other], role)


def test_an_account_put_out_of_use_signs_nothing(session: Session, dossier: Dossier) -> None:
    gone = builders.account(session, Role.LEGAL_REVIEWER, is_active=False)
    with pytest.raises(Refused):
        sign(session, dossier, gone, ReviewRole.LEGAL)


@BOTH
def test_signing_what_one_did_not_read_is_a_conflict(session: Session, dossier: Dossier,
                                                     signers: dict[ReviewRole, Account]) -> None:
    with pytest.raises(Conflict, match="read"):
        sign(session, dossier, signers[ReviewRole.LEGAL], ReviewRole.LEGAL, digest="e" * 64)


@BOTH
def test_one_byte_changed_is_not_cleared(session: Session, dossier: Dossier,
                                         signers: dict[ReviewRole, Account]) -> None:
    builders.sign_all(session, dossier, signers)
    changed = "e" + DIGEST[1:]
    assert not is_cleared(session, changed)
    builders.dossier(session, subject=ARTICLE, digest=changed)
    assert not is_cleared(session, changed) and is_cleared(session)


def test_the_same_bytes_of_another_subject_are_not_cleared(session: Session, dossier: Dossier,
                                                           signers: dict[ReviewRole, Account]) -> None:
    builders.sign_all(session, dossier, signers)
    assert not any(is_cleared(session, subject=subject) for subject in (Subject("article", 2), Subject("mail", 1)))


@pytest.mark.parametrize(("after", "expected"), [
    (timedelta(0), True), (VALID_FOR - timedelta(seconds=1), True), (VALID_FOR, False), (timedelta(days=366), False)])
def test_a_clearance_lapses_after_a_year(session: Session, dossier: Dossier, signers: dict[ReviewRole, Account],
                                         after: timedelta, expected: bool) -> None:
    builders.sign_all(session, dossier, signers)
    assert is_cleared(session, now=NOW + after) is expected


def test_the_oldest_signature_decides_when_it_lapses(session: Session, dossier: Dossier,
                                                     signers: dict[ReviewRole, Account]) -> None:
    for months, role in enumerate(ROLES):
        sign(session, dossier, signers[role], role, now=NOW + timedelta(days=30 * months))
    assert not is_cleared(session, now=NOW + VALID_FOR)


def test_an_unknown_route_is_never_cleared(session: Session, signers: dict[ReviewRole, Account]) -> None:
    made = builders.dossier(session, subject=ARTICLE, route="short-cut")
    builders.sign_all(session, made, signers)
    assert not is_cleared(session)


def test_a_route_without_approvals_is_not_cleared_by_rule() -> None:
    assert rules.clearance("promotional", [], NOW) == ()


@BOTH
def test_handing_in_the_same_bytes_twice_is_one_dossier(session: Session, dossier: Dossier) -> None:
    assert builders.dossier(session, subject=ARTICLE).id == dossier.id


@BOTH
@pytest.mark.parametrize("change", [
    "UPDATE signature SET meaning = 'approval'", "DELETE FROM signature", "UPDATE dossier SET body_html = 'other'",
    "UPDATE dossier SET digest = 'other'", "DELETE FROM dossier"])
def test_what_was_signed_and_its_signatures_cannot_be_changed(
        session: Session, dossier: Dossier, signers: dict[ReviewRole, Account], change: str) -> None:
    builders.sign_all(session, dossier, signers)
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(change))


def test_a_signature_shows_who_when_and_what_for(session: Session, dossier: Dossier,
                                                 signers: dict[ReviewRole, Account]) -> None:
    made = sign(session, dossier, signers[ReviewRole.LEGAL], ReviewRole.LEGAL)
    assert (made.printed_name, made.at, made.meaning, made.digest) == ("Ann Example", NOW, "approval", DIGEST)


@BOTH
def test_of_two_reviewers_of_one_role_who_sign_at_once_one_is_told_of_the_other(database: Database) -> None:
    with database.writing() as session:
        made = builders.dossier(session, subject=ARTICLE)
        people = [builders.account(session, Role.LEGAL_REVIEWER) for _ in range(2)]
    outcomes, start = [], threading.Barrier(2)

    def decide(person: Account) -> None:
        start.wait()
        try:
            with database.writing() as session:
                sign(session, made, person, ReviewRole.LEGAL)
            outcomes.append("signed")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=decide, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict", "signed"]


# Renewal


RENEWED = NOW + VALID_FOR - RENEWABLE_FOR
"""From here on a second round may be signed."""


@BOTH
def test_a_clearance_that_has_lapsed_is_renewed_for_unchanged_text(session: Session, dossier: Dossier,
                                                                   signers: dict[ReviewRole, Account]) -> None:
    builders.sign_all(session, dossier, signers)
    later = NOW + VALID_FOR
    assert not is_cleared(session, now=later)
    builders.sign_all(session, dossier, signers, later)
    assert is_cleared(session, now=later) and is_cleared(session, now=later + VALID_FOR - timedelta(seconds=1))
    assert not is_cleared(session, now=later + VALID_FOR)


def test_a_clearance_is_renewed_before_it_lapses_and_never_lapses_meanwhile(
        session: Session, dossier: Dossier, signers: dict[ReviewRole, Account]) -> None:
    builders.sign_all(session, dossier, signers)
    for role in ROLES[:2]:
        sign(session, dossier, signers[role], role, now=RENEWED)
        assert is_cleared(session, now=RENEWED), "the first round holds until the second is complete"
    assert not is_cleared(session, now=NOW + VALID_FOR), "two of three renew nothing"
    sign(session, dossier, signers[ROLES[2]], ROLES[2], now=RENEWED)
    assert is_cleared(session, now=NOW + VALID_FOR)


def test_before_renewal_is_due_nobody_signs_twice(session: Session, dossier: Dossier,
                                                  signers: dict[ReviewRole, Account]) -> None:
    builders.sign_all(session, dossier, signers)
    early = RENEWED - timedelta(seconds=1)
    with pytest.raises(Refused, match="One person signs once"):
        sign(session, dossier, signers[ReviewRole.LEGAL], ReviewRole.LEGAL, now=early)
    with pytest.raises(Conflict, match="there already"):
        sign(session, dossier, builders.account(session, Role.LEGAL_REVIEWER), ReviewRole.LEGAL, now=early)


def test_in_one_renewal_nobody_signs_twice(session: Session, dossier: Dossier,
                                           signers: dict[ReviewRole, Account]) -> None:
    builders.sign_all(session, dossier, signers)
    sign(session, dossier, signers[ReviewRole.LEGAL], ReviewRole.LEGAL, now=RENEWED)
    with pytest.raises(Refused, match="One person signs once"):
        sign(session, dossier, signers[ReviewRole.LEGAL], ReviewRole.LEGAL, now=RENEWED)


def test_a_rejection_at_renewal_ends_the_clearance_at_once(session: Session, dossier: Dossier,
                                                           signers: dict[ReviewRole, Account]) -> None:
    builders.sign_all(session, dossier, signers)
    sign(session, dossier, signers[ReviewRole.MEDICAL], ReviewRole.MEDICAL, meaning=Meaning.REJECTION, now=RENEWED)
    assert not is_cleared(session, now=RENEWED)


def test_signatures_of_different_rounds_do_not_add_up(session: Session, dossier: Dossier,
                                                      signers: dict[ReviewRole, Account]) -> None:
    for role, now in zip(ROLES, (NOW, NOW, RENEWED), strict=True):
        sign(session, dossier, signers[role], role, now=now)
    assert not is_cleared(session, now=RENEWED)


def test_a_renewal_does_not_change_who_had_cleared_it_before(session: Session, dossier: Dossier,
                                                             signers: dict[ReviewRole, Account]) -> None:
    builders.sign_all(session, dossier, signers)
    before = service.approvals(session, ARTICLE, DIGEST, NOW)
    builders.sign_all(session, dossier, builders.reviewers(session), RENEWED)
    assert service.approvals(session, ARTICLE, DIGEST, NOW) == before
    assert {entry.at for entry in service.approvals(session, ARTICLE, DIGEST, RENEWED)} == {RENEWED}


def test_an_account_put_out_of_use_after_the_password_signs_nothing(
        session: Session, dossier: Dossier, signers: dict[ReviewRole, Account]) -> None:
    account = signers[ReviewRole.LEGAL]
    signer = service.identify(account, PASSWORD)
    account.active = False
    with pytest.raises(Refused, match="out of use"):
        service.sign(session, dossier, signer, role=ReviewRole.LEGAL, meaning=Meaning.APPROVAL, digest=DIGEST, now=NOW)


def test_no_password_is_checked_while_the_lock_is_held(session: Session, dossier: Dossier,
                                                       signers: dict[ReviewRole, Account],
                                                       monkeypatch: pytest.MonkeyPatch) -> None:
    signer = service.identify(signers[ReviewRole.LEGAL], PASSWORD)
    monkeypatch.setattr(service, "password_matches", lambda *_: pytest.fail("argon2 ran inside the transaction"))
    signed = service.sign(session, dossier, signer, role=ReviewRole.LEGAL, meaning=Meaning.APPROVAL, digest=DIGEST,
                          now=NOW)

    assert signed.account_id == signers[ReviewRole.LEGAL].id


@BOTH
def test_a_downgrade_that_would_lose_a_renewal_is_refused(database: Database) -> None:
    with database.writing() as session:
        made, signers = builders.dossier(session, subject=ARTICLE), builders.reviewers(session)
        builders.sign_all(session, made, signers)
        builders.sign_all(session, made, signers, RENEWED)
    with pytest.raises(CommandError, match="3 signatures renew a clearance"):
        schema.downgrade(database, "0002")
    with database.reading() as session:
        assert len(queries.signatures(session, made.id or 0)) == 6


@BOTH
def test_signatures_survive_the_way_down_and_up_and_stay_append_only(database: Database) -> None:
    with database.writing() as session:
        made = builders.cleared_dossier(session)
    schema.downgrade(database, "0002")
    schema.upgrade(database)
    with database.reading() as session:
        assert [entry.round for entry in queries.signatures(session, made.id or 0)] == [1, 1, 1]
    with pytest.raises(DatabaseError, match="append-only"), database.writing() as session:
        session.execute(text("DELETE FROM signature"))


# Many at once


@BOTH
def test_pieces_asked_about_at_once_are_as_cleared_as_each_by_itself(session: Session,
                                                                     signers: dict[ReviewRole, Account]) -> None:
    cleared, half, rejected, rewritten = (Subject("article", number) for number in range(1, 5))
    campaign = Subject("campaign", 1)
    for subject in (cleared, rewritten, campaign):
        builders.sign_all(session, builders.dossier(session, subject=subject), signers)
    sign(session, builders.dossier(session, subject=half), signers[ReviewRole.LEGAL], ReviewRole.LEGAL)
    refused = builders.dossier(session, subject=rejected)
    for role in ROLES:
        sign(session, refused, signers[role], role,
             meaning=Meaning.REJECTION if role is ReviewRole.LEGAL else Meaning.APPROVAL)
    builders.dossier(session, subject=rewritten, digest="e" * 64)
    pieces = [(subject, digest) for subject in (cleared, half, rejected, rewritten, campaign, Subject("article", 9))
              for digest in (DIGEST, "e" * 64)]
    for at in (NOW - timedelta(seconds=1), NOW, NOW + VALID_FOR - timedelta(seconds=1), NOW + VALID_FOR):
        each = {piece: service.approvals(session, *piece, at) for piece in pieces}
        assert service.approvals_of(session, pieces, at) == {piece: found for piece, found in each.items() if found}
        assert service.are_cleared(session, pieces, at) == {
            piece for piece in pieces if is_cleared(session, piece[1], at, piece[0])}
    assert {subject for subject, _ in service.are_cleared(session, pieces, NOW)} == {cleared, rewritten, campaign}
