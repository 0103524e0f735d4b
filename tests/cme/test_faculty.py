"""From the request to the decision: the mail, the page without an account, the decision, publication."""

from datetime import timedelta
from email import policy
from email.parser import BytesParser

import pytest
from bs4 import BeautifulSoup
from sqlmodel import select
from werkzeug.test import Client

from tests.builders import BASE_URL
from tests.cme import activities, disclosed
from tests.cme.activities import PROVIDER
from tests.cme.disclosed import KIM, MITIGATED, NOW, ROBIN
from webapp.channels.models import Outgoing
from webapp.channels.service.sending import Go, Stop
from webapp.cme.jobs import remind_faculty
from webapp.cme.models import CmeDisclosure, CmeDisclosureRequest
from webapp.cme.rules.inviting import LINK_LASTS, MAIL_LASTS, REMIND_AFTER
from webapp.cme.service import inviting
from webapp.cme.service.inviting import DisclosureLetters
from webapp.core.audit import By
from webapp.core.errors import Conflict
from webapp.core.models import AuditEntry
from webapp.core.platform import Platform
from webapp.people.models import Account

BOTH = pytest.mark.postgresql
HERE = {"base_url": BASE_URL, "headers": {"Origin": BASE_URL}}
PLACE = f"/cme/provider/{activities.SLUG}/faculty"
ASKED = {"name": ROBIN, "parts": ["author", "planner"], "email": "robin@home.example", "language": "en"}
ONE = {"told": "some", "count": "1", "company-1": "Example Pharma Ltd (fictional)", "nature-1": "speaker"}


@pytest.fixture
def stranger(app: object, casey: Account) -> Client:
    """Somebody without an account, in a browser of their own."""
    return app.test_client()  # type: ignore[attr-defined,no-any-return]


def read(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def link(platform: Platform, name: str = ROBIN) -> str:
    with platform.database.reading() as session:
        return f"/cme/disclose/{disclosed.code_of(session, name)}"


def mails(platform: Platform) -> list[Outgoing]:
    with platform.database.reading() as session:
        return list(session.scalars(select(Outgoing).where(Outgoing.subject_kind == inviting.SUBJECT)))


def checked(platform: Platform, row: Outgoing, later: timedelta = timedelta()) -> Go | Stop:
    letters = DisclosureLetters(platform, "Materia <news@materia.example>", PROVIDER.name)
    with platform.database.reading() as session:
        return letters.recheck(session, row, NOW + later)


def acts(platform: Platform) -> list[str]:
    with platform.database.reading() as session:
        return list(session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == inviting.SUBJECT)
                                    .order_by(AuditEntry.id)))  # type: ignore[arg-type]


# Asking


def test_the_way_from_the_request_to_the_decision(as_casey: Client, stranger: Client, platform: Platform) -> None:
    assert PLACE in as_casey.get("/cme/provider/", base_url=BASE_URL).text
    assert as_casey.post(PLACE, data=ASKED, **HERE).status_code == 303
    assert "Your financial relationships" in stranger.get(link(platform), base_url=BASE_URL).text
    assert stranger.post(link(platform), data=ONE, **HERE).status_code == 303
    shown = read(stranger.get(link(platform), base_url=BASE_URL).text).get_text(" ", strip=True)
    assert "This is what you stated" in shown and "Example Pharma Ltd (fictional) : Speaker" in shown
    page = read(as_casey.get(PLACE, base_url=BASE_URL).text)
    assert "To be decided" in page.get_text()
    person = str(page.select_one(f'tbody a[href^="{PLACE}/"]')["href"])  # type: ignore[index]
    form = read(as_casey.get(person, base_url=BASE_URL).text).select_one('form[action$="/decide"]')
    assert form is not None
    hidden = {str(one["name"]): str(one["value"]) for one in form.select('input[type="hidden"]')}
    sent = {**hidden, **MITIGATED, "means": ["peer-review"], "words": "Peers read it."}
    assert as_casey.post(f"{person}/decide", data=sent, **HERE).status_code == 303
    decided = read(as_casey.get(person, base_url=BASE_URL).text).get_text(" ", strip=True)
    assert "Relevant, and mitigated" in decided and "Peers read it." in decided
    assert "cannot be changed here" in stranger.get(link(platform), base_url=BASE_URL).text
    assert acts(platform) == ["cme-disclosure-asked", "cme-disclosure-stated", "cme-disclosure-decided"]


@pytest.mark.parametrize(("language", "title", "word"), [
    ("en", "Please disclose your financial relationships", "Disclose here:"),
    ("zh-Hans", "请披露您的经济利益关系", "请在此披露")])
