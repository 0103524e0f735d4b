"""What learners' pages show, in one language. Nothing here tells what is right before it may be known."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from webapp.cme import queries
from webapp.cme.models import CmeActivity, CmeAnswer, CmeAttempt, CmeParticipation, CmeSection, CmeVersion
from webapp.cme.rules import credit, scoring, steps
from webapp.cme.rules.activity import ActivityFile, Part
from webapp.cme.rules.assessment import (
    AssessmentFile,
    Matching,
    Numeric,
    Ordering,
    Question,
    Several,
    Single,
    TrueFalse,
)
from webapp.cme.rules.certificates import FORMATS, joint_statement
from webapp.cme.rules.credit import Profession
from webapp.cme.rules.scoring import Item
from webapp.cme.rules.steps import STEP_NAMES, Step, Test
from webapp.cme.service import learning as doing
from webapp.cme.service import versions
from webapp.cme.service.claiming import Provider
from webapp.cme.service.learning import Learning
from webapp.core.errors import N_, NotFound
from webapp.core.languages import Language
from webapp.professionals.rules.specialties import SPECIALTIES

PROFESSIONS = {Profession.PHYSICIAN: N_("Physician"), Profession.PHYSICIAN_ASSISTANT: N_("Physician assistant"),
               Profession.NURSE: N_("Nurse"), Profession.PHARMACIST: N_("Pharmacist"),
               Profession.OTHER: N_("Another profession")}
PART_NAMES = {Part.PLANNER: N_("planning"), Part.AUTHOR: N_("writing"), Part.FACULTY: N_("teaching"),
              Part.REVIEWER: N_("reviewing")}


def language_in(file: ActivityFile, wanted: Language) -> str:
    """The wanted language's tag where the activity is given in it, else its first."""
    return wanted.tag if wanted.tag in file.languages else file.languages[0]


def listing(session: Session, account_id: int, language: Language, now: datetime) -> dict[str, Any]:
    """Every activity that can be begun, and those the learner is in."""
    held = {one.version_id: one for one in queries.participations_of(session, account_id)}
    entries = []
    for activity in queries.activities(session):
        assert activity.live_version_id is not None
        file = versions.about(queries.version(session, activity.live_version_id))
        tag = language_in(file, language)
        going_on = doing.goes_on_in(session, activity, account_id, now)
        entries.append({"slug": activity.slug, "title": file.titles[tag], "summary": file.summaries[tag], "lang": tag,
                        "minutes": file.minutes, "languages": file.languages, "last": file.valid.last,
                        "is_over": doing.refuse_begin(activity, file, now) is not None,
                        "held": going_on, "is_failed": going_on is not None and is_failed(session, going_on)})
    return {"entries": entries, "others": _in_older(session, held, entries, language)}


def is_failed(session: Session, held: CmeParticipation) -> bool:
    """Whether no attempt at the test is left and none was passed: there is nothing to go on with."""
    file = versions.about(queries.version(session, held.version_id))
    return doing.progress_of(session, held, file).is_out_of_attempts


def _in_older(session: Session, held: Mapping[int, Any], entries: Sequence[Mapping[str, Any]],
              language: Language) -> list[dict[str, Any]]:
    """Participations in versions that are no longer begun."""
    shown = {entry["held"].id for entry in entries if entry["held"]}
    older = []
    for version_id, one in held.items():
        if one.id not in shown:
            file = versions.about(queries.version(session, version_id))
            tag = language_in(file, language)
            older.append({"held": one, "title": file.titles[tag], "lang": tag, "is_failed": is_failed(session, one)})
    return older


def activity_head(session: Session, slug: str, language: Language) -> tuple[CmeActivity, dict[str, Any]]:
    """An activity, and what stands above a page on it: its newest title, in the language where it has it. NotFound."""
    activity = queries.activity(session, slug)
    newest = queries.newest(session, activity.id or 0) if activity else None
    if activity is None or newest is None:
        raise NotFound(N_("There is no such activity."))
    file = versions.about(newest)
    tag = language_in(file, language)
    return activity, {"slug": slug, "heading": file.titles[tag], "lang": tag}


