"""No path reaches clearance without the route's signatures on the live bytes, whoever does what in which order."""

from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests import builders
from tests.builders import NOW
from tests.review.cases import ARTICLE, sign, submit
from webapp.core.db import Database
from webapp.core.errors import MateriaError
from webapp.people.rules import Role
from webapp.review import queries, rules, service
from webapp.review.rules import ROUTES, CommentKind, Meaning, ReviewRole
from webapp.review.service import discussing

DIGESTS = [sign * 64 for sign in "abc"]
ROUTE_NAMES = ["full", "promotional", "withdrawal", "cme"]
PEOPLE = 5
PAIRS = [*enumerate(ReviewRole), *enumerate(ReviewRole), *((who, role) for who in range(PEOPLE) for role in ReviewRole)]
"""Who decides in which role: those who may, more often."""
SIZE = settings(max_examples=15, stateful_step_count=30, deadline=None, database=None,
                phases=[Phase.generate],  # to make a failure smaller takes minutes
                suppress_health_check=list(HealthCheck))


def machine(database: Database) -> type[RuleBasedStateMachine]:
    """The machine on this database; each run is rolled back."""

    class Review(RuleBasedStateMachine):
        """Keeps a book of its own, as simple as can be: who approved or rejected which dossier, when."""

        signed = 0
        """Signatures that were taken, in all runs."""

        @initialize()
        def begin(self) -> None:
            self.session = database.session(write=True)
            self.now = NOW
            roles = [Role(f"reviewer-{role}") for role in ReviewRole]
            held = [roles[:1], roles[1:2], roles[2:], roles[:2], roles]
            self.people = [builders.account(self.session, *some) for some in held]
            self.book: dict[int, list[tuple[int, ReviewRole, Meaning, Any]]] = {}
            self.musts: dict[str, int] = {}  # the version on which each was said: it binds that one and later ones
            self.dossier = submit(self.session, DIGESTS[0], route="full", author_ids=(self.people[4].id,))

        @rule(digest=st.sampled_from(DIGESTS), route=st.sampled_from(ROUTE_NAMES))
        def hand_in(self, digest: str, route: str) -> None:
            self.dossier = submit(self.session, digest, route=route, now=self.now, author_ids=(self.people[4].id,))

        @rule(pair=st.sampled_from(PAIRS), is_approval=st.sampled_from([True, True, True, False]),
              back=st.sampled_from([0, 0, 0, 1, 2]))
        def decide(self, pair: tuple[int, ReviewRole], is_approval: bool, back: int) -> None:
            who, role = pair
            versions = queries.versions(self.session, ARTICLE)
            dossier = versions[min(back, len(versions) - 1)]
            meaning = Meaning.APPROVAL if is_approval else Meaning.REJECTION
            try:
                sign(self.session, dossier, self.people[who], role, meaning, self.now, "No" * 2)
            except MateriaError:
                return
            binding = [version for version in self.musts.values() if version <= dossier.version]
            assert not (is_approval and binding), "a comment that must be settled was open"
            assert self.people[who].id not in dossier.author_ids
            self.book.setdefault(dossier.id or 0, []).append((who, role, meaning, self.now))
            type(self).signed += 1

        @rule(who=st.integers(0, PEOPLE - 1), kind=st.sampled_from(CommentKind))
        def say(self, who: int, kind: CommentKind) -> None:
            try:
                said = discussing.comment(self.session, self.dossier, self.people[who], kind, "So", "", self.now)
                if kind is CommentKind.MUST:
                    self.musts[said.key] = self.dossier.version
            except MateriaError:
                pass

        @rule(who=st.integers(0, PEOPLE - 1))
        def settle(self, who: int) -> None:
            for key in list(self.musts):
                try:
                    discussing.close(self.session, key, self.people[who], self.now)
                    del self.musts[key]
                except MateriaError:
                    pass

        @rule(who=st.integers(0, PEOPLE - 1), role=st.sampled_from(ReviewRole))
        def send_back(self, who: int, role: ReviewRole) -> None:
            with suppress(MateriaError):
                discussing.request_changes(self.session, self.dossier, self.people[who], role, "Change", self.now)

        @rule(days=st.sampled_from([1, 100, 276, 365, 400]))
        def wait(self, days: int) -> None:
            self.now += timedelta(days=days)
            for person in self.people:
                builders.people.record_training(self.session, person, "Signing", self.now)

        @invariant()
        def what_is_cleared_was_signed_by_all_whom_its_route_asks(self) -> None:
            if not hasattr(self, "session"):
                return
            for digest in DIGESTS:
                if service.is_cleared(self.session, ARTICLE, digest, self.now):
                    assert any(self._is_signed(dossier) for dossier in queries.versions(self.session, ARTICLE)
                               if dossier.digest == digest)

        def _is_signed(self, dossier: Any) -> bool:
            route = ROUTES[dossier.route]
            valid = [(who, role) for who, role, meaning, at in self.book.get(dossier.id, [])
                     if meaning is Meaning.APPROVAL and self.now < at + timedelta(days=dossier.valid_days)]
            roles, people = {role for _, role in valid} & route.roles, {who for who, _ in valid}
            return len(roles) >= route.count and len(people) >= route.count

        def teardown(self) -> None:
            if hasattr(self, "session"):
                self.session.rollback()
                self.session.close()

    return Review


def test_no_path_clears_what_was_not_signed(database: Database) -> None:
    tried = machine(database)
    run_state_machine_as_test(tried, settings=SIZE)
    assert tried.signed > 0, "no signature was taken, so nothing was shown"


@pytest.mark.parametrize(("where", "name", "fault"), [
    (rules, "decisive", lambda route, signed: list(signed)[-1:]),  # one signature is enough
    (queries, "open_musts", lambda *_: 0)], ids=["one signature is enough", "no comment blocks"])
def test_the_machine_finds_a_fault_that_is_planted(database: Database, monkeypatch: pytest.MonkeyPatch, where: Any,
                                                   name: str, fault: Any) -> None:
    monkeypatch.setattr(where, name, fault)
    with pytest.raises(AssertionError):
        run_state_machine_as_test(machine(database), settings=settings(SIZE, max_examples=150, derandomize=True))
