"""Urgent withdrawal: one person takes a page down at once, by one signature with a reason."""

from collections.abc import Collection, Sequence

from sqlmodel import Session

from webapp.articles import queries
from webapp.articles.rules.digest import digest
from webapp.articles.rules.shelf import Entry, spot_of
from webapp.articles.service import publish
from webapp.articles.service.pages import OverviewMaker
from webapp.articles.service.publish import Plan
from webapp.core.audit import By
from webapp.core.errors import N_, NotFound
from webapp.core.languages import place_of
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.review import service as review
from webapp.review.rules import Meaning, ReviewRole
from webapp.review.service import Dossier, Signer

SUBJECT = "withdrawal"
ROUTE = "withdrawal"


def find(session: Session, platform: Platform, path: str, *, is_whole: bool) -> list[Entry]:
    """What is published at an address such as `/en/diseases/asthma`; if `is_whole`, its topic in every language,
    country and edition. NotFound if nothing is."""
    head, _, rest = path.strip().removeprefix(platform.base_url).strip("/").partition("/")
    place = place_of(head, platform.homes)
    entry = queries.live_at(session, spot_of(place, rest)) if place is not None else None
    if entry is None:
        raise NotFound(N_("Nothing is published at this address. Copy it from the page that is to be withdrawn."))
    return [other for other in queries.live(session) if other.address == entry.address] if is_whole else [entry]


def plan(session: Session, platform: Platform, entries: Collection[Entry], overviews: Sequence[OverviewMaker],
         by: By) -> Plan:
    """Renders the site without these pages; call it before the transaction that writes begins."""
    account_id = by.actor if isinstance(by.actor, int) else None
    return publish.plan_withdrawal(platform, session, [entry.document_id for entry in entries], overviews=overviews,
                                   now=by.at, account_id=account_id)


def sign(session: Session, planned: Plan, signer: Signer, role: ReviewRole, link: str, by: By) -> Dossier:
    """Records a reviewer's signature under the withdrawal, as `review.sign` does and under its conditions. The dossier
    names what is taken down and when, so that no signature is good for another withdrawal; the reason's words stand
    in the audit, from where they can be taken out."""
    gone = planned.withdrawn
    held = digest({"v": 1, "kind": SUBJECT, "at": by.at.isoformat(),
                   "revisions": [[entry.document_id, entry.digest] for entry in gone]})
    dossier = review.submit(session, review.NewDossier(
        subject=Subject(SUBJECT, gone[0].document_id), digest=held, title=gone[0].title, author_ids=(), route=ROUTE,
        markets=tuple(sorted({entry.market for entry in gone})), audience=gone[0].audience,
        source="\n".join(f"{entry.name} {entry.digest}" for entry in gone), body_html="", link=link), by.at)
    review.sign(session, dossier, signer, role=role, meaning=Meaning.APPROVAL, digest=held, now=by.at)
    return dossier