def front(session: Session, activity: CmeActivity, version: CmeVersion, language: Language, provider: Provider,
          now: datetime) -> dict[str, Any]:
    """What is told before an activity is begun."""
    file = versions.about(version)
    tag = language_in(file, language)
    days = steps.days(file.valid.last, file.grace_days, ended_at=activity.ended_at, replaced_at=None)
    return {**told(version, tag, provider, now), "slug": activity.slug, "professions": PROFESSIONS,
            "credit_until": days.credit_until, "refused": doing.refuse_begin(activity, file, now),
            "contents": [row.title for row in queries.sections(session, version.id or 0, tag)]}


def told(version: CmeVersion, tag: str, provider: Provider, now: datetime) -> dict[str, Any]:
    """What an activity says of itself: the disclosures among it."""
    file = versions.about(version)
    names = {specialty.code: specialty.name(tag) for specialty in SPECIALTIES}
    return {"about": file, "lang": tag, "heading": file.titles[tag], "summary": file.summaries[tag],
            "audience": file.audience[tag], "prerequisites": file.prerequisites[tag],
            "estimate": file.minutes_estimated[tag], "objectives": [one.text[tag] for one in file.objectives],
            "specialties": [names[code] for code in file.specialties], "format": FORMATS[file.format],
            "contributors": [_contributor(one, tag) for one in file.contributors],
            "support": [{"company": one.company, "nature": one.nature[tag]} for one in file.support],
            "joint_provider": joint_statement(file, provider.accredited_for).get(tag, ""),
            "version": version, "provider": provider, "credits": _credits(file, tag, provider, now)}


def _contributor(person: Any, tag: str) -> dict[str, Any]:
    return {"name": person.name, "credentials": person.credentials[tag],
            "parts": [PART_NAMES[part] for part in person.parts],
            "relationships": [{"company": one.company, "nature": one.nature[tag], "has_ended": one.has_ended,
                               "mitigation": one.mitigation[tag] if one.mitigation else ""}
                              for one in person.relationships]}


def _credits(file: ActivityFile, tag: str, provider: Provider, now: datetime) -> list[dict[str, Any]]:
    shown = []
    for designation in file.credits:
        system = credit.systems()[designation.system]
        is_credit = credit.may_speak(system, provider.accredited_for) and not file.is_sample
        wordings = credit.texts(system, tag, now.date(), provider.accredited_for) if is_credit else ()
        shown.append({"name": system.names[tag], "unit": system.units[tag], "maximum": designation.maximum,
                      "is_credit": is_credit, "needs_accreditation": system.needs_accreditation,
                      "texts": [credit.filled(system, wording, provider=provider.name, form=file.format,
                                              maximum=designation.maximum) for wording in wordings]})
    return shown


def system_names(tag: str) -> dict[str, str]:
    """Every credit system's name, by its key."""
    return {key: system.names[tag] for key, system in credit.systems().items()}


def head(how_far: Learning, now: datetime) -> dict[str, Any]:
    """What stands above every step: the title, the steps, which of them is to be taken, and what of the time left is to
    be told where it is not as it was told at the beginning."""
    tag, here = how_far.participation.language, how_far.step
    order, is_over = list(Step), now >= how_far.days.credit_until
    return {"heading": how_far.about.titles[tag], "lang": tag, "key": how_far.participation.key, "about": how_far.about,
            "steps": [{"name": STEP_NAMES[step], "is_done": order.index(step) < order.index(here),
                       "is_current": step is here, "path": _stays_open(how_far, step)} for step in order],
            "step": here, "days": how_far.days, "progress": how_far.progress, "is_over": is_over,
            "is_short": here is not Step.CERTIFICATE and (is_over or how_far.is_off_the_list)}


def _stays_open(how_far: Learning, step: Step) -> str:
    """Where a step that was taken can be looked at again: the sections, once all are read; else empty."""
    progress = how_far.progress
    if step is not Step.SECTIONS or steps.next_section(progress) is not None:
        return ""
    return f"/cme/learn/{how_far.participation.key}/sections/{progress.sections[0]}"


def _sections(session: Session, how_far: Learning) -> Sequence[CmeSection]:
    return queries.sections(session, how_far.participation.version_id, how_far.participation.language)


def contents(session: Session, how_far: Learning) -> list[dict[str, Any]]:
    """The sections as the learner has them, each with whether it may be opened."""
    return [{"title": one.title, "name": one.name, "may_open": steps.may_open(how_far.progress, one.name)}
            for one in _sections(session, how_far)]


