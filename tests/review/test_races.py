"""Several at once, signatures where they do not belong, a clock that is set back: one outcome, and nothing is lost."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlmodel import Session

from tests import builders
from tests.builders import NOW
from tests.review.cases import ARTICLE, sign, submit
from webapp.core import audit
from webapp.core.db import Database
from webapp.core.errors import Conflict, Refused
from webapp.core.subject import Subject
from webapp.people.rules import Role
from webapp.review import queries, service
from webapp.review.models import Signature
from webapp.review.rules import VALID_FOR, CommentKind, ReviewRole, State
from webapp.review.service import discussing, queueing, standing, working

pytestmark = pytest.mark.postgresql
MEDICAL, LEGAL, REGULATORY = ReviewRole


def at_once(database: Database, *acts: Callable[[Session], object]) -> list[str]:
    """Does all in the same moment, each in a transaction of its own; "done" or "conflict" of each."""
    start, outcomes = threading.Barrier(len(acts)), [""] * len(acts)

    def act(number: int) -> None:
        start.wait()
        try:
            with database.writing() as session:
                acts[number](session)
            outcomes[number] = "done"
        except Conflict:
            outcomes[number] = "conflict"

    threads = [threading.Thread(target=act, args=(number,)) for number in range(len(acts))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return outcomes


def test_of_two_roles_that_sign_at_once_where_one_signature_is_asked_one_is_told_it_is_there(
        database: Database) -> None:
    with database.writing() as session:
        made, signers = submit(session, route="withdrawal"), builders.reviewers(session)
    outcomes = at_once(database, *(lambda session, role=role: sign(  # type: ignore[misc]
        session, made, signers[role], role) for role in (LEGAL, MEDICAL)))
    assert sorted(outcomes) == ["conflict", "done"]
    with database.reading() as session:
        assert len(queries.signatures(session, made.id or 0)) == 1


def test_who_signs_while_another_asks_for_changes_signs_before_or_not_at_all(database: Database) -> None:
    with database.writing() as session:
        made, signers = submit(session), builders.reviewers(session)
    signed, sent_back = at_once(
        database, lambda session: sign(session, made, signers[LEGAL], LEGAL),
        lambda session: discussing.request_changes(session, made, signers[MEDICAL], MEDICAL, "Say the dose", NOW))
    with database.reading() as session:
        assert sent_back == "done" and len(queries.requests(session, made.id or 0)) == 1
        assert len(queries.signatures(session, made.id or 0)) == (signed == "done")
        assert standing.standing_of(session, made).state(NOW) is State.CHANGES_REQUESTED


def test_of_two_who_close_a_comment_at_once_one_is_told_that_it_is_closed(database: Database) -> None:
    with database.writing() as session:
        made, signers = submit(session), builders.reviewers(session)
        said = discussing.comment(session, made, signers[LEGAL], CommentKind.MUST, "Cite it", "", NOW).key
    outcomes = at_once(database, *(lambda session, role=role: discussing.close(  # type: ignore[misc]
        session, said, signers[role], NOW) for role in (LEGAL, MEDICAL)))
    assert sorted(outcomes) == ["conflict", "done"]


def test_of_two_who_are_given_one_task_at_once_one_has_it(database: Database) -> None:
    with database.writing() as session:
        made, signers = submit(session), builders.reviewers(session)
        both = [builders.account(session, Role.LEGAL_REVIEWER) for _ in range(2)]
    outcomes = at_once(database, *(lambda session, to=to: working.assign(  # type: ignore[misc]
        session, [made], LEGAL, to, by=signers[MEDICAL], due_at=None, now=NOW) for to in both))
    with database.reading() as session:
        task, = queries.assignments(session, [made.id or 0])
    assert outcomes == ["done", "done"] and task.account_id in [person.id for person in both]


@pytest.mark.parametrize("other", [ARTICLE, Subject("article", 2)], ids=["same piece", "another piece"])
def test_signatures_that_were_copied_to_other_bytes_clear_nothing(database: Database, other: Subject) -> None:
    """As a restore gone wrong, or somebody who writes tables, may leave them."""
    with database.writing() as session:
        first, signers = submit(session), builders.reviewers(session)
        builders.sign_all(session, first, signers)
        changed = submit(session, "b" * 64, subject=other)
        for entry in queries.signatures(session, first.id or 0):
            session.add(Signature(**{**entry.model_dump(exclude={"id"}), "dossier_id": changed.id}))
        session.flush()
        assert service.is_cleared(session, ARTICLE, first.digest, NOW)
        assert not service.is_cleared(session, other, changed.digest, NOW)
        assert service.approvals(session, other, changed.digest, NOW) == ()
        assert standing.standing_of(session, changed).state(NOW) is State.IN_REVIEW
        assert changed.id in [entry.head.id for entry in queueing.waiting(session, NOW)]


def test_a_clock_that_is_set_back_loses_no_signature_and_lets_nobody_sign_twice(database: Database) -> None:
    back = NOW - timedelta(hours=2)
    with database.writing() as session:
        made, signers = submit(session), builders.reviewers(session)
        for role, now in ((MEDICAL, NOW), (LEGAL, NOW), (REGULATORY, back)):
            sign(session, made, signers[role], role, now=now)
        for role in ReviewRole:
            with pytest.raises(Refused, match="One person signs once"):
                sign(session, made, signers[role], role, now=back)
    with database.reading() as session:
        assert service.is_cleared(session, ARTICLE, made.digest, NOW)
        assert service.approvals(session, ARTICLE, made.digest, back) == (), "not before all have signed"
        assert not service.is_cleared(session, ARTICLE, made.digest, back + VALID_FOR), "the earliest hour counts"
        assert audit.verify(session).fault == ""
