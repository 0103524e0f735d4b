"""Keeps what reports read: counts of learners and sums of their answers, added to as things are done.

Rows are added in the order of their keys, so that two learners who add to the same ones wait for each other and never
in a ring.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from math import isclose
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col

from webapp.cme import queries
from webapp.cme.models import (
    CmeAttempt,
    CmeCount,
    CmeGainTally,
    CmeItemTally,
    CmeParticipation,
    CmeVersion,
)
from webapp.cme.queries import provider as provider_queries
from webapp.cme.rules import follow_up, scoring, tallies
from webapp.cme.rules.assessment import AssessmentFile
from webapp.cme.rules.statistics import Answer, ItemSums, PairSums, Sheet, item_sums
from webapp.cme.rules.steps import Step, Test
from webapp.cme.rules.tallies import BEGUN, Counted, What, step_name
from webapp.core.db import Database
from webapp.core.errors import N_, Conflict

SLICE = 500
"""Learners whose rows are read at a time when all is counted anew."""
ITEM_SUMS = ("asked", "right", "compared", "compared_right", "rest", "rest_squares", "rest_of_right")
PAIR_SUMS = ("learners", "before", "after", "squares")


Figures = dict[type[SQLModel], dict[tuple[str, ...], tuple[float, ...]]]
"""Rows of the tables of tallies: what names each, and its sums."""
TABLES: Mapping[type[SQLModel], tuple[tuple[str, ...], tuple[str, ...]]] = {
    CmeCount: (("what", "which"), ("people",)), CmeItemTally: (("test", "question"), ITEM_SUMS),
    CmeGainTally: (("scope",), PAIR_SUMS)}
"""Table -> the columns that name a row of a version, and those that are added to."""
RECOUNTED: Counted = (What.RECOUNTED, "")
ROUNDING = 1e-6
"""A difference below this is what is left of rounding."""


def _named(counted: Counted) -> tuple[str, str]:
    return str(counted[0]), str(counted[1])


@dataclass
class Tallies:
    """Counts and sums to be added, or that stand."""

    counts: Counter[Counted] = field(default_factory=Counter)
    items: dict[tuple[str, str], ItemSums] = field(default_factory=dict)
    """By test and question. What was chosen stands in `counts`."""
    gains: dict[str, PairSums] = field(default_factory=dict)

    def add(self, other: "Tallies") -> None:
        """Adds another's."""
        self.counts.update(other.counts)
        for place, items in other.items.items():
            self.items[place] = self.items.get(place, ItemSums()) + items
        for scope, pairs in other.gains.items():
            self.gains[scope] = self.gains.get(scope, PairSums()) + pairs

    def figures(self) -> Figures:
        """As their tables hold them."""
        return {CmeCount: {_named(name): (people,) for name, people in self.counts.items()},
                CmeItemTally: {(str(test), question): tuple(getattr(sums, name) for name in ITEM_SUMS)
                               for (test, question), sums in self.items.items()},
                CmeGainTally: {(scope,): tuple(getattr(sums, name) for name in PAIR_SUMS)
                               for scope, sums in self.gains.items()}}


def count(session: Session, version_id: int, *names: Counted) -> None:
    """One learner more for each of these."""
    _add(session, version_id, Tallies(Counter(names)).figures())


def add_sitting(session: Session, version_id: int, file: AssessmentFile, attempt: CmeAttempt) -> None:
    """Takes in a test that was just handed in."""
    before: dict[int, Sheet] = {}
    if attempt.test == Test.POST and attempt.number == 1:
        before = {one.participation_id: tallies.sheet_of(_sitting(session, file, one)) for one in queries.attempts(
            session, attempt.participation_id, Test.PRE) if one.submitted_at}
    made = _of_sittings(file, [(attempt, _sitting(session, file, attempt))], before)
    _add(session, version_id, made.figures())


def _sitting(session: Session, file: AssessmentFile, attempt: CmeAttempt) -> list[Answer]:
    found = queries.answers(session, attempt.id or 0)
    return tallies.sitting_of(attempt.id or 0, file, scoring.items_of(attempt.items),
                              {place: (one.given, one.is_right) for place, one in found.items()})


