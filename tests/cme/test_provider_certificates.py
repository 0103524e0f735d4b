"""The provider finds a certificate, corrects its name and revokes it: with a reason, once, and nothing is changed."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import pytest
from bs4 import BeautifulSoup
from sqlmodel import Session, select
from werkzeug.test import Client

from tests import builders, copies
from tests.builders import BASE_URL
from tests.cme import activities, certified
from webapp.cme.models import CmeCertificate
from webapp.cme.rules.certificates import Standing, code_in
from webapp.cme.service import certifying
from webapp.core import audit
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.db import Database
from webapp.core.errors import Conflict
from webapp.core.ids import new_code
from webapp.core.platform import Platform
from webapp.people.rules import Role

BOTH = pytest.mark.postgresql
HERE = {"base_url": BASE_URL, "headers": {"Origin": BASE_URL}}
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
ROOM = "/cme/provider/certificates"
SAID = {"name": "Dr. Ann Example", "reason": "Misspelt", "confirm": "yes"}
TIMES = 10


@pytest.fixture
def issued(platform: Platform) -> CmeCertificate:
    return copies.filled(platform.database, (__name__,), misspelt)


def misspelt(session: Session) -> CmeCertificate:
    activities.publish(session, NOW)
    return certified.completed(session, NOW, name="Dr. Ann Exampel")


@pytest.fixture
def provider(client: Client, platform: Platform, issued: CmeCertificate) -> Client:
    with platform.database.writing() as session:
        email = builders.account(session, Role.CME_PROVIDER, now=NOW).email
    builders.sign_in(client, email)
    return client


def act(client: Client, code: str, what: str, **said: str) -> Any:
    return client.post(f"{ROOM}/{code}/{what}", **HERE, data=SAID | said)


def standings(platform: Platform) -> dict[str, Standing]:
    with platform.database.reading() as session:
        return {one.name: certifying.standing(session, one) for one in session.scalars(select(CmeCertificate))}


def main(page: str) -> str:
    found = BeautifulSoup(page, "html.parser").main
    assert found is not None
    return " ".join(found.get_text(" ").split())


# Finding


@pytest.mark.parametrize("typed", ["{code}", " {code}\n", "{base}/certificates/{code}", "{base}/certificates/{code}/",
                                   "{base}/certificates/{code}?language=en", "{base}/certificates/{code}/?a=b/c#d"])
def test_a_code_or_the_address_of_its_page_leads_to_it(provider: Client, issued: CmeCertificate, typed: str) -> None:
    asked = typed.format(code=issued.code, base=BASE_URL)
    found = provider.get(ROOM, base_url=BASE_URL, query_string={"code": asked})
    assert (found.status_code, found.location) == (303, f"{ROOM}/{issued.code}")
    assert "Dr. Ann Exampel" in provider.get(found.location, base_url=BASE_URL).text


@pytest.mark.parametrize("typed", ["ABC234", "abc-234", "Abc\u2011234", " ab c2 34", "abc\u00a0\u2013 234",
                                   "abc\u00ad234", "abc234#top",
                                   "https://x-y.example/certificates/ABC-234?language=zh-Hans"])
def test_a_code_is_the_same_however_it_is_typed(typed: str) -> None:
    assert code_in(typed) == "abc234"


@pytest.mark.parametrize("typed", ["", " - ", "/", "?language=en"])
def test_where_no_code_was_typed_none_is_read(typed: str) -> None:
    assert code_in(typed) == ""


def test_a_code_that_is_none_of_ours_is_said_to_be_none(provider: Client) -> None:
    found = provider.get(ROOM, base_url=BASE_URL, query_string={"code": "a" * 26})
    assert found.status_code == 404 and "There is no such certificate." in found.text
    assert provider.get(f"{ROOM}/{'a' * 26}", base_url=BASE_URL).status_code == 404
    assert "There is no such" not in provider.get(ROOM, base_url=BASE_URL).text


def test_an_activitys_certificates_stand_with_their_state(provider: Client, issued: CmeCertificate) -> None:
    act(provider, issued.code, "correct")
    page = provider.get(f"/cme/provider/{activities.SLUG}/certificates", base_url=BASE_URL).text
    rows = [[cell.get_text(strip=True) for cell in row.select("th, td")]
            for row in BeautifulSoup(page, "html.parser").select("tbody tr")]
    assert rows == [["Dr. Ann Example", "November 26, 2026", "Certificate of participation", "Valid"],
                    ["Dr. Ann Exampel", "November 26, 2026", "Certificate of participation", "Replaced by a newer one"]]
    assert provider.get("/cme/provider/nothing/certificates", base_url=BASE_URL).status_code == 404


def test_they_stand_in_the_order_of_the_days_that_are_shown(provider: Client, platform: Platform,
                                                            issued: CmeCertificate) -> None:
    with platform.database.writing() as session:
        for days in (9, -1, 3):
            certified.completed(session, NOW - timedelta(days=days), name=f"Dr. {days}")
    act(provider, issued.code, "correct")
    page = provider.get(f"/cme/provider/{activities.SLUG}/certificates", base_url=BASE_URL).text
    names = [cell.get_text(strip=True) for cell in BeautifulSoup(page, "html.parser").select("tbody th")]
    assert names == ["Dr. -1", "Dr. Ann Example", "Dr. Ann Exampel", "Dr. 3", "Dr. 9"]


# Correcting and revoking


def test_a_corrected_name_stands_on_a_new_certificate_and_the_history_says_why(
        provider: Client, platform: Platform, issued: CmeCertificate) -> None:
    went = act(provider, issued.code, "correct")
    assert went.status_code == 303 and issued.code not in went.location
    assert standings(platform) == {"Dr. Ann Exampel": Standing.SUPERSEDED, "Dr. Ann Example": Standing.VALID}
    page = main(provider.get(went.location, base_url=BASE_URL).text)
    assert "Misspelt" in page and "Issued to Dr. Ann Exampel · Replaced by a newer one" in page
    with platform.database.reading() as session:
        line = audit.newest(session, "cme-certificate")[0]
        kept = session.scalars(select(CmeCertificate).where(CmeCertificate.code == issued.code)).one()
    assert (line.entry.action, line.reason, line.entry.subject_id) == (
        "cme-certificate-reissued", "Misspelt", issued.id)
    assert (kept.pdf, kept.name) == (issued.pdf, "Dr. Ann Exampel"), "what was issued never changes"


def test_a_revoked_one_says_so_and_cannot_be_changed_any_more(
        provider: Client, platform: Platform, issued: CmeCertificate) -> None:
    assert act(provider, issued.code, "revoke").status_code == 303
    assert standings(platform) == {"Dr. Ann Exampel": Standing.REVOKED}
    page = provider.get(f"{ROOM}/{issued.code}", base_url=BASE_URL).text
    assert "Misspelt" in page and "Correct the certificate" not in page
    for what in ("correct", "revoke"):
        assert act(provider, issued.code, what).status_code == 409
    assert standings(platform) == {"Dr. Ann Exampel": Standing.REVOKED}


@pytest.mark.parametrize("left_out", [{"reason": ""}, {"confirm": ""}])
@pytest.mark.parametrize("what", ["correct", "revoke"])
def test_without_a_reason_or_the_confirmation_nothing_is_done(
        provider: Client, platform: Platform, issued: CmeCertificate, what: str, left_out: dict[str, str]) -> None:
    answer = act(provider, issued.code, what, **left_out)
    assert answer.status_code == 422 and "Nothing was changed." in answer.text
    assert standings(platform) == {"Dr. Ann Exampel": Standing.VALID}


def test_a_name_that_no_certificate_can_carry_is_refused(
        provider: Client, platform: Platform, issued: CmeCertificate) -> None:
    assert act(provider, issued.code, "correct", name=" ").status_code == 422
    assert act(provider, "a" * 26, "correct").status_code == 404
    assert standings(platform) == {"Dr. Ann Exampel": Standing.VALID}


@BOTH
def test_of_two_corrections_at_one_moment_one_is_made(database: Database) -> None:
    with database.writing() as session:
        activities.publish(session, NOW)
        held = certified.completed(session, NOW, name="Dr. Ann Exampel")
    drawn = certifying.draw_again(held, name="Dr. Ann Example", base_url=BASE_URL, now=NOW)
    for _ in range(TIMES):
        together = Barrier(2)

        def correct(_: int, code: str = held.code, wait: Any = together.wait) -> CmeCertificate | None:
            made = replace(drawn, code=new_code())
            wait()
            try:
                with database.writing() as session:
                    return certifying.reissue(session, code, made, By(COMMAND_LINE, NOW, "Misspelt"))
            except Conflict:
                return None
        with ThreadPoolExecutor(2) as pool:
            made = [one for one in pool.map(correct, range(2)) if one is not None]
        assert len(made) == 1 and made[0].supersedes_id == held.id
        held = made[0]
    with database.reading() as session:
        assert len(session.scalars(select(CmeCertificate)).all()) == TIMES + 1
