"""The provider's pages of an activity's people: where each stands, and what is decided on each relationship."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.cme import queries
from webapp.cme.models import CmeActivity, CmeDisclosureDecision
from webapp.cme.queries import faculty as faculty_queries
from webapp.cme.rules import decision as rules
from webapp.cme.rules.activity import ActivityFile, Part
from webapp.cme.rules.decision import EXCEPTIONS, MEANS, STATES, VERDICTS, State, state_of
from webapp.cme.service import faculty, readiness, versions
from webapp.cme.service.claiming import Provider
from webapp.cme.service.disclosing import shown, tie_shown
from webapp.cme.service.faculty import Asked, Statement
from webapp.cme.service.inviting import NOBODY, SUBJECT, activity_of, found
from webapp.cme.service.showing import PART_NAMES, language_in
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, NotFound
from webapp.core.forms import FreeText
from webapp.core.languages import LANGUAGES, Language
from webapp.core.subject import Subject
from webapp.people import queries as people

MARKS = {State.UNANSWERED: "pending", State.EXCLUDED: "refused", State.STALE: "lapsed", State.UNDECIDED: "pending",
         State.SETTLED: ""}
CHANGED = N_("This was changed meanwhile: look at it again. Nothing was decided.")


def listing(session: Session, slug: str, language: Language, provider: Provider, now: datetime) -> dict[str, Any]:
    """Everybody who was asked, and what stands in the way of publishing the newest version. NotFound."""
    activity = activity_of(session, slug)
    file = _file(session, activity)
    asked = faculty.of_activity(session, activity.id or 0)
    known = {one.row.name.casefold() for one in asked if one.row.ended_at is None}
    return {**_head(slug, file, language), "entries": [_entry(one, now) for one in asked], "parts": PART_NAMES,
            "languages": LANGUAGES, "is_bound": faculty.is_bound(file, provider.accredited_for),
            "is_sample": file.is_sample, "provider_name": provider.name,
            "unasked": [one.name for one in file.contributors if one.name.casefold() not in known],
            "obstacles": readiness.obstacles(session, activity, file, provider.accredited_for, now.date())}


def _file(session: Session, activity: CmeActivity) -> ActivityFile:
    newest = queries.newest(session, activity.id or 0)
    assert newest is not None
    return versions.about(newest)


def _head(slug: str, file: ActivityFile, language: Language) -> dict[str, Any]:
    tag = language_in(file, language)
    return {"slug": slug, "heading": file.titles[tag], "lang": tag}


def _entry(asked: Asked, now: datetime) -> dict[str, Any]:
    row, last = asked.row, asked.last
    state = state_of(last.told if last else None, now.date())
    return {"key": row.key, "name": row.name, "parts": [PART_NAMES[Part(part)] for part in row.parts],
            "state": STATES[state], "mark": MARKS[state], "asked_at": row.asked_at,
            "expires_at": row.expires_at, "is_over": not asked.is_answered and now >= row.expires_at,
            "is_answered": asked.is_answered, "ended_at": row.ended_at, "reminded_at": row.reminded_at,
            "stated_at": last.row.at if last else None, "ties": len(last.row.ties) if last else 0}


def one(session: Session, slug: str, key: str, language: Language, now: datetime) -> dict[str, Any]:
    """A person: what they stated last, relationship by relationship, with what is decided; and what they stated
    before. NotFound."""
    activity = activity_of(session, slug)
    row = faculty_queries.of_key(session, activity.id or 0, key)
    if row is None:
        raise NotFound(NOBODY)
    asked = faculty.gathered(session, [row])[0]
    names = _names(session, asked)
    return {**_head(slug, _file(session, activity), language), "person": _entry(asked, now), "email": row.email,
            "last": _statement(asked.last, names) if asked.last else None, "verdicts": VERDICTS, "means": MEANS,
            "exceptions": EXCEPTIONS,
            "earlier": [_statement(stated, names) for stated in reversed(asked.statements[:-1])]}


def _names(session: Session, asked: Asked) -> dict[int, str]:
    """Who decided, by number."""
    numbers = {made.account_id for stated in asked.statements for own in stated.decisions for made in own}
    return {number: account.name for number, account in people.accounts(session, numbers).items()}


def _statement(stated: Statement, names: Mapping[int, str]) -> dict[str, Any]:
    ties = [{**tie_shown(tie), "place": place, "seen": len(own), "is_excluding": tie.is_excluding,
             "decisions": [_decision(made, names) for made in reversed(own)]}
            for place, (tie, own) in enumerate(zip(stated.told.ties, stated.decisions, strict=True), 1)]
    return {**shown(stated), "key": stated.row.key, "ties": ties}


def _decision(made: CmeDisclosureDecision, names: Mapping[int, str]) -> dict[str, Any]:
    return {"verdict": VERDICTS[made.verdict], "exception": EXCEPTIONS.get(made.exception, ""), "words": made.words,
            "means": [MEANS[one] for one in made.means], "at": made.at, "by": names.get(made.account_id, "")}


def decide(session: Session, slug: str, key: str, form: Mapping[str, str], means: Collection[str], words: FreeText,
           by: By) -> None:
    """Decides on one relationship, which stays beside what was decided before. Invalid; Conflict if the person stated
    something else meanwhile, or somebody decided."""
    row = found(session, slug, key)
    last = faculty.gathered(session, [row])[0].last
    place = int(form["place"]) if form.get("place", "").isascii() and form.get("place", "").isdigit() else 0
    if row.ended_at is not None or last is None or last.row.key != form.get("statement") \
            or not 1 <= place <= len(last.decisions) or form.get("seen") != str(len(last.decisions[place - 1])):
        raise Conflict(CHANGED)
    ruling = rules.read(form, means, words, last.told.ties[place - 1])
    assert isinstance(by.actor, int)
    session.add(CmeDisclosureDecision(
        disclosure_id=last.row.id or 0, place=place, number=len(last.decisions[place - 1]) + 1, verdict=ruling.verdict,
        means=list(ruling.means), exception=ruling.exception or "", words=ruling.words, account_id=by.actor, at=by.at))
    session.flush()
    audit.record(session, by, "cme-disclosure-decided", Subject(SUBJECT, row.id or 0),
                 f"number:{last.row.number} place:{place} {ruling.verdict}")
