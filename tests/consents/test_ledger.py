"""The ledger: one line for each answer, one state, one question whether something may be done."""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import DatabaseError
from sqlmodel import Session, select

from tests import builders
from tests.builders import NOW
from webapp.consents import jobs, queries, service
from webapp.consents.models import Consent, ConsentEntry
from webapp.consents.rules import wordings
from webapp.consents.rules.purposes import KEPT, NOBODY, Answer, Purpose
from webapp.consents.service import Reply
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.errors import Conflict, Invalid, MateriaError, NotFound, Refused
from webapp.people import service as people
from webapp.people.queries import Account
from webapp.people.rules import AccountKind, Role
from webapp.sponsors import service as sponsors
from webapp.sponsors.models import Company

BOTH = pytest.mark.postgresql
OLD = clock.now() - KEPT - timedelta(days=30)
"""By the database's own clock, which lets no younger line be deleted."""


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session(write=True) as opened:
        yield opened


@pytest.fixture
def company(session: Session) -> Company:
    """One that has something to write about."""
    made = builders.company(session)
    sponsors.add_brand(session, made, f"Brand of {made.name}", "fictaglin")
    return made


def contactable(session: Session, company: Company, *languages: str, kind: AccountKind = AccountKind.PATIENT,
                market: str = "us") -> set[int | None]:
    asked = queries.contactable(company.id or 0, kind=kind, languages=languages or ("en", "zh-Hans"), market=market)
    return {row[0] for row in session.execute(asked)}


def ledger(session: Session) -> list[tuple[bool, str]]:
    return [(entry.is_granted, entry.place) for entry in session.scalars(select(ConsentEntry).order_by("id"))]


def reply(purpose: Purpose, answer: Answer = Answer.AGREE, company: Company | None = None, **more: object) -> Reply:
    said = {"version": wordings.newest(purpose, "en").version, "language": "en", **more}
    return Reply(purpose, company.key if company else "", answer, **said)  # type: ignore[arg-type]


# Lines and states


@BOTH
def test_each_answer_is_a_line_of_the_ledger_and_the_last_is_the_state(session: Session, company: Company) -> None:
    person = builders.account(session)
    for is_granted in (True, False, True):
        state = builders.consent(session, person, company, is_granted=is_granted)
    assert [entry[0] for entry in ledger(session)] == [True, False, True]
    assert state.is_granted


@BOTH
@pytest.mark.parametrize("is_granted", [True, False])
def test_the_same_answer_again_is_no_other_line(session: Session, company: Company, is_granted: bool) -> None:
    person = builders.account(session)
    for _ in range(3):
        builders.consent(session, person, company, is_granted=is_granted)
    assert [entry[0] for entry in ledger(session)] == [is_granted]


@BOTH
@pytest.mark.parametrize("change", ["UPDATE consent_entry SET is_granted = FALSE", "DELETE FROM consent_entry"])
def test_a_line_of_the_ledger_cannot_be_changed(session: Session, company: Company, change: str) -> None:
    builders.consent(session, builders.account(session), company, now=clock.now())
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text(change))


def test_a_line_names_the_words_that_were_shown_in_which_language_where_and_when(session: Session,
                                                                                 company: Company) -> None:
    builders.consent(session, builders.account(session, language="zh-Hans"), company)
    entry = session.scalars(select(ConsentEntry)).one()
    words = wordings.newest(Purpose.COMPANY_MAIL, "zh-Hans")
    assert (entry.wording, entry.digest, entry.language, entry.place, entry.at) == (
        words.version, words.digest, "zh-Hans", "account", NOW)
    assert (entry.purpose, entry.channel, entry.company_id) == ("company-mail", "email", company.id)


@BOTH
def test_purposes_of_one_person_stand_apart(session: Session, company: Company) -> None:
    person = builders.account(session, Role.HCP)
    for purpose in (Purpose.ANALYTICS, Purpose.PERSONALISATION):
        builders.consent(session, person, purpose=purpose)
    builders.consent(session, person, company, purpose=Purpose.SHARING)
    builders.consent(session, person, purpose=Purpose.ANALYTICS, is_granted=False)
    given = {purpose: service.may(session, person, purpose, company.id or 0 if purpose is Purpose.SHARING else NOBODY)
             for purpose in (Purpose.ANALYTICS, Purpose.PERSONALISATION, Purpose.SHARING)}
    assert list(given.values()) == [False, True, True]