def section(session: Session, how_far: Learning, name: str) -> dict[str, Any] | None:
    """A section with the sources that it cites; None if there is no such one."""
    rows = _sections(session, how_far)
    row = next((one for one in rows if one.name == name), None)
    if row is None:
        return None
    cited = [(number, reference) for number, reference in enumerate(how_far.about.references, 1)
             if f'href="#ref-{number}"' in row.body_html]
    return {"section": row, "place": row.place, "count": len(rows), "references": cited,
            "is_read": name in how_far.progress.read, "contents": contents(session, how_far)}


def item(session: Session, how_far: Learning, attempt: CmeAttempt, place: int) -> dict[str, Any] | None:
    """A question as it is put, with what was answered so far; None if there is no such place."""
    items, tag = scoring.items_of(attempt.items), how_far.participation.language
    if not 0 <= place < len(items):
        return None
    file = versions.assessment(how_far.version)
    answers = queries.answers(session, attempt.id or 0)
    return {"attempt": attempt, "place": place, "count": len(items), "answered": len(_complete(file, items, answers)),
            "question": _put(file, items[place], tag, answers.get(place)), "story": _story(file, items, place, tag)}


def _complete(file: AssessmentFile, items: Sequence[Item], answers: Mapping[int, CmeAnswer]) -> set[int]:
    return {place for place, one in enumerate(items) if place in answers
            and scoring.is_complete(scoring.question_of(file, one.question), answers[place].given)}


def _story(file: AssessmentFile, items: Sequence[Item], place: int, tag: str) -> list[str]:
    """The case of a question, and what became known in it up to here."""
    question = scoring.question_of(file, items[place].question)
    if question.case is None:
        return []
    told_so_far = [case.text[tag] for case in file.cases if case.key == question.case]
    for one in items[:place + 1]:
        other = scoring.question_of(file, one.question)
        if other.case == question.case and other.unfolds:
            told_so_far.append(other.unfolds[tag])
    return told_so_far


def _told_at(file: AssessmentFile, items: Sequence[Item], place: int, tag: str) -> dict[str, list[str]]:
    """The case of a question where questions stand below each other: `story` is what is told at this one, `before` what
    those above it told. The questions of a case stand together (`scoring.draw`)."""
    story = _story(file, items, place, tag)
    case, above = (scoring.question_of(file, items[at].question).case for at in (place, max(place - 1, 0)))
    before = _story(file, items, place - 1, tag) if place and above == case else []
    return {"before": before, "story": story[len(before):]}


def _put(file: AssessmentFile, one: Item, tag: str, answer: CmeAnswer | None) -> dict[str, Any]:
    question = scoring.question_of(file, one.question)
    put: dict[str, Any] = {"kind": question.kind, "stem": question.stem[tag], "given": answer.given if answer else []}
    match question:
        case Single() | Several():
            put["options"] = [question.options[place].text[tag] for place in one.order]
        case Matching():
            rights = _rights(question, tag)
            put["lefts"] = [pair.left[tag] for pair in question.pairs]
            put["options"] = [rights[place] for place in one.order]
        case Ordering():
            put["options"] = [question.steps[place][tag] for place in one.order]
        case Numeric():
            put["unit"] = question.unit[tag]
    return put


def overview(session: Session, how_far: Learning, attempt: CmeAttempt) -> dict[str, Any]:
    """Which questions have an answer."""
    items, tag = scoring.items_of(attempt.items), how_far.participation.language
    file = versions.assessment(how_far.version)
    complete = _complete(file, items, queries.answers(session, attempt.id or 0))
    return {"attempt": attempt, "rows": [
        {"place": place, "stem": scoring.question_of(file, one.question).stem[tag], "is_answered": place in complete}
        for place, one in enumerate(items)], "open": len(items) - len(complete)}


def first_open(session: Session, how_far: Learning, attempt: CmeAttempt) -> int | None:
    """The place of the first question without an answer; None where all have one."""
    items = scoring.items_of(attempt.items)
    complete = _complete(versions.assessment(how_far.version), items, queries.answers(session, attempt.id or 0))
    return next((place for place in range(len(items)) if place not in complete), None)


