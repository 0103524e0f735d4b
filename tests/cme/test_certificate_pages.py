"""Whoever holds a code sees what the record says and no more; the file is its owner's; nobody of a sponsor sees what
is a learner's own."""

from datetime import UTC, datetime

import pytest
from bs4 import BeautifulSoup
from sqlmodel import Session
from werkzeug.test import Client

from tests import builders, copies
from tests.builders import BASE_URL, sign_in
from tests.cme import activities, certified
from webapp.cme.models import CmeCertificate, CmeParticipation
from webapp.cme.service import certifying
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.people.rules import SPONSOR_ROLES, Role

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BY = By(COMMAND_LINE, NOW, "As the learner asked")


@pytest.fixture
def completed(platform: Platform) -> tuple[Account, CmeCertificate]:
    """A learner, and a certificate on which the name is misspelt."""
    return copies.filled(platform.database, (__name__,), complete)


def complete(session: Session) -> tuple[Account, CmeCertificate]:
    person = builders.account(session, now=NOW)
    activities.publish(session, NOW)
    return person, certified.completed(session, NOW, account=person, name="Dr. Ann Exampel")


@pytest.fixture
def learner(completed: tuple[Account, CmeCertificate]) -> Account:
    return completed[0]


@pytest.fixture
def issued(completed: tuple[Account, CmeCertificate]) -> CmeCertificate:
    return completed[1]


def corrected(platform: Platform, issued: CmeCertificate) -> CmeCertificate:
    drawn = certifying.draw_again(issued, name="Dr. Ann Example", base_url=BASE_URL, now=NOW)
    with platform.database.writing() as session:
        return certifying.reissue(session, issued.code, drawn, BY)


def words(client: Client, code: str, language: str = "en") -> str:
    answer = client.get(f"/certificates/{code}?language={language}", base_url=BASE_URL)
    assert answer.status_code == 200
    main = BeautifulSoup(answer.text, "html.parser").main
    assert main is not None
    return " ".join(main.get_text(" ").split())


def test_a_stranger_with_the_code_sees_the_minimum(client: Client, issued: CmeCertificate, learner: Account) -> None:
    shown = words(client, issued.code)
    for said in ("Certificate of participation", "Valid", "Dr. Ann Exampel", "Exemplitis: the first steps",
                 activities.PROVIDER.name, "November 26, 2026", "0 credits: sample", issued.code):
        assert said in shown
    answer = client.get(f"/certificates/{issued.code}", base_url=BASE_URL)
    assert learner.email not in answer.text and "noindex" in answer.text
    assert "Set-Cookie" not in answer.headers and answer.headers["Cache-Control"] == "private, no-store"


def test_it_is_shown_in_chinese_too(client: Client, issued: CmeCertificate) -> None:
    shown = words(client, issued.code, "zh-Hans")
    assert "参与证书" in shown and "有效" in shown and "2026年11月26日" in shown and "0学分：示例" in shown


def test_a_corrected_one_leads_to_the_newer(client: Client, platform: Platform, issued: CmeCertificate) -> None:
    newer = corrected(platform, issued)
    assert "Replaced by a newer one: " + newer.code in words(client, issued.code)
    assert "Valid" in words(client, newer.code) and "Dr. Ann Example" in words(client, newer.code)


def test_a_revoked_one_says_so(client: Client, platform: Platform, issued: CmeCertificate) -> None:
    with platform.database.writing() as session:
        certifying.revoke(session, issued.code, BY)
    assert "Revoked" in words(client, issued.code) and "Valid" not in words(client, issued.code)


@pytest.mark.parametrize("code", ["a" * 26, "none", "%27%20OR%201=1", "%00"])
def test_of_a_code_that_is_none_of_ours_nothing_is_said(client: Client, issued: CmeCertificate, code: str) -> None:
    answer = client.get(f"/certificates/{code}", base_url=BASE_URL)
    assert answer.status_code == 404 and "Exampel" not in answer.text


def test_a_code_that_is_typed_off_a_paper_leads_to_what_the_record_says(
        client: Client, issued: CmeCertificate) -> None:
    typed = "-".join((issued.code[:13], issued.code[13:])).upper()
    assert words(client, typed) == words(client, f" {issued.code} ") == words(client, issued.code)
    form = client.get("/certificates/?language=zh-Hans", base_url=BASE_URL)
    assert form.status_code == 200 and "查验证书" in form.text and "noindex" in form.text
    asked = {"code": typed, "language": "zh-Hans"}
    answer = client.get("/certificates/", base_url=BASE_URL, query_string=asked)
    assert (answer.status_code, answer.location) == (303, f"/certificates/{issued.code}?language=zh-Hans")
    assert client.get("/certificates/", base_url=BASE_URL,
                      query_string={"code": typed}).location == f"/certificates/{issued.code}"


