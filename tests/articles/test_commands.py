"""`materia content publish` and `withdraw`, as an operator types them."""

from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner, Result

from tests import builders
from tests.builders import NOW
from webapp.articles import queries
from webapp.articles.cli import content
from webapp.articles.jobs import restore_frames
from webapp.articles.rules.shelf import Entry
from webapp.articles.service.pages import OverviewMaker, index_pages
from webapp.core import clock, pages
from webapp.core.errors import NotFound
from webapp.core.platform import Platform


@dataclass
class Context:
    platform: Platform
    overviews: tuple[OverviewMaker, ...] = (index_pages,)

    def renew_pages(self) -> None:
        restore_frames(self.platform, self.overviews, NOW)


def run(platform: Platform, *words: str) -> Result:
    return CliRunner().invoke(content, words, obj=Context(platform))


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
    answer = run(platform, "withdraw", "diseases/sampleitis")
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
    assert page is not None and b"In an emergency call 919." in page.body


def test_withdrawing_what_is_not_there_says_so(platform: Platform) -> None:
    answer = run(platform, "withdraw", "diseases/nothing")
    assert isinstance(answer.exception, NotFound) and "diseases/nothing" in str(answer.exception)


def test_what_was_withdrawn_is_named_and_comes_back_on_request(platform: Platform, tmp_path: Path) -> None:
    builders.published_document(platform, tmp_path, now=clock.now())
    run(platform, "withdraw", "diseases/sampleitis")
    answer = run(platform, "publish")
    assert "0 pages published, 1 wait." in answer.output and "--again diseases/sampleitis" in answer.output
    assert "1 pages published, 0 wait." in run(platform, "publish", "--again", "diseases/sampleitis").output
    assert {entry.slug for entry in published(platform)} == {"sampleitis"}
