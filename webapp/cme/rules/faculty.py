"""What `activity.yaml` says of the people in control of content, beside what they disclosed and what was decided. Pure.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from webapp.cme.rules.activity import ActivityFile, Contributor, Relationship
from webapp.cme.rules.decision import State, Told, state_of
from webapp.cme.rules.disclosure import NATURES, Nature, Tie
from webapp.core.errors import N_, said

Phrase = Callable[[str, str], str]
"""Words of ours, and the tag of a language -> the words in it."""
_OPEN = {
    State.UNANSWERED: N_("%(name)s has not disclosed. Remind them, or take them out of activity.yaml and call the "
                         "request off."),
    State.EXCLUDED: N_("%(name)s is excluded by a tie to an ineligible company. Take them out of activity.yaml, or "
                       "decide on one of the three exceptions."),
    State.STALE: N_("What %(name)s disclosed is older than 12 months. Ask them again."),
    State.UNDECIDED: N_("Not every relationship of %(name)s was decided on. Decide on each.")}
"""Why a person stands in the way of publication, and what to do about it."""


@dataclass(frozen=True)
class Person:
    """Somebody who was asked to disclose: what they stated last, and the day since which they may take part, which an
    earlier statement can have given."""

    name: str
    told: Told | None
    settled_on: date | None = None


def obstacles(file: ActivityFile, people: Sequence[Person], phrase: Phrase, on: date) -> list[str]:
    """What stands in the way of publishing as an accredited provider: whoever was not asked, has not disclosed, is not
    decided on, is excluded or told too long ago, and where the file says something else."""
    named = {_plain(one.name): one for one in people}
    found: list[str] = []
    for one in file.contributors:
        person = named.get(_plain(one.name))
        if person is None:
            found.append(said("%(name)s was not asked to disclose. Invite them on the faculty page of the activity.",
                              name=one.name))
        else:
            found += _of_one(one, person, on)
    known = {_plain(one.name) for one in file.contributors}
    found += [_unnamed(one) for one in people if _plain(one.name) not in known
              and state_of(one.told, on) not in (State.EXCLUDED, State.SETTLED)]
    return [*found, *differences(file, people, phrase)]


def _of_one(one: Contributor, person: Person, on: date) -> Iterator[str]:
    state = state_of(person.told, on)
    if state in _OPEN:
        yield said(_OPEN[state], name=one.name)
    if person.settled_on and one.began_on < person.settled_on:
        yield said("By activity.yaml the part of %(name)s began on %(day)s, before their disclosure was decided on. It "
                   "can begin on %(settled)s at the earliest.", name=one.name, day=one.began_on.isoformat(),
                   settled=person.settled_on.isoformat())


def differences(file: ActivityFile, people: Sequence[Person], phrase: Phrase) -> list[str]:
    """Where the file says something else than what was decided, of whoever is wholly decided on: the people, and the
    companies and natures that learners would read."""
    known = {_plain(one.name): one for one in file.contributors}
    found: list[str] = []
    for person in people:
        if person.told is None or not person.told.is_settled:
            continue
        one = known.get(_plain(person.name))
        found += [_unnamed(person)] if one is None else _compared(one, person.told, file.languages, phrase)
    return found


def _unnamed(person: Person) -> str:
    return said("%(name)s was asked to disclose, and activity.yaml does not name them. Add them, or call the request "
                "off.", name=person.name)


def _compared(one: Contributor, told: Told, tags: Sequence[str], phrase: Phrase) -> Iterator[str]:
    """A relationship that is not relevant may be left out of the file."""
    left = list(one.relationships)
    for tie, ruling in told.decided:
        same = next((stated for stated in left if stated.is_relevant == ruling.is_relevant
                     and _is_same(stated, tie, tags, phrase)), None)
        if same is not None:
            left.remove(same)
        elif ruling.is_relevant:
            yield said("activity.yaml lacks what %(name)s disclosed and was found relevant: %(tie)s. Add it.",
                       name=one.name, tie=_told(tie, tags, phrase))
    for stated in left:
        yield said("activity.yaml states of %(name)s what was not disclosed or not decided so: %(tie)s. Take it out, "
                   "or state it as it was decided.", name=one.name, tie=_stated(stated, tags))


def _is_same(stated: Relationship, tie: Tie, tags: Sequence[str], phrase: Phrase) -> bool:
    """What is "other" is said in words that the file may translate."""
    return (_plain(stated.company) == _plain(tie.company) and stated.has_ended is (tie.ended_on is not None)
            and (tie.nature is Nature.OTHER
                 or all(_plain(stated.nature[tag]) == _plain(phrase(NATURES[tie.nature], tag)) for tag in tags)))


def _told(tie: Tie, tags: Sequence[str], phrase: Phrase) -> str:
    return _line(tie.company, [nature_in(tie, tag, phrase) for tag in tags], has_ended=tie.ended_on is not None)


def _stated(one: Relationship, tags: Sequence[str]) -> str:
    return _line(one.company, [one.nature[tag] for tag in tags], has_ended=one.has_ended)


def _line(company: str, natures: Sequence[str], *, has_ended: bool) -> str:
    """In every language, since they may differ in one alone."""
    line = f"{company}, {' / '.join(dict.fromkeys(natures))}"
    return said("%(tie)s (ended)", tie=line) if has_ended else line


def nature_in(tie: Tie, tag: str, phrase: Phrase) -> str:
    """What a relationship is, as learners are to read it."""
    return tie.words if tie.nature is Nature.OTHER else phrase(NATURES[tie.nature], tag)


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