def test_the_mail_leads_to_the_page_and_no_row_of_the_outbox_names_the_address(
        platform: Platform, app: object, by: By, language: str, title: str, word: str) -> None:
    with platform.database.writing() as session:
        disclosed.asked(session, by, language=language)
    row, = mails(platform)
    assert (row.account_id, row.address, row.values) == (0, "", {})
    went = checked(platform, row)
    assert isinstance(went, Go) and went.address == "robin@home.example"
    mail = BytesParser(policy=policy.default).parsebytes(went.message)
    plain, rich = (mail.get_body((kind,)) for kind in ("plain", "html"))
    assert mail["Subject"] == title and plain is not None and rich is not None and word in plain.get_content()
    for part in (plain, rich):
        assert f"{BASE_URL}{link(platform)}" in part.get_content() and PROVIDER.name in part.get_content()


def test_nobody_is_asked_twice(platform: Platform, by: By) -> None:
    with platform.database.writing() as session:
        disclosed.asked(session, by)
        for name, email in ((ROBIN, "other@home.example"), (KIM, "ROBIN@home.example")):
            with pytest.raises(Conflict):
                disclosed.asked(session, by, name, email)


@pytest.mark.parametrize("changed", [{"name": ""}, {"parts": []}, {"parts": ["actor"]}, {"email": "nowhere"},
                                     {"email": "a@b.example\nBcc: c@d.example"}, {"language": "la"}])
def test_a_request_that_is_not_whole_is_refused_and_stays_in_the_form(as_casey: Client, platform: Platform,
                                                                      changed: dict[str, object]) -> None:
    answer = as_casey.post(PLACE, data={**ASKED, **changed}, **HERE)
    page = read(answer.text)
    assert answer.status_code == 422 and page.select_one('[role="alert"]') is not None and mails(platform) == []
    assert "email" in changed or page.select_one('input[name="email"][value="robin@home.example"]') is not None


@BOTH
def test_whoever_does_not_answer_is_reminded_once(platform: Platform, by: By) -> None:
    with platform.database.writing() as session:
        disclosed.asked(session, by)
        disclosed.stated(session, disclosed.asked(session, by, KIM, "kim@home.example"), now=NOW)
    assert remind_faculty(platform.database, NOW + REMIND_AFTER - timedelta(minutes=1)) is None
    assert remind_faculty(platform.database, NOW + REMIND_AFTER) == 1
    assert remind_faculty(platform.database, NOW + REMIND_AFTER) is None
    assert sorted(row.occurrence for row in mails(platform)) == ["ask-1", "ask-1", "remind-1"]


def test_a_mail_that_waited_or_is_no_longer_needed_does_not_go(platform: Platform, app: object, by: By) -> None:
    with platform.database.writing() as session:
        row = disclosed.asked(session, by)
    mail, = mails(platform)
    assert checked(platform, mail, MAIL_LASTS + timedelta(hours=1)) == Stop("too-late")
    with platform.database.writing() as session:
        disclosed.stated(session, session.get_one(CmeDisclosureRequest, row.id), now=NOW)
    assert checked(platform, mail) == Stop("no-longer-asked")


def test_asked_again_the_old_link_leads_nowhere_and_a_new_mail_goes(client: Client, platform: Platform, app: object,
                                                                    by: By) -> None:
    with platform.database.writing() as session:
        row = disclosed.asked(session, by)
    old = link(platform)
    with platform.database.writing() as session:
        inviting.again(session, activities.SLUG, row.key, "right@home.example", by)
    assert client.get(old, base_url=BASE_URL).status_code == 404
    first, second = mails(platform)
    went = checked(platform, second)
    assert checked(platform, first) == Stop("no-longer-asked")
    assert isinstance(went, Go) and went.address == "right@home.example"


def test_a_request_that_was_called_off_has_no_page_and_cannot_be_sent_again(client: Client, platform: Platform,
                                                                             by: By) -> None:
    with platform.database.writing() as session:
        row = disclosed.asked(session, by)
        inviting.call_off(session, activities.SLUG, row.key, By(by.actor, NOW, "Takes no part"))
        for verb in (lambda: inviting.again(session, activities.SLUG, row.key, row.email, by),
                     lambda: inviting.call_off(session, activities.SLUG, row.key, by)):
            with pytest.raises(Conflict):
                verb()
    assert client.get(link(platform), base_url=BASE_URL).status_code == 404


