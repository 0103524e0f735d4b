"""The big list of naughty strings through every field that reviewers, authors and guests fill in: each is kept and
shown as it was sent, acting nowhere, or refused in words."""

import re

import pytest
from bs4 import BeautifulSoup
from markupsafe import escape
from werkzeug.test import Client, TestResponse

from tests import builders, naughty
from tests.builders import BASE_URL
from tests.naughty import inert, kept, lots, needs_list
from tests.review.cases import submit
from webapp.core import clock
from webapp.core.db import Database
from webapp.core.subject import Subject
from webapp.edge import Edge
from webapp.people.rules import AccountKind, Role
from webapp.review.models import Dossier
from webapp.review.rules import NAME_LENGTH, WORDS_LENGTH

pytestmark = [needs_list, pytest.mark.postgresql]
NUL, NO_SIGN = "\0", "\ufffd"


@pytest.fixture
def legal(client: Client, database: Database) -> Client:
    """A legal reviewer's browser, which has shown again whose it is."""
    with database.writing() as session:
        lee = builders.account(session, Role.LEGAL_REVIEWER, kind=AccountKind.STAFF, now=clock.now())
    builders.sign_in(client, lee.email)
    for code in builders.codes():
        post(client, "/account/again", password=builders.PASSWORD, code=code)
    return client


@pytest.fixture
def dossiers(database: Database) -> list[Dossier]:
    """Three pieces, whose title, source and text are naughty too."""
    return [in_review(database, number, title) for number, title in enumerate(lots(naughty.OURS, 80), 1)][:3]


def in_review(database: Database, number: int, title: str) -> Dossier:
    with database.writing() as session:
        return submit(session, subject=Subject("article", number), title=kept(title), source=kept(title),
                      now=clock.now())


def post(client: Client, path: str, **fields: str) -> TestResponse:
    return client.post(path, base_url=BASE_URL, headers={"Origin": BASE_URL}, data=fields)


def get(client: Client, path: str, **fields: str) -> TestResponse:
    return client.get(path, base_url=BASE_URL, query_string=fields)


def shown(client: Client, path: str, place: str) -> list[str]:
    answer = get(client, path)
    assert answer.status_code == 200
    return [said.get_text() for said in inert(answer.text).select(place)]


def told(answer: TestResponse) -> str:
    """What a refusal says."""
    assert answer.status_code in (404, 409, 422), answer.status_code
    alert = inert(answer.text).select_one("[role=alert], .lead + p")
    assert alert is not None and alert.text.strip()
    return alert.text


def test_comments_answers_and_guests_are_kept_and_shown_as_they_were_sent(
        legal: Client, edge: Edge, dossiers: list[Dossier], engine: str) -> None:
    at = f"/review/{dossiers[0].key}"
    for name in (names := list(lots(naughty.strings(engine), NAME_LENGTH))):
        assert post(legal, f"{at}/guests", name=name, days="7").status_code == 303
    said = list(lots(naughty.strings(engine), WORDS_LENGTH, "\n"))
    for words in said:
        assert post(legal, f"{at}/comment", words=words, kind="must").status_code == 303
        assert "does not stand" in told(post(legal, f"{at}/comment", words=words, quote=words[:500], kind="must"))
        told(post(legal, f"{at}/comment", words="x", kind=words))
    page = get(legal, at).text
    for words, key in zip(said, re.findall(r'action="[^"]*/comments/([a-z2-7]+)/answer"', page), strict=True):
        assert post(legal, f"{at}/comments/{key}/answer", words=words).status_code == 303
    stranger, path = Client(edge), re.findall(r"/review/guest/[a-z2-7]{26}", page)[-1]
    for words in said:
        assert post(stranger, path, words=words, kind="question").status_code == 303
        told(post(stranger, path, words=words, quote=words[:500], kind="question"))
    whole = [kept(words) for words in said]
    every = shown(legal, at, ".said")
    assert [words for words in every if words in whole] == [words for words in whole for _ in range(2)] + whole
    assert {kept(name) for name in names} <= set(shown(legal, at, ".comment strong bdi"))
    assert set(whole) <= set(shown(stranger, path, ".said"))


def test_reasons_are_kept_and_shown_as_they_were_sent(legal: Client, dossiers: list[Dossier], engine: str) -> None:
    words = list(lots(naughty.strings(engine), WORDS_LENGTH, "\n"))
    sent_back, rejected, refused = (f"/review/{dossier.key}" for dossier in dossiers)
    assert post(legal, f"{sent_back}/changes", role="legal", words=words[0]).status_code == 303
    signing = {"role": "legal", "meaning": "rejection", "digest": dossiers[0].digest}
    for text in words:
        for name in ("role", "digest"):
            told(post(legal, f"{refused}/sign", **{**signing, "reason": "It is", name: text}))
        told(post(legal, f"{refused}/delegate", person=text))
        told(post(legal, "/review/assign", dossier=text, reviewer=f"legal:{text}", due="2026-12-01"))
    assert post(legal, f"{rejected}/sign", reason=words[-1], **signing).status_code == 303
    for path, text in ((sent_back, words[0]), (rejected, words[-1])):
        for page in (path, f"{path}/certificate"):
            assert kept(text) in shown(legal, page, ".said, .trail-reason"), page


def test_titles_are_shown_as_they_are_and_filters_that_are_none_find_nothing(
        legal: Client, dossiers: list[Dossier], engine: str) -> None:
    titles = shown(legal, "/review/", "th bdi")
    assert sorted(titles) == sorted(dossier.title for dossier in dossiers)
    for text in lots(naughty.strings(engine), 1500):
        answer = get(legal, "/review/", role=text, whose=text, page=text, notice=text, overdue=text)
        assert answer.status_code == 200 and "Nothing waits here" in inert(answer.text).text
    for text in lots(naughty.strings(engine), 200):
        assert f'value="{escape(text.replace(NUL, NO_SIGN))}"' in get(legal, "/review/library/", q=text).text


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2026-13-01", "99999-01-01", "2026-W01", "٢٠٢٦-٠١-٠١"])
def test_a_due_day_that_is_none_is_refused(legal: Client, dossiers: list[Dossier], day: str) -> None:
    page = BeautifulSoup(get(legal, "/review/").text, "html.parser")
    person = next(str(option["value"]) for option in page.select("#reviewer option[value^=legal]"))
    answer = post(legal, "/review/assign", dossier=dossiers[0].key, reviewer=person, due=day)
    assert "Choose a day" in told(answer)
