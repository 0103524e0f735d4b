"""`materia people`: as an operator types it, on the test's database."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlmodel import select

from tests import builders
from tests.builders import SECRET
from webapp.channels.models import Outgoing
from webapp.cli import cli
from webapp.core import audit
from webapp.core.db import Database
from webapp.core.errors import Invalid, MateriaError, NotFound
from webapp.people import queries
from webapp.people.models import Account, Invitation, SignIn
from webapp.people.rules import Role, may_sign

Materia = Callable[..., Result]
WHY = "Asked for in ticket 12"


@pytest.fixture
def materia(database: Database, tmp_path: Path) -> Materia:
    """Runs `materia people`, with a reason unless another `reason` is handed in."""
    usual = {"MATERIA_SECRET_KEY": SECRET, "MATERIA_DATA_DIR": str(tmp_path / "var"),
             "MATERIA_BASE_URL": "https://materia.example",
             "MATERIA_DATABASE_URL": database.url.render_as_string(hide_password=False)}
    return lambda *words, reason=("--reason", WHY): CliRunner().invoke(cli, ["people", *words, *reason], env=usual)


def invitations(database: Database) -> list[Invitation]:
    with database.reading() as session:
        return list(session.scalars(select(Invitation)))


def mails(database: Database) -> int:
    with database.reading() as session:
        return len(session.scalars(select(Outgoing)).all())


@pytest.mark.postgresql
def test_the_first_operator_is_invited_by_a_link_that_is_printed(materia: Materia, database: Database) -> None:
    ran = materia("add", " Op@Clinic.example ", "--role", "operator", "--link")
    made = invitations(database)[0]
    assert ran.output == f"https://materia.example/invitation/{made.key}\n"
    assert (made.email, made.role, made.company_id, made.invited_by) == ("op@clinic.example", "operator", None, None)
    assert mails(database) == 0


def test_without_a_link_the_invitation_goes_by_mail_and_is_not_printed(materia: Materia, database: Database) -> None:
    ran = materia("add", "op@clinic.example", "--role", "operator", "--language", "zh-Hans")
    made = invitations(database)[0]
    assert ran.output == "An invitation goes to op@clinic.example.\n" and made.key not in ran.output
    assert (made.language, mails(database)) == ("zh-Hans", 1)


def test_a_sponsors_person_is_invited_to_their_company(materia: Materia, database: Database) -> None:
    with database.writing() as session:
        company = builders.company(session, "Acme (fictional)")
    materia("add", "mae@sponsor.example", "--role", "marketer", "--company", "Acme (fictional)", "--link")
    assert invitations(database)[0].company_id == company.id


@pytest.mark.parametrize(("words", "error"), [
    (("mae@sponsor.example", "--role", "marketer"), Invalid),
    (("mae@sponsor.example", "--role", "marketer", "--company", "Nobody"), NotFound),
    (("mae", "--role", "operator"), Invalid), (("@", "--role", "operator"), Invalid)])
def test_an_invitation_that_could_not_be_used_is_refused(
        materia: Materia, database: Database, words: tuple[str, ...], error: type[MateriaError]) -> None:
    assert isinstance(materia("add", *words).exception, error) and invitations(database) == []


def test_a_role_that_there_is_not_is_refused(materia: Materia, database: Database) -> None:
    assert materia("add", "op@clinic.example", "--role", "king").exit_code == 2 and invitations(database) == []


def test_nobody_signs_before_it_is_recorded_that_they_may(materia: Materia, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session, Role.MEDICAL_REVIEWER, email="rev@clinic.example")
        person.identity_verified_at = person.trained_at = None
    assert problem(database, person) is not None
    ran = materia("may-sign", "Rev@Clinic.example", "--verified-by", "Olli Operator", "--training", "Signing, v2")
    with database.reading() as session:
        kept = queries.account_by_email(session, "rev@clinic.example")
    assert ran.exit_code == 0 and kept is not None
    assert (kept.identity_verified_by, kept.training) == ("Olli Operator", "Signing, v2")
    assert problem(database, person) is None


def problem(database: Database, person: Account) -> str | None:
    with database.reading() as session:
        kept = session.get_one(Account, person.id)
    return may_sign(kept.identity_verified_at and kept.identity_verified_at.date(),
                    kept.trained_at and kept.trained_at.date(), datetime.now(UTC).date())


def test_nobody_is_let_sign_who_has_no_account(materia: Materia) -> None:
    ran = materia("may-sign", "nobody@clinic.example", "--verified-by", "Olli Operator", "--training", "Signing")
    assert isinstance(ran.exception, NotFound)


@pytest.mark.parametrize("missing", ["--verified-by", "--training"])
def test_who_saw_it_and_which_training_must_be_said(materia: Materia, missing: str) -> None:
    words = {"--verified-by": "Olli Operator", "--training": "Signing"}
    given = [part for name, value in words.items() if name != missing for part in (name, value)]
    assert materia("may-sign", "rev@clinic.example", *given).exit_code == 2


@pytest.mark.parametrize(("identity", "training", "may"), [
    (timedelta(days=3000), timedelta(days=365), True), (timedelta(0), timedelta(days=366), False),
    (timedelta(0), None, False), (None, timedelta(0), False), (None, None, False)], ids=str)
def test_identity_is_verified_once_and_training_renewed_each_year(
        identity: timedelta | None, training: timedelta | None, may: bool) -> None:
    today = builders.NOW.date()
    why = may_sign(identity and today - identity, training and today - training, today)
    assert (why is None) is may


def signed_in(database: Database, count: int) -> list[Account]:
    with database.writing() as session:
        people = [builders.account(session) for _ in range(count)]
        for person in people:
            session.add(SignIn(account_id=person.id or 0, device="", is_strong=False, created_at=builders.NOW,
                               seen_at=builders.NOW))
    return people


def still_in(database: Database) -> set[int]:
    with database.reading() as session:
        return set(session.scalars(select(SignIn.account_id)))


@pytest.mark.postgresql
def test_asvs_7_4_5_an_operator_signs_out_one_person_or_everybody(materia: Materia, database: Database) -> None:
    first, second = signed_in(database, 2)
    assert materia("sign-out", first.email.upper()).exit_code == 0
    assert still_in(database) == {second.id}
    assert materia("sign-out", "--everybody").exit_code == 0
    assert still_in(database) == set()


@pytest.mark.parametrize("words", [(), ("nobody@clinic.example", "--everybody"), ("nobody@clinic.example",)], ids=str)
def test_signing_out_nobody_in_particular_signs_out_nobody(
        materia: Materia, database: Database, words: tuple[str, ...]) -> None:
    person, = signed_in(database, 1)
    assert materia("sign-out", *words).exit_code != 0 and still_in(database) == {person.id}


# Every change says why

CHANGES = [("add", "op@clinic.example", "--role", "operator"), ("sign-out", "--everybody"),
           ("may-sign", "rev@clinic.example", "--verified-by", "Olli Operator", "--training", "Signing")]


def why(database: Database) -> list[tuple[str, str, str | None]]:
    """(action, actor, reason) of the audit, the oldest first."""
    with database.reading() as session:
        return [(line.entry.action, line.entry.actor, line.reason) for line in reversed(audit.newest(session))]


@pytest.mark.parametrize("words", CHANGES, ids=str)
def test_a_change_without_a_reason_is_none(materia: Materia, database: Database, words: tuple[str, ...]) -> None:
    with database.writing() as session:
        person = builders.account(session, email="rev@clinic.example")
        person.identity_verified_at = None
    before = why(database)
    assert materia(*words, reason=()).exit_code == 2
    for reason in ("", "no", "x" * 501):
        assert isinstance(materia(*words, reason=("--reason", reason)).exception, Invalid), reason
    assert (why(database), invitations(database), mails(database)) == (before, [], 0)


def test_the_reason_of_a_change_is_in_the_audit(materia: Materia, database: Database) -> None:
    with database.writing() as session:
        builders.account(session, email="rev@clinic.example")
    before = len(why(database))
    for words in (*CHANGES, ("sign-out", "rev@clinic.example")):
        assert materia(*words).exit_code == 0, words
    actions = ("invited", "sign-ins-ended", "identity-verified", "training-recorded", "sign-ins-ended")
    assert why(database)[before:] == [(action, "command line", WHY) for action in actions]
