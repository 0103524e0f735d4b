"""All that is held of a person, as two files: to whoever has just shown that it is them, and to nobody else."""

import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from bs4 import BeautifulSoup
from werkzeug.test import Client

from tests import builders
from tests.builders import NOW
from tests.site.people import EMAIL, NUMBER, Whole, whole_person
from webapp.channels.rules import Channel, DeliveryState, Reason
from webapp.core.db import Database
from webapp.core.languages import CHINESE, ENGLISH
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.people.rules import Role
from webapp.professionals.rules.states import Decider, State, Step
from webapp.site.service import personal, telling

FILES = ("/account/data.json", "/account/data.html", "/account/data.html?in=zh-Hans")
LATER = timedelta(minutes=6)


@pytest.fixture
def person(client: Client, database: Database) -> Account:
    with database.writing() as session:
        made = builders.account(session)
    builders.sign_in(client, made.email)
    return made


@pytest.fixture
def whole(platform: Platform, client: Client, tmp_path: Path) -> Whole:
    return whole_person(platform, tmp_path / "content")


def test_whoever_has_just_signed_in_downloads_everything(client: Client, person: Account) -> None:
    page = BeautifulSoup(client.get("/account/data").text, "html.parser")
    offered = [str(link["href"]) for link in page.select("main a[download]")]
    assert sorted(offered) == ["/account/data.html?in=en", "/account/data.html?in=zh-Hans", "/account/data.json"]
    for path in offered:
        answer = client.get(path)
        assert answer.status_code == 200 and person.email in answer.text
        assert answer.headers["Cache-Control"] == "private, no-store"
        saved = re.fullmatch(r'attachment; filename="(.+)"', answer.headers["Content-Disposition"])
        assert saved and saved[1].startswith("materia-20") and person.email not in saved[1]


def test_later_the_password_is_asked_for_again(client: Client, person: Account) -> None:
    paths = ("/account/data", *FILES)
    with time_machine.travel(datetime.now(UTC) + LATER):
        asked = [client.get(path) for path in paths]
        assert {(answer.status_code, answer.location) for answer in asked} == {
            (302, "/account/again?next=%2Faccount%2Fdata")}
        answer = client.post("/account/again", data={"password": builders.PASSWORD, "next": "/account/data"})
        assert answer.location == "/account/data" and {client.get(path).status_code for path in paths} == {200}


def test_staff_show_their_second_factor_too(client: Client, database: Database) -> None:
    with database.writing() as session:
        staff = builders.account(session, Role.WRITER)
    builders.sign_in(client, staff.email)
    assert client.get(FILES[0]).status_code == 200
    with time_machine.travel(datetime.now(UTC) + LATER):
        asked = client.get(FILES[0]).location
        password_alone = client.post("/account/again", data={"password": builders.PASSWORD, "next": "/account/data"})
        assert password_alone.status_code == 200 and client.get(FILES[0]).status_code == 302
        code = builders.codes()[2]
        client.post(asked, data={"password": builders.PASSWORD, "code": code, "next": "/account/data"})
        assert client.get(FILES[0]).status_code == 200


def test_a_download_is_ones_own(client: Client, platform: Platform, whole: Whole, person: Account) -> None:
    shown = client.get("/account/data.json?account=1&id=770001").text
    assert EMAIL not in shown and json.loads(shown)["people"]["account"]["email"] == person.email


def test_the_page_shows_every_value_of_the_file_under_a_label_in_either_language(
        platform: Platform, whole: Whole) -> None:
    with platform.database.reading() as session:
        held = personal.export(session, platform.ring, NUMBER, NOW)
    for language in (ENGLISH, CHINESE):
        shown = telling.sections(held, language)
        entries = [entry for section in shown for group in section.groups for entry in group.entries]
        assert sum(map(len, entries)) == len(leaves({name: held[name] for name in personal.EXPORTS}))
        labels = {label for entry in entries for label, _ in entry}
        assert [label for label in labels if bool(re.search("[A-Za-z]", label)) is (language is CHINESE)] == []


def leaves(value: object) -> list[object]:
    """Every value in a tree that is not empty."""
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [] if value in (None, "") else [value]


def test_what_a_page_cannot_name_it_still_shows() -> None:
    made = telling.sections({"new_part": {"things": [{"odd_name": "<b>", "empty": ""}], "is_so": True}}, ENGLISH)
    assert [(section.title, [(group.title, group.entries) for group in section.groups]) for section in made] == [
        ("new part", [("things", [[("odd name", "<b>")]]), ("", [[("is so", "Yes")]])])]


def test_codes_that_readers_know_by_words_are_said_in_their_language() -> None:
    held = {"people": {"roles": [{"role": "hcp"}]}, "professionals": {"verification": {"specialty": "207K00000X"}},
            "consents": {"consents": [{"purpose": "sharing", "channel": "file"}]}}
    shown = [value for section in telling.sections(held, CHINESE) for group in section.groups
             for entry in group.entries for _, value in entry]
    assert shown == ["已认证专业人士", "变态反应与免疫科", "向公司提供信息", "提供给公司的文件"]


CODES: dict[str, Iterable[str]] = {
    "channel": Channel, "state": [*DeliveryState, *State], "reason": Reason, "step": Step, "decider": Decider,
    "audience": ["patient", "hcp"], "about": ["account", "campaign"], "subject_kind": ["article"], "place": ["account"]}


@pytest.mark.parametrize(("name", "code"), [(name, str(code)) for name, codes in CODES.items() for code in codes])
def test_no_code_of_a_readers_own_is_left_in_chinese(name: str, code: str) -> None:
    made = telling.sections({"people": {"account": {name: code}}}, CHINESE)
    assert re.search("[A-Za-z]", made[0].groups[0].entries[0][0][1]) is None


def test_what_is_so_is_no_consent() -> None:
    made = telling.sections({"people": {"account": {"is_adult": True, "has_password": False}}}, CHINESE)
    assert made[0].groups[0].entries == [[("已成年", "是"), ("设有密码", "否")]]


def test_a_digest_may_be_broken_anywhere_and_words_only_between_them(platform: Platform) -> None:
    group = telling.Group("", [[("Digest", "a" * 64), ("Asked", "a few & more words " * 4)]])
    page = platform.renderer.render("site/download.html", ENGLISH, made_at=NOW,
                                    sections=[telling.Section("Consents", [group])])
    assert page.count("aaaaaaaaaaaa<wbr>") == 5 and page.count("a few &amp; more words") == 4


def test_words_of_the_person_are_text_and_no_markup(client: Client, database: Database, person: Account) -> None:
    with database.writing() as session:
        session.get_one(Account, person.id).name = "<script>alert(1)</script> {{config}}"
    shown = client.get("/account/data.html").text
    assert "<script>" not in shown and "&lt;script&gt;alert(1)&lt;/script&gt; {{config}}" in shown
