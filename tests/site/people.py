"""Somebody of whom every table holds something, made through the services; and where traces of them are found."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select, text
from sqlmodel import Session

from tests import builders
from tests.builders import BY, NOW
from tests.cme import activities, certified, disclosed
from tests.professionals import claims
from tests.review.cases import EVERY_ITEM
from webapp.articles.rules.shelf import Entry
from webapp.articles.service import keeping, orders, publish
from webapp.articles.service.desk import drafts, pictures
from webapp.campaigns.models import Campaign
from webapp.campaigns.service import planning
from webapp.channels.models import Suppression
from webapp.channels.queries import address_hash
from webapp.cme.models import CmeActivity, CmeClaim, CmeFollowUp, CmeNoFollowUp, CmeRelease, CmeReleaseExport
from webapp.cme.rules.evaluation import Evaluation
from webapp.cme.rules.transcript import External
from webapp.cme.service import certifying, reporting, transcript, versions
from webapp.core.audit import By
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.core.tokens import KeyRing
from webapp.engagement.models import ReadingHistory
from webapp.people import service as people
from webapp.people.models import Account, Passkey
from webapp.people.rules import AccountKind, MailName, Role
from webapp.people.service import linking
from webapp.professionals.service import documents
from webapp.reports.models import ExportEntry
from webapp.review.rules import CommentKind, ReviewRole
from webapp.review.service import checking, discussing, working
from webapp.safety import queries as safety
from webapp.safety.models import SafetyJudgement
from webapp.safety.rules.months import Side
from webapp.safety.rules.reports import Report
from webapp.safety.service import asking, months, triage
from webapp.safety.service.triage import Act
from webapp.sponsors.models import Company
from webapp.tables import METADATA

NUMBER = 770_001
"""The account's, unlike any other number in the tables."""
EMAIL = "quinella@markerstone.example"
NAME = "Quinella Markerstone"
LICENCE = "1245319599"
REPORTED = {"pars_agrees": "yes", "pars_given": "Quinella", "pars_family": "Markerstone", "pars_state": "NY",
            "pars_licence": LICENCE, "pars_month": "2", "pars_day": "29"}
"""What a physician's form of credit says who agrees to its report."""
MARKS = ("quinella", "markerstone", LICENCE, address_hash(EMAIL))
"""Whatever holds one of these, or the number, is about this person."""


@dataclass(frozen=True)
class Whole:
    """The person, and the page that they saved."""

    account: Account
    page: Entry


def whole_person(platform: Platform, content: Path) -> Whole:
    """A doctor who reads, keeps, signs, writes, decides, invites and was written to. Needs an application."""
    person = _account(platform)
    page = _page(platform, content, person)
    _campaign(platform, person)
    with platform.database.writing() as session:
        person = session.get_one(Account, NUMBER)
        _signs_in(session, person)
        _is_verified_and_decides(session, person)
        _is_written_to(session, platform, person)
        keeping.save(session, NUMBER, page, NOW)
        keeping.follow(session, NUMBER, page, NOW)
        session.add(ReadingHistory(account_id=NUMBER, subject_kind="article", subject_id=1, first_at=NOW, last_at=NOW))
        _writes(session)
        _reports_and_judges(session)
        _learns_and_provides(session, person)
        session.add(ExportEntry(account_id=NUMBER, campaign_id=1, period="2026-W10", at=NOW))
    return Whole(person, page)


def _learns_and_provides(session: Session, person: Account) -> None:
    """Goes through an activity, has its certificate, adds a credit; and publishes, and revokes another's."""
    version = activities.publish(session, NOW)
    versions.end(session, activities.SLUG, By(NUMBER, NOW))
    session.get_one(CmeActivity, version.activity_id).ended_at = None
    held = activities.learner(session, NOW, account=person)
    told = Evaluation(activities.SATISFIED.answers, {"comment": "As Quinella knew"})
    activities.up_to_claim(session, held, NOW, told=told)
    certified.certify(session, held, NOW, name=NAME)
    session.add(CmeClaim(participation_id=held.id or 0, system="ama-pra-1", amount=Decimal("0.5"), is_accredited=True,
                         at=NOW))
    session.flush()
    assert reporting.consent(session, KeyRing((builders.SECRET,)), activities.again(session, held), REPORTED, NOW)
    session.add(CmeFollowUp(participation_id=held.id or 0, asked_at=NOW, answered_at=NOW, answers={"change": "yes"},
                            words="Quinella changed it"))
    session.add(CmeNoFollowUp(account_id=NUMBER, at=NOW))
    release = CmeRelease(activity_id=version.activity_id, period="2026-Q1", companies=[], content={}, at=NOW)
    session.add(release)
    session.flush()
    session.add(CmeReleaseExport(release_id=release.id or 0, account_id=NUMBER, at=NOW))
    transcript.add_external(session, NUMBER, External("Quinella's course", "A school", "hours", Decimal(2), NOW.date()),
                            NOW)
    mine = disclosed.asked(session, By(1, NOW), NAME, EMAIL)
    disclosed.stated(session, mine, disclosed.TALKS, now=NOW)
    other = disclosed.stated(session, disclosed.asked(session, By(1, NOW)), disclosed.TALKS, now=NOW)
    disclosed.decided(session, other, By(NUMBER, NOW))
    certifying.revoke(session, certified.completed(session, NOW).code, By(NUMBER, NOW, "Another's name"))


