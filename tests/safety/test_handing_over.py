"""Each case on a product with a desk is handed over once, or somebody is told that nobody took it."""

import csv
import hashlib
import hmac
import http.client
import json
import threading
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import select, text
from sqlalchemy.exc import DatabaseError, IntegrityError

from tests import builders
from tests import peer as peers
from tests.builders import NOW, SECRET
from tests.ports import free_port
from tests.safety.handing import TOLD, URL, Desk, at, hand_overs, ledger, post, webhook, work
from webapp.channels.models import Outgoing
from webapp.core.models import AuditEntry
from webapp.core.platform import Platform
from webapp.core.tokens import KeyRing
from webapp.people.rules import MailName, Role
from webapp.safety import queries
from webapp.safety.cli import safety
from webapp.safety.models import SafetyCase, SafetyHandOver, SafetyReport
from webapp.safety.rules.hand_over import Step, alarms
from webapp.safety.rules.reports import Report
from webapp.safety.service import handing_over
from webapp.safety.service.courier import Parcel, carry, sign, signing_keys
from webapp.safety.service.sealing import sealed

BOTH = pytest.mark.postgresql
HOUR = timedelta(hours=1)


class Killed(BaseException):
    """What a process meets that is killed: nothing of ours catches it."""


def case(platform: Platform, *, has_desk: bool = True, desk: dict[str, Any] | None = None, **changed: Any) -> int:
    """A case with a desk; returns its number."""
    with platform.database.writing() as session:
        if has_desk:
            builders.desk(session, **(desk or {}))
        return builders.adverse_event(session, TOLD, **changed).id or 0


def hook(platform: Platform, **changed: Any) -> int:
    """A case whose desk is a webhook."""
    return case(platform, desk={"channel": "webhook", "address": URL}, **changed)


def follow_up(platform: Platform, case_id: int, hours: float, *, is_significant: bool = True) -> None:
    with platform.database.writing() as session:
        found = queries.case_numbered(session, case_id)
        session.add(SafetyReport(case_id=case_id, kind="follow-up", is_significant=is_significant,
                                 at=NOW + hours * HOUR, sealed=sealed(platform.ring, found, Report("It came back"))))


def mails(platform: Platform) -> list[Outgoing]:
    """To desks."""
    with platform.database.reading() as session:
        return list(session.scalars(select(Outgoing).where(Outgoing.subject_kind == "safety-hand-over")))  # type: ignore[arg-type]


def told(platform: Platform) -> list[tuple[str, int]]:
    """Alarms by mail: which, and to whom."""
    with platform.database.reading() as session:
        rows = session.scalars(select(Outgoing).where(Outgoing.subject_kind == "account"))  # type: ignore[arg-type]
        return sorted((row.values["mail"], row.account_id) for row in rows)


# Making


@BOTH
def test_a_case_with_a_desk_is_handed_over_once_however_often_the_job_runs(platform: Platform) -> None:
    case(platform)
    with at(1):
        assert [work(platform), work(platform)] == ["1 made, 1 sent", None]
    made, = hand_overs(platform)
    assert (made.attempts, made.state, len(made.code)) == (1, "sending", 26)
    assert (len(mails(platform)), ledger(platform)) == (1, ["queued"])


@BOTH
@pytest.mark.parametrize("changed", [{"has_desk": False}, {"product": ""}, {"market": "gb"}])
def test_a_case_without_a_desk_is_not(platform: Platform, changed: dict[str, Any]) -> None:
    case(platform, **changed)
    with at(30):
        assert (work(platform), hand_overs(platform)) == (None, [])


@pytest.mark.parametrize("state", ["not-an-event", "duplicate"])
def test_a_case_that_officers_closed_is_not_and_alarms_nobody(platform: Platform, state: str) -> None:
    number = case(platform)
    with platform.database.writing() as session:
        queries.case_numbered(session, number).state = state
    with at(30):
        assert work(platform) is None


@BOTH
def test_a_significant_follow_up_is_handed_over_anew_and_no_other(platform: Platform) -> None:
    number = case(platform)
    with at(1):
        work(platform)
    follow_up(platform, number, 2, is_significant=False)
    with at(2):
        assert work(platform) is None
    follow_up(platform, number, 3)
    with at(3):
        assert work(platform) == "1 made, 1 sent"
    first, second = hand_overs(platform)
    assert first.report_id < second.report_id and first.code != second.code


