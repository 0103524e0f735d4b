"""Publishing and withdrawing: ask clearance and policy, append to the log, move the pointer, store the bytes.

Two steps, since rendering must not hold the write lock: `plan` reads and renders; `carry_out` writes, and refuses if
anything was published in between.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import update
from sqlmodel import Session, col

from webapp.articles import queries
from webapp.articles.models import Document, PublishEntry, PublishOrder
from webapp.articles.rules.orders import OPEN, Obstacle, OrderState
from webapp.articles.rules.shelf import Entry, is_signed
from webapp.articles.service.label_pages import gone_pages, topic_pages
from webapp.articles.service.pages import OverviewMaker, Press, press
from webapp.core import audit, pages
from webapp.core.errors import N_, Conflict, NotFound, Refused
from webapp.core.languages import all_places
from webapp.core.platform import Platform
from webapp.policy import rules as policy
from webapp.policy.rules import Verdict
from webapp.review import service as review


class Withheld(Refused):
    """This text may not be published: in a word and in a sentence."""

    def __init__(self, obstacle: Obstacle, sentence: str) -> None:
        super().__init__(sentence)
        self.obstacle = obstacle


@dataclass(frozen=True)
class Plan:
    """What will be written, made from the site as it was at `version`."""

    version: int
    published: tuple[Entry, ...]
    withdrawn: tuple[Entry, ...]
    rows: tuple[dict[str, Any], ...]
    account_id: int | None = None
    ending: str = "withdraw"
    """What the log says of those taken down: `withdraw`, or `expire`, after which the same revision may return."""
    is_timed: bool = False
    """Whether the schedule does it."""


def plan(platform: Platform, session: Session, entries: Iterable[Entry], *, overviews: Sequence[OverviewMaker],
         now: datetime, account_id: int | None = None, is_timed: bool = False) -> Plan:
    """Checks that each entry may be published and renders every page that changes by it.

    `entries` come from `sort_out`. Refused, naming the page, if policy denies one or review has not cleared it.
    """
    asked = list(entries)
    reviewed = _reviewed(session, asked, now)
    chosen = tuple(_permitted(platform, entry, reviewed, now) for entry in asked)
    before = press(platform, session)
    after = replace(before, shelf=before.shelf.with_entries(chosen))
    touched = after.shelf.neighbours({entry.address for entry in chosen})
    made = topic_pages(after, session, touched) + overview_pages(after, overviews)
    return Plan(pages.version(session), chosen, (), tuple(pages.pack(page, now) for page in made), account_id,
                is_timed=is_timed)


def sort_out(platform: Platform, session: Session, now: datetime,
             again: Collection[str] = (), only: Collection[str] | None = None) -> tuple[list[Entry], list[str]]:
    """What may be published now, and for each page that may not a sentence that says why.

    That is what is new and has no time to come, what review has cleared anew since readers see it (so that they see
    who signed), and of what was withdrawn that of the addresses `again`. NotFound if nothing of such an address was
    withdrawn. `only`: of these addresses alone; NotFound for one of no topic.
    """
    for address in sorted(queries.without_topic(session, only or ())):
        raise NotFound(f"There is no topic {address}. Write an address such as diseases/asthma.")
    taken_back = queries.taken_back(session)
    for address in set(again) - {entry.address for entry in taken_back}:
        raise NotFound(f"Nothing waits at {address} that was withdrawn. Write an address such as diseases/asthma.")
    asked = _those_at(only, [*queries.waiting(session), *(entry for entry in taken_back if entry.address in again)])
    held = [_stays_down(entry) for entry in _those_at(only, taken_back) if entry.address not in again]
    embargoes = queries.embargoes(session, now)
    held += [_waits(entry, embargoes[entry.document_id]) for entry in asked if entry.document_id in embargoes]
    ready, reviewed = [], _reviewed(session, asked, now)
    for entry in (entry for entry in asked if entry.document_id not in embargoes):
        try:
            _permitted(platform, entry, reviewed, now)
            ready.append(entry)
        except Withheld as why:
            held.append(str(why))
    changing = {entry.document_id for entry in ready}
    renewed = _those_at(only, _renewed(session, now))
    return ready + [entry for entry in renewed if entry.document_id not in changing], held


def _those_at(addresses: Collection[str] | None, entries: Iterable[Entry]) -> list[Entry]:
    return [entry for entry in entries if addresses is None or entry.address in addresses]


def _renewed(session: Session, now: datetime) -> list[Entry]:
    """What readers see under a clearance that has been signed since it was published: anew, or as a sample's first."""
    shown = [entry for entry in queries.live(session) if entry.published_at is not None]
    approvals = review.approvals_of(session, list(map(_piece, shown)), now)
    return [entry for entry in shown if _piece(entry) in approvals and entry.published_at is not None
            and (approvals[_piece(entry)][-1].at > entry.published_at or entry.clearance != "review")]