@BOTH
def test_two_presses_at_once_are_one_line(database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session)

    def press(_: int) -> None:
        with database.writing() as session:
            builders.consent(session, person, purpose=Purpose.ANALYTICS)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(press, range(4)))
    with database.reading() as session:
        assert ledger(session) == [(True, "account")]


# Who may


CASES = list(itertools.product([True, False], [True, False], [True, False], [True, False, None]))
"""In use, adult, verified; granted, refused, never asked."""


@BOTH
@pytest.mark.parametrize("kind", [AccountKind.PATIENT, AccountKind.HCP])
def test_the_audience_of_a_campaign_and_the_question_about_one_person_are_the_same_rule(
        session: Session, company: Company, kind: AccountKind) -> None:
    people = {}
    for is_active, is_adult, is_verified, is_granted in CASES:
        person = builders.account(session, *[Role.HCP] if is_verified else [], kind=kind, is_active=is_active,
                                  is_adult=is_adult)
        if is_granted is not None:
            builders.consent(session, person, company, is_granted=is_granted)
        people[person.id] = person
    allowed = {number for number, person in people.items()
               if service.may(session, person, Purpose.COMPANY_MAIL, company.id or 0)}
    audience = {number for number in allowed if kind is not AccountKind.HCP or Role.HCP in people[number].roles}
    assert contactable(session, company, kind=kind) == audience != set()


@BOTH
def test_only_those_who_consented_to_this_company_may_be_written_to(session: Session, company: Company) -> None:
    other = builders.company(session)
    yes, no, elsewhere, _never = (builders.account(session) for _ in range(4))
    builders.consent(session, yes, company)
    builders.consent(session, no, company, is_granted=False)
    builders.consent(session, elsewhere, other)
    assert contactable(session, company) == {yes.id}


@BOTH
@pytest.mark.parametrize("other", [
    {"kind": AccountKind.HCP}, {"language": "zh-Hans"}, {"market": "gb"}, {"is_active": False}, {"is_adult": False}])
def test_nobody_of_another_kind_language_or_market_or_put_out_of_use_or_under_age_is_written_to(
        session: Session, company: Company, other: dict[str, object]) -> None:
    chosen, apart = builders.account(session), builders.account(session, **other)  # type: ignore[arg-type]
    for person in (chosen, apart):
        builders.consent(session, person, company)
    assert contactable(session, company, "en") == {chosen.id}


@pytest.mark.parametrize("column", ["purpose", "channel"])
def test_a_consent_to_another_purpose_or_channel_does_not_count(session: Session, company: Company,
                                                                column: str) -> None:
    state = builders.consent(session, builders.account(session), company)
    session.execute(text(f"UPDATE consent SET {column} = 'another'"))
    session.expunge(state)
    assert contactable(session, company) == set()


def test_who_may_be_written_to_comes_with_language_and_code(session: Session, company: Company) -> None:
    person = builders.account(session, language="zh-Hans")
    code = builders.consent(session, person, company).code
    asked = queries.contactable(company.id or 0, kind=AccountKind.PATIENT, languages=["zh-Hans"], market="us")
    assert [tuple(row) for row in session.execute(asked)] == [(person.id, "zh-Hans", code)]


@BOTH
def test_who_loses_verification_shares_no_more_at_once(session: Session, company: Company) -> None:
    doctor = builders.account(session, Role.HCP, kind=AccountKind.HCP)
    builders.consent(session, doctor, company, purpose=Purpose.SHARING)
    before = service.may(session, doctor, Purpose.SHARING, company.id or 0)
    people.revoke(session, doctor, Role.HCP, by=builders.BY)
    assert (before, service.may(session, doctor, Purpose.SHARING, company.id or 0)) == (True, False)


def test_what_a_browser_says_counts_for_this_request_alone(session: Session) -> None:
    person = builders.account(session)
    builders.consent(session, person, purpose=Purpose.ANALYTICS)
    assert not service.may(session, person, Purpose.ANALYTICS, has_signal=True)
    assert service.may(session, person, Purpose.ANALYTICS)


