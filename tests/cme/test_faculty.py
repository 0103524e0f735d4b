"""From the request to the decision: the mail, the page without an account, the decision, publication."""

from datetime import timedelta
from email import policy
from email.parser import BytesParser

import pytest
from bs4 import BeautifulSoup
from sqlmodel import select
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL
from tests.cme import activities, certified, disclosed
from tests.cme.disclosed import EMPLOYED, KIM, MITIGATED, NOT_RELEVANT, ROBIN, TALKS
from webapp.channels.models import Outgoing
from webapp.channels.service.sending import Go, Stop
from webapp.cme.jobs import remind_faculty
from webapp.cme.models import CmeActivity, CmeDisclosure, CmeDisclosureDecision, CmeDisclosureRequest
from webapp.cme.rules.inviting import LINK_LASTS, MAIL_LASTS, REMIND_AFTER
from webapp.cme.service import faculty, inviting, versions
from webapp.cme.service.inviting import DisclosureLetters
from webapp.core import clock
from webapp.core.audit import By
from webapp.core.errors import Conflict, Invalid, Refused
from webapp.core.models import AuditEntry
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.people.rules import Role

BOTH = pytest.mark.postgresql
HERE = {"base_url": BASE_URL, "headers": {"Origin": BASE_URL}}
PLACE = f"/cme/provider/{activities.SLUG}/faculty"
NOW = clock.now()
ASKED = {"name": ROBIN, "parts": ["author", "planner"], "email": "robin@home.example", "language": "en"}
ONE = {"told": "some", "count": "1", "company-1": "Example Pharma Ltd (fictional)", "nature-1": "speaker"}


@pytest.fixture
def casey(platform: Platform) -> Account:
    with platform.database.writing() as session:
        activities.publish(session, NOW)
        return builders.account(session, Role.CME_PROVIDER, now=NOW)


@pytest.fixture
def by(casey: Account) -> By:
    return By(casey.id or 0, NOW)


@pytest.fixture
def provider(client: Client, casey: Account) -> Client:
    builders.sign_in(client, casey.email)
    return client


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
    with platform.database.reading() as session:
        return DisclosureLetters(platform, "Materia <news@materia.example>").recheck(session, row, NOW + later)


def acts(platform: Platform) -> list[str]:
    with platform.database.reading() as session:
        return list(session.scalars(select(AuditEntry.action).where(AuditEntry.subject_kind == inviting.SUBJECT)
                                    .order_by(AuditEntry.id)))  # type: ignore[arg-type]


# Asking


def test_the_way_from_the_request_to_the_decision(provider: Client, stranger: Client, platform: Platform) -> None:
    assert PLACE in provider.get("/cme/provider/", base_url=BASE_URL).text
    assert provider.post(PLACE, data=ASKED, **HERE).status_code == 303
    assert "Your financial relationships" in stranger.get(link(platform), base_url=BASE_URL).text
    assert stranger.post(link(platform), data=ONE, **HERE).status_code == 303
    shown = read(stranger.get(link(platform), base_url=BASE_URL).text).get_text(" ", strip=True)
    assert "This is what you stated" in shown and "Example Pharma Ltd (fictional) : Speaker" in shown
    page = read(provider.get(PLACE, base_url=BASE_URL).text)
    assert "To be decided" in page.get_text()
    person = str(page.select_one(f'tbody a[href^="{PLACE}/"]')["href"])  # type: ignore[index]
    form = read(provider.get(person, base_url=BASE_URL).text).select_one('form[action$="/decide"]')
    assert form is not None
    hidden = {str(one["name"]): str(one["value"]) for one in form.select('input[type="hidden"]')}
    sent = {**hidden, **MITIGATED, "means": ["peer-review"], "words": "Peers read it."}
    assert provider.post(f"{person}/decide", data=sent, **HERE).status_code == 303
    decided = read(provider.get(person, base_url=BASE_URL).text).get_text(" ", strip=True)
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
        assert f"{BASE_URL}{link(platform)}" in part.get_content()


def test_nobody_is_asked_twice(platform: Platform, by: By) -> None:
    with platform.database.writing() as session:
        disclosed.asked(session, by)
        for name, email in ((ROBIN, "other@home.example"), (KIM, "ROBIN@home.example")):
            with pytest.raises(Conflict):
                disclosed.asked(session, by, name, email)


@pytest.mark.parametrize("changed", [{"name": ""}, {"parts": []}, {"parts": ["actor"]}, {"email": "nowhere"},
                                     {"email": "a@b.example\nBcc: c@d.example"}, {"language": "la"}])
def test_a_request_that_is_not_whole_is_refused_and_stays_in_the_form(provider: Client, platform: Platform,
                                                                      changed: dict[str, object]) -> None:
    answer = provider.post(PLACE, data={**ASKED, **changed}, **HERE)
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
    assert "Your financial relationships" in stranger.get(f"{link(platform)}?language=en", base_url=BASE_URL).text


# Deciding


def test_of_two_decisions_at_once_the_second_is_told_to_look_again(provider: Client, platform: Platform,
                                                                   by: By) -> None:
    with platform.database.writing() as session:
        row = disclosed.stated(session, disclosed.asked(session, by), TALKS, now=NOW)
        form = disclosed.form(session, row, **NOT_RELEVANT)
    for words, status in (("It is another field.", 303), ("I think so too.", 409)):
        answer = provider.post(f"{PLACE}/{row.key}/decide", data={**form, "words": words}, **HERE)
        assert answer.status_code == status
    assert "Nothing was decided." in answer.text
    with platform.database.reading() as session:
        assert session.scalars(select(CmeDisclosureDecision)).one().words == "It is another field."


