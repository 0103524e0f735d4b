"""The provider's queue of words that may tell of a side effect: without the learner, closed once, with a reason."""

import pytest
from sqlmodel import select
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL
from tests.cme import activities
from webapp.cme.models import CmeHeard, CmeVersion
from webapp.core import audit, clock
from webapp.core.platform import Platform
from webapp.people.rules import Role

HERE = {"base_url": BASE_URL, "headers": {"Origin": BASE_URL}}
WORDS = "A rash after Exemplora."


@pytest.fixture
def provider(client: Client, platform: Platform) -> Client:
    with platform.database.writing() as session:
        activities.publish(session, clock.now())
        email = builders.account(session, Role.CME_PROVIDER, now=clock.now()).email
    builders.sign_in(client, email)
    return client


def heard(platform: Platform, *, may_pass_on: bool | None = None) -> str:
    with platform.database.writing() as session:
        version = session.scalars(select(CmeVersion)).one()
        row = CmeHeard(version_id=version.id or 0, language="en", market="us", words=WORDS, at=clock.now(),
                       may_pass_on=may_pass_on)
        session.add(row)
        return row.key


@pytest.mark.parametrize(("answer", "said"), [
    (True, "the safety desk has these words"), (False, "does not want them passed on"),
    (None, "has not answered, which counts as no")])
def test_the_queue_shows_words_and_whether_they_may_be_passed_on(provider: Client, platform: Platform,
                                                                 answer: bool | None, said: str) -> None:
    heard(platform, may_pass_on=answer)
    page = provider.get("/cme/provider/words", base_url=BASE_URL).text
    assert WORDS in page and said in page and "Exemplitis: the first steps" in page
    assert "1 is open" in provider.get("/cme/provider/", base_url=BASE_URL).text


def test_closing_asks_why_is_audited_and_ends_it(provider: Client, platform: Platform) -> None:
    place = f"/cme/provider/words/{heard(platform)}"
    assert provider.post(place, **HERE, data={"reason": ""}).status_code == 422
    assert provider.post(place, **HERE, data={"reason": "No event: a question"}).status_code == 303
    assert WORDS not in provider.get("/cme/provider/words", base_url=BASE_URL).text
    assert provider.post(place, **HERE, data={"reason": "Once more"}).status_code == 409
    with platform.database.reading() as session:
        line = audit.newest(session, "cme-heard")[0]
    assert (line.entry.action, line.reason) == ("cme-heard-closed", "No event: a question")


def test_words_that_are_not_there_are_not_found(provider: Client) -> None:
    assert provider.post("/cme/provider/words/aaaa", **HERE, data={"reason": "None there"}).status_code == 404


def test_a_row_of_the_queue_knows_no_learner() -> None:
    assert set(CmeHeard.model_fields) == {"id", "key", "version_id", "language", "market", "words", "at",
                                          "may_pass_on", "closed_at"}
