"""What tests of publishing share: topics on their way to readers, and what is stored of them."""

from collections.abc import Iterable
from pathlib import Path

from bs4 import BeautifulSoup
from sqlalchemy import select

from tests import builders
from tests.builders import NOW
from webapp.app import OVERVIEWS
from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.rules.shelf import Entry
from webapp.articles.service import publish
from webapp.core import pages
from webapp.core.models import StoredPage
from webapp.core.platform import Platform

SPONSORED = {"kind": "sponsored", "company": "Northwind Fictional Pharma", "influence": "It wrote the first draft."}
PROMOTIONAL = {"kind": Kind.DRUG, "slug": "branditis", "audience": Audience.HCP, "content_class": "promotional",
               "funding": SPONSORED}


def wait_for(platform: Platform, content: Path, **topic: object) -> list[Entry]:
    builders.write_topic(content, **topic)  # type: ignore[arg-type]
    return builders.import_content(platform, content)


def publish_all(platform: Platform, entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return builders.publish_entries(platform, entries, OVERVIEWS)


def withdraw(platform: Platform, entries: Iterable[Entry]) -> None:
    with platform.database.reading() as session:
        planned = publish.plan_withdrawal(platform, session, [entry.document_id for entry in entries],
                                          overviews=OVERVIEWS, now=NOW)
    with platform.database.writing() as session:
        publish.carry_out(session, planned, NOW)


def everything_stored(platform: Platform, access: str = "open") -> dict[str, str]:
    """Path -> HTML. What is open to strangers is open."""
    wanted = ("open", pages.STRANGERS) if access == "open" else (access,)
    with platform.database.reading() as session:
        rows = session.scalars(select(StoredPage).where(StoredPage.access.in_(wanted)))  # type: ignore[attr-defined]
        return {row.path: row.body.decode() for row in rows}


def links(html: str, place: str) -> set[str]:
    return {str(link["href"]) for link in BeautifulSoup(html, "html.parser").select(f"{place} a[href]")}
