"""A person leaves: by their own hand, once, whole, and told what stays."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from bs4 import BeautifulSoup
from sqlalchemy import func, select
from sqlmodel import Session
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.builders import NOW
from tests.reports.worlds import DAYS, reading_day
from webapp.campaigns.service.composing import Composer, Sender
from webapp.channels import queries as channels
from webapp.channels.models import Outgoing
from webapp.channels.service import outbox
from webapp.channels.service.sending import Go, Stop
from webapp.consents import queries as consents
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.errors import Conflict
from webapp.core.platform import Platform
from webapp.people import queries, service
from webapp.people.models import Account, SignIn
from webapp.people.rules import AccountKind, MailName, Role
from webapp.people.security.letters import AccountLetters
from webapp.people.service import personal as people
from webapp.reports.models import ReportSnapshot
from webapp.reports.service import building
from webapp.site.jobs import forget_farewells
from webapp.site.rules import FAREWELL_LASTS
from webapp.site.service import farewell, personal
from webapp.sponsors.models import Company

BOTH = pytest.mark.postgresql
PATH = "/account/erasure"
MAIL_FROM = "Materia <news@materia.example>"


@pytest.fixture
def person(client: Client, database: Database) -> Account:
    with database.writing() as session:
        made = builders.account(session)
    builders.sign_in(client, made.email)
    return made


def show_again(client: Client, code: str = "") -> TestResponse:
    return client.post("/account/again", data={"password": builders.PASSWORD, "code": code, "next": PATH})


def press(client: Client, **data: str) -> TestResponse:
    return client.post(PATH, data=data or {"confirm": "yes"})


def erase(platform: Platform, account: Account) -> list[str]:
    with platform.database.writing() as session:
        return personal.erase(session, platform.ring, account.id or 0, NOW)


def now_of(database: Database, account: Account) -> Account:
    with database.reading() as session:
        return session.get_one(Account, account.id)


def is_erased(database: Database, account: Account) -> bool:
    return now_of(database, account).erased_at is not None


def rows(database: Database) -> list[Outgoing]:
    with database.reading() as session:
        return list(session.scalars(select(Outgoing).order_by(Outgoing.id)))  # type: ignore[arg-type]


# By one's own hand


def test_the_password_comes_first_even_right_after_signing_in(
        client: Client, database: Database, person: Account) -> None:
    for answer in (client.get(PATH), press(client)):
        assert (answer.status_code, answer.location) == (302, "/account/again?next=%2Faccount%2Ferasure")
    assert client.post("/account/again", data={"password": "wrong", "next": PATH}).status_code == 200
    assert client.get(PATH).status_code == 302
    assert show_again(client).location == PATH and client.get(PATH).status_code == 200
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=6)):
        assert press(client).status_code == 302
    assert not is_erased(database, person)


def test_the_page_says_what_goes_and_what_stays_and_changes_nothing(
        client: Client, database: Database, person: Account) -> None:
    show_again(client)
    page = client.get(PATH).text
    assert "An empty account without name, address or password" in page and "signatures" not in page
    for data in ({"confirm": ""}, {"confirm": "no"}, {"other": "yes"}):
        assert press(client, **data).status_code == 422
    assert not is_erased(database, person)


def test_a_person_erases_their_account_and_is_told_what_is_kept(
        client: Client, database: Database, platform: Platform, person: Account) -> None:
    show_again(client)
    answer = press(client)
    page = BeautifulSoup(answer.text, "html.parser")
    assert answer.status_code == 200
    assert [line.text for line in page.select("main li")] == [personal.KEPT_AUDIT, people.KEPT_NUMBER]
    assert page.select(".own-nav") == [] and is_erased(database, person)
    assert client.get("/account/").location.startswith("/sign-in")
    assert builders.sign_in(client, person.email).status_code == 200, "nobody signs in to it any more"
    assert "- An empty account without name, address or password" in last_mail(platform, database)


def last_mail(platform: Platform, database: Database) -> str:
    row = rows(database)[-1]
    with database.reading() as session:
        go = farewell.FarewellLetters(platform, MAIL_FROM).recheck(session, row, clock.now())
    assert isinstance(go, Go)
    text = go.message.decode().replace("=\r\n", "")
    return text[text.index("As you asked"):]


def test_every_other_browser_is_signed_out(client: Client, edge: object, database: Database, person: Account) -> None:
    other = Client(edge)  # type: ignore[arg-type]
    builders.sign_in(other, person.email)
    show_again(client)
    press(client)
    assert other.get("/account/").status_code == 302
    with database.reading() as session:
        assert session.scalar(select(func.count()).select_from(SignIn)) == 0


def test_the_address_is_free_for_a_new_account(platform: Platform, database: Database, person: Account) -> None:
    erase(platform, person)
    with database.writing() as session:
        again = builders.account(session, email=person.email)
    assert again.id != person.id


# Handing over


@pytest.mark.parametrize("role", [Role.OPERATOR, Role.SPONSOR_ADMIN])
def test_the_last_holder_hands_over_first(
        client: Client, database: Database, platform: Platform, role: Role) -> None:
    with database.writing() as session:
        company = builders.company(session) if role is Role.SPONSOR_ADMIN else None
        last = builders.account(session, role, company=company)
        builders.account(session, role, company=company, is_active=False)
        if company:
            builders.account(session, role, company=builders.company(session))
    builders.sign_in(client, last.email)
    assert show_again(client, builders.codes()[2]).location == PATH
    page = client.get(PATH).text
    assert "You are the last" in page and 'name="confirm"' not in page
    assert press(client).status_code == 409 and not is_erased(database, last)
    with database.writing() as session:
        builders.account(session, role, company=company)
    assert press(client).status_code == 200 and is_erased(database, last)


@BOTH
def test_of_the_last_two_one_stays(platform: Platform, database: Database) -> None:
    with database.writing() as session:
        one, other = (builders.account(session, Role.OPERATOR) for _ in range(2))
    erase(platform, one)
    with pytest.raises(Conflict, match="Hand over first"):
        erase(platform, other)


# Mails


def write(session: Session, platform: Platform, account: Account | None, address: str) -> None:
    service.write(session, platform.ring, MailName.CONFIRM, account, address=address, language="en", now=NOW)


@BOTH
def test_what_waits_to_be_sent_is_called_off_and_what_was_sent_loses_its_address(
        platform: Platform, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session)
        for _ in range(2):
            write(session, platform, person, person.email)
        write(session, platform, None, person.email)
        write(session, platform, None, "x@y.example")
        written = session.scalars(select(Outgoing).order_by(Outgoing.id))  # type: ignore[arg-type]
        for row, state in zip(written, ("sent", "leased", "retry", "queued"), strict=True):
            row.state, row.token = state, "fence"
    erase(platform, person)
    sent, leased, retried, others, last = rows(database)
    assert [row.state for row in (sent, leased, retried, others)] == ["sent", "cancelled", "cancelled", "queued"]
    assert (leased.token, leased.reason, others.address) == ("", "erased", "x@y.example")
    assert all(row.values == {} and "@" not in row.address for row in (sent, leased, retried))
    assert (last.subject_kind, last.account_id, last.address) == (farewell.SUBJECT, 0, "")


def test_a_sender_that_had_taken_a_mail_sends_it_no_more(platform: Platform, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session)
        write(session, platform, person, person.email)
    with database.writing() as session:
        (taken,) = outbox.lease(session, "worker", limit=1, now=NOW)
    erase(platform, person)
    step = outbox.Move(taken.id or 0, taken.token, outbox.DeliveryState.LEASED, outbox.DeliveryState.SENDING, NOW)
    with database.writing() as session:
        outbox.make_moves(session.connection(), [[step]])
    assert not step.is_done
    with database.reading() as session:
        again = AccountLetters(platform, MAIL_FROM).recheck(session, rows(database)[0], NOW)
    assert again == Stop("erased")


def test_no_campaign_reaches_who_was_erased(platform: Platform, client: Client, tmp_path: Path) -> None:
    builders.released_campaign(platform, tmp_path)
    row = rows(platform.database)[0]
    with platform.database.reading() as session:
        person = queries.account(session, row.account_id)
    assert person is not None
    erase(platform, person)
    composer = Composer(platform, Sender(MAIL_FROM, builders.POSTAL_ADDRESS))
    with platform.database.reading() as session:
        assert composer.recheck(session, row, row.not_before) == Stop("no-account")
    assert rows(platform.database)[0].state == "cancelled"


def test_an_old_unsubscribe_link_still_says_that_the_mails_have_stopped(
        platform: Platform, client: Client, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session)
        code = builders.consent(session, person, builders.company(session)).code
    erase(platform, person)
    page = client.get(f"/u/{code}")
    assert page.status_code == 200 and "The mails have stopped" in page.text
    with database.reading() as session:
        last = consents.lines(session, person.id or 0)[0]
    assert (last.is_granted, last.place) == (False, "erasure")


@BOTH
def test_the_last_mail_leaves_no_address_behind(platform: Platform, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session, email="leaving@clinic.example", language="zh-Hans")
        builders.consent(session, person, builders.company(session))
    erase(platform, person)
    assert "leaving@" not in str([row.model_dump() for row in rows(database)])
    with database.reading() as session:
        composed = farewell.FarewellLetters(platform, MAIL_FROM).recheck(session, rows(database)[-1], NOW)
    assert isinstance(composed, Go) and composed.address == "leaving@clinic.example"
    for days, state, is_there in ((0, "queued", True), (6, "retry", True), (0, "sent", False)):
        with database.writing() as session:
            session.scalars(select(Outgoing)).one().state = state
            forget_farewells(session, NOW + timedelta(days=days))
        assert bool(rows(database)) is is_there


def test_a_last_mail_that_cannot_leave_is_given_up_with_its_address(platform: Platform, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session)
    erase(platform, person)
    with database.writing() as session:
        assert forget_farewells(session, NOW + FAREWELL_LASTS + timedelta(seconds=1)) == 1
    assert rows(database) == []


def test_nothing_is_sent_to_an_address_that_refused_mail(platform: Platform, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session)
        session.add(channels.Suppression(address_hash=channels.address_hash(person.email), reason="x", at=NOW))
    kept = erase(platform, person)
    with database.reading() as session:
        answer = farewell.FarewellLetters(platform, MAIL_FROM).recheck(session, rows(database)[-1], NOW)
    assert answer == Stop("suppressed") and any("refused" in sentence for sentence in kept)


# What others rest on


def test_erasing_twice_is_harmless_and_writes_one_mail(platform: Platform, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session)
    first = erase(platform, person)
    before = now_of(database, person).model_dump()
    assert erase(platform, person) == first
    assert now_of(database, person).model_dump() == before and len(rows(database)) == 1


def test_an_erasure_that_fails_midway_changes_nothing(
        platform: Platform, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> list[str]:
        raise RuntimeError("cut off")
    with database.writing() as session:
        person = builders.account(session)
        builders.consent(session, person, builders.company(session))
    before = now_of(database, person).model_dump()
    monkeypatch.setattr(personal, "ERASURES", (*personal.ERASURES, fail))
    with pytest.raises(RuntimeError):
        erase(platform, person)
    with database.reading() as session:
        assert consents.states(session, person.id or 0)[0].is_granted
    assert now_of(database, person).model_dump() == before and rows(database) == []


def test_a_signature_shows_who_signed_after_they_left(platform: Platform, database: Database) -> None:
    with database.writing() as session:
        signers = builders.reviewers(session)
        made = builders.dossier(session)
        builders.sign_all(session, made, signers)
        signer = next(iter(signers.values()))
    kept = erase(platform, signer)
    with database.reading() as session:
        held = personal.EXPORTS["review"](session, signer.id or 0, platform.ring)
    assert held["signatures"][0]["printed_name"] == "Ann Example"
    assert now_of(database, signer).identity_verified_at == NOW
    assert sum("21 CFR" in sentence for sentence in kept) == 2


def test_a_report_is_the_same_before_and_after_an_erasure(
        platform: Platform, client: Client, tmp_path: Path) -> None:
    campaign = builders.released_campaign(platform, tmp_path, 12)
    with platform.database.writing() as session:
        session.add_all([reading_day(day, readers=40, source=campaign.key) for day in DAYS])
        person = session.get_one(Account, rows(platform.database)[0].account_id)
    opened = datetime(2026, 3, 10, 8, tzinfo=UTC)
    before = (building.build(platform, campaign, "2026-W10", opened), snapshots(platform))
    erase(platform, person)
    assert (building.build(platform, campaign, "2026-W10", opened), snapshots(platform)) == before and before[1]


def snapshots(platform: Platform) -> list[dict[str, object]]:
    with platform.database.reading() as session:
        return [row.model_dump() for row in session.scalars(select(ReportSnapshot))]


def test_an_erased_seat_is_free_and_others_keep_theirs(platform: Platform, database: Database) -> None:
    with database.writing() as session:
        company = builders.company(session)
        leaving, staying = (builders.account(session, Role.MARKETER, company=company) for _ in range(2))
    erase(platform, leaving)
    with database.reading() as session:
        held = session.get_one(Company, company.id)
        assert [account.id for account, _ in queries.seats(session, {held.id or 0})] == [staying.id]


@pytest.mark.parametrize("kind", list(AccountKind))
def test_every_kind_of_account_can_be_erased(platform: Platform, database: Database, kind: AccountKind) -> None:
    with database.writing() as session:
        person = builders.account(session, Role.READER, kind=kind)
    erase(platform, person)
    made = now_of(database, person)
    assert not made.active and made.roles == [] and "@" not in made.email
