"""Credit is reported to the accreditor for those who agreed: the activity first, each record once, in a ledger."""

import threading
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from sqlmodel import Session, select

from tests import copies
from tests.builders import SECRET
from tests.cme import activities
from webapp.channels.service.outbox import Outgoing
from webapp.cme.cli import cme
from webapp.cme.models import CmeCertificate, CmeClaim, CmeParticipation, CmeReportEvent, CmeReporting
from webapp.cme.rules import pars as rules
from webapp.cme.rules.pars import Identity
from webapp.cme.service import certifying, pars, reporting
from webapp.cme.service.claiming import offers
from webapp.cme.service.pars import Record, State, Told
from webapp.core import audit
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.errors import Conflict, Invalid, Refused
from webapp.core.languages import ENGLISH
from webapp.core.platform import Platform
from webapp.core.render import Renderer
from webapp.core.sealing import CannotOpen
from webapp.core.subject import Subject
from webapp.core.tokens import KeyRing
from webapp.people.models import Account

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
RING = KeyRing((SECRET,))
FORM = {"pars_agrees": "yes", "pars_given": "Ann", "pars_family": "Example", "pars_state": "ny",
        "pars_licence": "MD-12", "pars_month": "2", "pars_day": "29"}
ANN = Identity("Ann", "Example", "NY", "MD-12", 2, 29)


class Peer:
    """A service that answers with `status`, or for learners with another."""

    def __init__(self) -> None:
        self.port, self.status, self.learner_status = 0, 201, 201
        self.taken: list[tuple[str, str | None, bytes]] = []

    def answer_to(self, path: str) -> int:
        return self.learner_status if path.endswith("/learners") else self.status


@pytest.fixture
def peer() -> Iterator[Peer]:
    held = Peer()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            held.taken.append((self.path, self.headers["Authorization"], body))
            self.send_response(held.answer_to(self.path))
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        held.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield held
        server.shutdown()
        thread.join()


@pytest.fixture
def session(platform: Platform) -> Iterator[Session]:
    with platform.database.writing() as session:
        yield session


def credited(session: Session, form: dict[str, str] | None = None, *, profession: str = "physician",
             system: str = "ama-pra-1", is_accredited: bool = True) -> None:
    """A learner with credit, who filled in the form of the report."""
    held = activities.learner(session, NOW, profession=profession)
    how_far = activities.up_to_claim(session, held, NOW)
    held.completed_at = NOW
    session.add(CmeClaim(participation_id=how_far.id, system=system, amount=Decimal("0.5"),
                         is_accredited=is_accredited, at=NOW))
    session.flush()
    reporting.consent(session, RING, how_far, FORM if form is None else form, NOW)


@pytest.fixture
def world(platform: Platform) -> None:
    """Two physicians with credit, one of whom agreed."""
    copies.filled(platform.database, (__name__,), two_physicians)


def two_physicians(session: Session) -> None:
    activities.publish(session, NOW, support=[{"company": "Example Pharma Ltd (fictional)", "kind": "money",
                                               "nature": {"en": "A grant", "zh-Hans": "资助"},
                                               "agreement_on": "2025-08-01"}])
    credited(session)
    credited(session, {})


def run(platform: Platform, carry: Callable[[Record], tuple[State, str]], **options: Any) -> Told:
    return pars.run(platform.database, RING, activities.ACCREDITED, date(2026, 1, 1), date(2026, 12, 31), carry,
                    By(COMMAND_LINE, NOW), **options)


def to(peer: Peer) -> Callable[[Record], tuple[State, str]]:
    return pars.to_service(f"http://127.0.0.1:{peer.port}/v1/", "secret")


def ledger(platform: Platform) -> list[tuple[bool, str, str]]:
    with platform.database.reading() as session:
        return [(row.participation_id is None, row.state, row.answer)
                for row in session.scalars(select(CmeReportEvent).order_by(CmeReportEvent.id))]


# Agreement


def test_who_agreed_is_kept_sealed_and_opens_for_the_report(session: Session) -> None:
    activities.publish(session, NOW)
    credited(session)
    row = session.scalars(select(CmeReporting)).one()
    assert reporting.identity_of(RING, row) == ANN and b"MD-12" not in row.sealed
    with pytest.raises(CannotOpen):
        reporting.identity_of(KeyRing(("another secret of 32 characters or more",)), row)


@pytest.mark.parametrize(("form", "who"), [
    ({}, {}), (FORM | {"pars_agrees": ""}, {}), (FORM, {"profession": "nurse"}), (FORM, {"system": "hours"}),
    (FORM, {"is_accredited": False})])