def test_a_link_that_was_made_up_changed_or_is_over_leads_nowhere(client: Client, platform: Platform, by: By) -> None:
    with platform.database.writing() as session:
        disclosed.asked(session, by)
    place = link(platform)
    for wrong in (f"/cme/disclose/{'a' * 26}", place[:-1] + ("a" if place[-1] != "a" else "b"), place.upper()):
        assert client.get(wrong, base_url=BASE_URL).status_code == 404, wrong
    with platform.database.writing() as session:
        session.scalars(select(CmeDisclosureRequest)).one().expires_at = NOW - timedelta(seconds=1)
    assert client.get(place, base_url=BASE_URL).status_code == 404
    assert client.post(place, data=ONE, **HERE).status_code == 404
    assert LINK_LASTS > REMIND_AFTER


# Disclosing


@pytest.fixture
def place(platform: Platform, client: Client, by: By) -> str:
    with platform.database.writing() as session:
        disclosed.asked(session, by)
    return link(platform)


def kept(platform: Platform) -> list[list[dict[str, object]]]:
    with platform.database.reading() as session:
        return [one.ties for one in session.scalars(select(CmeDisclosure).order_by(
            CmeDisclosure.id))]  # type: ignore[arg-type]


def test_none_is_stated_actively(client: Client, platform: Platform, place: str) -> None:
    assert client.post(place, data={"count": "1"}, **HERE).status_code == 422 and kept(platform) == []
    assert client.post(place, data={"told": "none", "count": "1"}, **HERE).status_code == 303
    assert kept(platform) == [[]]
    assert "No financial relationship in the 24 months before." in client.get(place, base_url=BASE_URL).text


def test_a_fault_stands_by_its_field_and_nothing_typed_is_lost(client: Client, platform: Platform, place: str) -> None:
    sent = {**ONE, "count": "2", "company-2": "Second Ltd", "ended_on-2": "2199-01-01"}
    answer = client.post(place, data=sent, **HERE)
    page = read(answer.text)
    assert answer.status_code == 422 and kept(platform) == []
    wrong = {str(one["id"]): str(one["aria-describedby"]) for one in page.select('[aria-invalid="true"]')}
    assert set(wrong) == {"nature-2", "ended_on-2"}
    for name, described in wrong.items():
        assert page.select_one(f"#{described.split()[0]}.field-fault") is not None, name
    assert page.select_one('input[name="company-2"][value="Second Ltd"]') is not None
    assert page.select_one('select[name="nature-1"] option[value="speaker"][selected]') is not None


def test_room_for_one_more_is_made_without_losing_what_was_typed(client: Client, platform: Platform,
                                                                 place: str) -> None:
    page = read(client.post(place, data={**ONE, "add": "1"}, **HERE).text)
    assert page.select_one('input[name="company-2"]') is not None and kept(platform) == []
    assert page.select_one('input[name="company-1"][value="Example Pharma Ltd (fictional)"]') is not None


def test_a_statement_can_be_corrected_until_it_is_decided_on_and_both_are_kept(
        client: Client, platform: Platform, place: str, by: By) -> None:
    for _ in range(2):  # sent twice, it is kept once
        client.post(place, data=ONE, **HERE)
    form = read(client.get(f"{place}/correct", base_url=BASE_URL).text)
    assert form.select_one('input[name="company-1"][value="Example Pharma Ltd (fictional)"]') is not None
    assert client.post(place, data={**ONE, "ended_on-1": str(NOW.date())}, **HERE).status_code == 303
    with platform.database.writing() as session:
        disclosed.decided(session, session.scalars(select(CmeDisclosureRequest)).one(), by)
    assert client.post(place, data=ONE, **HERE).status_code == 409
    assert "<form class=\"form\"" not in client.get(f"{place}/correct", base_url=BASE_URL).text
    assert [ties[0]["ended_on"] for ties in kept(platform)] == [None, str(NOW.date())]


def test_the_page_speaks_chinese(platform: Platform, stranger: Client, by: By) -> None:
    with platform.database.writing() as session:
        disclosed.asked(session, by, language="zh-Hans")
    page = stranger.get(link(platform), base_url=BASE_URL).text
    assert "您的经济利益关系" in page and "（虚构）Exemplitis" in page


def test_the_language_that_was_chosen_stays_from_page_to_page(platform: Platform, stranger: Client, by: By) -> None:
    with platform.database.writing() as session:
        disclosed.asked(session, by, language="zh-Hans")
    place = link(platform)
    form = read(stranger.get(f"{place}?language=en", base_url=BASE_URL).text).select_one("form.form")
    assert form is not None
    for sent, heading in (({**ONE, "nature-1": ""}, "Choose what it is."), (ONE, "This is what you stated")):
        answer = stranger.post(str(form["action"]), data=sent, follow_redirects=True, **HERE)
        assert heading in answer.text
