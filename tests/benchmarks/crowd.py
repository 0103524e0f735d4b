"""Many pages that were reviewed, signed and published, put straight into the tables."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlmodel import Session, SQLModel, col

from tests import builders
from webapp.articles.models import Document, Revision, Topic
from webapp.core.db import Database
from webapp.policy import rules as policy
from webapp.review.models import Dossier, Material, Signature
from webapp.review.rules import Meaning, ReviewRole

AT_ONCE = 2_000
CLASS = policy.ContentClass.DISEASE_EDUCATION


def fill(database: Database, pages: int, at: datetime, first: int = 1) -> None:
    """So many pages, each a topic of its own, whose three signatures and publication are of that moment. Their numbers
    begin at `first`; the reviewers come with the first page."""
    with database.writing() as session:
        signers = _signers(session) if first > 1 else [
            (role, account.id or 0) for role, account in builders.reviewers(session).items()]
    ruling = policy.decide("us", CLASS, policy.Audience.PUBLIC, policy.FundingKind.INDEPENDENT, at.date())
    statements = list(policy.mandatory_texts(ruling, "en", "", at.date()))
    for start in range(first, first + pages, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, first + pages))
        with database.writing() as session:
            _add(session, Topic, ({"id": number, "kind": "disease", "slug": slug(number), "about": {}}
                                  for number in numbers))
            _add(session, Document, (_document(number, at) for number in numbers))
            _add(session, Revision, (_revision(number, at, statements) for number in numbers))
            _add(session, Material, ({"id": number, "subject_kind": "article", "subject_id": number, "allotted_at": at}
                                     for number in numbers))
            _add(session, Dossier, (_dossier(number, at) for number in numbers))
            _add(session, Signature, (row for number in numbers for row in _signatures(number, at, signers)))


def _signers(session: Session) -> list[tuple[ReviewRole, int]]:
    rows = session.execute(select(col(Signature.role), col(Signature.account_id)).distinct())
    return [(ReviewRole(role), account) for role, account in rows]


def slug(number: int) -> str:
    """The name of a topic."""
    return f"condition-{number:05d}"


def digest(number: int) -> str:
    """That of a page's only revision."""
    return f"{number:064x}"


def _add(session: Session, table: type[SQLModel], rows: Iterable[dict[str, Any]]) -> None:
    session.execute(insert(table), list(rows))


def _document(number: int, at: datetime) -> dict[str, Any]:
    return {"id": number, "topic_id": number, "audience": "patient", "language": "en", "market": "us",
            "newest_revision_id": number, "live_revision_id": number, "access": "open", "clearance": "review",
            "published_at": at}


def _revision(number: int, at: datetime, statements: Sequence[str]) -> dict[str, Any]:
    front = {"title": f"Condition {number}", "summary": "What it is.", "content_class": str(CLASS), "markets": ["us"],
             "funding": {"kind": "independent"}, "next_review": "2027-01-02",
             "reviewed": {"person": "Dr Example", "role": "physician", "on": "2026-01-02"}}
    topic = {"titles": {"en": f"Condition {number}"}, "synonyms": {}, "codes": {}, "related": [], "markets": ["us"]}
    return {"id": number, "document_id": number, "digest": digest(number), "rendering_digest": "0" * 64,
            "title": front["title"], "summary": front["summary"], "content_class": CLASS, "front_matter": front,
            "topic": topic, "mandatory_texts": statements, "claims": None, "references": [], "contents": [],
            "source": "## In short\n\nWhat it is.\n" * 40, "body_html": "<h2>In short</h2><p>What it is.</p>" * 40,
            "words": 200, "expected_seconds": 60, "next_review": date(2027, 1, 2), "created_at": at}


def _dossier(number: int, at: datetime) -> dict[str, Any]:
    return {"id": number, "subject_kind": "article", "subject_id": number, "version": 1, "digest": digest(number),
            "title": f"Condition {number}", "author_ids": [], "route": "full", "markets": ["us"],
            "audience": "patient", "source": "## In short\n\nWhat it is.\n" * 40,
            "body_html": "<h2>In short</h2><p>What it is.</p>" * 40, "link": "http://localhost/en/",
            "submitted_at": at, "due_at": at, "valid_days": 365}


def _signatures(number: int, at: datetime, signers: Sequence[tuple[ReviewRole, int]]) -> Iterator[dict[str, Any]]:
    return ({"dossier_id": number, "round": 1, "digest": digest(number), "account_id": account, "role": role,
             "printed_name": "Ann Example", "meaning": Meaning.APPROVAL, "at": at} for role, account in signers)
