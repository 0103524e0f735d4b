"""What matters is audited by the verb that does it, whoever calls it."""

from pathlib import Path

import pytest
from flask import Flask
from sqlmodel import Session

from tests import builders
from tests.builders import NOW
from tests.professionals import claims
from webapp.articles.service import publish
from webapp.campaigns.service import planning
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.db import Database
from webapp.core.errors import Conflict
from webapp.core.platform import Platform
from webapp.people import service as people
from webapp.people.rules import Role
from webapp.professionals.rules.states import Decider, Step
from webapp.professionals.service.recording import By as Decided
from webapp.professionals.service.recording import move

Entry = tuple[str, int | str, str, str, str | None]


def entries(session: Session) -> list[Entry]:
    """(action, who, subject's kind, detail, reason), the oldest first."""
    return [(line.entry.action, line.entry.account_id or line.entry.actor, line.entry.subject_kind, line.entry.detail,
             line.reason) for line in reversed(audit.newest(session, limit=1000))]


def added(database: Database, before: int) -> list[Entry]:
    with database.reading() as session:
        return entries(session)[before:]


def count(database: Database) -> int:
    return len(added(database, 0))


def test_an_invitation_is_audited_when_it_is_made_and_when_it_is_accepted(database: Database) -> None:
    with database.writing() as session:
        made = people.invite(session, "new@clinic.example", Role.WRITER, None, language="en", invited_by=None, now=NOW)
    with database.writing() as session:
        account = people.accept(session, made.key, name="New", password_hash="x", market="us", now=NOW)
    assert added(database, 0) == [
        ("invited", "command line", "invitation", "writer", ""),
        ("invitation-accepted", account.id, "invitation", "", ""),
        ("role-granted", account.id, "account", "writer", "")]


@pytest.mark.parametrize(("answer", "action", "then"), [
    ("verify:register-checked", "verification-verify", ["role-granted"]),
    ("refuse:name-differs", "verification-refuse", [])])
def test_a_decision_about_a_professional_is_audited_without_its_note(
        database: Database, answer: str, action: str, then: list[str]) -> None:
    with database.writing() as session:
        operator = builders.account(session, Role.OPERATOR)
        made = claims.apply(session, builders.account(session))
    before = count(database)
    with database.writing() as session:
        claims.decide(session, made, operator, answer, note="Ann wrote to us")
    found = added(database, before)
    assert found[0] == (action, operator.id, "account", answer.partition(":")[2], "")
    assert [(entry[0], entry[1]) for entry in found[1:]] == [(word, operator.id) for word in then]


def test_what_the_clock_does_to_a_verification_is_the_clocks(database: Database) -> None:
    with database.writing() as session:
        claims.register(session)
        made = claims.apply(session, builders.account(session))
    before = count(database)
    with database.writing() as session:
        move(session, session.merge(made), Step.LAPSE, Decided(Decider.CLOCK, reason="year-over"), NOW)
    assert added(database, before) == [
        ("verification-lapse", "clock", "account", "year-over", ""),
        ("role-revoked", "clock", "account", "hcp", "")]


def test_publishing_and_withdrawing_are_audited_with_their_reason(
        platform: Platform, app: Flask, database: Database, tmp_path: Path) -> None:
    entry = builders.published_document(platform, tmp_path)
    before = count(database)
    assert added(database, before - 1)[0][:3] == ("page-published", "command line", "article")
    for ending, actor in (("withdraw", "command line"), ("expire", "schedule")):
        with database.reading() as session:
            planned = publish.plan_withdrawal(platform, session, [entry.document_id], overviews=(), now=NOW,
                                              ending=ending)
        with database.session(write=True) as session:
            publish.carry_out(session, planned, NOW, "A wrong dose")
            session.commit()
            assert entries(session)[-1] == (f"page-{ending}", actor, "article", f"revision:{entry.revision_id}",
                                            "A wrong dose")
        builders.publish_entries(platform, [entry])


def test_calling_a_campaign_off_is_audited_once(
        platform: Platform, app: Flask, database: Database, tmp_path: Path) -> None:
    builders.landing_page(platform, tmp_path)
    with database.writing() as session:
        sponsor = builders.company(session)
    made = builders.campaign(platform, sponsor)
    before = count(database)
    for _ in range(2):
        try:
            with database.writing() as session:
                planning.cancel(session, made.id or 0, By("command line", NOW, "The brand asked"))
        except Conflict:
            continue
    assert added(database, before) == [("campaign-cancelled", "command line", "campaign", "", "The brand asked")]


def test_a_refused_verb_leaves_no_entry(database: Database) -> None:
    with database.writing() as session:
        only = builders.account(session, Role.OPERATOR)
    before = count(database)
    with pytest.raises(Conflict), database.writing() as session:
        people.revoke(session, session.merge(only), Role.OPERATOR, by=builders.BY)
    assert added(database, before) == []
