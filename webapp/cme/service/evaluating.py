"""The learner's view of an activity, and what in it may tell of a side effect."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from webapp.cme.models import CmeEvaluation, CmeHeard, CmeParticipation
from webapp.cme.queries import provider as provider_queries
from webapp.cme.rules.evaluation import Evaluation
from webapp.cme.rules.steps import Step
from webapp.cme.rules.tallies import What, of_evaluation
from webapp.cme.service import tallying
from webapp.cme.service.learning import NOT_YET, Learning, check_time
from webapp.cme.service.versions import SUBJECT
from webapp.core.errors import Conflict, NotFound
from webapp.core.subject import Subject
from webapp.core.tokens import KeyRing
from webapp.safety.service import overhearing


def evaluate(session: Session, learning: Learning, told: Evaluation, *, market: str, now: datetime) -> str | None:
    """Keeps an evaluation, once. What may tell of a side effect lands with the provider, without the learner: the key
    of that, so that the learner can be asked whether it may be passed on; None if there is none."""
    if learning.progress.is_evaluated:
        return None
    check_time(learning, now)
    if learning.step is not Step.EVALUATION:
        raise Conflict(NOT_YET)
    session.add(CmeEvaluation(participation_id=learning.id, answers=dict(told.answers), words=dict(told.words), at=now))
    tallying.count(session, learning.participation.version_id, (What.STEP, Step.EVALUATION),
                   *of_evaluation(told.answers))
    return hear(session, learning.participation, told.words.values(), market=market, now=now)


def hear(session: Session, held: CmeParticipation, typed: Iterable[str], *, market: str, now: datetime) -> str | None:
    """Puts what may tell of a side effect before the provider, without the learner: its key; None if there is none."""
    suspect = "\n".join(text for text in typed if overhearing.is_suspect(session, text))
    if not suspect:
        return None
    heard = CmeHeard(version_id=held.version_id, language=held.language, market=market, words=suspect, at=now)
    session.add(heard)
    session.flush()
    return heard.key


def agree(session: Session, ring: KeyRing, key: str, *, may_pass_on: bool, now: datetime) -> None:
    """The learner's answer, once. With a yes the words go the way of everything overheard, without a name."""
    heard = provider_queries.heard(session, key, for_update=True)
    if heard is None:
        raise NotFound
    if heard.may_pass_on is not None:
        return
    heard.may_pass_on = may_pass_on
    if may_pass_on:
        overhearing.screen(session, ring, heard.words, Subject(SUBJECT, heard.version_id), market=heard.market,
                           language=heard.language, account_id=None, now=now)
