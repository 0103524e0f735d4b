"""The certificate of a dossier: what it certifies, and that its PDF is tagged and holds Chinese."""

import re
import zlib
from datetime import UTC, datetime

import pytest

from tests import builders
from tests.builders import BY, DIGEST, NOW
from tests.pdf_text import text_of
from webapp.articles.rules.orders import Obstacle
from webapp.core import audit
from webapp.core.db import Database
from webapp.core.languages import CHINESE, ENGLISH, Language
from webapp.core.render import translations
from webapp.core.subject import Subject
from webapp.review import queries
from webapp.review.rules import Meaning, ReviewRole, naming
from webapp.review.service import presenting
from webapp.review.service.acts import Act
from webapp.review.service.certifying import Certificate, Signed, as_pdf, certificate_of
from webapp.review.service.discussing import GUEST

SUBJECT = Subject("article", 1)
TOLD = ((audit.COMMAND_LINE, "page-published", "revision:3"),
        (audit.SCHEDULE, "publish-refused", "revision:3 not-cleared"),
        (7, "publish-ordered", "revision:3 at:2026-03-03T09:30+00:00"), (GUEST, "comment-added", "must comment:abc234"),
        (7, "dossier-approval", f"reviewer-legal round:1 {'d' * 16}"), (7, "dossier-submitted", "version:1 full"),
        (audit.COMMAND_LINE, "cme-withdraw", "version:1"), (7, "checklist-ticked", "12/13"))


def certified(database: Database) -> Certificate:
    with database.reading() as session:
        dossier = queries.dossier(session, SUBJECT, DIGEST)
        assert dossier is not None
        return certificate_of(session, dossier, NOW)


def unpacked(made: bytes) -> bytes:
    found = made
    for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", made, re.DOTALL):
        try:
            found += zlib.decompress(stream)
        except zlib.error:
            continue
    return found


def test_it_tells_the_piece_its_digest_its_signatures_and_what_was_done_to_it(database: Database) -> None:
    with database.writing() as session:
        builders.cleared_dossier(session)
        audit.record(session, audit.By(7, NOW, "A figure was wrong"), "page-withdraw", SUBJECT, "revision:3")
    told = certified(database)
    assert (told.title, told.digest, told.version, told.prepared) == ("A piece", DIGEST, "dddddddd", NOW.date())
    assert told.expires_at == datetime(2027, 3, 2, 9, 30, tzinfo=UTC)
    assert {(entry.name, entry.role, entry.meaning, entry.at) for entry in told.signatures} == {
        ("Ann Example", role, Meaning.APPROVAL, NOW) for role in ReviewRole}
    assert [(act.name, act.action) for act in told.trail[:-1]] == [
        ("Ann Example", action) for action in ("dossier-submitted", *["dossier-approval"] * 3)]
    assert [(act.actor, act.action, act.detail, act.reason) for act in told.trail[-1:]] == [
        ("account:7", "page-withdraw", "revision:3", "A figure was wrong")]


def test_of_a_dossier_that_nobody_signed_it_certifies_no_approval(database: Database) -> None:
    with database.writing() as session:
        builders.dossier(session)
    told = certified(database)
    assert (told.signatures, told.expires_at) == ((), None)
    assert as_pdf(told, ENGLISH, NOW, {}).startswith(b"%PDF-")


def test_words_taken_out_of_the_trail_are_told_to_be_so(database: Database) -> None:
    with database.writing() as session:
        builders.dossier(session)
        audit.record(session, audit.By(7, NOW, "Ann lost it"), "page-withdraw", SUBJECT)
    with database.writing() as session:
        audit.redact(session, audit.about(session, SUBJECT)[0].entry.id or 0, BY)
    assert [act.reason for act in certified(database).trail] == ["", None]


@pytest.mark.parametrize(("language", "told"), [
    (ENGLISH, ["A piece", "command line", "Page published", "revision 3", "timed work", "for Mar 3, 2026",
               "Order to publish not carried out", "not cleared by review", "guest of a review", "Must",
               "comment abc234", "Account 7", "Approved by a reviewer", "legal reviewer", "round 1",
               "digest dddddddddddddddd", "Handed in for review", "version 1", "Full review", "Activity withdrawn",
               "12/13"]),
    (CHINESE, ["命令行", "发布页面", "修订稿3", "定时任务", "定于2026年3月3日", "尚未通过审核", "受邀提意见的外部人员",
               "必须", "意见abc234", "账号7", "法务审核人", "第1轮", "摘要值dddddddddddddddd", "第1版", "完整审核",
               "活动已撤回", "12/13"])])
def test_page_and_pdf_say_in_words_what_was_done_and_by_whom(
        database: Database, language: Language, told: list[str]) -> None:
    with database.writing() as session:
        dossier = builders.dossier(session)
        for actor, action, detail in TOLD:
            audit.record(session, audit.By(actor, NOW), action, SUBJECT, detail)
    with database.reading() as session:
        dossier = queries.dossier(session, SUBJECT, DIGEST)
        assert dossier is not None
        trail = presenting.certificate(session, dossier, language, NOW)["trail"]
        printed = squeezed(text_of(as_pdf(certificate_of(session, dossier, NOW), language, NOW, naming.ACTS)))
    words = translations(language).gettext
    shown = squeezed(" ".join(part for act in trail for part in (words(act["name"]), act["by"], *act["details"])))
    for part in map(squeezed, told):
        assert part in printed and (part in shown or part == "Apiece"), part
    for code in ("account:", "revision:", "version:", "round:", "comment:", "at:2026", "not-cleared", "reviewer-",
                 *({"commandline", "schedule"} if language is CHINESE else {"schedule"})):
        assert code not in shown and code not in printed, code


def test_every_obstacle_to_publishing_has_words_for_the_trail() -> None:
    kept_in_the_audit = set(Obstacle) - {Obstacle.WITHDRAWN, Obstacle.REPLACED, Obstacle.BY_HAND}
    assert kept_in_the_audit <= set(naming.CODES)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.parametrize("language", [ENGLISH, CHINESE])
def test_its_pdf_is_tagged_says_its_language_and_sets_chinese_in_the_packaged_font(language: Language) -> None:
    told = Certificate(
        title="糖尿病 #set *x*", digest=DIGEST, prepared=NOW.date(), markets=("us", "cn"), audience="patient",
        route="promotional", expires_at=NOW, material_id="MAT-2026-000123",
        signatures=(Signed("王示例", ReviewRole.LEGAL, Meaning.REJECTION, NOW),),
        trail=(Act(1, NOW, "command line", "page-withdraw", reason="图有误"),
               Act(2, NOW, "account:7", "x", reason=None)))
    made = unpacked(as_pdf(told, language, NOW, {"page-withdraw": "Page withdrawn"}))
    for part in (b"/StructTreeRoot", b"pdfuaid:part>1<", b"NotoSansSC", b"/TH", b"/H2"):
        assert part in made, part
    assert re.search(rb"/Lang ?\(%s" % language.tag.partition("-")[0].encode(), made)


def test_the_same_certificate_at_the_same_moment_is_the_same_file(database: Database) -> None:
    with database.writing() as session:
        builders.cleared_dossier(session)
    told = certified(database)
    assert as_pdf(told, ENGLISH, NOW, {}) == as_pdf(told, ENGLISH, NOW, {})