def _waits(entry: Entry, order: PublishOrder) -> str:
    return (f"{entry.name} waits for its time, {order.local_time} in {order.zone}. To publish it sooner, cancel the "
            f"order first: `materia content cancel {order.key} --reason WHY`.")


def _stays_down(entry: Entry) -> str:
    return (f"{entry.name} was withdrawn, and its text is one of that time. Change it, remove its file, or bring it "
            f"back with `materia content publish --again {entry.address}`.")


def no_longer_permitted(platform: Platform, session: Session, now: datetime) -> list[Entry]:
    """What is published and may not be any more: its clearance has lapsed, or policy denies it, opens it to
    others or asks for other sentences. A sample stays up while review looks at it."""
    shown = queries.live(session)
    reviewed = replace(_reviewed(session, shown, now), handed_in=frozenset())
    return [entry for entry in shown if not _is_permitted(platform, entry, reviewed, now)]


def plan_withdrawal(platform: Platform, session: Session, document_ids: Iterable[int], *,
                    overviews: Sequence[OverviewMaker], now: datetime, account_id: int | None = None,
                    ending: str = "withdraw") -> Plan:
    """Renders the site without these documents; their addresses will answer 410. `ending`: see `Plan`."""
    before = press(platform, session)
    wanted = set(document_ids)
    gone = tuple(entry for entry in before.shelf.entries if entry.document_id in wanted)
    after = replace(before, shelf=before.shelf.with_entries((), wanted))
    touched = after.shelf.neighbours({entry.address for entry in gone})
    made = topic_pages(after, session, touched) + overview_pages(after, overviews)
    made += gone_pages(before, session, gone)
    return Plan(pages.version(session), (), gone, tuple(pages.pack(page, now) for page in made), account_id, ending)


def carry_out(session: Session, planned: Plan, now: datetime, reason: str = "") -> None:
    """Writes a plan in the caller's transaction, and why into the audit. Conflict if the site changed or a clearance
    ended since it was made: plan again."""
    pages.lock(session)
    if pages.version(session) != planned.version:
        raise Conflict(N_("Something else was published meanwhile. Nothing was written; publish again."))
    signed = [entry for entry in planned.published if entry.clearance == "review"]
    cleared = review.are_cleared(session, list(map(_piece, signed)), now)
    for entry in signed:
        if _piece(entry) not in cleared:
            raise Conflict(f"The clearance of {entry.name} ended meanwhile. Nothing was written; have it signed.")
    superseded = _put_up(session, planned, now)
    _take_down(session, planned, now)
    pages.store(session, planned.rows)
    session.flush()
    by = audit.By(planned.account_id or _actor(planned), now, reason)
    for action, entries in (("page-supersede", superseded), ("page-published", planned.published),
                            (f"page-{planned.ending}", planned.withdrawn)):
        for entry in entries:
            audit.record(session, by, action, entry.subject, f"revision:{entry.revision_id}")


def _put_up(session: Session, planned: Plan, now: datetime) -> list[Entry]:
    """Moves the pointers, and ends the orders that are carried out by it. Returns what was live and is so no more."""
    shown = queries.live_documents(session, [entry.document_id for entry in planned.published])
    superseded = [shown[entry.document_id] for entry in planned.published if entry.document_id in shown
                  and shown[entry.document_id].revision_id != entry.revision_id]
    session.add_all(_log(entry, "supersede", planned, now) for entry in superseded)
    session.flush()  # the log's order: what ends stands before what begins
    for entry in planned.published:
        session.execute(update(Document).where(col(Document.id) == entry.document_id).values(
            live_revision_id=entry.revision_id, access=entry.access, clearance=entry.clearance, published_at=now))
        session.execute(update(PublishOrder).where(
            col(PublishOrder.revision_id) == entry.revision_id, col(PublishOrder.state).in_(OPEN)).values(
            state=OrderState.DONE, obstacle="", changed_at=now))
    session.add_all(_log(entry, "publish", planned, now) for entry in planned.published)
    return superseded


