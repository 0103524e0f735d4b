"""What people type for another purpose is screened: who tells of a side effect anywhere has told us."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache

from sqlmodel import Session

from webapp.core.subject import Subject
from webapp.core.tokens import KeyRing
from webapp.medicines import queries as medicines
from webapp.safety.models import SafetyCase
from webapp.safety.rules import Source
from webapp.safety.rules.reports import MOST_LINE, Report
from webapp.safety.rules.screening import Concern, Screen, Screened
from webapp.safety.rules.terms import terms
from webapp.safety.service.receiving import Hearing, receive

PREFIX = "heard-"


def screen(session: Session, ring: KeyRing, text: str, where: Subject, *, market: str, language: str,
           account_id: int | None, now: datetime) -> SafetyCase | None:
    """Stores a case if the text may tell of a side effect, with the text as its report; None if it does not. The same
    text at the same place is one case, however often it is sent. `where` is what it was typed on."""
    found = screen_of(session).read(text)
    if not found.is_suspect:
        return None
    named = dict.fromkeys(match.words for match in found.drugs if match.is_substance)
    report = Report(text, medicine=", ".join(named)[:MOST_LINE])
    receipt = receive(session, ring, report, Hearing(
        _name(text, where, account_id), market, language, now, product=_product(found), source=Source.OVERHEARD,
        place=where, account_id=account_id))
    return session.get_one(SafetyCase, receipt.case_id)


def is_suspect(session: Session, text: str) -> bool:
    """Whether a text may tell of a side effect: for who has a path of their own to the desk."""
    return screen_of(session).read(text).is_suspect


def named_with_reaction(session: Session, text: str) -> str | None:
    """The product that a text names beside something that may have happened after it: its slug, empty for a medicine
    that is none of ours. None if it does not name both; what a medicine is taken for is no reaction. For what is
    searched for, of which nothing is kept."""
    found = screen_of(session).read(text)
    named = [match.term for match in found.drugs if match.is_substance]
    told = [match for match in found.concerns if match.concern is Concern.REACTION and not match.is_negated
            and not (match.term in terms() and terms()[match.term].is_indication)]
    return max(named) if named and told else None


def substances(session: Session, text: str) -> list[str]:
    """The words of a text that name medicines, ours or not."""
    return [match.words for match in screen_of(session).read(text).drugs if match.is_substance]


def pieces(session: Session, text: str) -> list[tuple[str, bool]]:
    """A text in pieces, and of each whether the screen heard it: a medicine, or what may have happened and is not
    denied. As the screen hears now: what it knows of medicines grows."""
    found = screen_of(session).read(text)
    told, parts = 0, list[tuple[str, bool]]()
    for match in sorted((*found.drugs, *found.concerns), key=lambda match: (match.start, -match.end)):
        if match.is_negated or match.end <= told:
            continue
        first = max(match.start, told)
        parts += [(text[told:first], False)] if first > told else []
        parts.append((text[first:match.end], True))
        told = match.end
    return [*parts, (text[told:], False)]


def screen_of(session: Session) -> Screen:
    """The screen for the medicines that are known now."""
    return _made(tuple((name, slug) for slug, about in medicines.known(session).items() for name in about.names))


@lru_cache(maxsize=2)
def _made(names: tuple[tuple[str, str], ...]) -> Screen:
    known: Mapping[str, str] = dict(names)
    return Screen(known)


def _product(found: Screened) -> str:
    return next((match.term for match in found.drugs if match.term), "")


def _name(text: str, where: Subject, account_id: int | None) -> str:
    told = f"{where.kind}\x1f{where.id}\x1f{account_id}\x1f{text}"
    return PREFIX + hashlib.sha256(told.encode()).hexdigest()[:40]
