"""The page on which somebody in control of content discloses: theirs by the link of their mail, without an account."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.cme import queries
from webapp.cme.models import CmeDisclosure
from webapp.cme.queries import faculty as faculty_queries
from webapp.cme.rules.activity import Part
from webapp.cme.rules.disclosure import MOST_TIES, NATURES, NONE, SOME, Tie
from webapp.cme.service import faculty, versions
from webapp.cme.service.faculty import Asked, Statement
from webapp.cme.service.inviting import SUBJECT
from webapp.cme.service.showing import PART_NAMES, language_in
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, NotFound
from webapp.core.languages import Language, by_tag
from webapp.core.subject import Subject

FACULTY = "faculty"
"""The actor of what somebody does by such a link."""
TITLE = N_("Your financial relationships")
NOBODYS = N_("This link leads nowhere, or its time is over. Whoever asked you can send a new one.")
DECIDED = N_("The provider has decided on what you stated, so that it cannot be changed here. If something is missing "
             "or wrong, write to the provider: you will be asked anew.")


def find(session: Session, code: str, now: datetime, *, for_update: bool = False) -> Asked:
    """Who discloses by this link. NotFound where it leads nowhere, is over or was called off."""
    row = faculty_queries.of_code(session, code, for_update=for_update)
    if row is None or row.ended_at is not None or now >= row.expires_at:
        raise NotFound(NOBODYS)
    return faculty.gathered(session, [row])[0]


def page(session: Session, code: str, chosen: Language | None, now: datetime) -> dict[str, Any]:
    """What the page shows: what was stated since the person was asked, and what a form begins with."""
    asked = find(session, code, now)
    row = asked.row
    language, newest = chosen or by_tag(row.language), queries.newest(session, row.activity_id)
    assert newest is not None
    file = versions.about(newest)
    tag = language_in(file, language)
    stated = asked.last if asked.is_answered else None
    return {"code": code, "name": row.name, "heading": file.titles[tag], "lang": tag, "until": row.expires_at,
            "parts": [PART_NAMES[Part(part)] for part in row.parts], "natures": NATURES, "most": MOST_TIES,
            "stated": shown(stated) if stated else None, "may_state": asked.may_state,
            "before": typed_of(asked.last) if asked.last else {}, "language": language}


def shown(stated: Statement) -> dict[str, Any]:
    """A statement as pages list it."""
    return {"at": stated.row.at, "number": stated.row.number, "ties": [tie_shown(one) for one in stated.told.ties]}


def tie_shown(tie: Tie) -> dict[str, Any]:
    """A relationship as pages list it: `nature` is for the catalogue, `words` are the person's own."""
    return {"company": tie.company, "nature": NATURES[tie.nature], "words": tie.words, "ended_on": tie.ended_on}


def typed_of(stated: Statement) -> dict[str, str]:
    """A statement as its form has it."""
    ties = stated.told.ties
    typed = {"told": SOME if ties else NONE, "count": str(max(len(ties), 1))}
    for number, one in enumerate(ties, 1):
        typed |= {f"{name}-{number}": value or "" for name, value in one.kept.items()}
    return typed


def state(session: Session, code: str, ties: tuple[Tie, ...], now: datetime) -> None:
    """Keeps what somebody states, beside what they stated before. Conflict once it was decided on; the same again
    changes nothing."""
    asked = find(session, code, now, for_update=True)
    last, kept = asked.last, [one.kept for one in ties]
    if asked.is_answered and last is not None and last.row.ties == kept:
        return
    if not asked.may_state:
        raise Conflict(DECIDED)
    number = last.row.number + 1 if last else 1
    session.add(CmeDisclosure(request_id=asked.row.id or 0, number=number, ties=kept, at=now))
    session.flush()
    audit.record(session, By(FACULTY, now), "cme-disclosure-stated", Subject(SUBJECT, asked.row.id or 0),
                 f"number:{number}")


def with_room(form: Mapping[str, str], count: int) -> dict[str, str]:
    """What was typed, with room for one relationship more."""
    return {**form, "count": str(min(count + 1, MOST_TIES)), "told": SOME}
