"""Simulated learners: who they are, how much they know, how far they go and what they think. By their number, so that
whoever plays one again plays the same one."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import exp

from webapp.cme.rules.assessment import Matching, Numeric, Ordering, Question, Several, Single, TrueFalse
from webapp.cme.rules.credit import Profession
from webapp.cme.rules.evaluation import Barrier, Change, Evaluation
from webapp.cme.rules.follow_up import Changed, FollowUpAnswer
from webapp.cme.rules.scoring import Item
from webapp.cme.rules.steps import Step
from webapp.demo import rules

SEED = 20260801
LEARNS = 1.3
"""How much easier a question is once the sections were read, in logits. This and all shares below: invented."""
STOPS = {Step.DISCLOSURES: 6, Step.PRE_TEST: 4, Step.SECTIONS: 8, Step.EVALUATION: 3, Step.CLAIM: 3,
         Step.CERTIFICATE: 76}
"""Of a hundred, how many go no further than to this step."""
PROFESSIONS = {Profession.PHYSICIAN: 58, Profession.NURSE: 14, Profession.PHYSICIAN_ASSISTANT: 12,
               Profession.PHARMACIST: 11, Profession.OTHER: 5}
CHANGES = {Change.YES: 55, Change.ALREADY: 20, Change.UNSURE: 17, Change.NO: 8}
CHANGED = {Changed.YES: 45, Changed.IN_PART: 35, Changed.NO: 20}
SEES_BIAS, WRITES, ANSWERS_LATER = 0.06, 0.12, 0.6


@dataclass(frozen=True)
class Learner:
    """One of them. `number` is the recipient's whose account it is; `stops_at` the step that is not taken any more."""

    number: int
    slug: str
    begins_at: datetime
    profession: Profession
    ability: float
    stops_at: Step
    chance: random.Random


@dataclass(frozen=True)
class Course:
    """An activity that they can begin, from when on, and how many of them do, beside others."""

    slug: str
    first: datetime
    weight: int


def learner(number: int, courses: Sequence[Course], last: datetime) -> Learner:
    """The learner of that number, from 1, who begins before `last` on a weekday in working hours."""
    chance = random.Random(f"{SEED}-{number}")
    course, = chance.choices(courses, [one.weight for one in courses])
    day = course.first + (last - course.first) * chance.random()
    day -= timedelta(days=max(0, day.weekday() - 4))
    begins_at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=chance.uniform(7, 20))
    profession, = chance.choices(list(PROFESSIONS), list(PROFESSIONS.values()))
    stops_at, = chance.choices(list(STOPS), list(STOPS.values()))
    ability = chance.gauss(0, 0.8)
    if number == rules.TELLS:  # who comes as far as to say it
        stops_at, ability = Step.CERTIFICATE, 3.0
    return Learner(number, course.slug, max(course.first, begins_at), profession, ability, stops_at, chance)


def typed(who: Learner, question: Question, item: Item, *, has_read: bool) -> list[str]:
    """What they send: right the more often, the more they know, the easier the question is, and after reading."""
    hardness = random.Random(question.key).gauss(0.1, 0.9)
    is_right = who.chance.random() < 1 / (1 + exp(hardness - who.ability - (LEARNS if has_read else 0)))
    return right_answer(question, item) if is_right else _wrong(question, item, who.chance)


def right_answer(question: Question, item: Item) -> list[str]:
    """What a form sends of whoever knows."""
    match question:
        case Single() | Several():
            return [str(place) for place, of_file in enumerate(item.order)
                    if question.options[of_file].key in question.right]
        case TrueFalse():
            return ["true" if question.is_true else "false"]
        case Matching():
            return [str(item.order.index(place)) for place in range(len(question.pairs))]
        case Ordering():
            return [str(place) for place in item.order]
        case Numeric():
            return [str(question.answer)]


def _wrong(question: Question, item: Item, chance: random.Random) -> list[str]:
    right = right_answer(question, item)
    match question:
        case Single():
            others = [place for place in range(len(item.order)) if [str(place)] != right]
            return [str(chance.choices(others, [3 if item.order[place] < 2 else 1 for place in others])[0])]
        case Several():
            return right[:-1] or [str(place) for place in range(len(item.order))]
        case TrueFalse():
            return ["false" if question.is_true else "true"]
        case Matching() | Ordering():
            return [*right[1:], right[0]]
        case Numeric():
            return [str(question.answer + question.tolerance + 1)]


def opinion(who: Learner, objectives: list[str], tag: str) -> Evaluation:
    """What they think of the activity, in its language. One of them tells of a side effect."""
    chance = who.chance
    change, = chance.choices(list(CHANGES), list(CHANGES.values()))
    is_biased, words = chance.random() < SEES_BIAS, {}
    if is_biased:
        words["bias_where"] = rules.SEEN_BIAS[tag]
    if who.number == rules.TELLS:
        words["comment"] = rules.TOLD
    elif chance.random() < WRITES:
        words["comment"] = chance.choice(rules.COMMENTS[tag])
    return Evaluation({
        "met": {key: chance.choices((5, 4, 3, 2), (45, 38, 13, 4))[0] for key in objectives},
        "overall": chance.choices((5, 4, 3, 2, 1), (38, 42, 14, 4, 2))[0], "is_biased": is_biased,
        "change": str(change), "barriers": _barriers(chance)}, words)


def later(who: Learner) -> FollowUpAnswer | None:
    """What they answer after 60 days; None from those who do not."""
    if who.chance.random() >= ANSWERS_LATER:
        return None
    changed, = who.chance.choices(list(CHANGED), list(CHANGED.values()))
    return FollowUpAnswer(str(changed), tuple(_barriers(who.chance)), "")


def _barriers(chance: random.Random) -> list[str]:
    return sorted({str(chance.choice(list(Barrier)[:-1])) for _ in range(chance.randint(0, 2))} or {str(Barrier.NONE)})
