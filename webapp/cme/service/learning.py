"""What a learner does, step by step: the server keeps the order, the attempts and the days, whatever a page sends.

Each verb looks at how far the learner came under the lock of their participation, and doing it again changes nothing.
"""

import random
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from webapp.cme import queries
from webapp.cme.models import CmeActivity, CmeAnswer, CmeAttempt, CmeParticipation, CmeStep, CmeVersion
from webapp.cme.rules import scoring, steps
from webapp.cme.rules.activity import ActivityFile
from webapp.cme.rules.assessment import AssessmentFile
from webapp.cme.rules.credit import Profession
from webapp.cme.rules.steps import Days, Progress, Step, Test
from webapp.cme.rules.tallies import BEGUN, What, step_name
from webapp.cme.service import tallying, versions
from webapp.core.errors import N_, Conflict, Invalid, NotFound, Refused

NOT_YET = N_("This step comes later. Go on where you are.")
TOO_LATE = N_("The time to finish this activity is over. What you did is kept, and no credit can be claimed.")
HANDED_IN = N_("This test was handed in already; the answer was not changed.")


@dataclass(frozen=True)
class Learning:
    """A learner in a version, with all that decides what comes next."""

    participation: CmeParticipation
    version: CmeVersion
    about: ActivityFile
    progress: Progress
    days: Days
    is_off_the_list: bool
    """Whether nobody begins the version any more."""

    @property
    def id(self) -> int:
        """The participation's number."""
        assert self.participation.id is not None
        return self.participation.id

    @property
    def step(self) -> Step:
        """The step to take now."""
        return steps.next_step(self.progress)


def begin(session: Session, account_id: int, slug: str, *, language: str, profession: str,
          now: datetime) -> CmeParticipation:
    """Takes a learner in, in the version that is live; one who is in it already, or in the middle of an earlier one
    with time to finish, goes on there, and so does one who completed any version: an activity's credit is given once,
    and what is new enough to earn it again is another activity."""
    activity = queries.activity(session, slug, for_update=True)
    if activity is None or activity.live_version_id is None:
        raise NotFound(N_("There is no such activity."))
    going_on = goes_on_in(session, activity, account_id, now)
    if going_on is not None:
        return going_on
    version = queries.version(session, activity.live_version_id)
    file = versions.about(version)
    if profession not in list(Profession):
        raise Invalid(N_("Choose your profession: it decides which credit you can claim."))
    if language not in file.languages:
        raise Invalid(N_("The activity is not given in this language."))
    refused = refuse_begin(activity, file, now)
    if refused:
        raise Refused(refused)
    begun = CmeParticipation(account_id=account_id, version_id=version.id or 0, language=language,
                             profession=profession, begun_at=now)
    session.add(begun)
    session.flush()
    tallying.count(session, begun.version_id, (What.STEP, BEGUN), (What.PROFESSION, profession))
    return begun


def refuse_begin(activity: CmeActivity, file: ActivityFile, now: datetime) -> str | None:
    """Why nobody can begin now, or None. The days are those of UTC."""
    if now.date() < file.valid.first:
        return N_("The activity opens later.")
    if now >= _days(file, activity.ended_at, None).credit_until:
        return N_("The activity has ended: no credit is given any more.")
    return None


def goes_on_in(session: Session, activity: CmeActivity, account_id: int, now: datetime) -> CmeParticipation | None:
    """Where somebody who begins goes on instead: in the version that is live, in an earlier one with time to finish, or
    in one that they completed; None for who is new to it."""
    return next((held for held in queries.participations_in(session, account_id, activity.id or 0)
                 if held.version_id == activity.live_version_id or _goes_on(session, activity, held, now)), None)


def _goes_on(session: Session, activity: CmeActivity, held: CmeParticipation, now: datetime) -> bool:
    return held.completed_at is not None or now < _load(
        session, held, queries.version(session, held.version_id), activity).days.finish_until


def find(session: Session, account_id: int, key: str, *, for_update: bool = False) -> Learning:
    """The account's own. NotFound for another's."""
    found = queries.participation(session, account_id, key, for_update=for_update)
    if found is None:
        raise NotFound
    return _load(session, *found)


def _load(session: Session, held: CmeParticipation, version: CmeVersion, activity: CmeActivity) -> Learning:
    file = versions.about(version)
    gone_at = queries.off_the_list_at(session, held.version_id)
    return Learning(held, version, file, progress_of(session, held, file), _days(file, activity.ended_at, gone_at),
                    gone_at is not None)


def _days(file: ActivityFile, ended_at: datetime | None, replaced_at: datetime | None) -> Days:
    return steps.days(file.valid.last, file.grace_days, ended_at=ended_at, replaced_at=replaced_at)


def progress_of(session: Session, held: CmeParticipation, file: ActivityFile) -> Progress:
    """How far a learner came, from what was recorded."""
    assert held.id is not None
    taken = [(row.step, row.part) for row in queries.steps(session, held.id)]
    tests = queries.submitted(session, held.id)
    posts = [attempt for attempt in tests if attempt.test == Test.POST]
    return Progress(
        queries.section_names(session, held.version_id), file.attempts,
        is_disclosed=(Step.DISCLOSURES, "") in taken, is_pre_tested=any(attempt.test == Test.PRE for attempt in tests),
        read=frozenset(part for step, part in taken if step == Step.SECTIONS),
        failed=sum(1 for attempt in posts if not attempt.is_passed),
        is_passed=any(attempt.is_passed for attempt in posts),
        is_evaluated=queries.evaluation(session, held.id) is not None, is_claimed=held.completed_at is not None)


