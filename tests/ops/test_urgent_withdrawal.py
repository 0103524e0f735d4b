"""One person takes a page down at once: an operator with a reason, a reviewer by a signature too."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from werkzeug.test import Client, TestResponse

from tests import builders
from tests.builders import BASE_URL
from tests.ops.pages import WHY, act, last_act, words_of
from webapp.articles import queries
from webapp.articles.models import PublishEntry
from webapp.articles.rules.shelf import Entry
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.people.rules import Role
from webapp.review.models import Dossier, Signature

PATH = "/en/diseases/sampleitis"


@pytest.fixture
def published(platform: Platform, tmp_path: Path, client: Client) -> list[Entry]:
    """The same topic in two languages."""
    for language in ("en", "zh-Hans"):
        builders.write_topic(tmp_path / "content", language=language)
    return list(builders.published_folder(platform, tmp_path / "content"))


def enter(client: Client, platform: Platform, role: Role, *, is_shown: bool = True) -> Account:
    """Signs somebody of a role in, who then shows once more that it is them."""
    with platform.database.writing() as session:
        account = builders.account(session, role)
    builders.sign_in(client, account.email)
    if is_shown:
        for code in builders.codes():
            answer = client.post("/account/again", base_url=BASE_URL, data={
                "password": builders.PASSWORD, "code": code, "next": "/ops/withdrawal"})
            if answer.status_code == 302:
                break
        assert answer.location.endswith("/ops/withdrawal"), answer.text
    return account


def withdraw(client: Client, path: str = PATH, **fields: str) -> TestResponse:
    return act(client, "/ops/withdrawal", path=path, **fields)


def live(platform: Platform) -> list[str]:
    with platform.database.reading() as session:
        return [entry.language for entry in queries.live(session)]


def test_a_reviewer_withdraws_a_page_by_one_signature(client: Client, platform: Platform,
                                                      published: list[Entry]) -> None:
    person = enter(client, platform, Role.MEDICAL_REVIEWER)
    assert withdraw(client).location == "/ops/withdrawal?notice=done"
    assert live(platform) == ["zh-Hans"] and client.get(PATH).status_code == 410
    with platform.database.reading() as session:
        signed, = session.scalars(select(Signature).where(Signature.account_id == person.id))  # type: ignore[arg-type]
        dossier = session.get_one(Dossier, signed.dossier_id)
        last = list(session.scalars(select(PublishEntry).order_by("id")))[-1]
        assert last_act(session) == ("page-withdraw", "article", WHY)
    assert (signed.printed_name, signed.role, signed.digest) == ("Ann Example", "medical", dossier.digest)
    assert (dossier.route, published[0].digest in dossier.source, WHY in dossier.source) == ("withdrawal", True, False)
    assert (last.action, last.account_id) == ("withdraw", person.id)


def test_an_operator_withdraws_a_whole_topic_by_a_reason(client: Client, platform: Platform,
                                                         published: list[Entry]) -> None:
    enter(client, platform, Role.OPERATOR)
    assert "Withdraw now" in words_of(client.get("/ops/withdrawal"))
    assert withdraw(client, reason="", scope="whole").status_code == 422
    assert withdraw(client, scope="whole").status_code == 303
    assert live(platform) == []


@pytest.mark.parametrize("path", ["/en/diseases/nothing", "", "/xx/diseases/sampleitis", "\0", "/en/diseases/"])
def test_an_address_where_nothing_is_published_is_told(client: Client, platform: Platform, published: list[Entry],
                                                       path: str) -> None:
    enter(client, platform, Role.OPERATOR)
    assert withdraw(client, path).status_code == 404
    assert len(live(platform)) == 2


def test_what_was_typed_is_shown_again_beside_what_is_wrong(client: Client, platform: Platform,
                                                            published: list[Entry]) -> None:
    enter(client, platform, Role.OPERATOR)
    wrong = withdraw(client, "/en/diseases/<nothing>", reason="A wrong dose", scope="whole")
    page = BeautifulSoup(wrong.text, "html.parser")
    assert page.select_one("#path")["value"] == "/en/diseases/<nothing>"  # type: ignore[index]
    assert page.select_one("#reason").text == "A wrong dose"  # type: ignore[union-attr]
    assert page.select_one("option[selected]")["value"] == "whole"  # type: ignore[index]
    assert words_of(wrong).count("Nothing is published at this address") == 1
    assert "Nothing was withdrawn" in words_of(withdraw(client, reason="x"))


def test_nothing_is_withdrawn_by_who_has_not_shown_again_who_they_are(client: Client, platform: Platform,
                                                                      published: list[Entry]) -> None:
    enter(client, platform, Role.OPERATOR, is_shown=False)
    assert "Show that it is you" in words_of(client.get("/ops/withdrawal"))
    assert withdraw(client).location == "/account/again?next=%2Fops%2Fwithdrawal"
    assert len(live(platform)) == 2


@pytest.mark.parametrize("role", [Role.WRITER, Role.MARKETER, Role.READER])
def test_others_withdraw_nothing(client: Client, platform: Platform, published: list[Entry], role: Role) -> None:
    enter(client, platform, role, is_shown=False)
    assert withdraw(client).status_code == 403
    assert len(live(platform)) == 2
