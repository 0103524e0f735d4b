"""What is counted of learners as they go, so that a report need not read what each of them did. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import Any

from webapp.cme.rules.assessment import AssessmentFile, Question, Several, Single
from webapp.cme.rules.scoring import Item, question_of
from webapp.cme.rules.statistics import Answer, PairSums, Sheet, pair_sums, paired

ALL, KNOWS, APPLIES = "all", "knows", "applies"
BEGUN = "begun"
ANY = "any"
"""Somebody who claimed credit of any system."""
MET_FROM = 4
"""An objective counts as met from "mostly" on: our choice."""


class What(StrEnum):
    """What people are counted by. `which` names the value: a step, a profession, a rating."""

    STEP = "step"
    PROFESSION = "profession"
    FIRST = "first-test"
    """How the first attempt at the test ended: `passed` or `failed`."""
    CHOSEN = "chosen"
    """An option at the first attempt, as `question:option`."""
    OVERALL = "overall"
    MET = "met"
    """How far an objective was met, as `objective:rating`."""
    ALL_MET = "all-met"
    BIASED = "biased"
    CHANGE = "change"
    BARRIER = "barrier"
    CREDIT = "credit"
    """Who claimed of a system, and of `any`."""
    ASKED_LATER = "asked-later"
    CHANGED = "changed"
    HINDERED = "hindered"
    RECOUNTED = "recounted"
    """How often these counts were put right: of nobody."""


Counted = tuple[What, str]


def step_name(step: str, part: str = "") -> str:
    """How a step is counted; a section by its name."""
    return f"{step}:{part}" if part else step


def of_evaluation(answers: Mapping[str, Any]) -> list[Counted]:
    """What an evaluation counts for, as `rules.evaluation` keeps it."""
    met: Mapping[str, int] = answers["met"]
    return [(What.OVERALL, str(answers["overall"])), (What.BIASED, _yes(answers["is_biased"])),
            (What.CHANGE, answers["change"]), (What.ALL_MET, _yes(all(one >= MET_FROM for one in met.values()))),
            *((What.MET, f"{objective}:{rating}") for objective, rating in met.items()),
            *((What.BARRIER, barrier) for barrier in answers["barriers"])]


def of_claims(systems: Iterable[str]) -> list[Counted]:
    """What a completion counts for; without a claim it is no credit."""
    claimed = sorted(set(systems))
    return [(What.CREDIT, name) for name in ([ANY, *claimed] if claimed else [])]


def _yes(is_so: bool) -> str:
    return "yes" if is_so else "no"


def sitting_of(number: int, file: AssessmentFile, items: Sequence[Item],
               answers: Mapping[int, tuple[Sequence[Any], bool | None]]) -> list[Answer]:
    """An attempt handed in, for item analysis. `answers`: by place, what was given and whether it was right; what was
    not answered is not right."""
    made = []
    for place, item in enumerate(items):
        given, is_right = answers.get(place, ((), False))
        made.append(Answer(number, item.question, bool(is_right),
                           chosen(question_of(file, item.question), item, given)))
    return made


def chosen(question: Question, item: Item, given: Sequence[Any]) -> tuple[str, ...]:
    """The keys of the options that were chosen; none of kinds without options."""
    if not isinstance(question, Single | Several):
        return ()
    return tuple(question.options[item.order[place]].key for place in given)


def scopes(file: AssessmentFile) -> dict[str, frozenset[str]]:
    """What a gain is told of: all questions, those of each objective, and those that ask to know and to apply, which
    are those of no case and of one."""
    questions = file.questions
    found = {ALL: frozenset(one.key for one in questions),
             KNOWS: frozenset(one.key for one in questions if one.case is None),
             APPLIES: frozenset(one.key for one in questions if one.case is not None)}
    for objective in dict.fromkeys(one.objective for one in questions):
        found[scope_of(objective)] = frozenset(one.key for one in questions if one.objective == objective)
    return found


def scope_of(objective: str) -> str:
    """The scope of an objective's questions."""
    return f"objective:{objective}"


def pairs_of(before: Mapping[int, Sheet], after: Mapping[int, Sheet], file: AssessmentFile) -> dict[str, PairSums]:
    """The sums of each scope, of learners by number; none of a scope without a question asked both times."""
    pairs = {scope: paired(before, after, items) for scope, items in scopes(file).items()}
    return {scope: pair_sums(own) for scope, own in pairs.items() if own}


def sheet_of(sitting: Iterable[Answer]) -> Sheet:
    """Which questions a sitting had right."""
    return {answer.item: answer.is_right for answer in sitting}
