"""`materia content publish` and `withdraw`, as an operator types them."""

from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests import builders
from tests.builders import NOW
from webapp.articles import queries
from webapp.articles.cli import content
from webapp.articles.jobs import restore_frames
from webapp.articles.rules.shelf import Entry
from webapp.articles.service.pages import OverviewMaker, index_pages
from webapp.config import Settings
from webapp.core import clock, pages
from webapp.core.errors import NotFound
from webapp.core.platform import Platform


@dataclass
class Context:
    platform: Platform
    settings: Settings | None = None
    overviews: tuple[OverviewMaker, ...] = (index_pages,)

    def renew_pages(self) -> None:
        restore_frames(self.platform, self.overviews, NOW)


def run(platform: Platform, *words: str, settings: Settings | None = None) -> Result:
    return CliRunner().invoke(content, words, obj=Context(platform, settings))


def published(platform: Platform) -> list[Entry]:
    with platform.database.reading() as session:
        return queries.live(session)


def test_what_review_has_cleared_is_published_and_the_rest_is_named(platform: Platform, tmp_path: Path) -> None:
    builders.write_topic(tmp_path, slug="sampleitis")
    builders.write_topic(tmp_path, slug="othermia")
    waiting = builders.import_content(platform, tmp_path)
    builders.clear(platform, [entry for entry in waiting if entry.slug == "sampleitis"])
    answer = run(platform, "publish")
    assert answer.exit_code == 0, answer.output
    assert {entry.slug for entry in published(platform)} == {"sampleitis"}
    assert "Review has not cleared diseases/othermia" in answer.output


def test_a_withdrawn_address_is_gone_and_another_is_untouched(platform: Platform, tmp_path: Path) -> None:
    builders.published_document(platform, tmp_path, slug="sampleitis")
    builders.published_document(platform, tmp_path, slug="othermia")
    answer = run(platform, "withdraw", "diseases/sampleitis", "--reason", "A fault in it")
    assert answer.exit_code == 0, answer.output
    assert {entry.slug for entry in published(platform)} == {"othermia"}
    with platform.database.reading() as session:
        page = pages.find(session, "/en/diseases/sampleitis")
    assert page is not None and page.access == "gone"


def test_a_markets_new_number_comes_to_every_page_with_the_next_publication(platform: Platform, tmp_path: Path) -> None:
    builders.published_document(platform, tmp_path, slug="sampleitis")
    facts = tmp_path / "markets" / "us.yaml"
    facts.write_text(facts.read_text().replace('"911"', '"919"'))
    builders.import_content(platform, tmp_path)
    assert run(platform, "publish").exit_code == 0
    with platform.database.reading() as session:
        page = pages.find(session, "/en/diseases/sampleitis")
    assert page is not None and b'href="tel:919"' in page.body


def test_withdrawing_what_is_not_there_says_so(platform: Platform) -> None:
    answer = run(platform, "withdraw", "diseases/nothing", "--reason", "A fault in it")
    assert isinstance(answer.exception, NotFound) and "diseases/nothing" in str(answer.exception)


@pytest.mark.parametrize("address", ["diseases/nope", "drugs/sampleitis", "sampleitis", ""])
def test_publishing_at_an_address_of_no_topic_says_so_and_publishes_nothing(
        platform: Platform, tmp_path: Path, address: str) -> None:
    builders.write_topic(tmp_path)
    builders.clear(platform, builders.import_content(platform, tmp_path))
    answer = run(platform, "publish", "diseases/sampleitis", address)
    assert isinstance(answer.exception, NotFound) and f"no topic {address}. " in str(answer.exception)
    assert published(platform) == []


def test_publishing_again_what_is_published_is_no_mistake(platform: Platform, tmp_path: Path) -> None:
    builders.published_document(platform, tmp_path, now=clock.now())
    answer = run(platform, "publish", "diseases/sampleitis")
    assert (answer.exit_code, answer.output) == (0, "0 pages published, 0 wait.\n")


def test_what_was_withdrawn_is_named_and_comes_back_on_request(platform: Platform, tmp_path: Path) -> None:
    builders.published_document(platform, tmp_path, now=clock.now())
    run(platform, "withdraw", "diseases/sampleitis", "--reason", "A fault in it")
    answer = run(platform, "publish")
    assert "0 pages published, 1 wait." in answer.output and "--again diseases/sampleitis" in answer.output
    assert "1 pages published, 0 wait." in run(platform, "publish", "--again", "diseases/sampleitis").output
    assert {entry.slug for entry in published(platform)} == {"sampleitis"}


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of content with one error, named by its variable alone; where the command runs there is another."""
    folder = tmp_path / "elsewhere"
    builders.write_topic(folder)
    page = folder / "diseases" / "sampleitis" / "patient.en.md"
    page.write_text(page.read_text().replace("title:", "titel:", 1))
    builders.write_topic(tmp_path / "content")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MATERIA_CONTENT_DIR", str(folder))
    return page


def test_content_is_checked_where_its_variable_says_and_without_any_secret(elsewhere: Path) -> None:
    answer = CliRunner().invoke(content, ["check"])
    assert answer.exit_code == 1 and f"{elsewhere}:2" in answer.output
    assert CliRunner().invoke(content, ["check", "content"]).exit_code == 0, "what is typed comes first"


def test_content_is_synchronised_from_where_its_variable_says(
        platform: Platform, settings: Settings, elsewhere: Path) -> None:
    assert "Mend them" in run(platform, "sync", settings=settings).output
    elsewhere.write_text(elsewhere.read_text().replace("titel:", "title:", 1))
    assert "1 new revisions" in run(platform, "sync", settings=settings).output


def test_without_the_variable_content_is_where_the_settings_say() -> None:
    argument, = content.commands["check"].params
    assert argument.default == str(Settings.model_fields["content_dir"].default)