def test_the_mail_speaks_of_more_only_where_the_desk_knows_of_the_case(platform: Platform) -> None:
    number = case(platform)
    follow_up(platform, number, 0.5)
    with peers.listening() as mailbox:
        for hours in (1, 2):
            with at(hours):
                work(platform)
                post(platform, mailbox.port)
            follow_up(platform, number, 1.5)
        words = [str(mail.get_body(("plain",)).get_content()) for mail in mailbox.mails]  # type: ignore[union-attr]
    assert ["More was told" in text for text in words] == [False, True]


@BOTH
def test_the_same_case_and_report_cannot_be_handed_over_twice(platform: Platform) -> None:
    case(platform)
    handing_over.make(platform, NOW)
    made, = hand_overs(platform)
    with pytest.raises(IntegrityError), platform.database.writing() as session:
        session.add(SafetyHandOver(case_id=made.case_id, desk_id=made.desk_id, report_id=made.report_id, made_at=NOW,
                                   state="queued", next_at=NOW))


@BOTH
def test_two_jobs_at_once_make_and_send_one(platform: Platform) -> None:
    case(platform)
    start = threading.Barrier(4)

    def run() -> None:
        start.wait()
        handing_over.make(platform, NOW)
        handing_over.send(platform, NOW)

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(hand_overs(platform)), len(mails(platform)), ledger(platform)) == (1, 1, ["queued"])


@BOTH
def test_a_case_that_an_officer_gave_to_another_company_goes_to_that_desk_and_the_first_is_let_be(
        platform: Platform) -> None:
    number = case(platform)
    with at(1):
        work(platform)
    with platform.database.writing() as session:
        found, other = queries.case_numbered(session, number), builders.desk(session, product="other")
        found.product, found.desk_id = "other", other.id
    with at(6):
        work(platform)
    first, second = hand_overs(platform)
    assert (first.attempts, second.attempts, second.desk_id) == (1, 1, other.id)


@BOTH
def test_the_ledger_cannot_be_changed(platform: Platform) -> None:
    case(platform)
    handing_over.make(platform, NOW)
    for change in ("UPDATE safety_hand_over_event SET step = 'sent'", "DELETE FROM safety_hand_over_event"):
        with pytest.raises(DatabaseError, match="append-only"), platform.database.writing() as session:
            session.execute(text(change))


def test_however_many_wait_one_run_hands_all_over(platform: Platform) -> None:
    count = 2 * handing_over.AT_ONCE + 1
    case(platform)
    with platform.database.writing() as session:
        for number in range(1, count):
            builders.adverse_event(session, TOLD, submission=f"more-{number}")
    with at(1):
        told = work(platform)
    assert told == f"{count} made, {count} sent"
    assert {row.state for row in hand_overs(platform)} == {"sending"}


# A mailbox


@BOTH
def test_the_mail_names_number_product_and_hour_and_nobody(platform: Platform) -> None:
    case(platform)
    with peers.listening() as mailbox:
        with at(1):
            work(platform)
            post(platform, mailbox.port)
            work(platform)
        mail, = mailbox.mails
    words = "".join(part.get_content() for part in mail.walk() if not part.is_multipart())
    made, = hand_overs(platform)
    assert (mail["To"], mail["Subject"]) == ("safety@company.example", "Report of a side effect: AE-2026-000001")
    assert "Exemplora" in words and "Mar 2, 2026, 09:30 UTC" in words
    assert f"http://localhost/handed-over/{made.code}" in words
    words = words.replace(made.code, "")  # which may hold any two digits
    assert [word for word in ("Benton", "ann@", "A.B.", "swelled", "54", "B-77") if word in words] == []
    assert (made.state, ledger(platform)) == ("sent", ["queued", "sent attempt-1 accepted"])


def test_a_desk_in_china_is_written_to_in_chinese(platform: Platform) -> None:
    case(platform, market="cn", desk={"market": "cn"})
    with peers.listening() as mailbox:
        with at(1):
            work(platform)
            post(platform, mailbox.port)
        mail, = mailbox.mails
    assert mail["Subject"] == "不良反应报告：AE-2026-000001"


@BOTH
def test_what_nobody_acknowledges_is_sent_again_every_four_hours(platform: Platform) -> None:
    case(platform)
    with peers.listening() as mailbox:
        for hours in (0, 3.9, 4.1, 6, 8.2):
            with at(hours):
                work(platform)
                post(platform, mailbox.port)
                work(platform)
        assert len(mailbox.mails) == len({mail["Message-ID"] for mail in mailbox.mails}) == 3
    assert [line for line in ledger(platform) if line.startswith("repeated")] == [
        "repeated attempt-2", "repeated attempt-3"]