def check_time(learning: Learning, now: datetime) -> None:
    """Refused once the time to finish is over."""
    if now >= learning.days.finish_until:
        raise Refused(TOO_LATE)


def confirm_disclosures(session: Session, learning: Learning, now: datetime) -> None:
    """Records that the disclosures were shown and confirmed, before any content."""
    if not learning.progress.is_disclosed:
        check_time(learning, now)
        session.add(CmeStep(participation_id=learning.id, step=Step.DISCLOSURES, at=now))
        tallying.count(session, learning.participation.version_id, (What.STEP, Step.DISCLOSURES))


def confirm_section(session: Session, learning: Learning, name: str, now: datetime) -> None:
    """Records that a section was read. Conflict for one whose turn has not come."""
    if name in learning.progress.read:
        return
    check_time(learning, now)
    if not steps.may_open(learning.progress, name):
        raise Conflict(NOT_YET)
    session.add(CmeStep(participation_id=learning.id, step=Step.SECTIONS, part=name, at=now))
    tallying.count(session, learning.participation.version_id, (What.STEP, step_name(Step.SECTIONS, name)))


def open_attempt(session: Session, learning: Learning, test: Test) -> CmeAttempt | None:
    """The attempt that is not handed in; None if none was begun."""
    return next((one for one in queries.attempts(session, learning.id, test) if one.submitted_at is None), None)


def begin_test(session: Session, learning: Learning, test: Test, now: datetime) -> CmeAttempt:
    """The open attempt, or a new one with its questions drawn. Conflict where none may be begun."""
    check_time(learning, now)
    if not steps.may_answer(learning.progress, test):
        raise Conflict(NOT_YET)
    held = queries.attempts(session, learning.id, test)
    if held and held[-1].submitted_at is None:
        return held[-1]
    attempt = CmeAttempt(participation_id=learning.id, test=test, number=len(held) + 1, begun_at=now,
                         items=[item.kept() for item in _drawn(session, learning, test, len(held) + 1)])
    session.add(attempt)
    session.flush()
    return attempt


def _drawn(session: Session, learning: Learning, test: Test, number: int) -> tuple[scoring.Item, ...]:
    """Before: the pre-test's questions. After: these and others; on a retake what was not asked yet comes first."""
    file, chance = versions.assessment(learning.version), random.Random(secrets.randbits(64))
    shuffled = learning.about.is_randomised
    if test is Test.PRE:
        return scoring.draw(file, learning.about.pre_test, len(learning.about.pre_test), is_shuffled=shuffled,
                            chance=chance)
    seen = queries.asked_before(session, learning.id) if number > 1 else frozenset()
    return scoring.draw(file, learning.about.pre_test if number == 1 else (), learning.about.post_test_items,
                        avoid=seen, is_shuffled=shuffled, chance=chance)


def own_attempt(session: Session, learning: Learning, key: str) -> CmeAttempt:
    """An attempt of this participation. NotFound for another's."""
    for test in Test:
        for attempt in queries.attempts(session, learning.id, test):
            if attempt.key == key:
                return attempt
    raise NotFound


def save_answer(session: Session, learning: Learning, attempt: CmeAttempt, place: int, typed: Sequence[str],
                now: datetime) -> bool:
    """Keeps an answer; True once it is complete. Conflict after the test was handed in."""
    check_time(learning, now)
    if attempt.submitted_at is not None:
        raise Conflict(HANDED_IN)
    items = scoring.items_of(attempt.items)
    if not 0 <= place < len(items):
        raise NotFound
    question = scoring.question_of(versions.assessment(learning.version), items[place].question)
    given = scoring.read_answer(question, items[place], typed)
    assert attempt.id is not None
    answer = session.get(CmeAnswer, (attempt.id, place))
    if answer is None:
        answer = CmeAnswer(attempt_id=attempt.id, place=place, question=question.key, given=given, at=now)
        session.add(answer)
    answer.given, answer.at = given, now
    return scoring.is_complete(question, given)


def hand_in(session: Session, learning: Learning, attempt: CmeAttempt, now: datetime) -> CmeAttempt:
    """Scores an attempt, once: handed in again, it stays as it was. What was not answered is not right."""
    if attempt.submitted_at is not None:
        return attempt
    check_time(learning, now)
    file = versions.assessment(learning.version)
    right = _score(session, attempt, file)
    attempt.submitted_at, attempt.right_items = now, right
    attempt.is_passed = scoring.passes(right, len(attempt.items), learning.about.pass_mark)
    session.flush()
    tallying.add_sitting(session, learning.participation.version_id, file, attempt)
    return attempt


def _score(session: Session, attempt: CmeAttempt, file: AssessmentFile) -> int:
    assert attempt.id is not None
    answers, right = queries.answers(session, attempt.id), 0
    for place, item in enumerate(scoring.items_of(attempt.items)):
        answer = answers.get(place)
        if answer is not None:
            answer.is_right = scoring.is_right(scoring.question_of(file, item.question), item, answer.given)
            right += answer.is_right
    return right
