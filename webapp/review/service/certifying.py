"""The certificate of a dossier: the piece, its digest, who signed it and what was done to it, as a tagged PDF.

`Certificate` is a plain value, so that a page may show the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from webapp.core import pdf
from webapp.core.errors import N_
from webapp.core.languages import Language
from webapp.core.render import show_date, show_moment, translations
from webapp.people.rules import MARKET_NAMES
from webapp.review import queries
from webapp.review.models import Dossier, Signature
from webapp.review.rules import ROUTES, Meaning, ReviewRole, naming
from webapp.review.service import acts, checking, expires_at, material_id
from webapp.review.service.acts import Act

MEANINGS = {Meaning.APPROVAL: N_("Approval"), Meaning.REJECTION: N_("Rejection")}


@dataclass(frozen=True)
class Signed:
    """One signature as every readable form of the record shows it (21 CFR 11.50)."""

    name: str
    role: ReviewRole
    meaning: Meaning
    at: datetime
    round: int = 1
    attested: tuple[str, ...] = ()
    """What an approval says besides, sentence by sentence."""


@dataclass(frozen=True)
class Certificate:
    """What is certified of a piece. `material_id` is empty where none was allotted."""

    title: str
    digest: str
    prepared: date
    markets: tuple[str, ...]
    audience: str
    route: str
    expires_at: datetime | None
    signatures: tuple[Signed, ...]
    trail: tuple[Act, ...]
    material_id: str = ""
    ease: tuple[tuple[str, int | None], ...] | None = None
    """Of what patients read: how understandable and how actionable it was found (PEMAT-P), of 100; empty if nobody has
    ticked that. None where it is not asked for."""

    @property
    def version(self) -> str:
        """As pages print it."""
        return self.digest[:8]


def certificate_of(session: Session, dossier: Dossier, now: datetime) -> Certificate:
    """The certificate of a dossier as it stands: its signatures, and what was done in its review and to its piece."""
    assert dossier.id is not None
    about = queries.subject_of(dossier)
    signed = tuple(_signed(entry) for entry in queries.signatures(session, dossier.id))
    return Certificate(
        title=dossier.title, digest=dossier.digest, prepared=dossier.submitted_at.date(),
        markets=tuple(dossier.markets), audience=dossier.audience, route=dossier.route,
        expires_at=expires_at(session, about, dossier.digest, now), signatures=signed, trail=acts.of(session, dossier),
        material_id=material_id(session, about), ease=_ease(session, dossier))


def _signed(entry: Signature) -> Signed:
    meaning = Meaning(entry.meaning)
    return Signed(entry.printed_name, ReviewRole(entry.role), meaning, entry.at, entry.round,
                  tuple(entry.reason.splitlines()) if meaning is Meaning.APPROVAL else ())


def _ease(session: Session, dossier: Dossier) -> tuple[tuple[str, int | None], ...] | None:
    shown = checking.shown(session, dossier)
    return None if shown is None else tuple((name, score.percent) for name, score in shown["scores"])


def as_pdf(told: Certificate, language: Language, now: datetime, actions: Mapping[str, str]) -> bytes:
    """The certificate in a language. `actions`: code of an act -> its name for the catalogue; others stay codes."""
    words = translations(language).gettext
    return pdf.render("review/certificate.typ", language, now, {
        "title": words(N_("Certificate: %(title)s")) % {"title": told.title},
        "facts": [fact for fact in _facts(told, language, now) if fact[1]],
        "sections": [_signatures(told, language), _trail(told, language, actions)]})


def _facts(told: Certificate, language: Language, now: datetime) -> list[tuple[str, str]]:
    words = translations(language).gettext
    until = show_moment(told.expires_at, language) if told.expires_at else words(N_("Not approved"))
    return [(words(N_("Material ID")), told.material_id), (words(N_("Version")), told.version),
            (words(N_("Digest")) + " (SHA-256)", told.digest),
            (words(N_("Prepared")), show_date(told.prepared, language)), (words(N_("Approved until")), until),
            (words(N_("Markets")), ", ".join(words(MARKET_NAMES.get(code, code)) for code in told.markets)),
            (words(N_("Audience")), words(naming.AUDIENCES.get(told.audience, told.audience))),
            (words(N_("Route")), words(ROUTES[told.route].name if told.route in ROUTES else told.route)),
            ("PEMAT-P", _ease_words(told, words)), (words(N_("Certificate made")), show_moment(now, language))]


def _ease_words(told: Certificate, words: Callable[[str], str]) -> str:
    """Empty where it is not asked for."""
    if told.ease is None:
        return ""
    of_100 = words(N_("%(percent)s of 100"))
    scores = [f"{words(name)}: {'–' if percent is None else of_100 % {'percent': percent}}"
              for name, percent in told.ease]
    return " · ".join(scores) or words(N_("Not ticked"))


def _signatures(told: Certificate, language: Language) -> dict[str, Any]:
    words: Callable[[str], str] = translations(language).gettext
    return {"heading": words(N_("Signatures")), "none": words(N_("Nobody has signed.")),
            "columns": [words(N_("Printed name")), words(N_("Role")), words(N_("Meaning")), words(N_("Signed"))],
            "rows": [[entry.name, words(naming.ROLES[entry.role]),
                      " ".join([words(MEANINGS[entry.meaning]), *map(words, entry.attested)]),
                      show_moment(entry.at, language)] for entry in told.signatures]}


def _trail(told: Certificate, language: Language, actions: Mapping[str, str]) -> dict[str, Any]:
    words: Callable[[str], str] = translations(language).gettext
    return {"heading": words(N_("Audit trail")), "none": words(N_("Nothing was recorded.")),
            "columns": [words(N_("When")), words(N_("Who")), words(N_("What")), words(N_("Reason"))],
            "rows": [[show_moment(act.at, language), acts.who(act, language),
                      " · ".join([words(actions.get(act.action, act.action)), *acts.details(act, language)]),
                      words(N_("The words of the reason were taken out.")) if act.reason is None else act.reason]
                     for act in told.trail]}
