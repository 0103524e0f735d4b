"""Where companies take cases: opened, closed and listed by command, with a reason that the audit keeps."""

import re
from collections.abc import Iterator

import pytest
import time_machine
from click.testing import CliRunner, Result
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from tests import builders
from tests.builders import BY, NOW
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid, MateriaError, NotFound
from webapp.core.models import AuditEntry
from webapp.core.platform import Platform
from webapp.demo.rules import COMPANY
from webapp.demo.service import world
from webapp.safety import queries
from webapp.safety.cli import desk as command
from webapp.safety.models import SafetyDesk
from webapp.safety.service import desks
from webapp.safety.service.desks import NewDesk, Way

NORTHWIND = "Northwind (fictional)"
DESK = NewDesk(NORTHWIND, "samplin", "us", Way.MAILBOX, "safety@northwind.example")


class Context:
    """What commands are handed."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session(write=True) as opened:
        builders.company(opened, NORTHWIND)
        builders.medicine(opened, "samplin")
        yield opened


def changed(**fields: str) -> NewDesk:
    return NewDesk(**{**vars(DESK), **fields})  # type: ignore[arg-type]


def run(platform: Platform, *words: str) -> Result:
    with platform.database.writing() as session:
        builders.company(session, NORTHWIND)
        builders.medicine(session, "samplin")
    return CliRunner().invoke(command, words, obj=Context(platform))


# The verbs


@pytest.mark.postgresql
def test_a_desk_takes_cases_from_when_it_is_opened_until_it_is_closed(session: Session) -> None:
    desks.open_desk(session, DESK, BY)
    case = builders.adverse_event(session, product="samplin")
    assert queries.has_desk(session, "us") and not queries.has_desk(session, "gb")
    desks.close_desk(session, "samplin", "us", BY)
    later = builders.adverse_event(session, product="samplin", submission="form-2")
    assert (bool(case.desk_id), later.desk_id, queries.has_desk(session, "us")) == (True, None, False)


@pytest.mark.postgresql
def test_a_product_that_was_sold_has_a_new_desk_and_its_old_cases_stay_with_the_old_one(session: Session) -> None:
    buyer = builders.company(session)
    first = desks.open_desk(session, DESK, BY)
    before = builders.adverse_event(session, product="samplin")
    with pytest.raises(Conflict, match="takes cases on samplin in us already"):
        desks.open_desk(session, changed(company=buyer.name), BY)
    desks.close_desk(session, "samplin", "us", BY)
    second = desks.open_desk(session, changed(company=buyer.name), BY)
    after = builders.adverse_event(session, product="samplin", submission="form-2")
    assert (before.desk_id, after.desk_id) == (first.id, second.id)
    assert (first.company_id, second.company_id) == (builders.company(session, NORTHWIND).id, buyer.id)


@pytest.mark.postgresql
def test_no_two_desks_are_open_for_a_product_in_a_market(session: Session) -> None:
    desks.open_desk(session, DESK, BY)
    session.add(SafetyDesk(company_id=1, product="samplin", market="us", channel="email", address="a@b.example",
                           opened_at=NOW))
    with pytest.raises(IntegrityError):
        session.flush()


@pytest.mark.parametrize(("meant", "error", "words"), [
    (changed(company="Nobody"), NotFound, "There is no company Nobody. Check the spelling"),
    (changed(product="samplen"), NotFound, "There is no medicine samplen here"),
    (changed(market="fr"), Invalid, "There is no market fr. Choose one of us, gb, eu, cn"),
    *((changed(address=address), Invalid, "is no address for a desk") for address in (
        "northwind", "@northwind.example", "a b@northwind.example", "a@b@northwind.example", "a@northwind",
        "a@northwind.example\nBcc: x@y.example", f"{'a' * 250}@northwind.example")),
    *((changed(way=Way.WEBHOOK, address=address), Invalid, "https://company.example/cases") for address in (
        "http://northwind.example/", "https:///cases", "https://user:word@northwind.example/",
        "safety@northwind.example", "https://northwind.example/ cases", "https://northwind.example/#cases"))])
def test_what_is_wrong_is_named_with_the_remedy(
        session: Session, meant: NewDesk, error: type[MateriaError], words: str) -> None:
    with pytest.raises(error, match=re.escape(words)):
        desks.open_desk(session, meant, BY)
    assert queries.desks(session) == []


def test_a_desk_that_is_not_open_cannot_be_closed(session: Session) -> None:
    with pytest.raises(NotFound, match="There is no open desk for samplin in us"):
        desks.close_desk(session, "samplin", "us", BY)


# The commands


def test_the_commands_open_list_and_close_a_desk_and_the_audit_keeps_why(platform: Platform) -> None:
    opened = run(platform, "open", NORTHWIND, "samplin", "us", "--mailbox", "safety@northwind.example",
                 "--reason", "contract of March")
    assert (opened.exit_code, opened.output) == (
        0, f"{NORTHWIND} takes cases on samplin in us, at safety@northwind.example.\n")
    listed = run(platform, "list").output
    assert all(word in listed for word in ("samplin", "us", "email"))
    closed = run(platform, "close", "samplin", "us", "--reason", "contract ended")
    assert closed.output == "Nobody takes cases on samplin in us any more.\n"
    assert "No desk is open" in run(platform, "list").output
    with platform.database.reading() as session:
        entries = session.scalars(select(AuditEntry).where(AuditEntry.subject_kind == desks.DESK)).all()
    assert [(entry.action, entry.actor) for entry in entries] == [
        ("safety-desk-opened", "command line"), ("safety-desk-closed", "command line")]
    assert all("northwind.example" not in entry.detail for entry in entries)


@pytest.mark.parametrize(("words", "said"), [
    (("open", NORTHWIND, "samplin", "us", "--reason", "why"), "Name one of --mailbox and --webhook"),
    (("open", NORTHWIND, "samplin", "us", "--mailbox", "a@b.example", "--webhook", "https://b.example/", "--reason",
      "why"), "Name one of --mailbox and --webhook"),
    (("open", NORTHWIND, "samplin", "us", "--mailbox", "a@b.example"), "Missing option '--reason'"),
    (("close", "samplin", "us"), "Missing option '--reason'")])
def test_a_command_that_lacks_something_says_what(platform: Platform, words: tuple[str, ...], said: str) -> None:
    answer = run(platform, *words)
    assert answer.exit_code == 2 and said in answer.output


def test_a_reason_that_is_none_changes_nothing(platform: Platform) -> None:
    answer = run(platform, "open", NORTHWIND, "samplin", "us", "--mailbox", "a@b.example", "--reason", "x")
    assert isinstance(answer.exception, Invalid) and "No desk is open" in run(platform, "list").output


# The demo's


def test_the_demo_s_company_takes_cases_on_its_medicine_and_a_second_start_changes_nothing(
        platform: Platform) -> None:
    with platform.database.writing() as session:
        for _ in range(2):
            builders.company(session, COMPANY)
            builders.medicine(session, "exemplora")
            world.open_desk(session, NOW)
    with platform.database.reading() as session:
        found, = queries.desks(session)
    assert (found.product, found.market, found.address) == ("exemplora", "us", "safety@northwind.example")