# Taking an answer


def refused(session: Session, person: Account, said: Reply) -> type[MateriaError] | None:
    try:
        service.take(session, person, said, {}, NOW)
    except MateriaError as error:
        return type(error)
    return None


@pytest.mark.parametrize("kind", [AccountKind.PATIENT, AccountKind.HCP])
def test_a_patient_cannot_share_whatever_is_sent(session: Session, company: Company, kind: AccountKind) -> None:
    person = builders.account(session, kind=kind)
    assert refused(session, person, reply(Purpose.SHARING, company=company)) is Refused
    assert ledger(session) == []


def test_a_minor_gets_no_mail_whatever_is_sent(session: Session, company: Company) -> None:
    assert refused(session, builders.account(session, is_adult=False),
                   reply(Purpose.COMPANY_MAIL, company=company)) is Refused


def test_what_is_not_offered_cannot_be_agreed_to(session: Session) -> None:
    said = Reply(Purpose.WEB_PUSH, "", Answer.AGREE, "1", "en")
    assert refused(session, builders.account(session), said) is Refused


def test_a_company_with_nothing_to_send_cannot_be_agreed_to(session: Session) -> None:
    silent = builders.company(session)
    assert refused(session, builders.account(session), reply(Purpose.COMPANY_MAIL, company=silent)) is NotFound


def test_words_that_have_changed_meanwhile_are_not_agreed_to(session: Session) -> None:
    assert refused(session, builders.account(session), reply(Purpose.ANALYTICS, version="0")) is Conflict
    assert ledger(session) == []


def test_a_consent_is_withdrawn_whatever_words_were_shown(session: Session) -> None:
    person = builders.account(session)
    builders.consent(session, person, purpose=Purpose.ANALYTICS)
    assert refused(session, person, reply(Purpose.ANALYTICS, Answer.WITHDRAW, version="0")) is None
    assert not service.may(session, person, Purpose.ANALYTICS)


def test_what_was_never_answered_cannot_be_withdrawn(session: Session) -> None:
    service.take(session, builders.account(session), reply(Purpose.ANALYTICS, Answer.WITHDRAW), {}, NOW)
    assert ledger(session) == []


@pytest.mark.parametrize("answer", [Answer.REFUSE, Answer.WITHDRAW])
def test_whoever_acts_on_a_consent_is_told_that_it_was_taken_back(session: Session, answer: Answer) -> None:
    person, told = builders.account(session), []
    followers = {Purpose.ANALYTICS: lambda _, number: told.append(number)}
    for purpose in (Purpose.ANALYTICS, Purpose.PERSONALISATION):
        service.take(session, person, reply(purpose), followers, NOW)
        assert told == []
        service.take(session, person, reply(purpose, answer), followers, NOW)
        assert told.pop() == person.id if purpose is Purpose.ANALYTICS else told == []


@pytest.mark.parametrize("form", [
    {}, {"purpose": "tracking", "answer": "agree", "language": "en"}, {"purpose": "analytics", "language": "en"},
    {"purpose": "analytics", "answer": "maybe", "language": "en"},
    {"purpose": "analytics", "answer": "agree", "language": "xx"}])
