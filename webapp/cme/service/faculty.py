"""Who has a hand in an activity, where each stands, and whether that lets a version be published."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from sqlmodel import Session

from webapp.cme.models import CmeActivity, CmeDisclosure, CmeDisclosureDecision, CmeDisclosureRequest
from webapp.cme.queries import faculty as queries
from webapp.cme.rules import faculty as rules
from webapp.cme.rules.activity import ActivityFile
from webapp.cme.rules.decision import Exception_, Means, Ruling, Told, Verdict
from webapp.cme.rules.disclosure import tie_of
from webapp.cme.rules.faculty import Person
from webapp.core.errors import Refused
from webapp.core.languages import by_tag
from webapp.core.render import translations


@dataclass(frozen=True)
class Statement:
    """What somebody stated once, with every decision on each relationship, the last of each counting."""

    row: CmeDisclosure
    decisions: tuple[tuple[CmeDisclosureDecision, ...], ...]

    @property
    def told(self) -> Told:
        """As the rules read it."""
        ties = tuple(tie_of(one) for one in self.row.ties)
        return Told(self.row.at.date(), ties, tuple(_ruling(made[-1]) if made else None for made in self.decisions))

    @property
    def is_touched(self) -> bool:
        """Whether anything was decided on it."""
        return any(self.decisions)


@dataclass(frozen=True)
class Asked:
    """Somebody who was asked, and all that they stated, the last of which counts."""

    row: CmeDisclosureRequest
    statements: tuple[Statement, ...]

    @property
    def last(self) -> Statement | None:
        """What counts; None before they answered."""
        return self.statements[-1] if self.statements else None

    @property
    def is_answered(self) -> bool:
        """Whether they stated something since they were last asked."""
        return self.last is not None and self.last.row.at >= self.row.asked_at

    @property
    def may_state(self) -> bool:
        """Until the provider has decided on what they stated, they can correct it; asked again, they state anew."""
        return not (self.is_answered and self.last is not None and self.last.is_touched)

    @property
    def person(self) -> Person:
        """As the rules read it."""
        days = [on for one in self.statements if (on := one.told.settled_on)]
        return Person(self.row.name, self.last.told if self.last else None, min(days, default=None))


def _ruling(made: CmeDisclosureDecision) -> Ruling:
    return Ruling(Verdict(made.verdict), made.words, tuple(Means(one) for one in made.means),
                  Exception_(made.exception) if made.exception else None, made.at.date())


def gathered(session: Session, rows: Iterable[CmeDisclosureRequest]) -> list[Asked]:
    """These people with all that they stated and all that was decided on it."""
    asked = list(rows)
    stated = queries.disclosures(session, {one.id or 0 for one in asked})
    made = queries.decisions(session, {one.id or 0 for one in stated})
    return [Asked(row, tuple(_statement(one, made) for one in stated if one.request_id == row.id)) for row in asked]


def _statement(row: CmeDisclosure, made: Sequence[CmeDisclosureDecision]) -> Statement:
    own = [one for one in made if one.disclosure_id == row.id]
    return Statement(row, tuple(tuple(one for one in own if one.place == place)
                                for place in range(1, len(row.ties) + 1)))


def of_activity(session: Session, activity_id: int) -> list[Asked]:
    """Everybody who was asked for an activity, those called off among them."""
    return gathered(session, queries.requests(session, activity_id))


def _in_hand(asked: Iterable[Asked]) -> list[Person]:
    return [one.person for one in asked if one.row.ended_at is None]


def phrase(words: str, tag: str) -> str:
    """Words of ours in a language."""
    return translations(by_tag(tag)).gettext(words)


def is_bound(file: ActivityFile, accredited_for: frozenset[str]) -> bool:
    """Whether nothing is published without the disclosures of everybody: by an accredited provider, but for samples.
    Those give no credit, and the people whom they name are made up, so that there is nobody to ask."""
    return bool(accredited_for) and not file.is_sample


def differences(session: Session, activity: CmeActivity, file: ActivityFile) -> list[str]:
    """Where a file says something else than what was decided: for any activity of which something was."""
    return rules.differences(file, _in_hand(of_activity(session, activity.id or 0)), phrase)


def obstacles(session: Session, activity: CmeActivity, file: ActivityFile, accredited_for: frozenset[str],
              on: date) -> list[str]:
    """What stands in the way of publishing a file: each a sentence that names the person and the remedy."""
    people = _in_hand(of_activity(session, activity.id or 0))
    if is_bound(file, accredited_for):
        return rules.obstacles(file, people, phrase, on)
    return rules.differences(file, people, phrase)


def refuse(found: Sequence[str]) -> None:
    """Raises `Refused` with all that was found, if anything was."""
    if found:
        raise Refused("\n".join(found))
