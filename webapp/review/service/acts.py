"""What was done in the review of a dossier and to its piece, in words: for the certificate, as a page and as a PDF.

The audit holds codes (`version:1 full`, `command line`); whoever reads a certificate is told them in their language.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from webapp.core import audit
from webapp.core.errors import N_
from webapp.core.languages import Language
from webapp.core.render import show_moment, translations
from webapp.people import queries as people
from webapp.people.queries import Account
from webapp.review import queries
from webapp.review.models import Dossier
from webapp.review.rules import naming
from webapp.review.service import discussing, subject

ACTORS: Mapping[str, str] = {
    audit.COMMAND_LINE: N_("command line"), audit.SCHEDULE: N_("timed work"), discussing.GUEST: N_("guest of a review")}
"""Actors that are no account."""
MOST = 1000
"""Entries of the audit that a certificate shows, the newest: our choice; `materia audit export` has them all."""


@dataclass(frozen=True)
class Act:
    """One entry of the audit. `action`, `detail` and `actor` are codes; `name` is the person's who acted, empty if none
    did or it is erased; `reason` is None where its words were taken out."""

    number: int
    at: datetime
    actor: str
    action: str
    detail: str = ""
    reason: str | None = ""
    name: str = ""


def of(session: Session, dossier: Dossier) -> tuple[Act, ...]:
    """What was done in the review of a dossier, and to its piece: the oldest first, the newest `MOST` of each."""
    abouts = (subject(dossier), queries.subject_of(dossier))
    lines = [line for about in abouts for line in audit.about(session, about, limit=MOST)]
    names = people.accounts(session, {line.entry.account_id for line in lines if line.entry.account_id is not None})
    return tuple(_act(line, names) for line in sorted(lines, key=lambda line: line.entry.id or 0))


def _act(line: audit.Line, names: Mapping[int, Account]) -> Act:
    entry = line.entry
    person = names.get(entry.account_id or 0)
    return Act(entry.id or 0, entry.at, entry.actor or f"account:{entry.account_id}", entry.action, entry.detail,
               line.reason, person.name if person else "")


def who(act: Act, language: Language) -> str:
    """Who acted: by name, or by number once the name is erased."""
    words = translations(language).gettext
    return act.name or (words(ACTORS[act.actor]) if act.actor in ACTORS else _in_words(act.actor, language, words))


def details(act: Act, language: Language) -> list[str]:
    """What the act was about, part by part."""
    words = translations(language).gettext
    return [_in_words(part, language, words) for part in act.detail.split()]


def _in_words(part: str, language: Language, words: Callable[[str], str]) -> str:
    """A code in words. What is none (a score, a number that a company keeps) is said as it stands."""
    kind, _, value = part.partition(":")
    if part in naming.CODES:
        return words(naming.CODES[part])
    if kind == "at" and value:
        return words(N_("for %(moment)s")) % {"moment": show_moment(datetime.fromisoformat(value), language)}
    if kind in naming.NUMBERED and value:
        return words(naming.NUMBERED[kind]) % {"number": value}
    return words(N_("digest %(digest)s")) % {"digest": part} if naming.is_digest(part) else part