def _of_sittings(file: AssessmentFile, taken: Sequence[tuple[CmeAttempt, list[Answer]]],
                 before: Mapping[int, Sheet]) -> Tallies:
    """What tests handed in sum up to. `before`: by learner, of the pre-test. Of questions first attempts alone are
    counted: whoever sits again was told how they did."""
    made, after = Tallies(), {}
    for attempt, sitting in taken:
        is_post = attempt.test == Test.POST
        if is_post and attempt.number == 1:
            after[attempt.participation_id] = tallies.sheet_of(sitting)
            made.counts[What.FIRST, "passed" if attempt.is_passed else "failed"] += 1
            made.counts.update((What.CHOSEN, f"{one.item}:{option}") for one in sitting for option in one.chosen)
        if not is_post or attempt.is_passed:
            made.counts[What.STEP, Step.POST_TEST if is_post else Step.PRE_TEST] += 1
    for test in Test:
        firsts = [answer for attempt, sitting in taken for answer in sitting
                  if (attempt.test, attempt.number) == (test, 1)]
        made.items |= {(test, item): sums for item, sums in item_sums(firsts).items()}
    made.gains = tallies.pairs_of(before, after, file)
    return made


def _add(session: Session, version_id: int, more: Figures) -> None:
    """Adds to the sums of rows that are there, and makes the others."""
    for table, (names, sums) in TABLES.items():
        rows = [{"version_id": version_id, **dict(zip(names, key, strict=True)), **dict(zip(sums, values, strict=True))}
                for key, values in sorted(more[table].items())]
        if rows:
            session.execute(_adding(table, session.get_bind().dialect.name), rows)


@cache
def _adding(table: type[SQLModel], dialect: str) -> sqlite.Insert | postgresql.Insert:
    """The statement, made once: that takes longer than to run it."""
    columns = table.__table__  # type: ignore[attr-defined]
    made = (sqlite if dialect == "sqlite" else postgresql).insert(columns)
    return made.on_conflict_do_update(index_elements=list(columns.primary_key),
                                      set_={name: columns.c[name] + made.excluded[name] for name in TABLES[table][1]})


def standing(session: Session, version_id: int) -> Tallies:
    """What is kept of a version."""
    return Tallies(
        Counter({(What(row.what), row.which): row.people for row in provider_queries.counts(session, version_id)}),
        {(row.test, row.question): ItemSums(*(getattr(row, name) for name in ITEM_SUMS))
         for row in provider_queries.item_tallies(session, version_id)},
        {row.scope: PairSums(*(getattr(row, name) for name in PAIR_SUMS))
         for row in provider_queries.gain_tallies(session, version_id)})


def recount(database: Database, version_id: int) -> int:
    """Puts right what went astray in a version's tallies, from what was recorded; how many figures differed.

    Learners go on meanwhile. All is read in one view of the data, without a lock: what is kept then, less what was
    recorded then, went astray. Whatever is done after that view is recorded and added in one transaction, and leaves
    this difference as it is; so it is taken off at any later time, by some hundred rows under the lock. Of two that
    count at once the second would take it off again: Conflict, with nothing changed.
    """
    with database.reading() as session:
        lacking = astray(session, queries.version(session, version_id))
        seen = standing(session, version_id).counts[RECOUNTED]
    count = sum(not isclose(value, 0, abs_tol=ROUNDING) for held in lacking.values() for values in held.values()
                for value in values)
    if count:
        with database.writing() as session:
            put_right(session, version_id, lacking, seen)
    return count


def put_right(session: Session, version_id: int, lacking: Figures, seen: int) -> None:
    """Adds what tallies lack. `seen`: how often they had been put right in the view that it was counted in; Conflict if
    they were again since."""
    _add(session, version_id, lacking | {CmeCount: lacking[CmeCount] | {_named(RECOUNTED): (1,)}})
    if standing(session, version_id).counts[RECOUNTED] != seen + 1:
        raise Conflict(N_("Somebody else put these figures right meanwhile. Nothing was changed."))
    for table, people in ((CmeCount, CmeCount.people), (CmeItemTally, CmeItemTally.asked),
                          (CmeGainTally, CmeGainTally.learners)):
        session.execute(delete(table).where(col(table.version_id) == version_id, col(people) == 0))


