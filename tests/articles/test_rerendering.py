"""What was signed stays as it was shown until one signature accepts how a new renderer or style sheet shows it."""

import dataclasses
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select
from werkzeug.test import Client

from tests import builders
from tests.builders import NOW
from webapp.app import OVERVIEWS
from webapp.articles.jobs import accept_renderings, restore_frames
from webapp.articles.models import Rendering, Revision
from webapp.articles.queries import renderings as renderings_queries
from webapp.articles.rules import templates
from webapp.articles.service import frames, rerendering
from webapp.core.platform import Platform
from webapp.edge import Edge
from webapp.review import queries as review
from webapp.review import service
from webapp.review.models import Dossier
from webapp.review.rules import Meaning, ReviewRole

pytestmark = pytest.mark.usefixtures("app")

PATH = "/en/diseases/sampleitis"
OLD, NEW, NEWEST = b".body{color:black}", b".body{color:navy}", b".body{color:green}"


@pytest.fixture
def published(platform: Platform, content: Path, edge: Edge) -> None:
    """One page, signed and published, with a footnote, as the first renderer and style sheet show it."""
    builders.write_topic(content, text="It heals[^1] by itself.\n\n[^1]: Mostly")
    waiting = builders.import_content(platform, content, style=OLD)
    builders.clear(platform, waiting)
    builders.publish_entries(platform, waiting)
    with platform.database.writing() as session:
        frames.note(session, platform)


@pytest.fixture
def other_renderer(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that labels footnotes otherwise: other bytes from the same source."""
    labels = dataclasses.replace(templates.LABELS["en"], footnotes="Notes at the end")
    monkeypatch.setitem(templates.LABELS, "en", labels)  # type: ignore[arg-type]


def shown(client: Client, edge: Edge) -> tuple[str, bytes]:
    """(HTML of the page, bytes of the style sheet that its body came with) as a reader gets them."""
    edge.look_again()
    html = client.get(PATH).text
    name, = (str(link["href"]) for link in BeautifulSoup(html, "html.parser").select("link[href^='/media/']"))
    answer = client.get(name)
    assert answer.content_type.startswith("text/css")
    return html, answer.data


def job(platform: Platform) -> bool | None:
    return accept_renderings(platform, OVERVIEWS, NOW)


def handed_in(platform: Platform) -> Dossier:
    with platform.database.reading() as session:
        batch = renderings_queries.open_batch(session)
        assert batch is not None
        found = review.dossier(session, rerendering.subject(batch), batch.digest)
        assert found is not None
        return found


def sign(platform: Platform, dossier: Dossier) -> None:
    with platform.database.writing() as session:
        signer = builders.reviewers(session)[ReviewRole.REGULATORY]
        service.sign(session, dossier, service.identify(signer, builders.PASSWORD), role=ReviewRole.REGULATORY,
                     meaning=Meaning.APPROVAL, digest=dossier.digest, now=NOW)


@pytest.mark.usefixtures("published", "other_renderer")
def test_old_bytes_are_shown_until_one_signature_accepts_the_new(
        platform: Platform, content: Path, client: Client, edge: Edge) -> None:
    before = shown(client, edge)
    assert builders.import_content(platform, content, style=NEW) == []
    assert job(platform) is False
    restore_frames(platform, OVERVIEWS, NOW)
    assert shown(client, edge) == before and before[1] == OLD

    sign(platform, handed_in(platform))
    assert job(platform) is True
    html, style = shown(client, edge)
    assert "Notes at the end" in html and "Notes at the end" not in before[0] and style == NEW
    assert job(platform) is None


@pytest.mark.usefixtures("published", "other_renderer")
def test_the_dossier_shows_what_differs_and_nothing_else(platform: Platform, content: Path) -> None:
    builders.import_content(platform, content, style=NEW)
    job(platform)
    dossier = handed_in(platform)

    assert dossier.route == "rendering" and dossier.title == "Pages rendered anew: 1"
    assert dossier.source.startswith("1 bodies were rendered anew; 1 of them differ.\n\nsampleitis (patient, en, us)")
    assert "Footnotes" in dossier.source and "Notes at the end" in dossier.source
    assert "The style sheet differs.\n.body{color:[-black-]{+navy+}}" in dossier.source
    assert "Treatment" not in dossier.source


@pytest.mark.usefixtures("published")
def test_a_signature_on_fewer_pages_does_not_accept_more(platform: Platform, content: Path) -> None:
    builders.import_content(platform, content, style=NEW)
    job(platform)
    first = handed_in(platform)
    builders.write_topic(content, slug="other")
    waiting = builders.import_content(platform, content, style=OLD)
    builders.clear(platform, waiting)
    builders.publish_entries(platform, waiting)
    builders.import_content(platform, content, style=NEW)
    sign(platform, first)

    assert job(platform) is False
    assert handed_in(platform).digest != first.digest
    assert handed_in(platform).title == "Pages rendered anew: 2"


@pytest.mark.usefixtures("published")
def test_a_newer_program_takes_the_place_of_one_that_waits(
        platform: Platform, content: Path, client: Client, edge: Edge) -> None:
    builders.import_content(platform, content, style=NEW)
    job(platform)
    first = handed_in(platform)
    builders.import_content(platform, content, style=NEWEST)
    sign(platform, first)

    assert job(platform) is False and shown(client, edge)[1] == OLD
    sign(platform, handed_in(platform))
    assert job(platform) is True and shown(client, edge)[1] == NEWEST


@pytest.mark.usefixtures("published")
def test_the_same_program_asks_for_nothing(platform: Platform, content: Path) -> None:
    builders.import_content(platform, content, style=OLD)
    assert job(platform) is None
    with platform.database.reading() as session:
        assert session.scalars(select(Rendering)).all() == []


def test_samples_are_shown_anew_at_once(platform: Platform, content: Path, client: Client, edge: Edge) -> None:
    demo = dataclasses.replace(platform, is_demo=True)
    builders.write_topic(content, is_reviewed=False)
    builders.publish_entries(demo, builders.import_content(demo, content, style=OLD))
    with demo.database.writing() as session:
        frames.note(session, demo)
    builders.import_content(demo, content, style=NEW)

    assert job(demo) is None
    assert restore_frames(demo, OVERVIEWS, NOW)
    assert shown(client, edge)[1] == NEW


@pytest.mark.usefixtures("published", "other_renderer")
def test_what_was_signed_is_never_written_over(platform: Platform, content: Path) -> None:
    with platform.database.reading() as session:
        before = session.scalars(select(Revision)).one().model_dump()
    builders.import_content(platform, content, style=NEW)
    job(platform)
    sign(platform, handed_in(platform))
    job(platform)
    with platform.database.reading() as session:
        assert session.scalars(select(Revision)).one().model_dump() == before
