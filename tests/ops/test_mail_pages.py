"""The mail queue and the suppression list: counted, settled and lifted by a person who says why."""

import logging
from datetime import UTC, datetime, timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from werkzeug.test import Client

from tests import builders
from tests.ops.pages import WHY, act, last_act, trail, words_of
from webapp.channels import queries
from webapp.channels.models import Outgoing, Suppression
from webapp.channels.rules import DeliveryState
from webapp.core.db import Database
from webapp.people.models import Account

BOTH = pytest.mark.postgresql
NOW = datetime.now(UTC)
BAD = "gone@clinic.example"


def mail(database: Database, state: DeliveryState = DeliveryState.QUEUED, *, count: int = 1, kind: str = "campaign",
         due: datetime = NOW - timedelta(minutes=5), account_id: int = 0) -> list[str]:
    """Deliveries in a state; their keys."""
    with database.writing() as session:
        made = [Outgoing(key=f"{kind}-{state}-{number}", subject_kind=kind, subject_id=1, occurrence="1",
                         channel="email", account_id=account_id, address=f"{number}-{state}@clinic.example",
                         language="en", not_before=due, state=state, changed_at=due) for number in range(count)]
        session.add_all(made)
        return [row.key for row in made]


def suppress(database: Database, address: str = BAD) -> None:
    with database.writing() as session:
        session.add(Suppression(address_hash=queries.address_hash(address), reason="bad_address", at=NOW))


def rows(page: str, heading: str) -> list[list[str]]:
    found = BeautifulSoup(page, "html.parser").select(f"section[aria-labelledby={heading}] tbody tr")
    return [[str(cell.get_text()) for cell in row.select("th, td")][:3] for row in found]


def state_of(database: Database, key: str) -> str:
    with database.reading() as session:
        return str(session.scalar(select(Outgoing.state).where(Outgoing.key == key)))


# The queue


@BOTH
def test_mail_is_counted_by_state_and_kind(operator: Client, database: Database) -> None:
    mail(database, count=3)
    mail(database, DeliveryState.RETRY)
    mail(database, kind="account", count=2)
    mail(database, DeliveryState.SENT, count=4)
    mail(database, DeliveryState.SENT, kind="old", due=NOW - timedelta(days=8))
    page = operator.get("/ops/mail").text
    assert rows(page, "waiting") == [["Waiting", "Mail about accounts", "2"], ["Waiting", "Campaign mail", "3"],
                                     ["To be tried again", "Campaign mail", "1"]]
    assert rows(page, "ended") == [["Sent", "Campaign mail", "4"]]
    assert "waits longest was due at" in page and "clinic.example" not in page


def test_an_empty_queue_says_so(operator: Client, database: Database) -> None:
    mail(database, due=NOW + timedelta(days=1))
    said = words_of(operator.get("/ops/mail"))
    assert "No mail is due." in said and "None. What became of every mail is known." in said


@BOTH
@pytest.mark.parametrize("answer", ["sent", "failed", "queued"])
def test_an_unknown_delivery_is_settled_by_a_person(operator: Client, database: Database, answer: str) -> None:
    (key,) = mail(database, DeliveryState.UNKNOWN)
    assert key in operator.get("/ops/mail").text
    assert act(operator, f"/ops/mail/{key}", answer=answer).status_code == 303
    assert state_of(database, key) == answer
    with database.reading() as session:
        assert last_act(session) == ("delivery-resolved", "delivery", WHY)
    assert act(operator, f"/ops/mail/{key}", answer="sent").status_code == 409, "once"
    assert state_of(database, key) == answer


def test_without_an_answer_and_a_reason_it_stays_unknown(operator: Client, database: Database) -> None:
    (key,) = mail(database, DeliveryState.UNKNOWN)
    for answer, reason in (("sending", WHY), ("", WHY), ("cancelled", WHY), ("sent", "")):
        assert act(operator, f"/ops/mail/{key}", reason, answer=answer).status_code == 422, answer
    assert state_of(database, key) == "unknown"


