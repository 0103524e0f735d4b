"""When a dossier is cleared, where it stands, who may sign. Pure."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple
from unicodedata import category

from webapp.core.errors import N_

VALID_FOR = timedelta(days=365)
"""How long a clearance lasts: our choice, the yearly re-review that drug pages need."""
RENEWABLE_FOR = timedelta(days=90)
"""How long before it lapses it may be signed anew: our choice, time for three people to read a page again. Of a
shorter clearance its second half."""
DUE_IN = timedelta(days=14)
"""How long reviewers have, unless the submission says otherwise: our choice."""
LOOK_LASTS = timedelta(minutes=30)
"""How long somebody who said so is shown as looking at a dossier: our choice; whoever goes on says it again."""
GUEST_LASTS = timedelta(days=14)
"""How long a guest's link is good at most: our choice, the time that reviewers have."""
GUEST_COMMENTS = 50
"""How many comments a guest may make: our choice; a link that got into wrong hands fills no disk."""
NAME_LENGTH, QUOTE_LENGTH, WORDS_LENGTH = 200, 500, 4000
"""Characters of a guest's name, of a quoted passage, and of what one person writes at once: our choice."""


class ReviewRole(StrEnum):
    """Whose signature it is; one person signs a dossier in one role only."""

    MEDICAL = "medical"
    LEGAL = "legal"
    REGULATORY = "regulatory"


class Meaning(StrEnum):
    """What a signature says (21 CFR 11.50)."""

    APPROVAL = "approval"
    REJECTION = "rejection"


class CommentKind(StrEnum):
    """How much hangs on a comment."""

    MUST = "must"
    SHOULD = "should"
    QUESTION = "question"


class Decision(NamedTuple):
    """A signature as the rules see it, and as a reader is told of it: who, in which role, what for, when."""

    round: int
    role: ReviewRole
    meaning: Meaning
    account_id: int
    name: str
    at: datetime


class State(StrEnum):
    """Where a dossier stands: made from what was recorded, and stored nowhere."""

    IN_REVIEW = "in-review"
    CHANGES_REQUESTED = "changes-requested"
    REJECTED = "rejected"
    APPROVED = "approved"
    LAPSED = "lapsed"
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class Route:
    """Who must sign: all of `roles`, or any `count` of them. What else it asks for has a name of its own."""

    name: str
    roles: frozenset[ReviewRole] = frozenset(ReviewRole)
    count: int = len(ReviewRole)
    is_untouched_only: bool = False
    """Open only to what leaves claims, figures and safety text as the last approved dossier has them."""
    is_translation: bool = False
    """Asks for a translator's certificate, and for a signer who reads the language."""
    bars_sponsors: bool = False
    """Nobody with a seat at a sponsor may take part (ACCME Standards for Integrity and Independence, 2020)."""
    attests_validity: bool = False
    """Its medical approval says besides that the content is valid, sentence by sentence (`VALID_CONTENT`)."""


ROUTES: dict[str, Route] = {
    "promotional": Route(N_("Promotion")),
    "full": Route(N_("Full review")),
    "administrative": Route(N_("Administrative change"), frozenset({ReviewRole.REGULATORY}), 1,
                            is_untouched_only=True),
    "translation": Route(N_("Translation"), frozenset({ReviewRole.MEDICAL}), 1, is_translation=True),
    "cme": Route(N_("Accredited education"), bars_sponsors=True, attests_validity=True),
    "withdrawal": Route(N_("Urgent withdrawal"), count=1),
    "rendering": Route(N_("New rendering of pages"), frozenset({ReviewRole.REGULATORY}), 1)}
"""All routes there are. A dossier of any other is never cleared."""


VALID_CONTENT = (
    N_("What it recommends for the care of patients rests on current science, evidence and clinical reasoning, and it "
       "weighs the ways to diagnose and to treat fairly."),
    N_("The research that it leans on was designed, carried out and evaluated by generally accepted standards."),
    N_("What is new or still debated is named as such, and not taught as settled."),
    N_("It teaches nothing unscientific, nothing whose dangers outweigh its benefit, and it promotes no product."))
"""What makes the content of education valid, in our words (ACCME, Standards for Integrity and Independence, 2020,
Standards 1 and 2.1; accme.org/accreditation-rules/policies/cme-clinical-content-validation)."""


def attested(route: str, role: ReviewRole) -> tuple[str, ...]:
    """The sentences that an approval in this role says besides; none on most routes."""
    found = ROUTES.get(route)
    return VALID_CONTENT if found is not None and found.attests_validity and role is ReviewRole.MEDICAL else ()


def round_at(signed: Iterable[Decision], now: datetime, valid_for: timedelta = VALID_FOR) -> int:
    """The round that a signature of `now` belongs to: the newest, or the next once that is due for renewal."""
    by_round = _by_round(signed)
    if not by_round:
        return 1
    newest = max(by_round)
    return newest + 1 if now >= _renewable_at(by_round[newest], valid_for) else newest


def clearance(route: str, signed: Iterable[Decision], now: datetime,
              valid_for: timedelta = VALID_FOR) -> tuple[Decision, ...]:
    """The approvals that clear a dossier, oldest first; empty if it is not cleared.

    The newest round decides in which all that the route needs have signed, or one has rejected: all must have
    approved, and the oldest approval must not have lapsed. Deny first: an unknown route is never cleared.
    """
    decisions = decisive(route, signed)
    if not decisions or _is_rejected(decisions):
        return ()
    return tuple(decisions) if now < lapses_at(decisions, valid_for) else ()


