"""From asking for an account to using it: by the pages, and by the mails that the worker would send."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from sqlmodel import select
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.builders import BY, NOW, PASSWORD, sign_in
from webapp.channels.models import Outgoing
from webapp.channels.service.sending import Go, Stop
from webapp.consents import queries as consents
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.people import queries, service
from webapp.people.models import Account, Invitation, SignIn
from webapp.people.rules import Role, is_old_enough, password_problem
from webapp.people.security.letters import AccountLetters
from webapp.people.security.pages import NOTICES
from webapp.people.security.settings import BAD_LINK, MESSAGES

NEW = {"email": "new@clinic.example", "password": "four odd lamps sing", "kind": "patient", "market": "us",
       "language": "en", "time_zone": "America/Chicago", "birth_date": "1980-05-17"}
Letters = Callable[[], list[str]]


def sign_up(client: Client, **changed: str) -> TestResponse:
    return client.post("/sign-up", data={**NEW, **changed})


@pytest.fixture
def letters(database: Database, platform: Platform) -> Letters:
    """The mails about accounts that wait in the outbox, as the worker would send them, the oldest first."""
    def read() -> list[str]:
        composer = AccountLetters(platform, "Materia <news@materia.example>")
        with database.reading() as session:
            found = [composer.recheck(session, row, clock.now())
                     for row in session.scalars(select(Outgoing).order_by(Outgoing.id))]  # type: ignore[arg-type]
        return [go.message.decode().replace("=\r\n", "").replace("=3D", "=") for go in found if isinstance(go, Go)]
    return read


def link(mail: str) -> str:
    found = re.search(r"http://localhost(/\S+)", mail)
    assert found is not None, mail
    return found.group(1)


def account(database: Database, email: str = NEW["email"]) -> Account | None:
    with database.reading() as session:
        return queries.account_by_email(session, email)


def is_in(client: Client) -> bool:
    return client.get("/account/security").status_code == 200


def test_an_account_is_made_confirmed_by_mail_and_signed_in_to(
        client: Client, database: Database, letters: Letters) -> None:
    assert sign_up(client).location == "/sign-in?notice=mail-sent"
    sign_in(client, NEW["email"], NEW["password"])
    assert not is_in(client), "before the address is confirmed nobody signs in"
    path = link(letters()[-1])
    assert client.post(path).location == "/sign-in?notice=confirmed"
    sign_in(client, NEW["email"], NEW["password"])
    assert is_in(client)
    made = account(database)
    assert made is not None and (made.market, made.time_zone, made.roles, made.name) == (
        "us", "America/Chicago", [Role.READER], "")


def test_opening_the_link_of_a_confirmation_changes_nothing(
        client: Client, database: Database, letters: Letters) -> None:
    sign_up(client)
    path = link(letters()[-1])
    assert [client.open(path, method=method).status_code for method in ("GET", "HEAD", "GET")] == [200] * 3
    made = account(database)
    assert made is not None and made.confirmed_at is None


def test_the_day_of_birth_is_not_kept(client: Client, database: Database) -> None:
    sign_up(client)
    made = account(database)
    assert made is not None and "1980" not in repr(made.model_dump())


@pytest.mark.parametrize(("market", "born", "is_taken"), [
    ("cn", date(2012, 3, 2), True), ("cn", date(2012, 3, 3), False), ("eu", date(2010, 3, 2), True),
    ("eu", date(2010, 3, 3), False), ("us", date(2013, 3, 2), True), ("us", date(2013, 3, 3), False),
    ("gb", date(2013, 3, 2), True), ("gb", date(2013, 3, 3), False), ("us", date(1890, 1, 1), False)])
def test_an_account_is_for_those_old_enough_in_their_market(market: str, born: date, is_taken: bool) -> None:
    assert is_old_enough(market, born, date(2026, 3, 2)) is is_taken


def test_a_child_gets_no_account(client: Client, database: Database) -> None:
    born = datetime.now(UTC).date().replace(month=1, day=1)
    answer = sign_up(client, birth_date=born.replace(year=born.year - 12).isoformat())
    assert 'role="alert"' in answer.text and account(database) is None


@pytest.mark.parametrize(("years", "is_adult"), [(17, False), (19, True)])
def test_of_the_day_of_birth_the_account_keeps_whether_it_is_an_adults(
        client: Client, database: Database, years: int, is_adult: bool) -> None:
    born = datetime.now(UTC).date().replace(month=1, day=1)
    sign_up(client, birth_date=born.replace(year=born.year - years).isoformat())
    made = account(database)
    assert made is not None and made.is_adult is is_adult and str(born.year - years) not in str(made.model_dump())


@pytest.mark.parametrize(("query", "browser", "offered"), [
    ("", "zh-CN,zh;q=0.9,en;q=0.8", ["cn", "zh-Hans", "Asia/Shanghai"]),
    ("", "en-US", ["us", "en", "America/New_York"]), ("", "fr", ["us", "en", "America/New_York"]),
    ("?language=en", "zh-CN", ["us", "en", "America/New_York"])])
def test_the_form_offers_first_the_language_it_is_shown_in_and_its_country(
        client: Client, query: str, browser: str, offered: list[str]) -> None:
    page = client.get(f"/sign-up{query}", headers={"Accept-Language": browser}).text
    assert re.findall(r'<option value="([^"]+)" selected', page) == offered
    city = {"Asia/Shanghai": "上海", "America/New_York": "New York"}[offered[2]]
    assert f'<option value="{offered[2]}" selected>{city}</option>' in page


def test_signing_up_agrees_to_nothing(client: Client, database: Database) -> None:
    assert "checkbox" not in client.get("/sign-up").text
    sign_up(client)
    made = account(database)
    with database.reading() as session:
        assert made is not None and consents.states(session, made.id or 0) == []


@pytest.mark.parametrize("password", ["short", "password1234", "qwertyuiop12", "new@clinic.example", "x" * 257])
def test_a_short_common_or_own_password_is_refused(password: str) -> None:
    """ASVS 6.2.1, 6.2.4."""
    assert password_problem(password, ["new", "clinic.example"])


@pytest.mark.parametrize("password", ["four odd lamps sing", "明月几时有把酒问青天不知", "xK7-pq9-Lm2-zT4"])
def test_asvs_6_2_5_any_characters_make_a_password(password: str) -> None:
    assert password_problem(password) is None


def test_a_known_and_an_unknown_address_get_the_same_answer_at_sign_up(client: Client, database: Database) -> None:
    with database.writing() as session:
        builders.account(session, email="old@clinic.example")
    answers = [sign_up(client, email=email) for email in ("old@clinic.example", "other@clinic.example")]
    assert next((a.status_code, a.location, a.text) for a in answers) == (
        answers[1].status_code, answers[1].location, answers[1].text)


@pytest.mark.parametrize(("name", "problem"), [
    ("kind", "Choose who you are."), ("birth_date", "Write your day of birth."),
    ("email", "Write your e-mail address."), ("password", "Write a password.")])
def test_what_is_missing_is_named_and_marked(client: Client, name: str, problem: str) -> None:
    page = BeautifulSoup(sign_up(client, **{name: ""}).text, "html.parser")
    assert [told.get_text() for told in page.select("#problems p")] == [problem]
    marked = page.select('[aria-invalid="true"][aria-describedby="problems"]')
    assert [mark.select("[name]")[0]["name"] if mark.name == "fieldset" else mark["name"] for mark in marked] == [name]


def test_whoever_has_an_account_is_told_so_by_mail_alone(
        client: Client, database: Database, letters: Letters) -> None:
    with database.writing() as session:
        builders.account(session, email="old@clinic.example")
    sign_up(client, email="OLD@clinic.example")
    assert "You have an account already" in letters()[-1]


def test_a_known_and_an_unknown_address_get_the_same_answer_at_reset(client: Client, database: Database) -> None:
    with database.writing() as session:
        builders.account(session, email="old@clinic.example")
    answers = [client.post("/reset", data={"email": email}) for email in ("old@clinic.example", "no@clinic.example")]
    assert next((a.status_code, a.location, a.text.replace("no@", "old@")) for a in answers) == (
        answers[1].status_code, answers[1].location, answers[1].text.replace("no@", "old@"))


def notices(answer: TestResponse) -> list[str]:
    return [notice.get_text() for notice in BeautifulSoup(answer.text, "html.parser").select(".notice")]


@pytest.mark.parametrize("path", ["/reset", "/sign-up/confirm", "/reset?notice=bad-link"])
@pytest.mark.parametrize("email", ["old@clinic.example", "no@clinic.example"])
def test_whoever_asks_for_a_mail_is_told_where_to_look(
        client: Client, database: Database, path: str, email: str) -> None:
    with database.writing() as session:
        builders.account(session, email="old@clinic.example")
    answer = client.post(path, data={"email": email})
    assert notices(answer) == [NOTICES["mail-sent"]] and "problems" not in answer.text


@pytest.mark.parametrize("path", ["/reset", "/sign-up/confirm"])
@pytest.mark.parametrize(("typed", "name"), [
    ("", "EMAIL_NOT_PROVIDED"), ("  ", "EMAIL_NOT_PROVIDED"), ("notmail", "INVALID_EMAIL_ADDRESS"),
    ("a@b", "INVALID_EMAIL_ADDRESS"), ("a b@clinic.example", "INVALID_EMAIL_ADDRESS")])
def test_what_is_no_address_is_said_beside_the_field(client: Client, path: str, typed: str, name: str) -> None:
    page = BeautifulSoup(client.post(path, data={"email": typed}).text, "html.parser")
    assert [problem.get_text() for problem in page.select("#problems p")] == [MESSAGES[name]]
    assert page.select("input[name=email][aria-invalid=true]") and not page.select(".notice")


def test_nothing_is_said_before_anything_is_sent(client: Client) -> None:
    page = client.get("/reset")
    assert notices(page) == [] and "problems" not in page.text


def test_a_new_password_by_mail_ends_every_session_and_holds(
        client: Client, edge: object, database: Database, letters: Letters) -> None:
    with database.writing() as session:
        person = builders.account(session)
    sign_in(client, person.email)
    elsewhere = Client(client.application)
    elsewhere.post("/reset", data={"email": person.email})
    path = link(letters()[-1])
    assert elsewhere.get(path).status_code == 200
    assert elsewhere.post(path, data={"password": NEW["password"]}).location == "/sign-in?notice=password-set"
    assert not is_in(client)
    sign_in(elsewhere, person.email, PASSWORD)
    assert not is_in(elsewhere)
    sign_in(elsewhere, person.email, NEW["password"])
    assert is_in(elsewhere)
    assert "set anew" in letters()[-1]


def test_the_link_of_a_reset_is_good_once(client: Client, database: Database, letters: Letters) -> None:
    with database.writing() as session:
        person = builders.account(session)
    client.post("/reset", data={"email": person.email})
    path = link(letters()[-1])
    client.post(path, data={"password": NEW["password"]})
    for answer in (client.get(path), client.post(path, data={"password": "another good one here"})):
        assert answer.location == "/reset?notice=bad-link"


@pytest.mark.parametrize("token", ["x", "WyJicm9rZW4iXQ.aaaa.bbbb"])
def test_a_broken_link_of_a_reset_is_said_to_be_one(client: Client, token: str) -> None:
    answer = client.get(f"/reset/{token}")
    assert answer.location == "/reset?notice=bad-link"
    assert notices(client.get(answer.location)) == [BAD_LINK]


def test_a_link_of_a_reset_that_has_run_out_is_said_to_be_one(
        client: Client, database: Database, letters: Letters) -> None:
    with database.writing() as session:
        person = builders.account(session)
    with time_machine.travel(NOW, tick=False):
        client.post("/reset", data={"email": person.email})
        path = link(letters()[-1])
    with time_machine.travel(NOW + timedelta(hours=25), tick=False):
        assert client.get(path).location == "/reset?notice=bad-link"


def test_links_in_the_outbox_are_sealed(client: Client, database: Database) -> None:
    sign_up(client)
    with database.reading() as session:
        row = session.scalars(select(Outgoing)).one()
    assert set(row.values) == {"sealed"} and "confirm" not in str(row.values)


def test_a_mail_about_an_account_is_no_advertisement_and_has_no_unsubscribe_header(
        client: Client, letters: Letters) -> None:
    sign_up(client)
    mail = letters()[-1]
    assert "List-Unsubscribe" not in mail and "Advertisement" not in mail and "Auto-Submitted: auto-generated" in mail


def test_a_mail_whose_link_has_run_out_is_not_sent(client: Client, database: Database, platform: Platform) -> None:
    sign_up(client)
    with database.reading() as session:
        row = session.scalars(select(Outgoing)).one()
        later = AccountLetters(platform, "M <n@materia.example>").recheck(
            session, row, clock.now().replace(year=clock.now().year + 1))
    assert later == Stop("link-ended")


def test_a_mailbox_is_not_filled_by_asking_again(client: Client, letters: Letters) -> None:
    for _ in range(9):
        assert sign_up(client).status_code == 302
    assert len(letters()) == 4


def test_a_change_of_address_is_told_to_both(client: Client, database: Database, letters: Letters) -> None:
    with database.writing() as session:
        person = builders.account(session, email="old@clinic.example")
    sign_in(client, person.email)
    client.post("/account/email", data={"email": "new@clinic.example"})
    path = link(letters()[-1])
    assert client.get(path).status_code == 200 and account(database, "old@clinic.example") is not None
    client.post(path)
    assert account(database, "new@clinic.example") is not None
    with database.reading() as session:
        told = [row.address for row in session.scalars(select(Outgoing))]
    assert told == ["new@clinic.example", "old@clinic.example"]


def test_a_changed_password_ends_the_other_sessions_and_not_this_one(client: Client, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session)
    elsewhere = Client(client.application)
    for browser in (client, elsewhere):
        sign_in(browser, person.email)
    client.post("/account/password", data={"password": PASSWORD, "new_password": NEW["password"]})
    assert (is_in(client), is_in(elsewhere)) == (True, False)


def test_one_device_is_signed_out_from_another(client: Client, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session)
    elsewhere = Client(client.application)
    for browser in (elsewhere, client):
        sign_in(browser, person.email)
    with database.reading() as session:
        first = session.scalars(select(SignIn).order_by(SignIn.id)).first()  # type: ignore[arg-type]
    assert first is not None
    answer = client.post(f"/account/sign-ins/{first.key}/end")
    assert "Signed out there." in client.get(answer.location).text
    assert (is_in(client), is_in(elsewhere)) == (True, False)


def test_nobody_ends_the_sign_in_of_another(client: Client, database: Database) -> None:
    with database.writing() as session:
        mine, theirs = builders.account(session), builders.account(session)
    elsewhere = Client(client.application)
    sign_in(elsewhere, theirs.email)
    sign_in(client, mine.email)
    with database.reading() as session:
        key = session.scalars(select(SignIn.key).where(SignIn.account_id == theirs.id)).one()
    client.post(f"/account/sign-ins/{key}/end")
    assert is_in(elsewhere)


def test_signing_out_everywhere_ends_all(client: Client, database: Database) -> None:
    """ASVS 7.4.3."""
    with database.writing() as session:
        person = builders.account(session)
    elsewhere = Client(client.application)
    for browser in (elsewhere, client):
        sign_in(browser, person.email)
    client.post("/account/sign-ins/end")
    assert (is_in(client), is_in(elsewhere)) == (False, False)


def test_a_new_role_signs_out(client: Client, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session)
    sign_in(client, person.email)
    with database.writing() as session:
        service.grant(session, session.merge(person), Role.WRITER, by=BY)
    assert not is_in(client)


def test_staff_without_a_second_factor_must_set_one_up_before_anything(client: Client, database: Database) -> None:
    """ASVS 6.3.3."""
    with database.writing() as session:
        person = builders.account(session, Role.MARKETER, company=builders.company(session))
        person.tf_primary_method = person.tf_totp_secret = None
    assert sign_in(client, person.email).location.startswith("/account/second-factor")
    assert client.get("/sponsor/").location.startswith("/sign-in")
    page = client.post("/account/second-factor", data={"setup": "authenticator"})
    assert "<svg" in page.text and 'action="/sign-in/code"' in page.text


def test_a_code_is_good_once(client: Client, database: Database) -> None:
    """ASVS 6.5.1."""
    with database.writing() as session:
        person = builders.account(session, Role.SAFETY)
    code = builders.codes()[1]
    statuses = []
    for browser in (client, Client(client.application)):
        browser.post("/sign-in", data={"email": person.email, "password": PASSWORD})
        browser.post("/sign-in/code", data={"code": code})
        statuses.append(is_in(browser))
    assert statuses == [True, False]


def test_codes_cannot_be_guessed_at_leisure(client: Client, database: Database) -> None:
    with database.writing() as session:
        person = builders.account(session, Role.SAFETY)
    client.post("/sign-in", data={"email": person.email, "password": PASSWORD})
    statuses = [client.post("/sign-in/code", data={"code": "000000"}).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]


def test_recovery_codes_are_shown_once_and_are_good_once(client: Client, database: Database) -> None:
    """ASVS 6.5.1."""
    with database.writing() as session:
        person = builders.account(session, Role.SAFETY)
    sign_in(client, person.email)
    codes = re.findall(r"<code>([0-9a-f-]{14})</code>", client.post("/account/recovery-codes").text)
    assert len(codes) == 10
    assert codes[0] not in client.get("/account/recovery-codes?show_codes=1").text
    entered = []
    for _ in range(2):
        other = Client(client.application)
        other.post("/sign-in", data={"email": person.email, "password": PASSWORD})
        other.post("/sign-in/recovery-code", data={"code": codes[0]})
        entered.append(is_in(other))
    assert entered == [True, False]


def test_an_invitation_makes_an_account_with_its_role_once(client: Client, database: Database) -> None:
    """ASVS 6.4.1."""
    with database.writing() as session:
        made = service.invite(session, "op@clinic.example", Role.OPERATOR, None, language="en", invited_by=None,
                              now=clock.now())
    path = service.invitation_path(made)
    assert client.get(path).status_code == 200 and account(database, "op@clinic.example") is None
    form = {"name": "Olli Operator", "password": NEW["password"]}
    assert client.post(path, data=form).status_code == 302
    person = account(database, "op@clinic.example")
    assert person is not None and person.roles == [Role.OPERATOR]
    assert client.post(path, data=form).status_code == 404


@pytest.fixture
def admin(client: Client, database: Database) -> tuple[Account, int, Account]:
    """A sponsor's administrator, signed in, their company's number, and a marketer of another company."""
    with database.writing() as session:
        mine, theirs = builders.company(session), builders.company(session)
        person = builders.account(session, Role.SPONSOR_ADMIN, company=mine)
        foreign = builders.account(session, Role.MARKETER, company=theirs, email="foreign@sponsor.example")
    sign_in(client, person.email)
    return person, mine.id or 0, foreign


def test_an_administrator_invites_to_their_own_company_and_sees_no_other(
        client: Client, database: Database, letters: Letters, admin: tuple[Account, int, Account]) -> None:
    _, company_id, foreign = admin
    form = {"email": "mate@sponsor.example", "role": "marketer"}
    assert client.post("/sponsor/people", data={**form, "company": company_id}).status_code == 302
    assert client.post("/sponsor/people", data={**form, "company": company_id + 1}).status_code == 404
    assert "You are invited" in letters()[-1] and foreign.email not in client.get("/sponsor/people").text


def test_an_administrator_gives_no_role_beyond_sponsors(
        client: Client, admin: tuple[Account, int, Account]) -> None:
    form = {"email": "mate@sponsor.example", "role": "operator", "company": admin[1]}
    assert client.post("/sponsor/people", data=form).status_code == 422


def test_a_company_invites_a_team_and_not_a_list_of_addresses(
        client: Client, database: Database, admin: tuple[Account, int, Account]) -> None:
    form = {"role": "marketer", "company": admin[1]}
    statuses = [client.post("/sponsor/people", data={**form, "email": f"mate-{number}@sponsor.example"}).status_code
                for number in range(22)]
    assert statuses == [302] * 20 + [429] * 2
    with database.reading() as session:
        assert len(session.scalars(select(Outgoing)).all()) == len(session.scalars(select(Invitation)).all()) == 20


def test_one_person_is_not_invited_again_and_again(
        client: Client, database: Database, admin: tuple[Account, int, Account]) -> None:
    form = {"role": "marketer", "company": admin[1], "email": " Mate@sponsor.example"}
    assert [client.post("/sponsor/people", data=form).status_code for _ in range(5)] == [302] * 4 + [429]


def test_a_seat_taken_away_ends_access_at_the_next_request(
        client: Client, database: Database, admin: tuple[Account, int, Account]) -> None:
    _, company_id, foreign = admin
    with database.writing() as session:
        mate = builders.account(session)
        service.grant(session, mate, Role.MARKETER, company_id, by=BY)
        mate.tf_primary_method, mate.tf_totp_secret = "authenticator", builders.sealed_secret()
    elsewhere = Client(client.application)
    sign_in(elsewhere, mate.email)
    before = elsewhere.get("/sponsor/").status_code
    client.post(f"/sponsor/people/{mate.key}/remove", data={"company": company_id})
    assert (before, elsewhere.get("/sponsor/").status_code) == (200, 302)
    assert client.post(f"/sponsor/people/{foreign.key}/remove", data={"company": company_id}).status_code == 404