def test_only_an_unknown_delivery_is_settled(operator: Client, database: Database) -> None:
    for state in (DeliveryState.QUEUED, DeliveryState.SENDING, DeliveryState.SENT):
        (key,) = mail(database, state)
        assert act(operator, f"/ops/mail/{key}", answer="failed").status_code == 409
        assert state_of(database, key) == state
    assert act(operator, "/ops/mail/none", answer="failed").status_code == 404, "there is none"


def test_many_unknown_deliveries_are_shown_page_by_page_with_their_accounts(
        operator: Client, database: Database, olli: Account) -> None:
    keys = mail(database, DeliveryState.UNKNOWN, count=25, account_id=olli.id or 0)
    pages = [operator.get(f"/ops/mail?page={number}").text for number in (1, 2)]
    assert [sum(f">{key}</code>" in page for key in keys) for page in pages] == [20, 5]
    assert f"/ops/people/{olli.key}" in pages[1]


# The suppression list


def test_an_address_is_looked_up_by_typing_it(operator: Client, database: Database) -> None:
    suppress(database)
    for typed in (BAD, BAD.upper(), f"  {BAD} "):
        said = words_of(operator.post("/ops/suppression/find", data={"address": typed}))
        assert "is on the list since" in said and "bad_address" in said, typed
    assert "is not on the list" in words_of(operator.post("/ops/suppression/find", data={"address": "b@b.example"}))


def test_the_list_is_counted_and_names_nobody(operator: Client, database: Database) -> None:
    suppress(database)
    page = operator.get("/ops/suppression").text
    assert "1 address is not written to." in page and "bad_address" in page
    assert queries.address_hash(BAD)[:12] not in page and "clinic.example" not in page


@BOTH
def test_a_suppression_is_lifted_with_a_reason_and_the_audit_names_the_account(
        operator: Client, database: Database, olli: Account) -> None:
    with database.writing() as session:
        person = builders.account(session, email=BAD)
    suppress(database)
    assert act(operator, "/ops/suppression/lift", address=BAD.upper()).status_code == 303
    with database.reading() as session:
        assert not queries.is_suppressed(session, BAD)
    assert trail(database, person) == [("suppression-lifted", olli.id, "bad_address", WHY)]


def test_of_an_address_without_an_account_the_audit_says_no_more_than_that(
        operator: Client, database: Database) -> None:
    suppress(database)
    act(operator, "/ops/suppression/lift", address=BAD)
    with database.reading() as session:
        entries = session.connection().exec_driver_sql("SELECT * FROM audit_entry").all()
        assert last_act(session) == ("suppression-lifted", "suppression", WHY)
    assert BAD not in str(entries) and queries.address_hash(BAD)[:16] not in str(entries)


def test_a_suppression_stays_without_a_reason_or_its_address(operator: Client, database: Database) -> None:
    suppress(database)
    for address, reason, status in ((BAD, "no", 422), ("b@b.example", WHY, 404), ("", WHY, 404), ("\0", WHY, 404),
                                    ("x" * 9000, WHY, 404)):
        assert act(operator, "/ops/suppression/lift", reason, address=address).status_code == status, address
    with database.reading() as session:
        assert queries.is_suppressed(session, BAD)


def test_addresses_stand_in_no_address_and_no_log(
        operator: Client, database: Database, caplog: pytest.LogCaptureFixture) -> None:
    suppress(database)
    with caplog.at_level(logging.DEBUG, "materia"):
        page = operator.post("/ops/suppression/find", data={"address": BAD}).text
        answer = act(operator, "/ops/suppression/lift", address=BAD)
        act(operator, "/ops/suppression/lift", address=BAD)
    links = [str(link["href"]) for link in BeautifulSoup(page, "html.parser").select("a[href]")]
    assert not [link for link in (*links, answer.location) if "clinic" in link] and BAD not in caplog.text