def state_of(route: str, signed: Sequence[Decision], now: datetime, *, valid_for: timedelta = VALID_FOR,
             is_newest: bool = True, has_requests: bool = False) -> State:
    """Where a dossier stands. What is cleared stays so whatever follows it; what is not, is over once there is a newer
    dossier of the same subject, or somebody asked for changes."""
    decided = decisive(route, signed)
    if decided and _is_rejected(decided):
        return State.REJECTED
    if clearance(route, signed, now, valid_for):
        return State.APPROVED
    if not is_newest:
        return State.SUPERSEDED
    if has_requests:
        return State.CHANGES_REQUESTED
    return State.LAPSED if decided else State.IN_REVIEW


def is_open(route: str, signed: Sequence[Decision], now: datetime, *, valid_for: timedelta = VALID_FOR,
            is_newest: bool = True, has_requests: bool = False) -> bool:
    """Whether somebody is waited for: it is in review or has lapsed, or its renewal is due."""
    state = state_of(route, signed, now, valid_for=valid_for, is_newest=is_newest, has_requests=has_requests)
    if state is State.APPROVED:
        return is_newest and not has_requests and now >= _renewable_at(decisive(route, signed), valid_for)
    return state in (State.IN_REVIEW, State.LAPSED)


def missing_roles(route: str, signed: Sequence[Decision], now: datetime,
                  valid_for: timedelta = VALID_FOR) -> list[ReviewRole]:
    """The roles that may still sign in the round that is open now, in their usual order."""
    number, found = round_at(signed, now, valid_for), ROUTES.get(route)
    there = {decision.role for decision in signed if decision.round == number}
    if found is None or len(there & found.roles) >= found.count:
        return []
    return [role for role in ReviewRole if role in found.roles - there]


def decisive(route: str, signed: Iterable[Decision]) -> list[Decision]:
    """The decisions of the newest round that is decided, oldest first; empty if none is."""
    found = ROUTES.get(route)
    for _, decisions in sorted(_by_round(signed).items(), reverse=True):
        roles = {decision.role for decision in decisions}
        if _is_rejected(decisions) or (found is not None and len(roles & found.roles) >= found.count):
            return decisions
    return []


def lapses_at(decisions: Sequence[Decision], valid_for: timedelta = VALID_FOR) -> datetime:
    """When what these cleared lapses: the oldest decides."""
    return min(decision.at for decision in decisions) + valid_for


def closed(state: State, *, is_newest: bool, has_requests: bool) -> str | None:
    """Why nobody signs a dossier any more, or None: it was sent back, or another has taken its place. One that is
    approved may be renewed beside a newer one."""
    if has_requests:
        return N_("Changes were requested. Nothing was signed: the changed text comes as a new version.")
    if not is_newest and state is not State.APPROVED:
        return N_("A newer version has taken its place. Nothing was signed: open the newest and read that.")
    return None


def words_of(text: str, most: int = WORDS_LENGTH) -> str | None:
    """What somebody wrote, as it is kept: without control characters and spaces around, else sign for sign, since
    joiners and wide spaces belong to words. None if nothing is left to be seen, or it is too long."""
    kept = "".join(sign for sign in text.replace("\r\n", "\n") if sign in "\n\t" or category(sign) != "Cc").strip()
    if not any(sign.isprintable() and not sign.isspace() for sign in kept):
        return None
    return kept if 0 < len(kept) <= most else None


def material_name(year: int, number: int) -> str:
    """How a piece is called in print, in all its versions: `MAT-2026-000123`."""
    return f"MAT-{year}-{number:06d}"


def bar(route: str, *, has_seat: bool, reads: Collection[str], language: str) -> str | None:
    """Why this route is closed to a person as they are, or None. `reads`: tags of the languages they read."""
    found = ROUTES.get(route)
    if found is not None and found.bars_sponsors and has_seat:
        return N_("Nobody who works for a sponsor takes part in the review of accredited education.")
    if found is not None and found.is_translation and language not in reads:
        return N_("A translation is signed by somebody who reads its language, as their account says.")
    return None


def refusal(*, author_ids: Iterable[int], signer_id: int, already: Iterable[Decision], role: ReviewRole | None = None,
            held: Collection[str] = ()) -> str | None:
    """Why this person may not sign, or None. `already`: the decisions of this round; `held`: the roles in which they
    took part in this case, all versions of the piece together."""
    if signer_id in set(author_ids):
        return N_("An author may not sign their own work. Ask another reviewer.")
    for decision in already:
        if decision.account_id == signer_id:
            return N_("You have signed this dossier already. One person signs once.")
    if role is not None and set(held) - {role}:
        return N_("You take part in this case in another role. One person has one role in a case.")
    return None


def fresh_since(now: datetime, valid_for: timedelta = VALID_FOR) -> datetime:
    """Whose oldest approval is later than this needs no renewal yet."""
    return now - valid_for + min(RENEWABLE_FOR, valid_for / 2)


def _by_round(signed: Iterable[Decision]) -> dict[int, list[Decision]]:
    found: dict[int, list[Decision]] = {}
    for decision in sorted(signed, key=lambda decision: decision.at):
        found.setdefault(decision.round, []).append(decision)
    return found


def _is_rejected(decisions: Iterable[Decision]) -> bool:
    return any(decision.meaning is not Meaning.APPROVAL for decision in decisions)


def _renewable_at(decisions: Sequence[Decision], valid_for: timedelta) -> datetime:
    return lapses_at(decisions, valid_for) - min(RENEWABLE_FOR, valid_for / 2)
