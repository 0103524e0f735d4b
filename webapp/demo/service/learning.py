"""Weeks of simulated learning, through the services that pages call, and a quarter of it released.

The worker plays some learners at a time once the demo answers, so that nobody waits for them. Each step is a
transaction of its own, as a learner's is; a learner who was cut off goes on where they were.
"""

from datetime import UTC, datetime, time, timedelta

from sqlmodel import Session

from webapp.channels.service import outbox
from webapp.cme import queries
from webapp.cme.rules import credit, scoring, steps
from webapp.cme.rules.activity import ActivityFile
from webapp.cme.rules.evaluation import Change
from webapp.cme.rules.follow_up import AFTER
from webapp.cme.rules.steps import Step, Test
from webapp.cme.service import certifying, evaluating, following_up, learning, releasing, versions
from webapp.cme.service.certifying import Holder
from webapp.cme.service.claiming import Provider
from webapp.cme.service.learning import Learning
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.jobs import last_runs
from webapp.core.languages import ENGLISH
from webapp.core.platform import Platform
from webapp.core.subject import Subject
from webapp.demo import rules
from webapp.demo.service import learners
from webapp.demo.service.learners import Course, Learner
from webapp.people import queries as people

JOB = "demo.learning"
AT_ONCE = 8
"""Learners of one run, a second or so of work: the worker ends between two runs."""
SPAN = timedelta(weeks=20)
"""They began in so many weeks: longer than a quarter, so that one of them is over."""
LAST = timedelta(days=2)
"""Before now: whoever begins has time to finish."""
WEIGHTS = {True: 9, False: 1}
"""Most learn what a company supports: only of many is anything released to it."""
READS_BEFORE_STOPPING = 2
"""Sections that whoever stops among them reads."""
MINUTES = {Step.DISCLOSURES: 2, Step.PRE_TEST: 6, Step.SECTIONS: 4, Step.POST_TEST: 10, Step.EVALUATION: 3,
           Step.CLAIM: 1}
ANSWERS_AFTER = timedelta(days=2)
TESTS = {Step.PRE_TEST: Test.PRE, Step.POST_TEST: Test.POST}


def play(platform: Platform, provider: Provider, now: datetime) -> str | None:
    """Plays the next learners, and after the last of them releases what can be. Returns how many were played in all,
    which the record of its runs keeps; None once that was done, and of a database that no demo filled."""
    with platform.database.reading() as session:
        played, courses = _played(session), _courses(session, now) if _has_cast(session) else []
    if played >= rules.LEARNERS or not courses:
        return None
    until = min(played + AT_ONCE, rules.LEARNERS)
    for number in range(played + 1, until + 1):
        _learn(platform, provider, learners.learner(number, courses, now - LAST), now)
    if until == rules.LEARNERS:
        _release(platform, [course.slug for course in courses], now)
    return f"{until} learners"


def _has_cast(session: Session) -> bool:
    return people.account_by_email(session, rules.recipient(rules.LEARNERS)) is not None


def _played(session: Session) -> int:
    """How many earlier runs played. After one that failed it begins again, and finds each where they are."""
    found = last_runs(session).get(JOB)
    return int(found.outcome.split()[1]) if found is not None and found.outcome.startswith("done: ") else 0


def _courses(session: Session, now: datetime) -> list[Course]:
    """What can have been begun by now."""
    files = {activity.slug: versions.about(queries.version(session, activity.live_version_id or 0))
             for activity in queries.activities(session)}
    found = [Course(slug, opened(file, now), WEIGHTS[bool(file.support)]) for slug, file in files.items()]
    return [course for course in found if course.first < now - LAST]


def opened(file: ActivityFile, now: datetime) -> datetime:
    """From when on simulated learners begin an activity."""
    return max(now - SPAN, datetime.combine(file.valid.first, time(), UTC))


def _learn(platform: Platform, provider: Provider, who: Learner, now: datetime) -> None:
    """One of them, as far as they go."""
    with platform.database.writing() as session:
        account = people.account_by_email(session, rules.recipient(who.number))
        assert account is not None and account.id is not None
        activity = queries.activity(session, who.slug)
        assert activity is not None and activity.live_version_id is not None
        tongues = versions.about(queries.version(session, activity.live_version_id)).languages
        held = learning.begin(session, account.id, who.slug, profession=who.profession, now=who.begins_at,
                              language=account.language if account.language in tongues else tongues[0])
    at: datetime | None = who.begins_at
    while at is not None:
        at = _go_on(platform, provider, account.id, held.key, who, name=account.name, at=at, now=now)


