"""The queue looks only where somebody may be waited for. It must find all that the rules, asked of everything, say."""

import random
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlmodel import Session

from tests import builders
from tests.builders import NOW
from webapp.core.db import Database
from webapp.core.subject import Subject
from webapp.review import queries
from webapp.review.models import ChangeRequest, Dossier, Signature
from webapp.review.rules import ROUTES, Meaning, ReviewRole
from webapp.review.service.queueing import waiting
from webapp.review.service.standing import standing_of

DAYS = (0, 1, 40, 179, 181, 273, 276, 366)
PIECES = 120


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    with database.session(write=True) as opened:
        yield opened


def put_anything(session: Session, chance: random.Random) -> None:
    """Pieces of all routes and times, of one version or two, with whatever signatures and requests."""
    signers = builders.reviewers(session)
    for number in range(1, PIECES + 1):
        for version in range(1, 1 + chance.choice((1, 1, 2))):
            made = Dossier(
                subject_kind="article", subject_id=number, version=version, digest=f"{number:032d}{version:032d}",
                title="A piece", author_ids=[], route=chance.choice(["full", "full", *ROUTES]), markets=["us"],
                audience="patient", source="It heals.", body_html="<p>It heals.</p>", link="/", submitted_at=NOW,
                due_at=NOW, valid_days=chance.choice((365, 365, 30)))
            session.add(made)
            session.flush()
            for round_, days in enumerate(sorted(chance.sample(DAYS, chance.choice((0, 1, 1, 2))), reverse=True), 1):
                for role in chance.sample(list(ReviewRole), chance.choice((1, 2, 3, 3, 3))):
                    session.add(Signature(
                        dossier_id=made.id or 0, round=round_, role=role, account_id=signers[role].id or 0,
                        digest=chance.choice([made.digest] * 9 + ["f" * 64]), printed_name="Ann Example",
                        meaning=chance.choice([Meaning.APPROVAL] * 9 + [Meaning.REJECTION]),
                        at=NOW - timedelta(days=days, minutes=chance.randrange(60))))
            if chance.random() < 0.1:
                session.add(ChangeRequest(dossier_id=made.id or 0, role=ReviewRole.LEGAL,
                                          account_id=signers[ReviewRole.LEGAL].id or 0, words="See page 2.", at=NOW))
    session.flush()


@pytest.mark.postgresql
@pytest.mark.parametrize("seed", range(3))
def test_the_queue_holds_all_that_somebody_is_waited_for(session: Session, seed: int) -> None:
    put_anything(session, random.Random(seed))
    newest = [queries.newest(session, Subject("article", number)) for number in range(1, PIECES + 1)]
    asked = {made.id for made in newest if made is not None and standing_of(session, made).missing(NOW)}
    shown = {entry.head.id for entry in waiting(session, NOW)}
    looked_at = len(queries.heads(session, queries.waiting_ids(session, NOW)))
    assert (shown, 0 < len(asked) < looked_at < PIECES) == (asked, True)
