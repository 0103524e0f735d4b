"""From the desk into the library and before review: as `content sync` does it, in all markets, with who wrote it."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from tests import builders
from tests.articles.desk.conftest import PAGE, AtDesk, Desk
from tests.articles.test_export import write_out
from webapp.articles import queries
from webapp.articles.queries import desk as desk_queries
from webapp.articles.service import export, sync
from webapp.articles.service.desk import drafts, handing_in
from webapp.articles.service.translations import record
from webapp.core import audit
from webapp.core.clock import now
from webapp.core.errors import Conflict
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.review.models import Dossier


def dossiers(platform: Platform) -> list[Dossier]:
    with platform.database.reading() as session:
        return list(session.scalars(select(Dossier)))


def newest(platform: Platform, slug: str = "sampleitis") -> dict[str, str]:
    """Market -> source of the newest revision."""
    with platform.database.reading() as session:
        entries = [entry for entry in queries.waiting(session) if entry.slug == slug]
        found = queries.revisions(session, [entry.revision_id for entry in entries])
        return {entry.market: found[entry.revision_id].source for entry in entries}


def sync_again(platform: Platform, content: Path) -> sync.Synced:
    with platform.database.reading() as session:
        known, written = queries.fingerprints(session), export.written(session)
    style = platform.renderer.static.text("css/article.css").encode()
    prepared = sync.prepare(content, known, style=style, on=now().date(), written=written)
    return sync.bring_in(platform.database, prepared, now())


@pytest.mark.postgresql
def test_a_clean_draft_becomes_revisions_in_all_markets_with_a_dossier_each(
        at_desk: AtDesk, platform: Platform) -> None:
    wanda, willa = at_desk(), at_desk(name="Willa")
    key = wanda.open()
    wanda.write(key, "It heals by itself", "It heals slowly")
    willa.write(key, "It heals slowly", "It heals very slowly")
    answer = willa.submit(key)
    assert (answer.status_code, answer.location) == (303, f"/desk/{key}?notice=submitted")
    assert set(newest(platform)) == {"us", "gb"}
    assert all("It heals very slowly" in source for source in newest(platform).values())
    made = dossiers(platform)
    assert {dossier.markets[0] for dossier in made} == {"us", "gb"} and len(made) == 2
    for dossier in made:
        assert sorted(dossier.author_ids) == sorted([wanda.person.id, willa.person.id])
        assert "It heals very slowly" in dossier.source and dossier.link.endswith(f"/desk/{key}")
    with platform.database.reading() as session:
        draft = drafts.find(session, key)
        line, = audit.about(session, Subject("draft", draft.id or 0))
    assert (draft.state, line.entry.action, line.entry.detail) == ("submitted", "draft-submitted", "dossiers:2")


def test_what_is_handed_in_is_what_a_sync_of_the_exported_files_makes(
        desk: Desk, platform: Platform, tmp_path: Path) -> None:
    key = desk.open()
    desk.write(key, "It heals by itself", "It heals slowly")
    desk.submit(key)
    write_out(platform.database, tmp_path / "out")
    assert "It heals slowly" in (tmp_path / "out" / PAGE).read_text()
    done = sync_again(platform, tmp_path / "out")
    assert (done.revisions, done.behind, done.unchanged_files) == (0, [], 4), "nothing is read anew"


def test_the_folder_it_came_from_takes_nothing_back(desk: Desk, platform: Platform, library: Path) -> None:
    key = desk.open()
    desk.write(key, "It heals by itself", "It heals slowly")
    desk.submit(key)
    desk.write(key, "It heals slowly", "It heals very slowly")
    desk.submit(key)
    assert sync_again(platform, library).behind == [PAGE]
    assert "It heals very slowly" in newest(platform)["us"]


def test_a_draft_with_errors_stays_a_draft_and_they_are_named(desk: Desk, platform: Platform) -> None:
    key = desk.open()
    before = newest(platform)
    desk.write(key, "It heals by itself", "{nowhere}")
    answer = desk.submit(key)
    assert answer.status_code == 422 and "Nothing was handed in" in answer.text and "unknown-slot" in answer.text
    assert newest(platform) == before and dossiers(platform) == []


def test_a_text_that_was_not_saved_is_saved_and_looked_at_first(desk: Desk, platform: Platform) -> None:
    key = desk.open()
    text = desk.text(key).replace("It heals by itself", "It heals slowly")
    assert desk.submit(key, text).location == f"/desk/{key}?notice=unsent"
    assert desk.text(key) == text and dossiers(platform) == []
    assert desk.submit(key).location == f"/desk/{key}?notice=submitted"


def test_a_stale_text_is_not_taken_for_handed_in(at_desk: AtDesk, platform: Platform) -> None:
    wanda, willa = at_desk(), at_desk(name="Willa")
    key = wanda.open()
    mine = wanda.text(key).replace("It heals by itself", "It heals slowly")
    willa.write(key, "It heals by itself", "It heals in spring")
    answer = wanda.post(f"/desk/{key}/submit", text=mine, version=0)
    assert answer.status_code == 409 and "It heals slowly" in answer.text and "It heals in spring" in answer.text
    assert dossiers(platform) == []


@pytest.mark.postgresql
def test_a_draft_is_handed_in_once(desk: Desk, platform: Platform) -> None:
    key = desk.open()
    desk.write(key, "It heals by itself", "It heals slowly")
    assert [desk.submit(key).status_code for _ in range(2)] == [303, 409]
    assert len(dossiers(platform)) == 2


@pytest.mark.parametrize("change", ["draft", "library"])
def test_whatever_changes_between_reading_and_writing_is_not_overwritten(
        desk: Desk, platform: Platform, library: Path, change: str) -> None:
    key = desk.open()
    desk.write(key, "It heals by itself", "It heals slowly")
    with platform.database.reading() as session:
        planned = handing_in.plan(session, key, seen=1, style=b"", on=now().date())
    if change == "draft":
        desk.write(key, "It heals slowly", "It heals in spring")
    else:
        (library / PAGE).write_text((library / PAGE).read_text().replace("It heals", "It goes"))
        builders.import_content(platform, library, now())
    with pytest.raises(Conflict), platform.database.writing() as session:
        handing_in.carry_out(session, planned, account_id=desk.person.id or 0, link="", now=now())
    assert not any("It heals slowly" in source for source in newest(platform).values())


def test_its_author_may_not_sign_it(desk: Desk, platform: Platform) -> None:
    key = desk.open()
    desk.write(key, "It heals by itself", "It heals slowly")
    desk.submit(key)
    assert all(dossier.author_ids == [desk.person.id] for dossier in dossiers(platform))


def test_what_was_handed_in_is_called_so_in_chinese(at_desk: AtDesk) -> None:
    desk = at_desk(language="zh-Hans")
    key = desk.open()
    desk.write(key, "It heals by itself", "It heals slowly")
    desk.submit(key)
    for page in (f"/desk/{key}", "/desk/"):
        state = BeautifulSoup(desk.get(page).text, "html.parser").select_one("main strong")
        assert state is not None and state.text == "已提交", page


def test_writing_on_opens_the_draft_again_and_makes_new_dossiers(desk: Desk, platform: Platform) -> None:
    key = desk.open()
    desk.write(key, "It heals by itself", "It heals slowly")
    desk.submit(key)
    desk.write(key, "It heals slowly", "It heals very slowly")
    assert "Being written" in desk.get(f"/desk/{key}").text
    desk.submit(key)
    assert len(dossiers(platform)) == 4


def test_a_new_page_of_a_topic_has_its_templates_headings_and_its_writers_name(desk: Desk, platform: Platform) -> None:
    answer = desk.post("/desk/new", topic="disease/sampleitis", audience="hcp", language="en")
    key = answer.location.rpartition("/")[2]
    text = desk.text(key)
    assert "## Bottom line" in text and "by: Wanda Writer" in text and "is_ai: false" in text
    assert "reviewed" not in text, "nobody has reviewed it"
    assert desk.submit(key).status_code == 422, "what it lacks is named"
    whole = "\n".join(f"{line}\n\nIt is known [@first]." if line.startswith("## ") else line
                      for line in text.split("\n"))
    whole = (whole.replace("summary: ''", "summary: In short.").replace("title: ''", "title: A trial")
             .replace("issuer: ''", "issuer: A Journal").replace("url: https://", "url: https://example.org/a"))
    desk.save(key, whole)
    assert desk.submit(key).location == f"/desk/{key}?notice=submitted", desk.get(f"/desk/{key}").text
    with platform.database.reading() as session:
        assert {entry.market for entry in queries.waiting(session) if entry.audience == "hcp"} == {"us", "gb"}
    assert desk.post("/desk/new", topic="disease/sampleitis", audience="hcp", language="en").status_code == 409


@pytest.mark.postgresql
def test_a_new_topic_comes_in_with_its_first_page(desk: Desk, platform: Platform, library: Path) -> None:
    answer = desk.post("/desk/new-topic", **{"kind": "disease", "slug": "newitis", "title-en": "Newitis",
                                             "title-zh-Hans": "新病", "markets": "us", "audience": "patient",
                                             "language": "en"})
    assert answer.status_code == 303, answer.text
    key = answer.location.rpartition("/")[2]
    page = (library / PAGE).read_text().replace("Sampleitis", "Newitis").replace("- gb\n", "")
    desk.save(key, page)
    assert desk.submit(key).location == f"/desk/{key}?notice=submitted", desk.get(f"/desk/{key}").text
    assert "It heals by itself" in newest(platform, "newitis")["us"]
    with platform.database.reading() as session:
        assert "diseases/newitis/topic.yaml" in desk_queries.files_below(session, "diseases/newitis")
    assert sync_again(platform, library).behind == ["diseases/newitis/patient.en.md", "diseases/newitis/topic.yaml"]
    assert "It heals by itself" in newest(platform, "newitis")["us"]


@pytest.mark.parametrize("fields", [
    {"slug": "Newitis"}, {"slug": "../x"}, {"slug": ""}, {"slug": "a" * 61}, {"kind": "x"}, {"audience": "x"},
    {"language": "xx"}, {"title-en": ""}, {"markets": ""}])
def test_a_new_topic_that_is_none_is_refused(desk: Desk, fields: dict[str, str]) -> None:
    whole = {"kind": "disease", "slug": "newitis", "title-en": "Newitis", "title-zh-Hans": "新病", "markets": "us",
             "audience": "patient", "language": "en"}
    assert desk.post("/desk/new-topic", **{**whole, **fields}).status_code == 422


@pytest.mark.parametrize("slug", ["sampleitis", "samplin"])
def test_a_name_of_any_kind_is_taken_once(desk: Desk, slug: str) -> None:
    fields = {"kind": "disease", "slug": slug, "title-en": "X", "title-zh-Hans": "新", "markets": "us",
              "audience": "patient", "language": "en"}
    assert desk.post("/desk/new-topic", **fields).status_code == 409


def test_a_topics_own_file_is_written_too_and_its_pages_follow(desk: Desk, platform: Platform) -> None:
    key = desk.open("diseases/sampleitis/topic.yaml")
    desk.write(key, "en: Sampleitis", "en: Sampleitis of the knee")
    assert desk.submit(key).status_code == 303
    assert {dossier.audience for dossier in dossiers(platform)} == {"patient"}
    with platform.database.reading() as session:
        assert desk_queries.topic_about(session, "disease", "sampleitis")["titles"]["en"] == (  # type: ignore[index]
            "Sampleitis of the knee")


@pytest.mark.postgresql
def test_the_list_is_filtered(desk: Desk, at_desk: AtDesk) -> None:
    key = desk.open()
    desk.write(key, "It heals by itself", "It heals slowly")
    other = at_desk(name="Willa")
    assert "diseases/sampleitis" in other.get("/desk/").text and "drugs/samplin" in other.get("/desk/").text
    shown = {query: f"/desk/{key}" in person.get(f"/desk/?{query}").text for person, query in (
        (desk, "mine=1"), (other, "mine=1&x=1"), (desk, "state=open"), (desk, "state=submitted"),
        (desk, "words=sampleitis"), (desk, "words=samplin"), (desk, "in=en"), (desk, "in=zh-Hans"),
        (desk, "words=100%25"), (desk, "state=';--"), (desk, "due=365"),
        (desk, "due=30"))}
    assert [query for query, is_shown in shown.items() if is_shown] == [
        "mine=1", "state=open", "words=sampleitis", "in=en", "state=';--", "due=365"]


@pytest.mark.postgresql
def test_translations_are_missing_current_or_behind_by_what_they_record(desk: Desk, platform: Platform,
                                                                        library: Path) -> None:
    assert desk.get("/desk/translations").text.count("Missing") == 6
    builders.write_topic(library, markets=("us", "gb"), language="zh-Hans")
    sync_again(platform, library)
    assert desk.get("/desk/translations").text.count("Missing") == 5
    assert desk.get("/desk/translations").text.count('is-unrecorded">') == 2, "nothing says which is whose source"
    for step, states in ((lambda: record(library), (0, 0)), (lambda: rewrite(library), (0, 1)),
                         (lambda: record(library, ["diseases/sampleitis/patient.zh-Hans.md"]), (0, 0))):
        step()
        sync_again(platform, library)
        text = desk.get("/desk/translations").text
        assert (text.count('is-unrecorded">'), text.count('is-behind">')) == states


def rewrite(library: Path) -> None:
    page = library / "diseases" / "sampleitis" / "patient.en.md"
    page.write_text(page.read_text().replace("It heals by itself", "It heals"))
