"""Learners whose year ends before its need is met are told twice, each time once, at addresses that are theirs."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from tests import builders
from tests.cme import certified
from tests.cme.activities import PROVIDER
from webapp.channels.models import Outgoing
from webapp.cme.jobs import remind_of_credit
from webapp.cme.rules import reminders
from webapp.cme.rules.credit import Entry
from webapp.cme.rules.transcript import External
from webapp.cme.service import certifying, transcript
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.people.rules import MailName
from webapp.people.security.letters import AccountLetters

BOTH = pytest.mark.postgresql
SIXTY, FOURTEEN = datetime(2026, 11, 1, 8, tzinfo=UTC), datetime(2026, 12, 17, 8, tzinfo=UTC)
DAY = timedelta(days=1)
SPRING = date(2026, 4, 1)
CHINESE_PROVIDER = type(PROVIDER)("Accredited Example (fictional)", frozenset({"cn-credits"}))


def earner(platform: Platform, *, amount: str = "5", system: str = "cn-credits", on: date = SPRING,
           is_confirmed: bool = True) -> Account:
    """Somebody who added a credit from elsewhere."""
    with platform.database.writing() as session:
        person = builders.account(session, language="zh-Hans")
        if not is_confirmed:
            person.confirmed_at = None
        transcript.add_external(session, person.id or 0, External(
            "A course", "A school", system, Decimal(amount), on), SIXTY)
    return person


def told(platform: Platform) -> list[tuple[int, str]]:
    with platform.database.reading() as session:
        return [(row.account_id, row.occurrence) for row in session.scalars(
            select(Outgoing).order_by(Outgoing.id)) if row.values.get("mail") == MailName.CREDIT_MISSING]


@BOTH
def test_whoever_lacks_credit_is_told_sixty_and_fourteen_days_before_the_end_each_once(platform: Platform) -> None:
    number = earner(platform).id or 0
    counts = [remind_of_credit(platform.database, now) for now in (
        SIXTY - DAY, SIXTY, SIXTY + DAY, FOURTEEN - DAY, FOURTEEN, FOURTEEN + DAY)]
    assert counts == [None, 1, None, None, 1, None]
    assert told(platform) == [(number, "credit-missing 2026 60"), (number, "credit-missing 2026 14")]


@pytest.mark.parametrize("how", [
    {"amount": "25"}, {"system": "hours"}, {"system": "abim-moc"}, {"on": date(2025, 6, 1)}, {"is_confirmed": False}],
    ids=["need met", "no need", "no need of one year", "nothing within a year", "address not shown to be theirs"])
def test_nobody_else_is_told(platform: Platform, how: dict[str, object]) -> None:
    earner(platform, **how)  # type: ignore[arg-type]
    assert remind_of_credit(platform.database, SIXTY) is None


def test_an_erased_or_closed_account_is_not_told(platform: Platform) -> None:
    person = earner(platform)
    with platform.database.writing() as session:
        session.get_one(Account, person.id).active = False
    assert remind_of_credit(platform.database, SIXTY) is None


@BOTH
def test_credit_of_ones_own_counts_unless_it_was_revoked(platform: Platform) -> None:
    """25 are needed; 24.5 are from elsewhere, and half a credit was earned here."""
    person = earner(platform, amount="24.5")
    with platform.database.writing() as session:
        certified.publish_reviewed(session, SIXTY, credits=[{"system": "cn-credits", "maximum": "0.5"}])
        made = certified.completed(session, SIXTY, account=session.get_one(Account, person.id), is_verified=True,
                                   amounts={"cn-credits": "0.5"}, provider=CHINESE_PROVIDER)
    assert remind_of_credit(platform.database, SIXTY) is None
    with platform.database.writing() as session:
        certifying.revoke(session, made.code, By(COMMAND_LINE, SIXTY, "Issued in error"))
    assert remind_of_credit(platform.database, SIXTY) == 1


def test_the_mail_is_in_the_learners_language_and_leads_to_the_transcript(platform: Platform) -> None:
    earner(platform)
    remind_of_credit(platform.database, SIXTY)
    with platform.database.reading() as session:
        row, = session.scalars(select(Outgoing))
        letter = AccountLetters(platform, "Materia <news@example.org>").letter(
            MailName(row.values["mail"]), row.language, row.values["path"], "", row.values["day"])
    assert "2026年12月31日" in letter.text and f"{platform.base_url}/account/cme" in letter.text
    assert letter.subject == "您本年度的学分尚未达到要求"


@pytest.mark.parametrize(("day", "due"), [
    ("2026-10-31", None), ("2026-11-01", 60), ("2026-12-16", 60), ("2026-12-17", 14), ("2026-12-31", 14),
    ("2027-01-01", None)])
def test_a_reminder_is_due_by_the_days_that_are_left(day: str, due: int | None) -> None:
    found = reminders.due(datetime.fromisoformat(f"{day}T00:00+00:00"))
    assert (found and found[1]) == due


def test_of_self_study_the_year_may_need_more() -> None:
    alone = [Entry("cn-credits", SPRING, Decimal(30), is_self_study=True)]
    taught = [Entry("cn-credits", SPRING, Decimal(30))]
    assert (reminders.is_lacking(alone, 2026), reminders.is_lacking(taught, 2026)) == (True, False)
