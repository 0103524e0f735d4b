"""What the provider decides on each relationship that somebody disclosed, and where that leaves the person. Pure.

ACCME, Standards for Integrity and Independence (2020), Standard 3.2 to 3.4 (accme.org/rule/identify-mitigate-and-
disclose-relevant-financial-relationships): the provider decides what is relevant, mitigates it before the part begins,
and writes down how. Owners and employees of an ineligible company are excluded; there are three exceptions, 3.2 a to c.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from webapp.cme.rules.disclosure import Tie
from webapp.core.errors import N_, Invalid

LASTS = timedelta(days=365)
"""A version is published upon disclosures at most this old. Our choice: each looks 24 months back, so that of two that
are a year apart no month goes untold, and what began since is told within the year."""
SHORTEST, LONGEST = 3, 500
"""Characters of the reason: our choice, as everywhere a reason is asked for."""


class Verdict(StrEnum):
    """What is decided on a relationship."""

    NOT_RELEVANT = "not-relevant"
    MITIGATED = "mitigated"
    EXCLUDED = "excluded"


class Means(StrEnum):
    """How a relevant relationship is mitigated: the ACCME's steps for planners and faculty, and one of ours."""

    DIVEST = "divest"
    RECUSE = "recuse"
    PEER_REVIEW = "peer-review"
    OTHER_TOPICS = "other-topics"
    EVIDENCE = "evidence"
    OTHER = "other"


class Exception_(StrEnum):
    """When an owner or employee may take part all the same (Standard 3.2 a, b and c)."""

    UNRELATED = "unrelated"
    BASIC_SCIENCE = "basic-science"
    DEVICE_TECHNICIAN = "device-technician"


VERDICTS: Mapping[str, str] = {
    Verdict.NOT_RELEVANT: N_("Not relevant: the content has nothing to do with the company’s products"),
    Verdict.MITIGATED: N_("Relevant, and mitigated"),
    Verdict.EXCLUDED: N_("Excluded: this person takes no part")}
MEANS: Mapping[str, str] = {
    Means.DIVEST: N_("The person gave the relationship up"),
    Means.RECUSE: N_("The person keeps out of whatever it touches"),
    Means.PEER_REVIEW: N_("Peers without such relationships reviewed the content"),
    Means.OTHER_TOPICS: N_("The person treats only topics that it does not touch"),
    Means.EVIDENCE: N_("Recommendations rest on published evidence and guidelines, as the person confirmed"),
    Means.OTHER: N_("By other means")}
EXCEPTIONS: Mapping[str, str] = {
    Exception_.UNRELATED: N_("The content has nothing to do with the company’s lines of business or products"),
    Exception_.BASIC_SCIENCE: N_("The content is limited to basic science or to methods of research, and the person "
                                 "recommends nothing about care"),
    Exception_.DEVICE_TECHNICIAN: N_("The person teaches, as a technician, how a device is used safely and rightly, "
                                     "and does not recommend whether or when to use it")}


@dataclass(frozen=True)
class Ruling:
    """A decision. An exception is what lets an owner or employee take part."""

    verdict: Verdict
    words: str
    means: tuple[Means, ...] = ()
    exception: Exception_ | None = None
    on: date | None = None
    """The day; None until it is stored."""

    @property
    def is_relevant(self) -> bool:
        """Whether learners are told of the relationship."""
        return self.verdict is Verdict.MITIGATED


def read(form: Mapping[str, str], means: Collection[str], words: str, tie: Tie) -> Ruling:
    """A decision as typed. Raises `Invalid`, which says what to choose."""
    verdict, exception = form.get("verdict", ""), form.get("exception", "")
    reason = " ".join(words.split())
    if verdict not in VERDICTS:
        raise Invalid(N_("Choose what is decided."))
    if exception and exception not in EXCEPTIONS:
        raise Invalid(N_("Choose an exception of the list."))
    if any(one not in MEANS for one in means) or (verdict == Verdict.MITIGATED and not means):
        raise Invalid(N_("Choose how the relationship is mitigated."))
    if not SHORTEST <= len(reason) <= LONGEST or not reason.isprintable():
        raise Invalid(N_("Say why, or how, in 3 to 500 characters."))
    if verdict == Verdict.EXCLUDED:
        return Ruling(Verdict.EXCLUDED, reason)
    allowed = _exception(exception, verdict) if tie.is_excluding else None
    kept = tuple(Means(one) for one in MEANS if one in means) if verdict == Verdict.MITIGATED else ()
    return Ruling(Verdict(verdict), reason, kept, allowed)


def _exception(chosen: str, verdict: str) -> Exception_:
    """Only what is unrelated is not relevant: the other two exceptions let somebody in, and do not undo the tie."""
    if not chosen:
        raise Invalid(N_("An owner or employee of such a company is excluded, unless one of the three exceptions "
                         "holds. Choose it, or exclude the person."))
    if (chosen == Exception_.UNRELATED) is not (verdict == Verdict.NOT_RELEVANT):
        raise Invalid(N_("The first exception makes a relationship not relevant; by the other two it stays relevant, "
                         "and is to be mitigated."))
    return Exception_(chosen)


class State(StrEnum):
    """Where somebody stands."""

    UNANSWERED = "unanswered"
    EXCLUDED = "excluded"
    STALE = "stale"
    UNDECIDED = "undecided"
    SETTLED = "settled"


STATES: Mapping[str, str] = {
    State.UNANSWERED: N_("Has not disclosed"), State.EXCLUDED: N_("Excluded"),
    State.STALE: N_("Older than 12 months: ask again"), State.UNDECIDED: N_("To be decided"),
    State.SETTLED: N_("Nothing left to decide")}


@dataclass(frozen=True)
class Told:
    """What somebody stated on a day, and the decision on each relationship that has one."""

    on: date
    ties: tuple[Tie, ...]
    rulings: tuple[Ruling | None, ...]

    @property
    def decided(self) -> list[tuple[Tie, Ruling]]:
        """Each relationship that was decided on, with the decision."""
        return [(tie, ruling) for tie, ruling in zip(self.ties, self.rulings, strict=True) if ruling is not None]

    @property
    def is_excluded(self) -> bool:
        """An owner or employee is, from the statement on, until an exception is decided on."""
        return any(ruling.verdict is Verdict.EXCLUDED if ruling else tie.is_excluding
                   for tie, ruling in zip(self.ties, self.rulings, strict=True))

    @property
    def is_settled(self) -> bool:
        """Nothing is left to decide, and the person may take part."""
        return None not in self.rulings and not self.is_excluded

    @property
    def settled_on(self) -> date | None:
        """The day from which the person may take part; None if they may not."""
        days = [self.on, *(ruling.on for _, ruling in self.decided if ruling.on)]
        return max(days) if self.is_settled else None


def state_of(told: Told | None, on: date) -> State:
    """Where somebody stands who stated this last."""
    if told is None:
        return State.UNANSWERED
    if told.is_excluded:
        return State.EXCLUDED
    if on - told.on > LASTS:
        return State.STALE
    return State.SETTLED if told.is_settled else State.UNDECIDED