def result(session: Session, how_far: Learning, attempt: CmeAttempt) -> dict[str, Any]:
    """What came of a test. What is right, and why, only once nothing can be gained by knowing it."""
    tag, file = how_far.participation.language, versions.assessment(how_far.version)
    items, answers = scoring.items_of(attempt.items), queries.answers(session, attempt.id or 0)
    shows = attempt.test == Test.POST and steps.shows_answers(how_far.progress)
    wrong = {scoring.question_of(file, one.question).objective for place, one in enumerate(items)
             if not (place in answers and answers[place].is_right)}
    numbers = {key: number for number, key in enumerate(how_far.about.reference_keys, 1)}
    rows = [_told_at(file, items, place, tag) | _explained(file, one, tag, answers.get(place), numbers)
            for place, one in enumerate(items)] if shows else []
    left = how_far.about.attempts - how_far.progress.failed
    return {"attempt": attempt, "count": len(items), "shows": shows, "rows": rows, "attempts_left": max(left, 0),
            "again": _again(session, how_far, wrong), "contents": contents(session, how_far),
            "references": list(enumerate(how_far.about.references, 1)) if shows else []}


def _again(session: Session, how_far: Learning, wrong: Collection[str]) -> list[dict[str, Any]]:
    """The objectives in which an answer was not right, each with the sections that teach it."""
    rows = _sections(session, how_far)
    return [{"text": one.text[how_far.participation.language],
             "sections": [{"title": row.title, "name": row.name} for row in rows if one.key in row.objectives]}
            for one in how_far.about.objectives if one.key in wrong]


def _explained(file: AssessmentFile, one: Item, tag: str, answer: CmeAnswer | None,
               numbers: Mapping[str, int]) -> dict[str, Any]:
    question = scoring.question_of(file, one.question)
    given = answer.given if answer else []
    return {"stem": question.stem[tag], "is_right": bool(answer and answer.is_right),
            "parts": _parts(question, one, tag, given, numbers)}


def _parts(question: Question, one: Item, tag: str, given: Sequence[Any],
           numbers: Mapping[str, int]) -> list[dict[str, Any]]:
    def part(text: str, told_of: Any, *, is_right: bool, is_chosen: bool) -> dict[str, Any]:
        return {"text": text, "is_right": is_right, "is_chosen": is_chosen, "why": told_of.why[tag],
                "cites": [numbers[key] for key in told_of.cites]}
    match question:
        case Single() | Several():
            chosen = {one.order[place] for place in given}
            return [part(option.text[tag], option, is_right=option.is_right, is_chosen=place in chosen)
                    for place, option in enumerate(question.options)]
        case TrueFalse():
            return [part(N_("True"), question.if_true, is_right=question.is_true, is_chosen=given == ["true"]),
                    part(N_("False"), question.if_false, is_right=not question.is_true, is_chosen=given == ["false"])]
        case Matching():
            rights = _rights(question, tag)
            fitted = [None if place is None else one.order[place] for place in given] or [None] * len(question.pairs)
            return [shown for place, (pair, own) in enumerate(zip(question.pairs, fitted, strict=True)) for shown in (
                *_own(f"{pair.left[tag]} → {rights[own]}" if own is not None and own != place else ""),
                part(f"{pair.left[tag]} → {rights[place]}", pair, is_right=True, is_chosen=own == place))]
        case Ordering():
            is_right = scoring.is_right(question, one, given)
            text = " → ".join(step[tag] for step in question.steps)
            own_text = " → ".join(" / ".join(question.steps[step][tag] for step in steps_there)
                                  for steps_there in scoring.placed(one, given))
            return [*_own("" if is_right else own_text),
                    part(text, question.feedback, is_right=True, is_chosen=is_right)]
        case Numeric():
            is_same = bool(given) and Decimal(given[0]) == question.answer
            return [*_own("" if is_same or not given else f"{given[0]} {question.unit[tag]}"),
                    part(f"{question.answer} {question.unit[tag]}", question.feedback, is_right=True,
                         is_chosen=is_same)]


def _own(text: str) -> list[dict[str, Any]]:
    """The learner's answer, where it is none of those that the file explains; none for an empty text."""
    return [{"text": text, "is_right": False, "is_chosen": True, "why": "", "cites": []}] if text else []


def _rights(question: Matching, tag: str) -> list[str]:
    """The right sides in the file's order, those that fit none at the end."""
    return [pair.right[tag] for pair in question.pairs] + [extra[tag] for extra in question.extras]
