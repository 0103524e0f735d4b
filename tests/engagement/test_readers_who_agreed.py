"""Readers who agreed to more: a pseudonym over days, a history; both end when the consent does."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, select
from sqlmodel import SQLModel
from werkzeug.test import Client

from tests import builders
from tests.builders import sign_in
from tests.engagement.beacons import ANN, BOB, BROWSER, NOW, PAGE, body, count, readings, roll_up, sums, view_id
from webapp.consents import service as consents
from webapp.consents.rules import wordings
from webapp.consents.rules.purposes import Answer, Purpose
from webapp.consents.service import Reply
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.core.tokens import KeyRing
from webapp.engagement import queries, service
from webapp.engagement.models import ReadingHistory
from webapp.engagement.rules import NO_COUNTING
from webapp.engagement.service import PAGE_TOKEN, Counter, Reader
from webapp.people.models import Account

BOTH = pytest.mark.postgresql
READING = frozenset({"reading", "reading_history", "daily_salt", "dirty_day"})
"""What a beacon may write: the last two name a day and nobody."""
ANALYTICS, PERSONALISATION = Purpose.ANALYTICS, Purpose.PERSONALISATION


def agreed(database: Database, *purposes: Purpose) -> Account:
    with database.writing() as session:
        person = builders.account(session)
        for purpose in purposes:
            builders.consent(session, person, purpose=purpose)
    return person


def withdraw(platform: Platform, person: Account, purpose: Purpose) -> None:
    said = Reply(purpose, "", Answer.WITHDRAW, wordings.newest(purpose, "en").version, "en")
    with platform.database.writing() as session:
        consents.take(session, session.get_one(Account, person.id), said, service.followers(platform.ring), NOW)


def reader(database: Database, person: Account, *, has_signal: bool = False) -> Reader:
    with database.reading() as session:
        return service.reader(session, session.get_one(Account, person.id), has_signal=has_signal)


def drops(database: Database) -> dict[str, int]:
    with database.reading() as session:
        return queries.drops(session)


def history(database: Database, person: Account) -> list[ReadingHistory]:
    with database.reading() as session:
        return queries.history(session, person.id or 0)


# Under a pseudonym


@BOTH
def test_who_agreed_is_one_reader_over_days_and_browsers(database: Database, platform: Platform,
                                                         counter: Counter) -> None:
    person = agreed(database, ANALYTICS)
    who = reader(database, person)
    tomorrow = NOW + timedelta(days=1)
    count(counter, [body(platform)], ANN, NOW, reader=who)
    count(counter, [body(platform, day=tomorrow.date().isoformat())], BOB, tomorrow, reader=who)
    one, two = readings(database)
    assert one.visitor_key == two.visitor_key and one.is_consented and two.is_consented
    assert re.fullmatch("[0-9a-f]{32}", one.visitor_key) and person.key not in str(one.model_dump())


@BOTH
@pytest.mark.parametrize("case", ["never asked", "refused", "signal", "out of use"])
def test_who_did_not_agree_has_a_daily_key_at_most(database: Database, platform: Platform, counter: Counter,
                                                   case: str) -> None:
    person = agreed(database, *[] if case in ("never asked", "refused") else [ANALYTICS])
    with database.writing() as session:
        if case == "refused":
            builders.consent(session, person, purpose=ANALYTICS, is_granted=False)
        if case == "out of use":
            session.get_one(Account, person.id).active = False
    who = reader(database, person, has_signal=case == "signal")
    count(counter, [body(platform)], ANN, NOW, reader=who)
    count(counter, [body(platform)], ANN, NOW)
    signed_in, stranger = readings(database)
    assert signed_in.visitor_key == stranger.visitor_key and not signed_in.is_consented


@BOTH
def test_queued_before_withdrawal_is_dropped(database: Database, platform: Platform, counter: Counter) -> None:
    person, view = agreed(database, ANALYTICS), view_id()
    count(counter, [body(platform, view, engaged=5)], reader=reader(database, person))
    withdraw(platform, person, ANALYTICS)
    count(counter, [body(platform, view, engaged=50)], reader=reader(database, person))
    count(counter, [body(platform, view, engaged=50)])
    row, = readings(database)
    assert (row.engaged_seconds, drops(database)) == (5, {"withdrawn": 2})


@BOTH
def test_a_consent_withdrawn_while_the_beacon_was_on_its_way_stops_it(database: Database, platform: Platform,
                                                                      counter: Counter) -> None:
    person = agreed(database, ANALYTICS, PERSONALISATION)
    who = reader(database, person)
    for purpose in (ANALYTICS, PERSONALISATION):
        withdraw(platform, person, purpose)
    count(counter, [body(platform)], reader=who)
    assert (readings(database), drops(database), history(database, person)) == ([], {"withdrawn": 1}, [])


@BOTH
def test_withdrawing_takes_the_pseudonym_off_every_row_and_leaves_the_sums(database: Database, platform: Platform,
                                                                           counter: Counter) -> None:
    person, other = agreed(database, ANALYTICS), agreed(database, ANALYTICS)
    yesterday = NOW - timedelta(days=1)
    for who in (person, other):
        count(counter, [body(platform), body(platform)], ANN, NOW, reader=reader(database, who))
        count(counter, [body(platform, day=yesterday.date().isoformat())], ANN, yesterday, reader=reader(database, who))
    roll_up(database)
    before, theirs = sums(database), service.pseudonyms(platform.ring, person.id or 0)[0]
    assert before[0][5:7] == (2, 4)
    withdraw(platform, person, ANALYTICS)
    rows = readings(database)
    keys = {(row.day, row.visitor_key) for row in rows}
    assert theirs not in {row.visitor_key for row in rows} and len(rows) == 6
    assert len(keys) == 4 and len({key for _, key in keys}) == 3, "one key a day, and the other's stays"
    roll_up(database)
    assert sums(database) == before


def test_what_sponsors_are_shown_is_the_same_whatever_a_reader_agreed_to(database: Database, platform: Platform,
                                                                         counter: Counter) -> None:
    for number, purposes in enumerate([(), (ANALYTICS,), (PERSONALISATION,), (ANALYTICS, PERSONALISATION)]):
        who = reader(database, agreed(database, *purposes))
        count(counter, [body(platform, i=number), body(platform, i=number)], reader=who)
    roll_up(database)
    shown = [cell[1:] for cell in sums(database)]
    assert len(shown) == 4 and len(set(shown)) == 1


@BOTH
def test_what_was_counted_under_an_earlier_secret_is_found_too(database: Database, platform: Platform,
                                                               counter: Counter) -> None:
    person = agreed(database, ANALYTICS)
    count(counter, [body(platform)], reader=reader(database, person))
    rotated = KeyRing(("another secret, of 32 characters or more", *platform.ring.secrets))
    with database.writing() as session:
        assert len(service.export_person(session, person.id or 0, rotated)["readings"]) == 1
        service.take_pseudonym_off(session, rotated, person.id or 0)
        assert service.export_person(session, person.id or 0, rotated)["readings"] == []


def test_a_view_that_a_stranger_began_goes_on_when_they_sign_in(database: Database, platform: Platform,
                                                                counter: Counter) -> None:
    person, view = agreed(database, ANALYTICS), view_id()
    count(counter, [body(platform, view, engaged=5)])
    count(counter, [body(platform, view, engaged=50)], reader=reader(database, person))
    row, = readings(database)
    assert (row.engaged_seconds, row.is_consented, drops(database)) == (50, False, {})


def test_the_view_of_another_is_not_taken_over(database: Database, platform: Platform, counter: Counter) -> None:
    mine, theirs, view = agreed(database, ANALYTICS), agreed(database, ANALYTICS), view_id()
    count(counter, [body(platform, view, engaged=5)], reader=reader(database, theirs))
    count(counter, [body(platform, view, engaged=50)], reader=reader(database, mine))
    count(counter, [body(platform, view, engaged=50)], BOB)
    assert [row.engaged_seconds for row in readings(database)] == [5]


# A history


@BOTH
def test_a_history_keeps_page_and_times_and_no_more(database: Database, platform: Platform, counter: Counter) -> None:
    person, later = agreed(database, PERSONALISATION), NOW + timedelta(hours=3)
    who = reader(database, person)
    count(counter, [body(platform), body(platform), body(platform, i=13)], ANN, NOW, reader=who)
    count(counter, [body(platform)], ANN, later, reader=who)
    count(counter, [body(platform)], ANN, NOW, reader=who)
    lines = history(database, person)
    assert [(line.subject_kind, line.subject_id, line.first_at, line.last_at) for line in lines] == [
        ("article", 12, NOW, later), ("article", 13, NOW, NOW)]
    assert set(ReadingHistory.model_fields) == {"id", "key", "account_id", "subject_kind", "subject_id", "first_at",
                                                "last_at"}, "no seconds, and no field about another person"
    assert not any(row.is_consented for row in readings(database)), "a history is no consent to be counted"


def written(database: Database) -> dict[str, list[Any]]:
    """Every table with all that stands in it."""
    with database.reading() as session:
        return {table.name: sorted(session.execute(select(table)).all(), key=repr)
                for table in SQLModel.metadata.sorted_tables}


@BOTH
def test_a_caregivers_reading_makes_no_profile_of_whom_they_care_for(database: Database, platform: Platform,
                                                                    counter: Counter) -> None:
    person = agreed(database, ANALYTICS, PERSONALISATION)
    before = written(database)
    who = reader(database, person)
    for day in range(3):
        now = NOW + timedelta(days=day)
        count(counter, [body(platform, i=page, day=now.date().isoformat()) for page in (12, 13)], ANN, now, reader=who)
    after = written(database)
    changed = {name for name in after if after[name] != before[name]}
    assert "reading_history" in changed and changed <= READING, "no topic is followed, and nobody's condition noted"


@BOTH
@pytest.mark.parametrize("is_granted", [None, False])
def test_without_consent_there_is_no_history(database: Database, platform: Platform, counter: Counter,
                                             is_granted: bool | None) -> None:
    person = agreed(database, ANALYTICS)
    if is_granted is not None:
        with database.writing() as session:
            builders.consent(session, person, purpose=PERSONALISATION, is_granted=is_granted)
    count(counter, [body(platform)], reader=reader(database, person))
    assert history(database, person) == []


@BOTH
def test_withdrawing_deletes_the_history_at_once_and_nobody_elses(database: Database, platform: Platform,
                                                                  counter: Counter) -> None:
    person, other = agreed(database, PERSONALISATION), agreed(database, PERSONALISATION)
    for who in (person, other):
        count(counter, [body(platform)], reader=reader(database, who))
    withdraw(platform, person, PERSONALISATION)
    assert (history(database, person), len(history(database, other))) == ([], 1)


@BOTH
def test_a_person_gets_what_is_held_and_erasure_leaves_none_of_it(database: Database, platform: Platform,
                                                                  counter: Counter) -> None:
    person = agreed(database, ANALYTICS, PERSONALISATION)
    count(counter, [body(platform)], reader=reader(database, person))
    with database.writing() as session:
        held = service.export_person(session, person.id or 0, platform.ring)
        json.dumps(held)
        assert (len(held["history"]), len(held["readings"])) == (1, 1)
        assert "visitor_key" not in held["readings"][0] and "account_id" not in held["history"][0]
        for _ in range(2):
            assert service.erase_person(session, person.id or 0, NOW, platform.ring) == []
        assert service.export_person(session, person.id or 0, platform.ring) == {"history": [], "readings": []}
    assert len(readings(database)) == 1, "the reading stays, and is nobody's"


# By the address that pages send to


def send(client: Client, platform: Platform, view: str = "a" * 32, **headers: str) -> int:
    fields = {"t": platform.ring.sign(PAGE_TOKEN, PAGE), "v": view, "d": clock.now().date().isoformat(), "e": 1,
              "s": 1, "p": 10}
    return client.post("/e", data=json.dumps(fields), headers={"User-Agent": BROWSER, **headers}).status_code


@pytest.fixture
def person(client: Client, database: Database) -> Account:
    """Somebody who agreed to everything here, and is signed in."""
    made = agreed(database, ANALYTICS, PERSONALISATION)
    sign_in(client, made.email)
    return made


def test_a_beacon_with_a_session_is_counted_under_the_pseudonym(client: Client, database: Database, platform: Platform,
                                                                person: Account) -> None:
    assert send(client, platform) == 204
    row, = readings(database)
    assert row.visitor_key == service.pseudonyms(platform.ring, person.id or 0)[0]
    assert len(history(database, person)) == 1


def test_a_beacon_of_somebody_signed_in_sets_no_cookie_either(client: Client, person: Account) -> None:
    assert "Set-Cookie" not in client.post("/e", data=b"{}").headers


def test_the_browsers_signal_leaves_a_daily_key(client: Client, database: Database, platform: Platform,
                                                person: Account) -> None:
    assert send(client, platform, **{"Sec-GPC": "1"}) == 204
    row, = readings(database)
    assert not row.is_consented and row.visitor_key != service.pseudonyms(platform.ring, person.id or 0)[0]


def test_a_consent_withdrawn_a_second_ago_stops_the_next_beacon(client: Client, database: Database, platform: Platform,
                                                                person: Account) -> None:
    send(client, platform)
    client.post("/account/consents", headers={"Origin": "http://localhost"}, data={
        "purpose": "analytics", "answer": "withdraw", "version": "1", "language": "en"})
    assert send(client, platform) == 204
    assert drops(database) == {"withdrawn": 1}


def test_a_browser_that_opted_out_leaves_no_row_of_any_kind(client: Client, database: Database, platform: Platform,
                                                            person: Account) -> None:
    client.post("/privacy", data={"counting": "stop"}, headers={"Origin": "http://localhost"})
    assert send(client, platform) == 204
    assert (readings(database), drops(database), history(database, person)) == ([], {}, [])


def test_the_opt_out_is_one_cookie_without_identity_and_can_be_taken_back(client: Client, database: Database,
                                                                          platform: Platform) -> None:
    answer = client.post("/privacy", data={"counting": "stop"}, headers={"Origin": "http://localhost"})
    cookies = answer.headers.getlist("Set-Cookie")
    assert len(cookies) == 1 and cookies[0].startswith(f"{NO_COUNTING}=1; ") and "HttpOnly" not in cookies[0]
    assert "is not counted" in client.get("/privacy").text
    client.post("/privacy", data={"counting": "start"}, headers={"Origin": "http://localhost"})
    assert client.get_cookie(NO_COUNTING) is None
    send(client, platform)
    assert len(readings(database)) == 1


@pytest.mark.parametrize("path", ["/privacy", "/privacy?language=zh-Hans", "/privacy?counting=stop"])
def test_the_page_about_counting_is_open_to_all_and_sets_no_cookie(client: Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (200, False)


def test_another_site_cannot_stop_the_count(client: Client) -> None:
    answer = client.post("/privacy", data={"counting": "stop"}, headers={"Origin": "https://evil.test"})
    assert (answer.status_code, "Set-Cookie" in answer.headers) == (403, False)


@pytest.mark.parametrize("is_signed_in", [False, True])
def test_the_ledger_is_asked_about_those_who_are_signed_in_alone(client: Client, database: Database,
                                                                 platform: Platform, is_signed_in: bool) -> None:
    person = agreed(database, ANALYTICS)
    if is_signed_in:
        sign_in(client, person.email)
    asked: list[str] = []
    for engine in (database.reader, database.writer):
        event.listen(engine, "before_cursor_execute", lambda *heard: asked.append(heard[2]))
    send(client, platform)
    assert any("FROM consent" in statement for statement in asked) is is_signed_in


@pytest.mark.parametrize(("language", "named"), [
    ("en", "until three years after it ended"), ("zh-Hans", "保存到结束后三年")])
def test_the_page_on_privacy_says_what_is_kept_and_leads_to_the_account(client: Client, language: str,
                                                                        named: str) -> None:
    page = client.get(f"/privacy?language={language}").text
    assert named in page and 'href="/account/"' in page