def _reports_and_judges(session: Session) -> None:
    """Reports a side effect, asks the reporter, asks that it be none, agrees where another officer asked it, and judges
    what was told."""
    told = Report("A rash", contact="reporter@home.example", may_contact=True)
    for submission, asker in (("form-1", NUMBER), ("form-2", 1)):
        case = builders.adverse_event(session, told, submission=submission, account_id=NUMBER)
        act = Act(case.key, triage.stamp_of(session, case), By(asker, NOW))
        asking.ask(session, KeyRing((builders.SECRET,)), act, "Since when?")
        triage.dismiss(session, Act(case.key, triage.stamp_of(session, case), By(asker, NOW, "Nothing happened")))
    downgrade, = safety.downgrades(session, case.id or 0)
    triage.decide(session, Act(case.key, triage.stamp_of(session, case), By(NUMBER, NOW)), downgrade.key,
                  is_agreed=True)
    session.add(SafetyJudgement(report_id=safety.reports(session, case.id or 0)[0].id or 0, is_significant=True,
                                judged_by=NUMBER, at=NOW))
    place = builders.desk(session, product="signed")
    months.close(session, NOW + timedelta(days=40))
    months.sign(session, session.get_one(Company, place.company_id).key, "2026-03", Side.OFFICER,
                session.get_one(Account, NUMBER), NOW)


def _account(platform: Platform) -> Account:
    with platform.database.writing() as session:
        made = builders.account(session, email=EMAIL, kind=AccountKind.HCP)
        session.execute(text("UPDATE account SET id = :new, name = :name WHERE id = :old"),
                        {"new": NUMBER, "old": made.id, "name": NAME})
        session.expunge_all()
        person = session.get_one(Account, NUMBER)
        others = [builders.account(session, Role.OPERATOR) for _ in range(2)]
        for role in (Role.MEDICAL_REVIEWER, Role.OPERATOR):
            people.grant(session, person, role, by=By(others[0].id or 0, NOW, "asked for by Quinella"))
        people.grant(session, person, Role.MARKETER, builders.company(session).id, by=BY)
        people.verify_identity(session, person, "Olli Operator", NOW)
        people.verify_identity(session, others[0], NAME, NOW)
        person.time_zone = "America/Chicago"
        person.tf_primary_method, person.tf_totp_secret = "authenticator", builders.sealed_secret()
        person.totp_counter, person.mf_recovery_codes, person.fs_webauthn_user_handle = 1, ["sealed"], "handle"
    return person


def _page(platform: Platform, content: Path, person: Account) -> Entry:
    """Signed, ordered and published by the person."""
    builders.write_topic(content)
    waiting = builders.import_content(platform, content)
    with platform.database.writing() as session:
        signers = {**builders.reviewers(session), ReviewRole.MEDICAL: person}
        for entry in waiting:
            made = builders.dossier(session, subject=entry.subject, digest=entry.digest)
            builders.sign_all(session, made, signers)
        builders.dossier(session, digest="e" * 64, authors=[person])
        orders.place(session, waiting, orders.When(), By(NUMBER, NOW))
        _reviews(session, person, signers[ReviewRole.LEGAL])
    with platform.database.reading() as session:
        planned = publish.plan(platform, session, waiting, overviews=(), now=NOW, account_id=NUMBER)
    with platform.database.writing() as session:
        publish.carry_out(session, planned, NOW)
    return planned.published[0]