def test_what_was_acknowledged_is_not_sent_again_and_a_mail_that_waits_is_called_off(platform: Platform) -> None:
    case(platform)
    with at(0):
        work(platform)
        with platform.database.writing() as session:
            made, = session.scalars(select(SafetyHandOver))
            handing_over.acknowledge_by_link(session, platform.ring, made, "Dana Desk", NOW)
    with peers.listening() as mailbox, at(5):
        post(platform, mailbox.port)
        assert (work(platform), mailbox.mails, [row.state for row in mails(platform)]) == (None, [], ["cancelled"])
    assert ledger(platform) == ["queued", "sent attempt-1 opened", "acknowledged by-person"]


@BOTH
def test_a_desk_whose_mailbox_is_away_for_a_day_gets_it_then_and_alarms_rise_meanwhile(platform: Platform) -> None:
    case(platform)
    with platform.database.writing() as session:
        officer, operator = (builders.account(session, role).id for role in (Role.SAFETY, Role.OPERATOR))
    port = free_port()
    for hours in range(24):
        with at(hours + 0.1):
            work(platform)
            post(platform, port)
    assert told(platform) == [(MailName.CASE_WAITS, officer)]
    with peers.listening(port) as mailbox:
        for hours in range(24, 30):
            with at(hours + 0.1):
                work(platform)
                post(platform, port)
        to_desk = [mail for mail in mailbox.mails if mail["To"] == "safety@company.example"]
    assert told(platform) == [(MailName.CASE_OVERDUE, operator), (MailName.CASE_WAITS, officer)]
    assert len(hand_overs(platform)) == 1 and 1 <= len(to_desk) <= 2
    assert any(line.startswith("sent attempt-") for line in ledger(platform))


def test_an_address_that_bounces_is_in_the_ledger_and_is_tried_again(platform: Platform) -> None:
    case(platform)
    with peers.listening() as mailbox:
        mailbox.answer = lambda _: "550 5.1.1 no such mailbox"
        for hours in (0, 4.1):
            with at(hours):
                work(platform)
                post(platform, mailbox.port)
                work(platform)
    assert ledger(platform) == ["queued", "failed attempt-1 bad_address", "repeated attempt-2",
                                "failed attempt-2 suppressed"]


@BOTH
def test_a_mail_whose_fate_nobody_knows_is_written_again_at_its_time(platform: Platform) -> None:
    case(platform)
    with at(0):
        work(platform)
        with platform.database.writing() as session:
            session.execute(text("UPDATE outgoing SET state = 'unknown', reason = 'lease-ended'"))
        assert work(platform) == "1 settled"
        assert work(platform) is None
    with at(4.1):
        assert "1 sent" in (work(platform) or "")
    assert ledger(platform) == ["queued", "failed attempt-1 lease-ended", "repeated attempt-2"]


# A webhook


@BOTH
def test_a_webhook_that_answers_well_acknowledges(platform: Platform) -> None:
    hook(platform)
    with webhook() as desk, at(0):
        assert work(platform, desk.opener) == "1 made, 1 sent"
    (path, headers, body), = desk.taken
    made, = hand_overs(platform)
    assert (path, headers["Idempotency-Key"], json.loads(body)["e2b"]["C.1.1"]) == (
        "/reports?from=materia", made.key, "AE-2026-000001")
    assert (made.state, ledger(platform)) == ("acknowledged", ["queued", "sent http-204", "acknowledged by-webhook"])


