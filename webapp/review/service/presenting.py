"""One case, its certificate, and what a guest sees, ready for a page."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from markupsafe import Markup
from sqlmodel import Session

from webapp.core.differences import changes
from webapp.core.languages import Language
from webapp.core.markdown.renderer import sanitise
from webapp.people import queries as people
from webapp.people.queries import Account
from webapp.people.rules import Role
from webapp.review import queries
from webapp.review.models import Comment, Dossier, Guest
from webapp.review.rules import (
    GUEST_LASTS,
    ROUTES,
    CommentKind,
    Meaning,
    ReviewRole,
    State,
    anchors,
    naming,
    pemat,
)
from webapp.review.rules.anchors import Anchor, Span
from webapp.review.service import (
    acts,
    beside,
    checking,
    discussing,
    last_approved,
    material_id,
    standing,
)
from webapp.review.service.acts import Act
from webapp.review.service.queueing import holders, markets_of, uses_library


def may_see(account: Account, dossier: Dossier) -> bool:
    """Whether somebody finds a dossier: reviewers and operators do, and its authors."""
    return bool(standing.review_roles(account)) or Role.OPERATOR in account.roles or account.id in dossier.author_ids


def case(session: Session, dossier: Dossier, account: Account, now: datetime) -> dict[str, Any]:
    """What the page of a case shows, and what its reader may do there."""
    stands = standing.standing_of(session, dossier)
    said = _comments(session, dossier, now)
    before = last_approved(session, queries.subject_of(dossier), now, dossier.version)
    looking = queries.looks(session, dossier.id or 0, now)
    names = people.accounts(session, {look.account_id for look in looking})
    return {
        **_head(session, dossier, stands, now), "body": _body(dossier, said), "source": dossier.source,
        "certificate": dossier.certificate, "comments": said, "claims": beside.claims(session, dossier),
        "may_use_library": uses_library(account), "may_tick": checking.may_tick(session, dossier, account, now),
        "open_musts": sum(1 for entry in said if entry["kind"] == CommentKind.MUST and not entry["closed_at"]),
        "hunks": changes(before.source, dossier.source) if before else None,
        "before": before, "is_looking": any(look.account_id == account.id for look in looking),
        "looking": [(names[look.account_id].name, look.since) for look in looking if look.account_id != account.id],
        "newest": None if stands.is_newest else queries.newest(session, queries.subject_of(dossier)),
        "kinds": list(naming.KINDS.items()), **_abilities(session, dossier, account, stands, now)}


def _head(session: Session, dossier: Dossier, stands: standing.Standing, now: datetime) -> dict[str, Any]:
    route, state = ROUTES.get(dossier.route), stands.state(now)
    tasks = {task.role: task for task in queries.assignments(session, [dossier.id or 0])}
    sent_back = queries.requests(session, dossier.id or 0)
    numbers = {task.account_id for task in tasks.values()} | {row.account_id for row in sent_back}
    numbers |= set(dossier.author_ids)
    names = {number: person.name for number, person in people.accounts(session, numbers).items()}
    return {
        "dossier": dossier, "material": material_id(session, queries.subject_of(dossier)), "state": state,
        "state_name": naming.STATES[state], "is_open": stands.is_open(now), "lapses_at": stands.lapses_at(now),
        "route": route.name if route else dossier.route, "markets": markets_of(dossier.markets),
        "audience": naming.AUDIENCES.get(dossier.audience, dossier.audience),
        "checklist": checking.shown(session, dossier),
        "authors": [names[number] for number in dossier.author_ids if names.get(number)],
        "signatures": [_signature(entry) for entry in queries.signatures(session, dossier.id or 0)],
        "requests": [{"name": names.get(row.account_id, ""), "role": naming.ROLES[row.role], "words": row.words,
                      "at": row.at} for row in sent_back],
        "missing": [{"name": naming.DISCIPLINES[role], "person": names.get(tasks[role].account_id, "")
                     if role in tasks else "", "due_at": tasks[role].due_at if role in tasks else None}
                    for role in stands.missing(now)]}


def _signature(entry: Any) -> dict[str, Any]:
    return {"name": entry.printed_name, "role": naming.ROLES[entry.role], "at": entry.at, "reason": entry.reason,
            "round": entry.round, "meaning": naming.MEANINGS[entry.meaning],
            "is_approval": entry.meaning == Meaning.APPROVAL, "digest": entry.digest,
            "attested": entry.reason.splitlines() if entry.meaning == Meaning.APPROVAL else []}


def _abilities(session: Session, dossier: Dossier, account: Account, stands: standing.Standing,
               now: datetime) -> dict[str, Any]:
    """What this reader may do: buttons that would be refused are not shown, though the services refuse all the same."""
    roles, is_author = standing.review_roles(account), account.id in dossier.author_ids
    is_reviewer = bool(roles) and not is_author
    held = queries.roles_held(session, queries.subject_of(dossier), account.id or 0)
    number = dossier.id or 0
    mine = [role for role in stands.missing(now) if role in roles and not held - {role}] if is_reviewer else []
    task = next((row for row in queries.assignments(session, [number]) if row.account_id == account.id), None)
    return {
        "is_reviewer": is_reviewer, "can_answer": is_reviewer or is_author, "own_roles": mine,
        "role_names": naming.DISCIPLINES, "bar": standing.bar(dossier, account) if mine else None,
        "others": [person for person in holders(session, ReviewRole(task.role)) if person.id != account.id]
        if task and is_reviewer else [],
        "guests": queries.guests(session, number) if is_reviewer else [], "now": now,
        "guest_days": GUEST_LASTS.days}


def _comments(session: Session, dossier: Dossier, now: datetime) -> list[dict[str, Any]]:
    """Those of this version, and those of earlier ones that are open, each with where its passage stands now."""
    rows = [(entry, version) for entry, version in queries.comments(session, queries.subject_of(dossier),
                                                                    dossier.version)
            if version == dossier.version or entry.closed_at is None]
    text = discussing.text_of(dossier)
    comments = [entry for entry, _ in rows]
    numbers = {number for entry in comments for number in (entry.account_id, entry.answered_by, entry.closed_by)
               if number is not None}
    names = {number: person.name for number, person in people.accounts(session, numbers).items()}
    guests = queries.guests_by_id(session, {entry.guest_id for entry in comments if entry.guest_id is not None})
    return [_comment(entry, version, text, names, guests) for entry, version in rows]


def _comment(entry: Comment, version: int, text: str, names: dict[int, str],
             guests: dict[int, Guest]) -> dict[str, Any]:
    place = anchors.find(text, Anchor(entry.quote, entry.prefix, entry.suffix, entry.offset)) if entry.quote else None
    guest = guests.get(entry.guest_id or 0)
    return {
        "key": entry.key, "kind": entry.kind, "kind_name": naming.KIND_MARKS[entry.kind], "words": entry.words,
        "quote": entry.quote, "place": place, "is_detached": bool(entry.quote) and place is None, "version": version,
        "by": guest.name if guest else names.get(entry.account_id or 0, ""), "is_guest": guest is not None,
        "at": entry.at, "answer": entry.answer, "answered_by": names.get(entry.answered_by or 0, ""),
        "answered_at": entry.answered_at, "closed_by": names.get(entry.closed_by or 0, ""),
        "closed_at": entry.closed_at}


def _body(dossier: Dossier, said: Sequence[dict[str, Any]]) -> Markup:
    """The page as it is read, its commented passages marked. Sanitised first: whoever handed it in is not trusted."""
    spans = [Span(entry["place"][0], entry["place"][1], f"passage-{entry['key']}") for entry in said if entry["place"]]
    return Markup(anchors.marked(sanitise(dossier.body_html), spans))


def certificate(session: Session, dossier: Dossier, language: Language, now: datetime) -> dict[str, Any]:
    """All that shows who approved what: the piece, its digest, its signatures, its audit trail."""
    stands = standing.standing_of(session, dossier)
    return {**_head(session, dossier, stands, now), "is_approved": stands.state(now) is State.APPROVED,
            "trail": [_told(act, language) for act in acts.of(session, dossier)], "made_at": now,
            "comment_count": len(queries.comments(session, queries.subject_of(dossier), dossier.version))}


def checklist(session: Session, dossier: Dossier) -> dict[str, Any]:
    """The form of the checklist, with what was ticked last."""
    shown = checking.shown(session, dossier) or {}
    return {"dossier": dossier, "understandability": pemat.UNDERSTANDABILITY, "actionability": pemat.ACTIONABILITY,
            "names": pemat.ANSWERS, "answers": shown.get("answers", {})}


def _told(act: Act, language: Language) -> dict[str, Any]:
    return {"at": act.at, "name": naming.ACTS.get(act.action, act.action), "details": acts.details(act, language),
            "reason": act.reason, "by": acts.who(act, language), "number": act.number}


def guest(session: Session, invited: Guest, dossier: Dossier) -> dict[str, Any]:
    """What a guest sees: the piece, and their own comments. Nobody else's words, no names but their own."""
    text = discussing.text_of(dossier)
    said = [_comment(entry, dossier.version, text, {}, {invited.id or 0: invited})
            for entry in queries.comments_of_guest(session, invited.id or 0)]
    return {"dossier": dossier, "guest": invited, "body": _body(dossier, said), "source": dossier.source,
            "comments": said, "kinds": list(naming.KINDS.items()), "markets": markets_of(dossier.markets),
            "audience": naming.AUDIENCES.get(dossier.audience, dossier.audience)}


def dossiers(session: Session, keys: Iterable[str]) -> list[Dossier]:
    """The dossiers that a form names; those that are none of ours are left out."""
    found = (queries.by_key(session, key) for key in dict.fromkeys(keys))
    return [dossier for dossier in found if dossier is not None]
