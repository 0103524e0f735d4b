"""The file of one's own data tells of tests what the pages tell, and no earlier."""

from datetime import UTC, datetime

from sqlmodel import Session

from tests.builders import SECRET
from tests.cme import activities
from tests.cme.activities import again
from webapp.cme.models import CmeParticipation
from webapp.cme.rules.steps import Test
from webapp.cme.service import learning, personal
from webapp.core.platform import Platform
from webapp.core.tokens import KeyRing

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def told(session: Session, held: CmeParticipation) -> set[tuple[str, bool | None]]:
    """Of each answer in the file: the test, and whether it was right."""
    session.flush()
    file = personal.export_person(session, KeyRing((SECRET,)), held.account_id or 0)
    return {(one["test"], one["is_right"]) for one in file["education_answers"]}


def test_whether_answers_were_right_is_told_once_the_test_is_passed(platform: Platform) -> None:
    with platform.database.writing() as session:
        activities.publish(session, NOW)
        held = activities.learner(session, NOW)
        learning.confirm_disclosures(session, again(session, held), NOW)
        session.flush()
        activities.answer(session, held, Test.PRE, NOW)
        assert told(session, held) == {("pre", None)}
        activities.read_all(session, held, NOW)
        activities.answer(session, held, Test.POST, NOW, right=2)
        assert told(session, held) == {("pre", None), ("post", None)}
        activities.answer(session, held, Test.POST, NOW)
        assert told(session, held) == {("pre", True), ("post", True)}


def test_whether_answers_were_right_is_told_once_no_attempt_is_left(platform: Platform) -> None:
    with platform.database.writing() as session:
        activities.publish(session, NOW, attempts=1)
        held = activities.learner(session, NOW)
        activities.up_to_post_test(session, held, NOW)
        activities.answer(session, held, Test.POST, NOW, right=2)
        assert told(session, held) == {("pre", True), ("post", True)}