def test_what_it_gets_is_signed_with_a_key_of_its_own(platform: Platform) -> None:
    hook(platform)
    with webhook() as desk, at(0):
        work(platform, desk.opener)
    (_, headers, body), = desk.taken
    made, = hand_overs(platform)
    with platform.database.reading() as session:
        key, = signing_keys(platform.ring, queries.desk_of(session, made.desk_id))
    stamp, signature = (part.partition("=")[2] for part in headers["Materia-Signature"].split(","))
    assert hmac.new(key.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest() == signature
    assert int(stamp) == int(NOW.timestamp())


def test_after_a_change_of_secrets_it_is_signed_with_the_old_one_too(platform: Platform) -> None:
    with platform.database.writing() as session:
        desk, other = builders.desk(session), builders.desk(session, product="other")
    old, new = KeyRing((SECRET,)), KeyRing(("a newer secret of 32 characters or more", SECRET))
    assert sign(old, desk, b"x", NOW).split(",")[1] in sign(new, desk, b"x", NOW).split(",")
    assert sign(old, desk, b"x", NOW) != sign(old, other, b"x", NOW)


@BOTH
@pytest.mark.parametrize("status", [302, 404, 500])
def test_one_that_answers_badly_is_asked_again_after_four_hours_and_no_redirect_is_followed(
        platform: Platform, status: int) -> None:
    hook(platform)
    with webhook() as desk:
        desk.status = status
        for hours in (0, 3, 4.1):
            with at(hours):
                work(platform, desk.opener)
        assert [path for path, _, _ in desk.taken] == ["/reports?from=materia"] * 2
        desk.status = 200
        with at(8.2):
            work(platform, desk.opener)
    assert len({headers["Idempotency-Key"] for _, headers, _ in desk.taken}) == 1
    assert ledger(platform)[-2:] == ["sent http-200", "acknowledged by-webhook"]


@pytest.mark.parametrize("address", ["http://desk.example/", "https:///nowhere", "file:///etc/passwd"])
def test_only_https_is_asked(platform: Platform, address: str) -> None:
    case(platform, desk={"channel": "webhook", "address": address})
    with webhook() as desk, at(0):
        work(platform, desk.opener)
        assert desk.taken == []
    assert ledger(platform)[-1] == "failed error-ValueError"


def test_one_that_is_not_there_fails_and_the_next_desk_is_asked_all_the_same(platform: Platform) -> None:
    hook(platform)
    case(platform, desk={"product": "other", "channel": "webhook", "address": "https://other.example/"},
         product="other", submission="form-2")
    with webhook() as desk, at(0):
        def opener(host: str, port: int, seconds: float) -> http.client.HTTPConnection:
            if host == "desk.example":
                raise ConnectionRefusedError
            return desk.opener(host, port, seconds)
        work(platform, opener)
    assert [row.state for row in hand_overs(platform)] == ["failed", "acknowledged"]


def test_one_that_never_answers_is_given_up(platform: Platform) -> None:
    never = threading.Event()
    with webhook() as desk:
        desk.before_answer = never.wait  # type: ignore[assignment]
        assert carry(Parcel(URL, b"{}", "key", "signature"), desk.opener, 0.2).startswith("error-")
        never.set()


@BOTH
def test_no_lock_is_held_while_a_webhook_thinks(platform: Platform) -> None:
    hook(platform)

    def write() -> None:
        with platform.database.writing() as session:
            builders.account(session)

    with webhook() as desk, at(0):
        desk.before_answer = write
        work(platform, desk.opener)
    assert hand_overs(platform)[0].state == "acknowledged"


# A kill


@BOTH
def test_a_kill_after_the_post_and_before_it_is_noted_sends_nothing_twice_until_its_time(platform: Platform) -> None:
    """Whoever sends first and marks afterwards posts it again at once."""
    hook(platform)
    with webhook() as desk:
        with at(0):
            with pytest.raises(Killed):
                work(platform, _killing(desk))
            assert len(desk.taken) == 1
            for _ in range(3):
                work(platform, desk.opener)
        assert (len(desk.taken), hand_overs(platform)[0].state) == (1, "sending")
        with at(4.1):
            work(platform, desk.opener)
    assert len(desk.taken) == 2 and len({headers["Idempotency-Key"] for _, headers, _ in desk.taken}) == 1
    assert ledger(platform) == ["queued", "failed cut-off", "repeated attempt-2", "sent http-204",
                                "acknowledged by-webhook"]


@BOTH
def test_a_kill_between_storing_and_handing_over_changes_nothing(platform: Platform) -> None:
    case(platform)
    with at(1):
        handing_over.make(platform, NOW + HOUR)  # and the process ended here
        assert [work(platform), work(platform)] == ["1 sent", None]
    assert (len(hand_overs(platform)), len(mails(platform))) == (1, 1)


def _killing(desk: Desk) -> Any:
    """Connections whose process is killed once the request has left and was taken."""
    class Connection(http.client.HTTPConnection):
        def getresponse(self) -> http.client.HTTPResponse:
            super().getresponse()
            raise Killed

    return lambda _host, _port, seconds: Connection("127.0.0.1", desk.port, timeout=seconds)


# Alarms


@pytest.mark.parametrize(("hours", "expected"), [
    (11.9, []), (12, ["officer-told day:0"]), (24, ["officer-told day:0", "operator-told day:0"]),
    (36.5, ["officer-told day:1", "operator-told day:0"]), (48, ["officer-told day:1", "operator-told day:1"])])
def test_officers_are_told_at_half_of_the_time_operators_when_it_is_over_and_both_daily(
        hours: float, expected: list[str]) -> None:
    assert [f"{alarm.step} {alarm.detail}" for alarm in alarms(NOW, NOW + hours * HOUR)] == expected


@BOTH
def test_each_alarm_is_told_once_to_each_and_names_the_number_alone(platform: Platform) -> None:
    case(platform)
    with platform.database.writing() as session:
        officers = sorted(builders.account(session, Role.SAFETY).id or 0 for _ in range(2))
        builders.account(session, Role.SAFETY, is_active=False)
    for hours in (12, 12.1, 13):
        with at(hours):
            work(platform)
    assert told(platform) == [(MailName.CASE_WAITS, number) for number in officers]
    with at(36):
        work(platform)
    assert len(told(platform)) == 4
    with platform.database.reading() as session:
        values = session.scalars(select(Outgoing).where(Outgoing.subject_kind == "account")).first()  # type: ignore[arg-type]
        found = session.scalars(select(SafetyCase)).one()
    assert values is not None and (values.values["reason"], values.values["path"]) == (
        "AE-2026-000001", f"/safety/{found.key}")


def test_nobody_is_told_of_what_was_acknowledged(platform: Platform) -> None:
    hook(platform)
    with webhook() as desk, at(1):
        work(platform, desk.opener)
    with at(30):
        assert work(platform) is None


def test_a_desk_that_closed_is_sent_nothing_and_officers_are_told(platform: Platform) -> None:
    case(platform)
    with platform.database.writing() as session:
        for desk in queries.desks(session):
            desk.is_open = False
    with at(12):
        assert work(platform) == "1 made, 1 alarms"
    assert (mails(platform), ledger(platform)[-1]) == ([], f"{Step.OFFICER_TOLD} day:0")


def test_the_clock_of_a_follow_up_begins_with_its_receipt(platform: Platform) -> None:
    number = hook(platform)
    with webhook() as desk, at(0):
        work(platform, desk.opener)
    follow_up(platform, number, 40)
    with at(45):
        assert work(platform, _refusing) == "1 made, 1 sent"
    with at(52):
        assert work(platform, _refusing) == "1 alarms, 1 sent"


def _refusing(*_: object) -> http.client.HTTPConnection:
    raise ConnectionRefusedError


# The command


def run(platform: Platform, *arguments: str) -> Any:
    return CliRunner().invoke(safety, arguments, obj=SimpleNamespace(platform=platform))


def test_the_ledger_is_printed_for_a_case_or_some_days(platform: Platform) -> None:
    hook(platform)
    with webhook() as desk, at(1):
        work(platform, desk.opener)
    for chosen in (["--case", "AE-2026-000001"], ["--from", "2026-03-02", "--to", "2026-03-02"], []):
        lines = run(platform, "ledger", *chosen).output.splitlines()
        assert [line.split("  ")[6] for line in lines] == ["queued", "sent", "acknowledged"]
        assert lines[0].startswith("2026-03-02 10:30:00  AE-2026-000001  exemplora  us  ")
    assert run(platform, "ledger", "--from", "2026-03-03").output == "The ledger has no such line.\n"


@pytest.mark.parametrize("number", ["AE-2026-000009", "AE-2025-000001", "x"])
def test_a_case_that_is_none_is_said(platform: Platform, number: str) -> None:
    hook(platform)
    assert number in str(run(platform, "ledger", "--case", number).exception)


def test_the_ledger_is_written_as_csv_and_names_nobody(platform: Platform, tmp_path: Path) -> None:
    hook(platform)
    with webhook() as desk, at(1):
        work(platform, desk.opener)
    file = tmp_path / "ledger.csv"
    assert run(platform, "ledger", "--csv", str(file)).output == f"3 lines written to {file}.\n"
    rows = list(csv.reader(file.read_text(encoding="utf-8-sig").splitlines()))
    assert (rows[0][6], [row[6] for row in rows[1:]]) == ("Step", ["queued", "sent", "acknowledged"])
    assert "Benton" not in file.read_text(encoding="utf-8-sig")
    with platform.database.reading() as session:
        noted = session.scalars(select(AuditEntry).where(AuditEntry.action == "safety-ledger-exported")).one()  # type: ignore[arg-type]
    assert (noted.actor, noted.subject_kind, noted.detail) == ("command line", "safety-case", "lines:3")


def test_a_desks_signing_key_is_shown_to_be_handed_to_the_company(platform: Platform) -> None:
    hook(platform)
    with platform.database.reading() as session:
        key, = signing_keys(platform.ring, queries.desks(session)[0])
    assert run(platform, "signing-key", "exemplora", "us").output == f"{key}\n"
    assert "No desk is open" in str(run(platform, "signing-key", "exemplora", "gb").exception)