def _go_on(platform: Platform, provider: Provider, account_id: int, key: str, who: Learner, *, name: str, at: datetime,
           now: datetime) -> datetime | None:
    """Takes the next step, some minutes after `at`. When that was; None if they took none."""
    with platform.database.writing() as session:
        how_far = learning.find(session, account_id, key, for_update=True)
        if _is_over(how_far, who):
            return None
        step = how_far.step
        at += timedelta(minutes=MINUTES[step] * who.chance.uniform(0.6, 1.8))
        _take(session, platform, how_far, who, at)
    if step in TESTS:
        _hand_in(platform, account_id, key, TESTS[step], at)
    elif step is Step.CLAIM:
        _claim(platform, provider, account_id, key, who, name=name, at=at, now=now)
    return at


def _is_over(how_far: Learning, who: Learner) -> bool:
    """Whether they are through, stop here, or have no attempt left."""
    goes_on = how_far.step is Step.SECTIONS and len(how_far.progress.read) < READS_BEFORE_STOPPING
    return how_far.step is Step.CERTIFICATE or how_far.progress.is_out_of_attempts or (
        how_far.step is who.stops_at and not goes_on)


def _take(session: Session, platform: Platform, how_far: Learning, who: Learner, at: datetime) -> None:
    match how_far.step:
        case Step.DISCLOSURES:
            learning.confirm_disclosures(session, how_far, at)
        case Step.PRE_TEST | Step.POST_TEST:
            _answer(session, how_far, who, at)
        case Step.SECTIONS:
            learning.confirm_section(session, how_far, steps.next_section(how_far.progress) or "", at)
        case Step.EVALUATION:
            objectives = [one.key for one in how_far.about.objectives]
            told = learners.opinion(who, objectives, how_far.participation.language)
            heard = evaluating.evaluate(session, how_far, told, market=rules.MARKET, now=at)
            if heard is not None:
                evaluating.agree(session, platform.ring, heard, may_pass_on=False, now=at)


def _answer(session: Session, how_far: Learning, who: Learner, at: datetime) -> None:
    """Answers all questions of a test. It is handed in by itself, since all in one would hold the lock too long."""
    test, file = TESTS[how_far.step], versions.assessment(how_far.version)
    attempt = learning.begin_test(session, how_far, test, at)
    with session.no_autoflush:
        for place, item in enumerate(scoring.items_of(attempt.items)):
            given = learners.typed(who, scoring.question_of(file, item.question), item, has_read=test is Test.POST)
            learning.save_answer(session, how_far, attempt, place, given, at)


def _hand_in(platform: Platform, account_id: int, key: str, test: Test, at: datetime) -> None:
    with platform.database.writing() as session:
        how_far = learning.find(session, account_id, key, for_update=True)
        learning.hand_in(session, how_far, learning.begin_test(session, how_far, test, at), at)


def _claim(platform: Platform, provider: Provider, account_id: int, key: str, who: Learner, *, name: str, at: datetime,
           now: datetime) -> None:
    """Takes what credit there is; in the same transaction, since timed work would send a mail to whoever is due."""
    with platform.database.reading() as reader, platform.database.writing() as session:
        most = {one.system: str(one.maximum) for one in learning.find(reader, account_id, key).about.credits
                if not credit.systems()[one.system].needs_accreditation}
        certifying.complete(reader, session, account_id, key, most, holder=Holder(name, is_verified=True),
                            provider=provider, base_url=platform.base_url, now=at)
        _answer_later(session, learning.find(session, account_id, key), who, at + AFTER, now)


def _answer_later(session: Session, how_far: Learning, who: Learner, at: datetime, now: datetime) -> None:
    """Whoever meant to change something and was due by now was asked: the mail counts as sent, and none is."""
    evaluation = queries.evaluation(session, how_far.id)
    if evaluation is None or evaluation.answers["change"] != Change.YES or at > now:
        return
    row, told = following_up.ask_one(session, how_far.participation, at), learners.later(who)
    outbox.mark_simulated(session, Subject(following_up.SUBJECT, row.id or 0), at)
    if told is not None and at + ANSWERS_AFTER <= now:
        following_up.answer(session, row.code, told, at + ANSWERS_AFTER)


def _release(platform: Platform, slugs: list[str], now: datetime) -> None:
    """The newest quarter that is over, to those who support an activity."""
    for slug in slugs:
        with platform.database.reading() as reader, platform.database.writing() as session:
            shown = releasing.page(reader, slug, ENGLISH, now)
            for period in shown["waiting"][:1] if shown["supporters"] else ():
                releasing.release(reader, session, slug, period, By(COMMAND_LINE, now, rules.RELEASED))