def _reviews(session: Session, person: Account, other: Account) -> None:
    """The person says, answers, closes, asks, invites, is asked, hands on and looks."""
    piece = builders.dossier(session, subject=Subject("article", 77))
    said = discussing.comment(session, piece, person, CommentKind.MUST, "Cite this", "", NOW)
    discussing.answer(session, said.key, person, "Done", NOW)
    discussing.close(session, said.key, person, NOW)
    discussing.invite(session, piece, person, "Prof. Elsewhere", 3, NOW)
    working.look(session, piece, person, NOW)
    working.assign(session, [piece], ReviewRole.MEDICAL, person, by=other, due_at=None, now=NOW)
    second = builders.account(session, Role.MEDICAL_REVIEWER)
    handed = builders.dossier(session, subject=Subject("article", 78))
    working.assign(session, [handed], ReviewRole.MEDICAL, person, by=other, due_at=None, now=NOW)
    working.delegate(session, handed, person, second, NOW)
    checking.tick(session, piece, person, EVERY_ITEM, NOW)
    discussing.request_changes(session, piece, person, ReviewRole.MEDICAL, "Cite it", NOW)


def _campaign(platform: Platform, person: Account) -> Campaign:
    """A mail of a sponsor, which the person agreed to."""
    with platform.database.writing() as session:
        sponsor = builders.company(session)
        people.grant(session, session.get_one(Account, NUMBER), Role.HCP, by=BY)
        builders.consent(session, person, sponsor)
    made = builders.campaign(platform, sponsor)
    builders.clear_campaign(platform, made)
    builders.schedule_campaign(platform, made)
    planning.release(platform.database, made.id or 0, builders.POSTAL_ADDRESS, made.send_at)
    with platform.database.writing() as session:
        people.revoke(session, session.get_one(Account, NUMBER), Role.HCP, by=BY)
    return made


def _signs_in(session: Session, person: Account) -> None:
    session.add(people.SignIn(account_id=NUMBER, device="Firefox, Linux", is_strong=True, created_at=NOW, seen_at=NOW))
    session.add(Passkey(account_id=NUMBER, name="Markerstone phone", credential_id=b"credential", public_key=b"public",
                        sign_count=1, usage="first", lastuse_datetime=NOW))
    linking.link(session, NUMBER, issuer="https://login.example", subject="quinella-7", now=NOW)
    offered = people.invite(session, EMAIL, Role.WRITER, None, language="en", invited_by=None, now=NOW)
    people.send_invitation(session, claims.RING, offered, NOW)
    people.invite(session, "colleague@clinic.example", Role.WRITER, None, language="en", invited_by=NUMBER, now=NOW)


def _writes(session: Session) -> None:
    draft = drafts.begin(session, "diseases/sampleitis/patient.en.md", NOW)
    drafts.save(session, draft.key, b"a text", seen=0, account_id=NUMBER, now=NOW)
    pictures.keep(session, draft.key, "line.png", b"a picture", account_id=NUMBER, now=NOW)


def _is_verified_and_decides(session: Session, person: Account) -> None:
    upload = documents.prepare(claims.RING, claims.PDF)
    applied = claims.apply(session, person, number=LICENCE, given_name="Quinella", family_name="Markerstone",
                           upload=upload)
    claims.decide(session, applied, builders.account(session, Role.OPERATOR), note="as Markerstone wrote")
    other = claims.apply(session, builders.account(session, kind=AccountKind.HCP))
    claims.decide(session, other, person)


def _is_written_to(session: Session, platform: Platform, person: Account) -> None:
    people.write(session, platform.ring, MailName.CONFIRM, person, address=EMAIL, language="en", path="/", now=NOW)
    session.add(Suppression(address_hash=address_hash(EMAIL), reason="bad_address", at=NOW))


def traces(session: Session) -> set[tuple[str, str]]:
    """(table, column) of every cell, of any table, that holds something of the person."""
    found = set()
    for table in METADATA.sorted_tables:
        for row in session.execute(select(table)).mappings():
            found |= {(table.name, name) for name, value in row.items() if _is_theirs(value)}
    return found


def _is_theirs(value: Any) -> bool:
    shown = value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
    return str(NUMBER) in shown or any(mark in shown.lower() for mark in MARKS)


def names(pairs: Iterable[tuple[str, str]]) -> list[str]:
    """As a failing test prints them."""
    return sorted(f"{table}.{column}" for table, column in pairs)
