"""Drafts: begun from the library, saved by one or by two, never lost."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Barrier

import pytest
from bs4 import BeautifulSoup

from tests import builders
from tests.articles.desk.conftest import PAGE, AtDesk, Desk
from tests.builders import NOW
from webapp.articles.queries import desk as queries
from webapp.articles.service.desk import drafts
from webapp.core.db import Database
from webapp.core.platform import Platform
from webapp.people.rules import Role


def area(html: str, name: str = "desk-text") -> str:
    found = BeautifulSoup(html, "html.parser").select_one(f"textarea#{name}")
    assert found is not None
    return found.text.removeprefix("\n")


def versions(desk: Desk, key: str) -> list[int]:
    with desk.platform.database.reading() as session:
        found = drafts.find(session, key)
        return [save.version for save in queries.saves(session, found.id or 0)]


def test_a_draft_begins_with_the_librarys_text(desk: Desk, library: Path) -> None:
    page = desk.get(f"/desk/{desk.open()}")
    assert area(page.text) == (library / PAGE).read_text()


def test_a_page_has_one_draft_whoever_opens_it(at_desk: AtDesk) -> None:
    assert at_desk().open() == at_desk(name="Willa").open()


def test_what_is_saved_is_shown_and_the_library_is_as_it_was(desk: Desk, library: Path) -> None:
    key = desk.open()
    assert desk.write(key, "It heals by itself", "It heals slowly").location == f"/desk/{key}?notice=saved"
    assert "It heals slowly" in area(desk.get(f"/desk/{key}").text)
    with desk.platform.database.reading() as session:
        assert queries.files_below(session, "diseases/sampleitis")[PAGE] == (library / PAGE).read_bytes()


def test_line_ends_of_a_browser_change_nothing(desk: Desk) -> None:
    key = desk.open()
    desk.save(key, desk.text(key).replace("\n", "\r\n"))
    assert desk.version(key) == 0


def test_two_who_save_at_once_both_keep_their_text(at_desk: AtDesk) -> None:
    wanda, willa = at_desk(), at_desk(name="Willa Second")
    key = wanda.open()
    before = wanda.text(key)
    willa.write(key, "It heals by itself", "It heals in spring")
    answer = wanda.save(key, before.replace("It heals by itself", "It heals slowly", 1), seen=0)
    assert answer.status_code == 409
    assert "It heals slowly" in area(answer.text) and "It heals in spring" in area(answer.text, "desk-theirs")
    assert "Willa Second saved this draft" in answer.text and "<del>" in answer.text and "<ins>" in answer.text
    assert "It heals in spring" in wanda.text(key)
    merged = area(answer.text).replace("It heals slowly", "It heals slowly, in spring")
    seen = int(str(BeautifulSoup(answer.text, "html.parser").select("input[name=version]")[0]["value"]))
    assert wanda.save(key, merged, seen=seen).status_code == 303
    assert wanda.text(key) == merged and versions(wanda, key) == [2, 1]


def test_a_script_is_told_the_version_or_that_it_is_stale(desk: Desk) -> None:
    key = desk.open()
    text = desk.text(key) + "\nMore.\n"
    first = desk.post(f"/desk/{key}/autosave", text=text, version=0)
    assert (first.status_code, first.json) == (200, {"version": 1, "is_stale": False})
    again = desk.post(f"/desk/{key}/autosave", text=text, version=0)
    assert (again.status_code, again.json) == (200, {"version": 1, "is_stale": False}), "its answer may have been lost"
    stale = desk.post(f"/desk/{key}/autosave", text=text + "x", version=0)
    assert (stale.status_code, stale.json) == (409, {"version": 1, "is_stale": True})
    assert desk.text(key) == text


@pytest.mark.postgresql
def test_what_one_person_saves_within_minutes_is_one_version(database: Database, tmp_path: Path) -> None:
    platform_files(database, tmp_path)
    with database.writing() as session:
        one, other = (builders.account(session, Role.WRITER) for _ in range(2))
        key = drafts.begin(session, PAGE, NOW).key
        for number, (person, minutes) in enumerate([(one, 0), (one, 5), (one, 11), (other, 12), (one, 13)]):
            saving = drafts.save(session, key, b"text %d" % number, seen=number, account_id=person.id or 0,
                                 now=NOW + timedelta(minutes=minutes))
            assert not saving.is_stale
    with database.reading() as session:
        found = drafts.find(session, key)
        saves = queries.saves(session, found.id or 0)
        assert [save.version for save in saves] == [5, 4, 3, 2]
        assert [drafts.text(session, found, save.version) for save in saves] == [b"text 4", b"text 3", b"text 2",
                                                                                b"text 1"]
        assert queries.authors(session, [found.id or 0], []) == sorted([one.id or 0, other.id or 0])


@pytest.mark.postgresql
def test_a_saving_that_was_overtaken_writes_nothing(database: Database, tmp_path: Path) -> None:
    platform_files(database, tmp_path)
    with database.writing() as session:
        person = builders.account(session, Role.WRITER)
        key = drafts.begin(session, PAGE, NOW).key
        drafts.save(session, key, b"first", seen=0, account_id=person.id or 0, now=NOW)
        saving = drafts.save(session, key, b"second", seen=0, account_id=person.id or 0, now=NOW)
    assert saving.is_stale and saving.draft.version == 1
    with database.reading() as session:
        assert drafts.text(session, drafts.find(session, key)) == b"first"


@pytest.mark.postgresql
def test_of_those_who_save_in_the_same_moment_one_is_told_of_the_other(database: Database, tmp_path: Path) -> None:
    platform_files(database, tmp_path)
    with database.writing() as session:
        people = [builders.account(session, Role.WRITER).id or 0 for _ in range(4)]
        key = drafts.begin(session, PAGE, NOW).key
    start = Barrier(len(people))

    def save(number: int) -> bool:
        start.wait()
        with database.writing() as session:
            return drafts.save(session, key, b"text %d" % number, seen=0, account_id=number, now=NOW).is_stale
    with ThreadPoolExecutor(len(people)) as pool:
        stale = list(pool.map(save, people))
    assert sorted(stale) == [False, True, True, True]
    with database.reading() as session:
        assert drafts.text(session, drafts.find(session, key)) == b"text %d" % people[stale.index(False)]


@pytest.mark.postgresql
def test_those_who_open_a_page_in_the_same_moment_get_one_draft(database: Database, tmp_path: Path) -> None:
    platform_files(database, tmp_path)
    start = Barrier(4)

    def begin(_: int) -> str:
        start.wait()
        with database.writing() as session:
            return drafts.begin(session, PAGE, NOW).key
    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(begin, range(4)))) == 1


def platform_files(database: Database, tmp_path: Path) -> None:
    builders.write_topic(tmp_path / "content")

    class Bare:
        def __init__(self) -> None:
            self.database = database
    builders.import_content(Bare(), tmp_path / "content", style=b"")  # type: ignore[arg-type]


def test_unknown_drafts_pages_and_versions_are_not_found(desk: Desk) -> None:
    key = desk.open()
    answers = [desk.get("/desk/aaaaaaaaaaaaaaaa"), desk.get("/desk/aaaaaaaaaaaaaaaa/history"),
               desk.post("/desk/aaaaaaaaaaaaaaaa", text="", version=0),
               desk.post("/desk/aaaaaaaaaaaaaaaa/pictures"), desk.post("/desk/aaaaaaaaaaaaaaaa/base"),
               desk.post("/desk/open", path="diseases/none/patient.en.md"), desk.post("/desk/open", path="../x"),
               desk.post("/desk/open", path="markets/us.yaml"), desk.post(f"/desk/{key}", text="x", version="-1"),
               desk.get(f"/desk/{key}/compare?before=7&after=0"), desk.get(f"/desk/{key}/pictures/none.png"),
               desk.get("/desk/?page=0"), desk.get("/desk/?page=1000000000000"), desk.get("/desk/?page=x")]
    assert [answer.status_code for answer in answers] == [404] * len(answers)


@pytest.mark.parametrize(("role", "finds_library"), [(Role.WRITER, True), (Role.LEGAL_REVIEWER, True),
                                                     (Role.OPERATOR, False)])
def test_the_desk_offers_nothing_that_is_refused(at_desk: AtDesk, role: Role, finds_library: bool) -> None:
    person = at_desk(role, "Rae")
    offered = [str(link["href"]) for link in
               BeautifulSoup(person.get("/desk/").text, "html.parser").select(".page-head .actions a")]
    assert {place: person.get(place).status_code for place in offered} == dict.fromkeys(offered, 200)
    assert ("/review/library/" in offered) is finds_library


@pytest.mark.parametrize("role", [Role.MEDICAL_REVIEWER, Role.LEGAL_REVIEWER, Role.REGULATORY_REVIEWER, Role.OPERATOR])
def test_reviewers_and_operators_read_and_do_not_write(desk: Desk, at_desk: AtDesk, role: Role) -> None:
    key = desk.open()
    desk.write(key, "It heals by itself", "It heals slowly")
    other = at_desk(role)
    page = other.get(f"/desk/{key}")
    assert "It heals slowly" in area(page.text) and "Hand in for review" not in page.text
    assert "desk.js" not in page.text and 'href="/desk/new"' not in other.get("/desk/").text
    refused = [other.save(key, "x"), other.submit(key), other.post("/desk/open", path=PAGE),
               other.post(f"/desk/{key}/preview", text="x")]
    assert {answer.status_code for answer in refused} == {403}


def test_a_text_that_is_too_long_is_refused_and_a_long_one_is_taken(desk: Desk) -> None:
    key = desk.open()
    assert desk.save(key, "字" * 200_000).status_code == 422
    assert desk.save(key, "字" * 160_000).status_code == 303, "three bytes each, nine as a browser may send them"


def test_the_librarys_later_text_is_pointed_out_and_can_be_taken_in(desk: Desk, platform: Platform,
                                                                    library: Path) -> None:
    key = desk.open()
    desk.write(key, "It heals by itself", "It heals slowly")
    (library / PAGE).write_text((library / PAGE).read_text().replace("What sampleitis is", "All about it"))
    builders.import_content(platform, library)
    assert "is not the one that this draft was begun from" in desk.get(f"/desk/{key}").text
    assert "All about it" in desk.get(f"/desk/{key}/library").text
    assert desk.submit(key).status_code == 409
    desk.post(f"/desk/{key}/base")
    assert "is not the one that this draft was begun from" not in desk.get(f"/desk/{key}").text