def _take_down(session: Session, planned: Plan, now: datetime) -> None:
    gone = [entry.document_id for entry in planned.withdrawn]
    if planned.ending == "withdraw":
        session.add_all(_log(entry, "hold", planned, now) for entry in queries.waiting(session, gone))
        session.execute(update(PublishOrder).where(
            col(PublishOrder.document_id).in_(gone), col(PublishOrder.state).in_(OPEN)).values(
            state=OrderState.CANCELLED, obstacle=Obstacle.WITHDRAWN, changed_at=now))
    session.execute(update(Document).where(col(Document.id).in_(gone)).values(live_revision_id=None))
    session.add_all(_log(entry, planned.ending, planned, now) for entry in planned.withdrawn)


def _actor(planned: Plan) -> str:
    return audit.SCHEDULE if planned.is_timed or planned.ending == "expire" else audit.COMMAND_LINE


def overview_pages(made: Press, overviews: Sequence[OverviewMaker]) -> list[pages.Page]:
    """The pages of every place that show several topics at once."""
    return [page for make in overviews for place in all_places() for page in make(made, place)]


def _piece(entry: Entry) -> review.Piece:
    return entry.subject, entry.digest


@dataclass(frozen=True)
class _Reviewed:
    """What review has cleared of some texts, and what of them was handed in to it."""

    cleared: Collection[review.Piece]
    handed_in: Collection[review.Piece]


def _reviewed(session: Session, entries: Iterable[Entry], now: datetime) -> _Reviewed:
    pieces = list(map(_piece, entries))
    return _Reviewed(review.approvals_of(session, pieces, now), review.handed_in(session, pieces))


def _is_permitted(platform: Platform, entry: Entry, reviewed: _Reviewed, now: datetime) -> bool:
    try:
        found = _permitted(platform, entry, reviewed, now)
    except Withheld:
        return False
    return found.access == entry.access and (entry.clearance != "review" or found.clearance == "review")


def obstacles(platform: Platform, session: Session, entries: Collection[Entry], now: datetime) -> dict[int, Obstacle]:
    """Document id -> what keeps its text from being published now, of those among these that something does."""
    reviewed, found = _reviewed(session, entries, now), {}
    for entry in entries:
        try:
            _permitted(platform, entry, reviewed, now)
        except Withheld as why:
            found[entry.document_id] = why.obstacle
    return found


def _permitted(platform: Platform, entry: Entry, reviewed: _Reviewed, now: datetime) -> Entry:
    ruling = policy.decide(entry.market, entry.content_class, policy.Audience.PUBLIC, entry.funding, now.date())
    name = entry.name
    if ruling.verdict is Verdict.DENY:
        raise Withheld(Obstacle.POLICY, f"Policy denies {name}: {entry.content_class}, {entry.funding}, in "
                                        f"market {entry.market}.")
    owed = policy.mandatory_texts(ruling, entry.language, entry.company, now.date())
    if entry.statements not in (None, owed):
        raise Withheld(Obstacle.STATEMENTS, f"{name} does not say what policy asks of it now. Run `materia content "
                                            "sync` and have it signed.")
    return replace(entry, access="open" if ruling.verdict is Verdict.ALLOW else "gated",
                   clearance=_clearance(platform, entry, reviewed), published_at=now)


def _clearance(platform: Platform, entry: Entry, reviewed: _Reviewed) -> str:
    """By what a page goes up: signatures are what makes it reviewed, whatever its head says. Withheld without any,
    unless it is a sample in demo mode that nobody handed in: what review looks at, or refused, is shown to nobody."""
    piece = _piece(entry)
    if piece in reviewed.cleared:
        return "review"
    if is_signed(entry.content_class, entry.is_sample) or piece in reviewed.handed_in:
        raise Withheld(Obstacle.CLEARANCE, f"Review has not cleared {entry.name} at {entry.digest[:8]}. Publish again "
                                           "once it is signed.")
    if not platform.is_demo:
        raise Withheld(Obstacle.SAMPLE, f"{entry.name} is a sample that no reviewer approved. Hand it in for review: "
                                        "it is published once it is signed.")
    return "sample"


def _log(entry: Entry, action: str, planned: Plan, now: datetime) -> PublishEntry:
    return PublishEntry(document_id=entry.document_id, revision_id=entry.revision_id, digest=entry.digest,
                        action=action, clearance=entry.clearance or "", account_id=planned.account_id, at=now)
