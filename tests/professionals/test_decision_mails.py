"""Whoever applied is told by mail what was decided, and why."""

from datetime import timedelta
from email import message_from_bytes, policy

import pytest
from sqlmodel import select

from tests import builders
from tests.builders import NOW
from tests.professionals import claims
from webapp.channels.models import Outgoing
from webapp.channels.service.sending import Go, Stop
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role
from webapp.people.security.letters import AccountLetters
from webapp.professionals.models import Verification
from webapp.professionals.rules.states import Decider, Step
from webapp.professionals.service.personal import erase_person
from webapp.professionals.service.recording import By, move


@pytest.fixture
def doctor(database: Database) -> Account:
    with database.writing() as session:
        return builders.account(session, kind=AccountKind.HCP, email="ann@clinic.example")


@pytest.fixture
def applied(database: Database, doctor: Account) -> Verification:
    with database.writing() as session:
        return claims.apply(session, doctor)


def decided(database: Database, applied: Verification, *answers: str, note: str = "") -> None:
    with database.writing() as session:
        operator = builders.account(session, Role.OPERATOR)
        for answer in answers:
            claims.decide(session, applied, operator, answer, note=note)


def mails(platform: Platform) -> list[Go | Stop]:
    """What leaves, the oldest first, long after it was written."""
    letters = AccountLetters(platform, "Materia <post@materia.example>")
    with platform.database.reading() as session:
        rows = session.scalars(select(Outgoing).order_by(Outgoing.id)).all()
        return [letters.recheck(session, row, NOW + timedelta(days=9)) for row in rows]


def text(mail: Go | Stop) -> str:
    """Subject, text and HTML of a mail that leaves."""
    assert isinstance(mail, Go), mail
    message = message_from_bytes(mail.message, policy=policy.default)
    parts = [part.get_content() for part in message.walk() if not part.is_multipart()]
    assert len(parts) == 2
    return "\n".join([str(message["Subject"]), *parts])


@pytest.mark.parametrize(("answers", "subject", "reason"), [
    (("verify:register-checked",), "You are verified", "shows this number under this name"),
    (("refuse:name-differs",), "We could not verify you", "The register shows another name for this number."),
    (("verify:register-checked", "revoke:licence-ended"), "was revoked", "The licence has ended or was withdrawn.")])
def test_a_decision_is_told_with_its_reason_and_without_the_note(
        platform: Platform, applied: Verification, answers: tuple[str, ...], subject: str, reason: str) -> None:
    decided(platform.database, applied, *answers, note="Ann sounded odd")
    sent = mails(platform)
    said = text(sent[-1])
    assert len(sent) == len(answers) and subject in said.partition("\n")[0]
    assert said.count(reason) == 2 and said.count("/account/verification") == 2
    assert "odd" not in said and claims.NPI not in said


def test_a_lapse_is_told_in_the_persons_language(platform: Platform, doctor: Account, applied: Verification) -> None:
    decided(platform.database, applied, "verify:register-checked")
    with platform.database.writing() as session:
        session.get_one(Account, doctor.id).language = "zh-Hans"
        move(session, session.get_one(Verification, applied.id), Step.LAPSE, By(Decider.CLOCK, reason="year-over"), NOW)
    said = text(mails(platform)[-1])
    assert said.startswith("您的医疗专业人员认证已失效") and "lapsed" not in said


def test_an_application_and_a_renewal_write_no_mail(platform: Platform, applied: Verification) -> None:
    assert mails(platform) == []
    decided(platform.database, applied, "verify:register-checked")
    with platform.database.writing() as session:
        verification = session.get_one(Verification, applied.id)
        move(session, verification, Step.RENEW, By(Decider.REGISTRY, evidence="nppes"), NOW)
    assert len(mails(platform)) == 1


def test_whoever_erases_the_account_is_not_told_of_a_lapse(
        platform: Platform, doctor: Account, applied: Verification) -> None:
    decided(platform.database, applied, "verify:register-checked")
    with platform.database.writing() as session:
        erase_person(session, doctor.id or 0, NOW)
    assert len(mails(platform)) == 1
