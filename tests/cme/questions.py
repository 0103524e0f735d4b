"""Questions to test with, as `assessment.yaml` says them."""

from typing import Any

from webapp.cme.rules.assessment import AssessmentFile

Words = dict[str, Any]


def told(why: str = "For this reason.") -> Words:
    return {"why": {"en": why}, "cites": ["guideline"]}


def choice(key: str, right: int = 1, wrong: int = 3, **more: Any) -> Words:
    """A question with options a, b, c and so on, the right ones first."""
    options = [{"key": chr(97 + place), "text": {"en": f"Answer {place}"}, "is_right": place < right, **told()}
               for place in range(right + wrong)]
    return {"key": key, "kind": "single" if right == 1 else "several", "objective": "goal", "stem": {"en": "Which?"},
            "options": options, **more}


def true_false(key: str, is_true: bool = True, **more: Any) -> Words:
    return {"key": key, "kind": "true-false", "objective": "goal", "stem": {"en": "It is so."}, "is_true": is_true,
            "if_true": told("Said true."), "if_false": told("Said false."), **more}


def matching(key: str, **more: Any) -> Words:
    pairs = [{"left": {"en": f"Left {place}"}, "right": {"en": f"Right {place}"}, **told()} for place in range(3)]
    return {"key": key, "kind": "matching", "objective": "goal", "stem": {"en": "Match."}, "pairs": pairs, **more}


def ordering(key: str, **more: Any) -> Words:
    return {"key": key, "kind": "ordering", "objective": "goal", "stem": {"en": "Order."},
            "steps": [{"en": f"Step {place}"} for place in range(3)], "feedback": told(), **more}


def numeric(key: str, answer: str = "7.5", tolerance: str = "0.5", **more: Any) -> Words:
    return {"key": key, "kind": "numeric", "objective": "goal", "stem": {"en": "How much?"}, "answer": answer,
            "tolerance": tolerance, "unit": {"en": "mmol/L"}, "feedback": told(), **more}


def assessment(*questions: Words, cases: list[Words] | None = None) -> AssessmentFile:
    """An assessment of those questions, and of as many others as it needs to be one."""
    others = [choice(f"other-{place}") for place in range(max(0, 10 - len(questions)))]
    return AssessmentFile.model_validate({"cases": cases or [], "questions": [*questions, *others]})