def test_nothing_is_kept_of_others(session: Session, form: dict[str, str], who: dict[str, Any]) -> None:
    activities.publish(session, NOW)
    credited(session, form, **who)
    assert session.scalars(select(CmeReporting)).all() == []


@pytest.mark.parametrize("wrong", [{"pars_given": " "}, {"pars_licence": ""}, {"pars_state": "New York"},
                                   {"pars_month": "13"}, {"pars_day": "31"}, {"pars_day": "x"},
                                   {"pars_family": "x" * 101}])
def test_whoever_agrees_and_leaves_something_out_is_told(wrong: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        rules.read(FORM | wrong)


def test_the_form_is_offered_for_accredited_credit_alone(session: Session) -> None:
    activities.publish(session, NOW)
    how_far = activities.up_to_claim(session, activities.learner(session, NOW), NOW)
    assert not reporting.is_offered(how_far, offers(how_far, activities.ACCREDITED, is_verified=True, now=NOW))


def test_the_form_asks_what_is_read(renderer: Renderer) -> None:
    source = ('{% from "cme/reporting_parts.html" import reporting_form with context %}'
              '{{ reporting_form(words, {"pars_state": "NY"}) }}')
    page = renderer.environment.from_string(source).render(_=lambda words, **_: words, language=ENGLISH,
                                                           words=rules.WORDS)
    assert all(f'name="{name}"' in page for name in (rules.AGREES, *rules.FIELDS)) and 'value="NY"' in page


# Reporting


def test_the_activity_goes_first_and_then_who_agreed(platform: Platform, world: None, peer: Peer) -> None:
    told = run(platform, to(peer))
    assert [path for path, _, _ in peer.taken] == ["/v1/activities", "/v1/learners"]
    assert {token for _, token, _ in peer.taken} == {"Bearer secret"}
    activity, learner = (ElementTree.fromstring(body) for _, _, body in peer.taken)
    assert [one.text for one in activity.iter("commercialSupporter")] == ["Example Pharma Ltd (fictional)"]
    said = {one.tag: one.text for one in learner.iter()}
    assert (said["GivenName"], said["LicenseState"], said["BirthDay"], said["CompletionDate"], said["Credits"]) == (
        "Ann", "NY", "29", "2026-11-26", "0.50")
    assert said["ActivityID"] == next(activity.iter("entry")).text and told.counts[State.ACCEPTED] == 2
    assert ledger(platform) == [(True, "sent", ""), (True, "accepted", "http-201"), (False, "sent", ""),
                                (False, "accepted", "http-201")]


def test_what_was_accepted_does_not_go_again_and_what_was_rejected_does(platform: Platform, world: None,
                                                                       peer: Peer) -> None:
    peer.learner_status = 422
    assert run(platform, to(peer)).counts[State.REJECTED] == 1
    peer.learner_status = 200
    assert run(platform, to(peer)).counts[State.ACCEPTED] == 1
    run(platform, to(peer))
    assert [path for path, _, _ in peer.taken] == ["/v1/activities", "/v1/learners", "/v1/learners"]


@pytest.mark.parametrize(("status", "state"), [
    (400, State.REJECTED), (409, State.REJECTED), (422, State.REJECTED), (401, State.FAILED), (403, State.FAILED),
    (429, State.FAILED), (302, State.FAILED), (503, State.FAILED)])
def test_learners_wait_until_their_activity_is_taken(platform: Platform, world: None, peer: Peer, status: int,
                                                     state: State) -> None:
    peer.status = status
    told = run(platform, to(peer))
    assert (told.counts[state], told.held_back, len(peer.taken)) == (1, 1, 1)


def mails(platform: Platform) -> list[tuple[int, str, str]]:
    """(account, mail, where its link leads) of each in the outbox."""
    with platform.database.reading() as session:
        return [(row.account_id or 0, row.values["mail"], row.values["path"])
                for row in session.scalars(select(Outgoing).order_by(Outgoing.id))]


def reported(session: Session) -> CmeParticipation:
    """The participation of the one learner who agreed."""
    return session.get_one(CmeParticipation, session.scalars(select(CmeReporting)).one().participation_id)


@pytest.mark.postgresql
def test_whose_record_was_rejected_is_told_once_for_each_correction(platform: Platform, world: None,
                                                                   peer: Peer) -> None:
    peer.learner_status = 422
    with platform.database.reading() as session:
        held = reported(session)
    told = (held.account_id, "report-not-taken", f"/account/cme/reports/{held.key}")
    run(platform, to(peer))
    run(platform, to(peer))
    assert mails(platform) == [told]
    with platform.database.writing() as session:
        reporting.correct(session, RING, activities.again(session, held), FORM | {"pars_family": "Exampel"},
                          NOW + timedelta(days=1))
    run(platform, to(peer))
    assert mails(platform) == [told, told]


@pytest.mark.parametrize("status", [201, 401, 503])
def test_nobody_is_told_of_what_was_taken_or_did_not_arrive(platform: Platform, world: None, peer: Peer,
                                                           status: int) -> None:
    peer.learner_status = status
    run(platform, to(peer))
    assert len(peer.taken) == 2 and mails(platform) == []


@pytest.mark.parametrize("change", [{"active": False}, {"confirmed_at": None}], ids=["closed", "not confirmed"])
def test_who_cannot_be_written_to_is_not_told(platform: Platform, world: None, peer: Peer,
                                             change: dict[str, Any]) -> None:
    peer.learner_status = 422
    with platform.database.writing() as session:
        person = session.get_one(Account, reported(session).account_id)
        for name, value in change.items():
            setattr(person, name, value)
    assert run(platform, to(peer)).counts[State.REJECTED] == 1
    assert mails(platform) == []


def test_a_service_that_is_away_is_a_failure_that_names_nobody(platform: Platform, world: None) -> None:
    run(platform, pars.to_service("http://127.0.0.1:1", ""))
    assert ledger(platform)[-1] == (True, "failed", "error-ConnectionRefusedError")


def test_what_was_sent_and_never_answered_goes_again_only_when_told(platform: Platform, world: None,
                                                                   peer: Peer) -> None:
    def crash(record: Record) -> tuple[State, str]:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(platform, crash)
    told = run(platform, to(peer))
    assert (told.unknown, told.held_back, peer.taken) == (1, 1, [])
    assert run(platform, to(peer), again=True).counts[State.ACCEPTED] == 2


def test_records_are_written_as_files(platform: Platform, world: None, tmp_path: Path) -> None:
    settings = SimpleNamespace(pars_url="", pars_token="", cme_provider="X", cme_accredited=("ama-pra-1",))
    handed = SimpleNamespace(platform=platform, settings=settings)
    words = ["pars", "--from", "2026-01-01", "--to", "2026-12-31"]
    ran = CliRunner().invoke(cme, [*words, "--out", str(tmp_path / "out")], obj=handed)
    assert "2 written" in ran.output, ran.output
    assert sorted(path.name.partition("-")[0] for path in (tmp_path / "out").iterdir()) == ["activity", "learner"]
    assert "--out DIR" in CliRunner().invoke(cme, words, obj=handed).output
    told = [CliRunner().invoke(cme, [*words, "--out", str(tmp_path / "out"), *more], obj=handed).output
            for more in ([], ["--again"])]
    assert ["2 written" in one for one in told] == [False, True], "a record that was handed in may have been rejected"


def test_that_credit_was_reported_is_audited_and_names_nobody(platform: Platform, world: None, peer: Peer) -> None:
    run(platform, to(peer))
    with platform.database.reading() as session:
        assert [(entry.action, entry.detail) for entry, _ in audit.about(session, Subject(pars.SUBJECT, 2026))] == [
            ("cme-credit-reported", "from:2026-01-01 to:2026-12-31")]


def test_credit_whose_certificate_was_revoked_is_not_reported(platform: Platform, peer: Peer) -> None:
    with platform.database.writing() as session:
        activities.publish(session, NOW)
        credited(session)
    revoke(platform)
    assert (run(platform, to(peer)).counts[State.ACCEPTED], peer.taken) == (0, [])


def revoke(platform: Platform) -> None:
    """Ends the certificate of the only learner who claimed."""
    with platform.database.writing() as session:
        claim = session.scalars(select(CmeClaim)).one()
        held = CmeCertificate(participation_id=claim.participation_id, kind="credit", name="Ann Example", facts={},
                              sha256="", pdf=b"", at=NOW)
        session.add(held)
        session.flush()
        certifying.revoke(session, held.code, By(COMMAND_LINE, NOW, "claimed by somebody else"))


@pytest.mark.parametrize("answered", [422, 503])
def test_credit_that_is_revoked_after_it_was_accepted_is_taken_back_until_that_is_accepted(
        platform: Platform, peer: Peer, answered: int) -> None:
    with platform.database.writing() as session:
        activities.publish(session, NOW)
        credited(session)
    run(platform, to(peer))
    revoke(platform)
    peer.status = answered
    run(platform, to(peer))
    peer.status = 200
    run(platform, to(peer))
    run(platform, to(peer))
    assert [path for path, _, _ in peer.taken] == ["/v1/activities", "/v1/learners", "/v1/withdrawals",
                                                   "/v1/withdrawals"]
    sent, taken_back = (ElementTree.fromstring(peer.taken[place][2]) for place in (1, 3))
    assert taken_back.findtext(".//ReportID") == sent.findtext(".//ReportID") and "Ann" not in str(peer.taken[3][2])


def test_nothing_is_taken_back_of_a_learner_whom_the_accreditor_never_had(platform: Platform, peer: Peer) -> None:
    with platform.database.writing() as session:
        activities.publish(session, NOW)
        credited(session)
    peer.learner_status = 422
    run(platform, to(peer))
    revoke(platform)
    assert run(platform, to(peer)).counts[State.ACCEPTED] == 0 and len(peer.taken) == 2


def test_an_activity_that_changed_goes_again_once_and_its_learners_do_not(platform: Platform, world: None,
                                                                        peer: Peer) -> None:
    run(platform, to(peer))
    with platform.database.writing() as session:
        activities.publish(session, NOW, minutes=45)
    run(platform, to(peer))
    run(platform, to(peer))
    assert [path for path, _, _ in peer.taken] == ["/v1/activities", "/v1/learners", "/v1/activities"]
    assert [ElementTree.fromstring(peer.taken[place][2]).findtext(".//hoursOfInstruction") for place in (0, 2)] == [
        "0.50", "0.75"]


@pytest.mark.postgresql
@pytest.mark.parametrize("again", [False, True])
def test_of_two_runs_at_once_each_record_goes_with_one(platform: Platform, world: None, again: bool) -> None:
    together, carried = threading.Barrier(2), []

    def carry(record: Record) -> tuple[State, str]:
        carried.append(record.name)
        return State.ACCEPTED, ""

    def one_run() -> None:
        together.wait()
        run(platform, carry, again=again)

    threads = [threading.Thread(target=one_run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(carried) == len(set(carried)) == 2


def test_a_run_leaves_to_another_what_went_with_it_meanwhile(platform: Platform, world: None, peer: Peer) -> None:
    def slowly(record: Record) -> tuple[State, str]:
        run(platform, to(peer), again=True)
        return State.ACCEPTED, ""

    told = run(platform, slowly)
    assert (told.counts[State.ACCEPTED], told.elsewhere) == (1, 1)
    assert [path for path, _, _ in peer.taken] == ["/v1/activities", "/v1/learners"]


def test_the_ledger_shows_what_became_of_each_record_and_names_nobody(platform: Platform, world: None,
                                                                     peer: Peer) -> None:
    peer.learner_status = 422
    run(platform, to(peer))
    handed = SimpleNamespace(platform=platform)
    shown = CliRunner().invoke(cme, ["pars-ledger", "--from", "2026-11-26", "--to", "2026-11-26"], obj=handed).output
    learner = ElementTree.fromstring(peer.taken[1][2]).findtext(".//ReportID")
    assert [line.split()[2:] for line in shown.splitlines()] == [
        [activities.SLUG, "activity", "sent"], [activities.SLUG, "activity", "accepted", "http-201"],
        [activities.SLUG, learner, "sent"], [activities.SLUG, learner, "rejected", "http-422"]]
    assert "Ann" not in shown and "MD-12" not in shown
    before = CliRunner().invoke(cme, ["pars-ledger", "--from", "2026-11-25", "--to", "2026-11-25"], obj=handed).output
    assert before == "The ledger has no such line.\n"


def test_a_closed_year_takes_no_more_and_closes_once_it_is_over(platform: Platform, world: None, peer: Peer) -> None:
    later = datetime(2027, 4, 1, tzinfo=UTC)
    with platform.database.writing() as session:
        with pytest.raises(Conflict):
            pars.close_year(session, 2026, By(COMMAND_LINE, NOW, "too early"))
        pars.close_year(session, 2026, By(COMMAND_LINE, later, "reported in full"))
        with pytest.raises(Conflict):
            pars.close_year(session, 2026, By(COMMAND_LINE, later, "once more"))
    with pytest.raises(Refused):
        run(platform, to(peer))
    assert peer.taken == []


def test_a_provider_that_is_not_accredited_reports_nothing(platform: Platform, world: None, peer: Peer) -> None:
    with pytest.raises(Refused):
        pars.run(platform.database, RING, activities.PROVIDER, date(2026, 1, 1), date(2026, 12, 31), to(peer),
                 By(COMMAND_LINE, NOW))


def test_records_leave_over_https_alone() -> None:
    with pytest.raises(Invalid):
        pars.to_service("http://pars.example/", "")