def test_nothing_is_decided_on_what_was_replaced_meanwhile(platform: Platform, by: By) -> None:
    with platform.database.writing() as session:
        row = disclosed.stated(session, disclosed.asked(session, by), TALKS, now=NOW)
        form = disclosed.form(session, row, **NOT_RELEVANT)
        disclosed.stated(session, row, TALKS, EMPLOYED, now=NOW)
        with pytest.raises(Conflict):
            disclosed.deciding.decide(session, activities.SLUG, row.key, form, (), disclosed.FreeText("So be it"), by)


def test_a_later_decision_takes_the_place_of_an_earlier_and_both_are_kept(platform: Platform, by: By) -> None:
    with platform.database.writing() as session:
        row = disclosed.stated(session, disclosed.asked(session, by), TALKS, now=NOW)
        disclosed.decided(session, row, by, **NOT_RELEVANT)
        disclosed.decided(session, row, by, **MITIGATED)
        last = faculty.gathered(session, [row])[0].last
        assert last is not None and [one.verdict for one in last.decisions[0]] == ["not-relevant", "mitigated"]
        assert last.told.rulings[0] is not None and last.told.rulings[0].is_relevant


def test_who_states_to_be_an_employee_is_excluded_until_an_exception_is_decided_on(
        provider: Client, platform: Platform, by: By) -> None:
    with platform.database.writing() as session:
        row = disclosed.stated(session, disclosed.asked(session, by), EMPLOYED, now=NOW)
        with pytest.raises(Invalid):
            disclosed.decided(session, row, by, **MITIGATED)
    assert "Excluded" in read(provider.get(PLACE, base_url=BASE_URL).text).select("tbody tr")[0].get_text()
    with platform.database.writing() as session:
        row = session.scalars(select(CmeDisclosureRequest)).one()
        disclosed.decided(session, row, by, **MITIGATED, exception="device-technician")
        told = faculty.gathered(session, [row])[0].person.told
        assert told is not None and told.is_settled
    page = read(provider.get(f"{PLACE}/{row.key}", base_url=BASE_URL).text).get_text()
    assert "By an exception:" in page


def test_the_page_of_somebody_of_another_activity_is_nowhere(provider: Client, platform: Platform, by: By) -> None:
    with platform.database.writing() as session:
        row = disclosed.asked(session, by)
        session.add(CmeActivity(slug="another"))
    for verb in ("decide", "again", "call-off"):
        answer = provider.post(f"/cme/provider/another/faculty/{row.key}/{verb}",
                               data={"email": "a@b.example", "reason": "To see"}, **HERE)
        assert answer.status_code == 404, verb


# Publishing


ACCREDITED = activities.ACCREDITED.accredited_for
TOLD = {"contributors": [
    {"name": ROBIN, "credentials": {"en": "MD", "zh-Hans": "医学博士"}, "parts": ["planner", "author"],
     "disclosed_on": str(NOW.date()), "began_on": str(NOW.date()), "relationships": []},
    {"name": KIM, "credentials": {"en": "MD", "zh-Hans": "医学博士"}, "parts": ["reviewer"],
     "disclosed_on": str(NOW.date()), "began_on": str(NOW.date()),
     "relationships": [{"company": TALKS.company, "nature": {"en": "Speaker", "zh-Hans": "讲者"},
                        "is_relevant": True, "mitigation": {"en": "Peer review", "zh-Hans": "同行评审"},
                        "mitigated_on": str(NOW.date())}]}]}


def test_an_accredited_provider_publishes_once_everybody_is_decided_on(platform: Platform, casey: Account,
                                                                       by: By) -> None:
    with platform.database.writing() as session:
        version = certified.publish_reviewed(session, NOW, **TOLD)
        versions.withdraw(session, activities.SLUG, By(by.actor, NOW, "To try again"))
        with pytest.raises(Refused) as refused:
            versions.publish(session, version, by, accepts_samples=False, accredited_for=ACCREDITED)
        assert str(refused.value).count("was not asked to disclose") == 2
        disclosed.settled(session, by)
        assert versions.publish(session, version, by, accepts_samples=False, accredited_for=ACCREDITED)


def test_a_file_that_says_something_else_than_was_decided_is_neither_handed_in_nor_published(
        platform: Platform, casey: Account, by: By) -> None:
    with platform.database.writing() as session:
        version = certified.publish_reviewed(session, NOW)
        disclosed.settled(session, by)
        for verb in (lambda: versions.hand_in(session, version, author_ids=(), link="/", now=NOW),
                     lambda: versions.publish(session, activities.publish(session, NOW, minutes=45), by,
                                              accepts_samples=True, accredited_for=frozenset())):
            with pytest.raises(Refused) as refused:
                verb()
            assert "Example Pharma Ltd (fictional), Speaker / 讲者" in str(refused.value)


def test_a_sample_is_published_without_the_disclosures_of_its_made_up_people(platform: Platform,
                                                                             provider: Client) -> None:
    assert "a sample of 0 credits" in provider.get(PLACE, base_url=BASE_URL).text
    with platform.database.reading() as session:
        activity = session.scalars(select(CmeActivity)).one()
        version = session.get_one(versions.CmeVersion, activity.live_version_id)
        assert faculty.obstacles(session, activity, versions.about(version), ACCREDITED, NOW.date()) == []
