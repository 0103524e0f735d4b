"""A case: versions of a piece, the routes they take, what is said of them, who does what by when."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import Session

from tests import builders
from tests.builders import NOW
from tests.review.cases import ARTICLE, BODY, sign, submit
from webapp.core import audit
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid, NotFound, Refused
from webapp.core.subject import Subject
from webapp.people.models import Account
from webapp.people.rules import Role
from webapp.review import queries, service
from webapp.review.models import Dossier
from webapp.review.rules import ROUTES, VALID_CONTENT, CommentKind, Meaning, ReviewRole, State, anchors
from webapp.review.service import certifying, discussing, working
from webapp.review.service.standing import standing_of

BOTH = pytest.mark.postgresql
MEDICAL, LEGAL, REGULATORY = ReviewRole
Signers = dict[ReviewRole, Account]


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session(write=True) as opened:
        yield opened


@pytest.fixture
def signers(session: Session) -> Signers:
    return builders.reviewers(session)


def state(session: Session, dossier: Dossier, now: Any = NOW) -> State:
    return standing_of(session, dossier).state(now)


def approve(session: Session, dossier: Dossier, signers: Signers, *roles: ReviewRole, now: Any = NOW) -> None:
    for role in roles or tuple(ReviewRole):
        sign(session, dossier, signers[role], role, now=now)


# States and versions


@BOTH
def test_a_dossier_goes_from_review_to_approval_to_its_end(session: Session, signers: Signers) -> None:
    made = submit(session)
    seen = [state(session, made)]
    approve(session, made, signers)
    seen += [state(session, made), state(session, made, NOW + timedelta(days=365))]
    assert seen == [State.IN_REVIEW, State.APPROVED, State.LAPSED]


@BOTH
def test_a_new_version_takes_the_place_of_the_open_one(session: Session, signers: Signers) -> None:
    first, second = submit(session), submit(session, "b" * 64)
    assert (first.version, second.version) == (1, 2)
    assert (state(session, first), state(session, second)) == (State.SUPERSEDED, State.IN_REVIEW)
    with pytest.raises(Conflict, match="newer version"):
        sign(session, first, signers[LEGAL], LEGAL)


def test_what_is_approved_stays_so_beside_a_newer_version_and_may_be_renewed(session: Session,
                                                                             signers: Signers) -> None:
    first = submit(session)
    approve(session, first, signers)
    submit(session, "b" * 64)
    assert state(session, first) is State.APPROVED and service.is_cleared(session, ARTICLE, first.digest, NOW)
    sign(session, first, signers[LEGAL], LEGAL, now=NOW + timedelta(days=300))
    assert len(queries.signatures(session, first.id or 0)) == 4


@BOTH
def test_bytes_that_come_back_are_signed_anew(session: Session, signers: Signers) -> None:
    first = submit(session)
    approve(session, first, signers, MEDICAL, LEGAL)
    submit(session, "b" * 64)
    third = submit(session)
    assert third.version == 3 and state(session, third) is State.IN_REVIEW
    sign(session, third, signers[REGULATORY], REGULATORY)
    assert not service.is_cleared(session, ARTICLE, third.digest, NOW), "signatures of two dossiers do not add up"
    approve(session, third, signers, MEDICAL, LEGAL)
    assert service.is_cleared(session, ARTICLE, third.digest, NOW)


def test_bytes_that_are_cleared_are_not_reviewed_again(session: Session, signers: Signers) -> None:
    first = submit(session)
    approve(session, first, signers)
    submit(session, "b" * 64)
    assert submit(session) is first


@BOTH
def test_a_piece_has_one_material_id_in_all_its_versions(session: Session) -> None:
    submit(session)
    submit(session, "b" * 64)
    submit(session, subject=Subject("campaign", 1))
    ids = [service.material_id(session, about) for about in (ARTICLE, Subject("campaign", 1), Subject("article", 9))]
    assert ids[0].startswith("MAT-2026-0000") and len({*ids}) == 3 and ids[2] == ""


@BOTH
def test_two_who_hand_in_at_once_make_two_versions(database: Database) -> None:
    start, made = threading.Barrier(2), []

    def hand_in(digest: str) -> None:
        start.wait()
        with database.writing() as session:
            made.append(submit(session, digest).version)

    threads = [threading.Thread(target=hand_in, args=(sign * 64,)) for sign in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(made) == [1, 2]


@BOTH
def test_who_signs_while_a_new_version_comes_signs_the_old_one_first_or_not_at_all(database: Database) -> None:
    with database.writing() as session:
        first, legal = submit(session), builders.account(session, Role.LEGAL_REVIEWER)
    start, outcomes = threading.Barrier(2), []

    def write() -> None:
        start.wait()
        with database.writing() as session:
            submit(session, "b" * 64)

    def decide() -> None:
        start.wait()
        try:
            with database.writing() as session:
                sign(session, first, legal, LEGAL)
            outcomes.append("signed")
        except Conflict:
            outcomes.append("conflict")

    threads = [threading.Thread(target=work) for work in (write, decide)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with database.reading() as session:
        assert len(queries.signatures(session, first.id or 0)) == outcomes.count("signed")
        assert len(queries.versions(session, ARTICLE)) == 2 and len(outcomes) == 1


# Routes


def test_every_route_has_a_name_and_somebody_who_signs() -> None:
    assert set(ROUTES) == {"promotional", "full", "administrative", "translation", "cme", "withdrawal",
                           "rendering"}
    assert all(route.name and 0 < route.count <= len(route.roles) for route in ROUTES.values())


@pytest.mark.parametrize("role", list(ReviewRole))
def test_an_urgent_withdrawal_takes_one_signature(session: Session, signers: Signers, role: ReviewRole) -> None:
    made = submit(session, route="withdrawal")
    sign(session, made, signers[role], role)
    assert state(session, made) is State.APPROVED
    other = next(another for another in ReviewRole if another is not role)
    with pytest.raises(Conflict, match="there already"):
        sign(session, made, signers[other], other)


def test_an_administrative_change_takes_the_regulatory_signature(session: Session, signers: Signers) -> None:
    approve(session, submit(session, source="Take 5 mg.\n\nKeep it dry."), signers)
    changed = submit(session, "b" * 64, route="administrative", source="Take 5 mg.\n\nKeep it in a dry place.")
    with pytest.raises(Refused, match="does not ask"):
        sign(session, changed, signers[MEDICAL], MEDICAL)
    sign(session, changed, signers[REGULATORY], REGULATORY)
    assert state(session, changed) is State.APPROVED


@pytest.mark.parametrize(("is_approved", "source", "why"), [
    (True, "Take 50 mg.", "full review"), (False, "Take 5 mg.", "Nothing of it was approved")])
def test_what_touches_a_figure_or_was_never_approved_is_no_administrative_change(
        session: Session, signers: Signers, is_approved: bool, source: str, why: str) -> None:
    first = submit(session, source="Take 5 mg.")
    if is_approved:
        approve(session, first, signers)
    with pytest.raises(Invalid, match=why):
        submit(session, "b" * 64, route="administrative", source=source)


def test_a_translation_needs_a_certificate_and_a_medical_reader_of_its_language(session: Session) -> None:
    with pytest.raises(Invalid, match="certificate"):
        submit(session, route="translation", language="zh-Hans")
    made = submit(session, route="translation", language="zh-Hans", certificate="Translated by T. Lator, MITI")
    english, chinese = (builders.account(session, Role.MEDICAL_REVIEWER, language=tag) for tag in ("en", "zh-Hans"))
    with pytest.raises(Refused, match="reads its language"):
        sign(session, made, english, MEDICAL)
    sign(session, made, chinese, MEDICAL)
    assert state(session, made) is State.APPROVED


def test_nobody_of_a_sponsor_takes_part_in_accredited_education(session: Session, signers: Signers) -> None:
    sponsor = builders.company(session)
    seated = builders.account(session, Role.MARKETER, company=sponsor)
    for role in (Role.MEDICAL_REVIEWER,):
        builders.people.grant(session, seated, role, by=builders.BY)
    made = submit(session, route="cme")
    with pytest.raises(Refused, match="sponsor"):
        sign(session, made, seated, MEDICAL)
    with pytest.raises(Refused, match="sponsor"):
        discussing.comment(session, made, seated, CommentKind.SHOULD, "Softer, please", "", NOW)
    with pytest.raises(Refused, match="sponsor"):
        working.assign(session, [made], MEDICAL, seated, by=signers[LEGAL], due_at=None, now=NOW)
    with pytest.raises(Invalid, match="sponsor"):
        submit(session, "b" * 64, route="cme", author_ids=(seated.id,))
    sign(session, submit(session, subject=Subject("article", 2)), seated, MEDICAL)


def test_the_medical_approval_of_education_says_that_its_content_is_valid(session: Session, signers: Signers) -> None:
    made = submit(session, route="cme")
    for confirmed in ((), ("0", "1", "2"), ("0", "1", "2", "4")):
        with pytest.raises(Invalid, match="Confirm each sentence"):
            service.sign(session, made, service.identify(signers[MEDICAL], builders.PASSWORD), role=MEDICAL,
                         meaning=Meaning.APPROVAL, digest=made.digest, now=NOW, attested=confirmed)
    approve(session, made, signers)
    said = {one.role: one.attested for one in certifying.certificate_of(session, made, NOW).signatures}
    assert said == {MEDICAL: VALID_CONTENT, LEGAL: (), REGULATORY: ()}


def test_who_rejects_education_confirms_nothing_and_other_routes_ask_for_nothing(session: Session,
                                                                                 signers: Signers) -> None:
    made, other = submit(session, route="cme"), submit(session, subject=Subject("article", 2))
    for dossier, meaning, reason in ((made, Meaning.REJECTION, "Not yet"), (other, Meaning.APPROVAL, "")):
        signed = service.sign(session, dossier, service.identify(signers[MEDICAL], builders.PASSWORD), role=MEDICAL,
                              meaning=meaning, digest=dossier.digest, now=NOW, reason=reason)
        assert signed.reason == reason


def test_a_shorter_approval_lapses_sooner_and_is_renewed_in_its_second_half(session: Session,
                                                                            signers: Signers) -> None:
    made = submit(session, valid_for=timedelta(days=30))
    approve(session, made, signers)
    assert service.expires_at(session, ARTICLE, made.digest, NOW) == NOW + timedelta(days=30)
    assert state(session, made, NOW + timedelta(days=30)) is State.LAPSED
    assert not standing_of(session, made).is_open(NOW + timedelta(days=14))
    assert standing_of(session, made).missing(NOW + timedelta(days=15)) == list(ReviewRole)


@pytest.mark.parametrize("days", [0, 366])
def test_an_approval_lasts_a_day_at_least_and_a_year_at_most(session: Session, days: int) -> None:
    with pytest.raises(Invalid, match="one day to a year"):
        submit(session, valid_for=timedelta(days=days))


@BOTH
def test_one_person_has_one_role_in_a_case_in_all_its_versions(session: Session) -> None:
    both = builders.account(session, Role.MEDICAL_REVIEWER, Role.LEGAL_REVIEWER)
    sign(session, submit(session), both, MEDICAL)
    with pytest.raises(Refused, match="another role"):
        sign(session, submit(session, "b" * 64), both, LEGAL)
    sign(session, submit(session, subject=Subject("article", 2)), both, LEGAL)


# Sending back and rejecting


@BOTH
def test_what_is_sent_back_can_only_be_followed_by_a_new_version(session: Session, signers: Signers) -> None:
    made = submit(session)
    sign(session, made, signers[LEGAL], LEGAL)
    discussing.request_changes(session, made, signers[MEDICAL], MEDICAL, "The dose is missing", NOW)
    assert state(session, made) is State.CHANGES_REQUESTED and submit(session) is made
    with pytest.raises(Conflict, match="Changes were requested"):
        sign(session, made, signers[REGULATORY], REGULATORY)
    again = submit(session, "b" * 64)
    approve(session, again, signers)
    assert state(session, again) is State.APPROVED


def test_changes_are_requested_by_a_reviewer_of_an_open_dossier_alone(session: Session, signers: Signers) -> None:
    author = builders.account(session, Role.LEGAL_REVIEWER)
    made = submit(session, author_ids=(author.id,))
    for person, role, words, error in ((author, LEGAL, "x", Refused), (signers[LEGAL], MEDICAL, "x", Refused),
                                       (signers[LEGAL], LEGAL, "  ", Invalid)):
        with pytest.raises(error):
            discussing.request_changes(session, made, person, role, words, NOW)
    approve(session, made, signers)
    with pytest.raises(Conflict, match="decided already"):
        discussing.request_changes(session, made, signers[LEGAL], LEGAL, "Too late", NOW)


def test_a_rejection_says_why(session: Session, signers: Signers) -> None:
    made = submit(session)
    with pytest.raises(Invalid, match="Say why"):
        sign(session, made, signers[LEGAL], LEGAL, Meaning.REJECTION, reason=" \n ")
    signed = sign(session, made, signers[LEGAL], LEGAL, Meaning.REJECTION, reason=" It compares \x00 brands ")
    assert signed.reason == "It compares  brands" and state(session, made) is State.REJECTED


# Comments


@BOTH
def test_a_comment_that_must_be_settled_blocks_approval_in_this_version_and_the_next(
        session: Session, signers: Signers) -> None:
    made = submit(session)
    said = discussing.comment(session, made, signers[LEGAL], CommentKind.MUST, "Cite this", "drink water", NOW)
    for dossier in (made, submit(session, "b" * 64)):
        with pytest.raises(Refused, match=r"must be settled") if dossier is not made else pytest.raises(Conflict):
            sign(session, dossier, signers[MEDICAL], MEDICAL)
    discussing.close(session, said.key, signers[LEGAL], NOW)
    approve(session, dossier, signers)
    assert state(session, dossier) is State.APPROVED


@pytest.mark.parametrize("kind", [CommentKind.SHOULD, CommentKind.QUESTION])
def test_other_comments_block_nothing(session: Session, signers: Signers, kind: CommentKind) -> None:
    made = submit(session)
    discussing.comment(session, made, signers[LEGAL], kind, "Could be shorter", "", NOW)
    approve(session, made, signers)
    assert state(session, made) is State.APPROVED


def test_an_open_must_does_not_keep_anybody_from_rejecting(session: Session, signers: Signers) -> None:
    made = submit(session)
    discussing.comment(session, made, signers[LEGAL], CommentKind.MUST, "Cite this", "", NOW)
    sign(session, made, signers[LEGAL], LEGAL, Meaning.REJECTION, reason="Nothing is cited")
    assert state(session, made) is State.REJECTED


def test_a_comment_is_anchored_to_its_passage(session: Session, signers: Signers) -> None:
    said = discussing.comment(session, submit(session), signers[LEGAL], CommentKind.SHOULD, "Say when",
                              "Rest  for\na day", NOW)
    kept = anchors.Anchor(said.quote, said.prefix, said.suffix, said.offset)
    assert kept == anchors.Anchor("Rest for a day", "In shortIt heals by itself. ", ", and drink water.", 28)


@pytest.mark.parametrize(("quote", "why"), [("not there", "does not stand"), ("t", "several times"),
                                            ("x" * 501, "500 characters")])
def test_a_passage_that_is_not_there_once_is_refused(session: Session, signers: Signers, quote: str, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        discussing.comment(session, submit(session), signers[LEGAL], CommentKind.SHOULD, "Say when", quote, NOW)


def test_the_author_answers_and_a_reviewer_closes(session: Session, signers: Signers) -> None:
    author = builders.account(session, Role.WRITER, Role.LEGAL_REVIEWER)
    stranger = builders.account(session, Role.WRITER)
    made = submit(session, author_ids=(author.id,))
    said = discussing.comment(session, made, signers[LEGAL], CommentKind.MUST, "Cite this", "", NOW)
    with pytest.raises(NotFound):
        discussing.answer(session, said.key, stranger, "I know better", NOW)
    discussing.answer(session, said.key, author, "Cited now", NOW)
    for act in (lambda: discussing.close(session, said.key, author, NOW),
                lambda: discussing.comment(session, made, author, CommentKind.MUST, "x", "", NOW)):
        with pytest.raises(Refused, match="You wrote this"):
            act()
    closed = discussing.close(session, said.key, signers[MEDICAL], NOW)
    assert (closed.answer, closed.answered_by, closed.closed_by) == ("Cited now", author.id, signers[MEDICAL].id)
    for late in (lambda: discussing.close(session, said.key, signers[LEGAL], NOW),
                 lambda: discussing.answer(session, said.key, author, "x", NOW)):
        with pytest.raises(Conflict, match="closed meanwhile"):
            late()


@pytest.mark.parametrize("words", ["", " \n", "x" * 4001])
def test_a_comment_has_words_and_a_limit(session: Session, signers: Signers, words: str) -> None:
    with pytest.raises(Invalid):
        discussing.comment(session, submit(session), signers[LEGAL], CommentKind.MUST, words, "", NOW)


# Guests


@BOTH
def test_a_guest_comments_on_one_dossier_until_the_link_ends(session: Session, signers: Signers) -> None:
    made = submit(session)
    guest = discussing.invite(session, made, signers[MEDICAL], "Prof. Elsewhere", 3, NOW)
    assert len(guest.code) == 26
    found = queries.guest_with(session, guest.code, NOW + timedelta(days=2))
    assert found is not None and found[1].id == made.id
    said = discussing.comment(session, made, guest, CommentKind.MUST, "Dose?", "", NOW)
    assert (said.account_id, said.guest_id) == (None, guest.id)
    assert queries.guest_with(session, guest.code, NOW + timedelta(days=3)) is None
    with pytest.raises(NotFound):
        discussing.comment(session, made, guest, CommentKind.MUST, "Late", "", NOW + timedelta(days=3))


def test_an_invitation_is_ended_at_once_and_only_from_its_own_dossier(session: Session, signers: Signers) -> None:
    made, other = submit(session), submit(session, subject=Subject("article", 2))
    guest = discussing.invite(session, made, signers[MEDICAL], "Prof. Elsewhere", 14, NOW)
    with pytest.raises(NotFound):
        discussing.end_invitation(session, other, guest.key, signers[MEDICAL], NOW)
    discussing.end_invitation(session, made, guest.key, signers[MEDICAL], NOW)
    assert queries.guest_with(session, guest.code, NOW) is None


@pytest.mark.parametrize(("name", "days"), [("", 3), ("A\nB", 3), ("A", 0), ("A", 15), ("x" * 201, 3)],
                         ids=["no name", "two lines", "no day", "too long a time", "too long a name"])
def test_an_invitation_says_who_and_for_how_long(session: Session, signers: Signers, name: str, days: int) -> None:
    with pytest.raises(Invalid):
        discussing.invite(session, submit(session), signers[MEDICAL], name, days, NOW)


def test_a_guest_who_goes_on_and_on_is_stopped(session: Session, signers: Signers,
                                               monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discussing, "GUEST_COMMENTS", 2)
    made = submit(session)
    guest = discussing.invite(session, made, signers[MEDICAL], "Prof. Elsewhere", 3, NOW)
    for _ in range(2):
        discussing.comment(session, made, guest, CommentKind.QUESTION, "And?", "", NOW)
    with pytest.raises(Refused):
        discussing.comment(session, made, guest, CommentKind.QUESTION, "And?", "", NOW)


# Work


@BOTH
def test_a_task_is_given_and_handed_on(session: Session, signers: Signers) -> None:
    made = submit(session)
    other = builders.account(session, Role.LEGAL_REVIEWER)
    working.assign(session, [made], LEGAL, signers[LEGAL], by=signers[MEDICAL], due_at=None, now=NOW)
    with pytest.raises(Conflict, match="not your task"):
        working.delegate(session, made, other, signers[LEGAL], NOW)
    working.delegate(session, made, signers[LEGAL], other, NOW)
    task, = queries.assignments(session, [made.id or 0])
    assert (task.account_id, task.delegated_from, task.due_at) == (other.id, signers[LEGAL].id, made.due_at)


def test_of_many_that_are_given_at_once_the_one_that_cannot_be_is_named(session: Session, signers: Signers) -> None:
    pieces = [submit(session, subject=Subject("article", number)) for number in (1, 2)]
    pieces.append(submit(session, subject=Subject("article", 3), author_ids=(signers[LEGAL].id,)))
    with pytest.raises(Refused, match="A piece: They wrote it"):
        working.assign(session, pieces, LEGAL, signers[LEGAL], by=signers[MEDICAL], due_at=None, now=NOW)


@pytest.mark.parametrize("whose", ["author", "another role", "signed", "inactive"])
def test_nobody_is_asked_who_could_not_sign(session: Session, signers: Signers, whose: str) -> None:
    person = builders.account(session, Role.LEGAL_REVIEWER, Role.MEDICAL_REVIEWER, is_active=whose != "inactive")
    made = submit(session, author_ids=(person.id,) if whose == "author" else ())
    if whose == "another role":
        working.assign(session, [made], MEDICAL, person, by=signers[MEDICAL], due_at=None, now=NOW)
    if whose == "signed":
        sign(session, made, signers[LEGAL], LEGAL)
    with pytest.raises(Refused):
        working.assign(session, [made], LEGAL, person, by=signers[MEDICAL], due_at=None, now=NOW)


def test_looking_ends_by_itself(session: Session, signers: Signers) -> None:
    made = submit(session)
    working.look(session, made, signers[LEGAL], NOW)
    working.look(session, made, signers[LEGAL], NOW + timedelta(minutes=20))
    shown = [[entry.since for entry in queries.looks(session, made.id or 0, NOW + timedelta(minutes=minutes))]
             for minutes in (1, 49, 50)]
    assert shown == [[NOW], [NOW], []]
    working.look(session, made, signers[LEGAL], NOW + timedelta(hours=2))
    working.stop_looking(session, made, signers[LEGAL], NOW + timedelta(hours=2, minutes=1))
    assert queries.looks(session, made.id or 0, NOW + timedelta(hours=2, minutes=1)) == []


# The audit


def test_every_act_is_in_the_audit(database: Database) -> None:
    with database.writing() as session:
        people = builders.reviewers(session)
        author = builders.account(session, Role.WRITER)
        made = submit(session, author_ids=(author.id,), body_html=BODY)
        other = builders.account(session, Role.LEGAL_REVIEWER)
        working.assign(session, [made], LEGAL, people[LEGAL], by=people[MEDICAL], due_at=None, now=NOW)
        working.delegate(session, made, people[LEGAL], other, NOW)
        said = discussing.comment(session, made, people[LEGAL], CommentKind.MUST, "Cite this", "", NOW)
        discussing.answer(session, said.key, author, "Cited", NOW)
        discussing.close(session, said.key, people[LEGAL], NOW)
        guest = discussing.invite(session, made, people[LEGAL], "Prof. Elsewhere", 3, NOW)
        discussing.end_invitation(session, made, guest.key, people[LEGAL], NOW)
        sign(session, made, people[MEDICAL], MEDICAL)
        sign(session, made, people[LEGAL], LEGAL, Meaning.REJECTION, reason="No source")
        discussing_dossier = submit(session, "b" * 64)
        discussing.request_changes(session, discussing_dossier, people[LEGAL], LEGAL, "Cite it", NOW)
    with database.reading() as session:
        about = audit.about(session, service.subject(made)) + audit.about(session, service.subject(discussing_dossier))
        assert audit.verify(session).fault == ""
    assert sorted(line.entry.action for line in about) == sorted([
        "dossier-submitted", "review-assigned", "review-delegated", "comment-added", "comment-answered",
        "comment-closed", "guest-invited", "guest-ended", "dossier-approval", "dossier-rejection",
        "dossier-submitted", "changes-requested"])
    assert not any("Cite" in line.entry.detail or "Elsewhere" in line.entry.detail for line in about)