def test_a_code_that_is_mistyped_can_be_corrected(client: Client, issued: CmeCertificate) -> None:
    answer = client.get("/certificates/", base_url=BASE_URL, query_string={"code": "AAAA-<b>"})
    assert answer.status_code == 404 and "There is no such certificate." in answer.text and "Exampel" not in answer.text
    field = BeautifulSoup(answer.text, "html.parser").select_one("input[name=code]")
    assert field is not None and field["value"] == "AAAA-<b>"


def test_the_owner_gets_the_bytes_as_they_were_issued(
        client: Client, platform: Platform, issued: CmeCertificate, learner: Account) -> None:
    corrected(platform, issued)
    sign_in(client, learner.email)
    answer = client.get(f"/account/cme/certificates/{issued.code}.pdf", base_url=BASE_URL)
    assert (answer.data, answer.content_type) == (issued.pdf, "application/pdf")


def test_another_persons_file_is_not_found(client: Client, platform: Platform, issued: CmeCertificate) -> None:
    with platform.database.writing() as session:
        other = builders.account(session, Role.OPERATOR)
    sign_in(client, other.email)
    assert client.get(f"/account/cme/certificates/{issued.code}.pdf", base_url=BASE_URL).status_code == 404


@pytest.mark.parametrize("role", sorted(SPONSOR_ROLES))
def test_nobody_of_a_sponsor_sees_who_learned(
        client: Client, platform: Platform, issued: CmeCertificate, role: Role) -> None:
    with platform.database.writing() as session:
        person = builders.account(session, role, company=builders.company(session))
    sign_in(client, person.email)
    for path in (f"/account/cme/certificates/{issued.code}.pdf", "/account/cme",
                 "/account/cme/transcript.csv", "/account/cme/transcript.pdf", "/account/cme/external"):
        answer = client.get(path, base_url=BASE_URL)
        assert answer.status_code == 403 and "Exampel" not in answer.text, path


@pytest.mark.parametrize("role", sorted(SPONSOR_ROLES))
def test_of_a_sponsor_one_is_shown_what_anybody_is_shown(
        client: Client, platform: Platform, issued: CmeCertificate, role: Role) -> None:
    as_anybody = words(client, issued.code)
    with platform.database.writing() as session:
        person = builders.account(session, role, company=builders.company(session))
    sign_in(client, person.email)
    assert words(client, issued.code) == as_anybody
    assert client.get(f"/certificates/{'a' * 26}", base_url=BASE_URL).status_code == 404


def end(client: Client, platform: Platform, issued: CmeCertificate) -> str:
    """The page on which the learner sees what they earned."""
    with platform.database.reading() as session:
        key = session.get_one(CmeParticipation, issued.participation_id).key
    return client.get(f"/cme/learn/{key}/done", base_url=BASE_URL).text


def test_the_end_of_an_activity_leads_to_the_file_and_to_its_public_page(
        client: Client, platform: Platform, issued: CmeCertificate, learner: Account) -> None:
    sign_in(client, learner.email)
    page = end(client, platform, issued)
    assert "revoked" not in page and "corrected" not in page and "/sections/05-part" in page
    for path in (f"/account/cme/certificates/{issued.code}.pdf", f"/certificates/{issued.code}"):
        assert f'href="{path}"' in page


def test_its_learner_is_told_that_it_was_revoked_and_is_not_asked_to_show_it(
        client: Client, platform: Platform, issued: CmeCertificate, learner: Account) -> None:
    with platform.database.writing() as session:
        certifying.revoke(session, issued.code, BY)
    sign_in(client, learner.email)
    page = end(client, platform, issued)
    assert "The provider revoked your certificate." in page and f'href="/certificates/{issued.code}"' in page
    assert "Whoever you give its code to" not in page and ".pdf" not in page


def test_its_learner_is_handed_the_corrected_one_and_told_so(
        client: Client, platform: Platform, issued: CmeCertificate, learner: Account) -> None:
    newer = corrected(platform, issued)
    sign_in(client, learner.email)
    page = end(client, platform, issued)
    assert "The provider corrected your certificate." in page and issued.code not in page
    assert f'href="/account/cme/certificates/{newer.code}.pdf"' in page


def test_the_end_of_an_activity_and_the_transcript_say_the_same_of_a_claim(
        client: Client, platform: Platform, issued: CmeCertificate, learner: Account) -> None:
    sign_in(client, learner.email)
    for page in (end(client, platform, issued), client.get("/account/cme", base_url=BASE_URL).text):
        assert "Hours of learning: no credit" in page
