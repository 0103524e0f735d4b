"""What this package holds of a person: handed out, or taken away."""

from datetime import date, datetime
from functools import partial
from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col

from webapp.articles import queries
from webapp.articles.models import Interest, SavedPage
from webapp.articles.queries import desk
from webapp.articles.queries import kept as kept_queries
from webapp.articles.rules.shelf import Kept
from webapp.articles.service.admitting import may_see
from webapp.core import clock
from webapp.core.errors import N_
from webapp.people import queries as people
from webapp.policy import rules as policy

KEPT_LOG = N_("That you published or withdrew pages or ordered it, by number, as long as the pages' history: it shows "
              "what readers saw and when.")


KEPT_DRAFTS = N_("That you wrote drafts or sent pictures, by number, as long as they are kept, and your name where a "
                 "page itself says who drafted it: authors may not sign their own work.")


def export_person(session: Session, account_id: int) -> dict[str, Any]:
    """Topics followed, pages saved, lines of the publish log, orders and what was written at the desk, ready for JSON.
    What the person may not see today is told by its date alone."""
    person = people.account(session, account_id)
    if person is None:
        return {}
    # the clock: every package's export is asked alike, without a time, and policy rules by the day
    may_see_it = partial(_may_see, policy.reader_of(person.market, person.roles), clock.now().date())
    topics: dict[int, dict[str, Any]] = {}
    for entry in kept_queries.followed_by(session, account_id):
        told = topics.setdefault(entry.topic_id, {"since": _when(entry)})
        if may_see_it(entry):
            told["topic"] = entry.address
    return {
        "topics_followed": list(topics.values()),
        "pages_saved": [_page(entry) if may_see_it(entry) else {"since": _when(entry)}
                        for entry in kept_queries.saved_by(session, account_id)],
        "publish_log": [entry.model_dump(mode="json", include={"action", "at"})
                        for entry in queries.logged_by(session, account_id)],
        "publish_orders": [{"action": order.kind, **order.model_dump(mode="json", include={"ordered_at", "state"})}
                           for order in queries.orders_of(session, account_id)],
        "drafts_saved": [{"file": path, "version": version, "at": at.isoformat()}
                         for path, version, at in desk.saved_by(session, account_id)],
        "pictures_sent": [{"file": path, "at": at.isoformat()} for path, at in desk.sent_by(session, account_id)]}


def erase_person(session: Session, account_id: int, now: datetime) -> list[str]:
    """Forgets topics followed and pages saved; doing so again changes nothing. Returns what is kept."""
    for table in (Interest, SavedPage):
        session.execute(delete(table).where(col(table.account_id) == account_id))
    is_logged = queries.logged_by(session, account_id) or queries.orders_of(session, account_id)
    kept = [KEPT_LOG] if is_logged else []
    return kept + ([KEPT_DRAFTS] if desk.saved_by(session, account_id) or desk.sent_by(session, account_id) else [])


def _may_see(reader: policy.Reader, on: date, entry: Kept) -> bool:
    return may_see(reader, entry.market, (entry.content_class, entry.funding), on)


def _page(entry: Kept) -> dict[str, Any]:
    return {"since": _when(entry), "title": entry.title, "topic": entry.address, "audience": entry.audience,
            "language": entry.language, "market": entry.market}


def _when(entry: Kept) -> str:
    return entry.kept_at.isoformat()