def astray(session: Session, version: CmeVersion) -> Figures:
    """What a version's tallies lack of what was recorded, where they are other. For a session of its own that sees one
    state of the data, and lets go of what it read."""
    version_id, file = version.id or 0, AssessmentFile.model_validate(version.assessment)
    stood, anew = standing(session, version_id), Tallies()
    for people in _slices(session, version_id):
        anew.add(_of_people(session, file, people))
        session.expunge_all()  # else the session would hold on to everything that it has read
    del stood.counts[RECOUNTED]
    return _lacking(stood.figures(), anew.figures())


def _lacking(stood: Figures, anew: Figures) -> Figures:
    """By how much each row differs; rows that do not, but for what is left of rounding, are not in it."""
    made: Figures = {}
    for table, (_, sums) in TABLES.items():
        none = (0.0,) * len(sums)
        pairs = {key: (stood[table].get(key, none), anew[table].get(key, none))
                 for key in stood[table].keys() | anew[table].keys()}
        made[table] = {key: tuple(is_so - was for was, is_so in zip(*pair, strict=True)) for key, pair in pairs.items()
                       if not all(isclose(was, is_so, abs_tol=ROUNDING) for was, is_so in zip(*pair, strict=True))}
    return made


def of_period(session: Session, version: CmeVersion, since: datetime, until: datetime) -> Tallies:
    """What those who completed a version from `since` on and before `until` sum up to, from what was recorded."""
    file, made = AssessmentFile.model_validate(version.assessment), Tallies()
    for people in _slices(session, version.id or 0, (since, until)):
        made.add(_of_people(session, file, people))
    return made


def _of_people(session: Session, file: AssessmentFile, people: list[CmeParticipation]) -> Tallies:
    held = provider_queries.recorded(session, [one.id or 0 for one in people])
    made = Tallies(_counted(people, held))
    made.add(_taken(file, held))
    return made


def _slices(session: Session, version_id: int,
            completed: tuple[datetime, datetime] | None = None) -> Iterator[list[CmeParticipation]]:
    last = 0
    while found := list(provider_queries.participations_after(session, version_id, last, SLICE, completed)):
        last = found[-1].id or 0
        yield found


def _counted(people: list[CmeParticipation], held: provider_queries.Recorded) -> Counter[Counted]:
    """What the rows of some learners count for, their tests aside."""
    counts: Counter[Counted] = Counter()
    for person in people:
        counts.update([(What.STEP, BEGUN), (What.PROFESSION, person.profession)])
        counts[What.STEP, Step.CLAIM] += person.completed_at is not None
    counts.update((What.STEP, step_name(row.step, row.part)) for row in held.steps)
    for evaluation in held.evaluations:
        counts.update([(What.STEP, Step.EVALUATION), *tallies.of_evaluation(evaluation.answers)])
    for systems in _by_learner((row.participation_id, row.system) for row in held.claims).values():
        counts.update(tallies.of_claims(systems))
    for asked in held.follow_ups:
        counts[What.ASKED_LATER, follow_up.ASKED] += 1
        counts.update(follow_up.counted(asked.answers) if asked.answered_at else ())
    return +counts


def _taken(file: AssessmentFile, held: provider_queries.Recorded) -> Tallies:
    """What the tests of some learners sum up to."""
    answers: dict[int, dict[int, tuple[list[Any], bool | None]]] = {}
    for attempt_id, place, given, is_right in held.answers:
        answers.setdefault(attempt_id, {})[place] = (given, is_right)
    taken = [(attempt, tallies.sitting_of(attempt.id or 0, file, scoring.items_of(attempt.items),
                                          answers.get(attempt.id or 0, {}))) for attempt in held.attempts]
    return _of_sittings(file, taken, {attempt.participation_id: tallies.sheet_of(sitting)
                                      for attempt, sitting in taken if attempt.test == Test.PRE})


def _by_learner(pairs: Iterable[tuple[int, str]]) -> Mapping[int, list[str]]:
    found: dict[int, list[str]] = {}
    for learner, name in pairs:
        found.setdefault(learner, []).append(name)
    return found