def test_what_no_form_of_ours_sends_is_refused(form: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        service.read_reply(form)


# By code


def test_a_code_stays_the_same_for_ever(session: Session, company: Company) -> None:
    person = builders.account(session)
    codes = {builders.consent(session, person, company, is_granted=granted).code for granted in (True, False, True)}
    assert len(codes) == 1 and len(codes.pop()) == 26


@BOTH
def test_withdrawing_by_code_twice_is_withdrawing_once(session: Session, company: Company) -> None:
    code = builders.consent(session, builders.account(session), company).code
    for _ in range(2):
        service.withdraw_by_code(session, code, "one-click", NOW)
    assert ledger(session) == [(True, "account"), (False, "one-click")]
    assert contactable(session, company) == set()


def test_an_unknown_code_withdraws_nothing(session: Session, company: Company) -> None:
    builders.consent(session, builders.account(session), company)
    with pytest.raises(NotFound):
        service.withdraw_by_code(session, "a" * 26, "one-click", NOW)
    assert ledger(session) == [(True, "account")]


def test_the_code_of_another_purpose_opens_nothing(session: Session) -> None:
    code = builders.consent(session, builders.account(session), purpose=Purpose.ANALYTICS).code
    with pytest.raises(NotFound):
        service.withdraw_by_code(session, code, "one-click", NOW, is_all=True)


@BOTH
def test_all_mail_is_stopped_and_nothing_else(session: Session, company: Company) -> None:
    person, other = builders.account(session, Role.HCP), builders.company(session)
    builders.consent(session, person, purpose=Purpose.ANALYTICS)
    builders.consent(session, person, company, purpose=Purpose.SHARING)
    builders.consent(session, person, other)
    code = builders.consent(session, person, company).code
    service.withdraw_by_code(session, code, "unsubscribe-link", NOW, is_all=True)
    standing = {state.purpose for state in queries.states(session, person.id or 0) if state.is_granted}
    assert standing == {"analytics", "sharing"}


# A person's own


def test_an_export_holds_every_line_with_the_words_that_were_shown(session: Session, company: Company) -> None:
    person, other = builders.account(session), builders.account(session)
    builders.consent(session, other, company)
    code = builders.consent(session, person, company).code
    service.withdraw_by_code(session, code, "one-click", NOW)
    withdrawn, given = service.export_person(session, person.id or 0)["consents"]
    words = wordings.newest(Purpose.COMPANY_MAIL, "en")
    assert (given["company"], given["is_granted"], given["digest"], given["asked"]) == (
        company.name, True, words.digest, words.of(company.name).asks)
    assert (withdrawn["is_granted"], withdrawn["place"], withdrawn["wording"], withdrawn["asked"]) == (
        False, "one-click", "", "")


@BOTH
def test_erasure_withdraws_everything_once_and_keeps_the_proof(session: Session, company: Company) -> None:
    person = builders.account(session)
    builders.consent(session, person, company)
    builders.consent(session, person, purpose=Purpose.ANALYTICS)
    kept = [service.erase_person(session, person.id or 0, NOW) for _ in range(2)]
    assert kept == [[service.KEPT]] * 2
    assert sorted(ledger(session)) == [(False, "erasure")] * 2 + [(True, "account")] * 2
    assert not any(state.is_granted for state in queries.states(session, person.id or 0))


def test_of_somebody_who_was_never_asked_nothing_is_kept(session: Session) -> None:
    assert service.erase_person(session, builders.account(session).id or 0, NOW) == []


@BOTH
def test_lines_die_three_years_after_they_were_proof_of_something(database: Database) -> None:
    young, now = clock.now() - timedelta(days=30), clock.now()
    with database.writing() as session:
        one, two, three, four = (builders.account(session).id for _ in range(4))
        session.execute(insert(ConsentEntry), [
            {"account_id": account, "purpose": "analytics", "channel": "site", "company_id": 0, "is_granted": granted,
             "wording": "1", "language": "en", "place": "account", "at": at}
            for account, granted, at in (
                (one, True, OLD), (one, False, OLD + timedelta(days=1)),  # over for three years
                (two, True, OLD), (two, False, young),  # over for a month
                (three, True, OLD),  # stands
                (four, False, OLD))])  # said no
    assert jobs.forget_lines(database, now) == 3
    assert jobs.forget_lines(database, now) is None
    with database.reading() as session:
        assert [entry.account_id for entry in session.scalars(select(ConsentEntry).order_by("id"))] == [two, two, three]


@BOTH
def test_a_line_that_is_old_cannot_be_altered_either(session: Session) -> None:
    builders.consent(session, builders.account(session), purpose=Purpose.ANALYTICS, now=OLD)
    with pytest.raises(DatabaseError, match="append-only"):
        session.execute(text("UPDATE consent_entry SET is_granted = FALSE"))


def test_a_state_shows_no_code(session: Session, company: Company) -> None:
    state = builders.consent(session, builders.account(session), company)
    assert isinstance(state, Consent) and state.code not in repr(state)
