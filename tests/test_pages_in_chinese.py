"""Every page and mail, rendered outside Flask for a Chinese reader, shows no English of ours."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from types import SimpleNamespace as Thing
from typing import Any

import pytest
from markupsafe import Markup

from tests.cme import faculty_in_chinese as faculty
from tests.cme import in_chinese as cme
from tests.cme import provider_in_chinese as provider
from webapp.articles.rules.grammar import MARKS
from webapp.articles.service import translating
from webapp.articles.service.desk import board
from webapp.articles.service.desk.board import ORDERS, Asked
from webapp.cme.rules import transcript as listing
from webapp.cme.rules.certificates import KINDS, STANDINGS, Kind, Standing
from webapp.cme.service import transcript
from webapp.cme.service.transcript import Transcript
from webapp.consents.rules import wordings
from webapp.consents.rules.purposes import OFFERED
from webapp.consents.views import PLACES
from webapp.core import audit
from webapp.core.differences import Hunk, Part
from webapp.core.frame import Frame, Switch
from webapp.core.languages import CHINESE
from webapp.core.render import PACKAGE, Renderer
from webapp.library.rules import files
from webapp.library.rules.passages import Anchor, Excerpt
from webapp.ops.rules import ANSWERS, ROLES, SUBJECTS
from webapp.ops.service import filing
from webapp.people.rules import MAIL_WORDS, MARKET_NAMES
from webapp.people.security.pages import CHOICES, NOTICES, PAGES
from webapp.people.security.settings import MESSAGES
from webapp.review.rules import VALID_CONTENT, bar, form_2253, naming, pemat, timing
from webapp.review.service import discussing
from webapp.safety.rules import clocks, reports
from webapp.safety.rules.hand_over import STEPS
from webapp.safety.rules.months import SIDES, Side
from webapp.safety.rules.reports import Report
from webapp.safety.rules.triage import Assessment
from webapp.safety.service import asking, desk_page, months, presenting, receiving, telling, triage
from webapp.safety.service.listing import STATES_SHOWN
from webapp.safety.service.telling import Typed, Way
from webapp.search.rules.calling import with_numbers
from webapp.search.rules.snippets import Piece
from webapp.search.service.finding import Found, Result
from webapp.search.service.presenting import Aid
from webapp.site.service.farewell import TITLE
from webapp.site.service.personal import KEPT as ALL_KEPT

NOT_TRANSLATED = {"Materia", "English", "CSV", "UTC", "Cookie", "AD", "ORCID", "PDF", "PNG", "JPEG", "MB", "kB",
                  "JavaScript", "JSON", "SHA", "WebP", "HTML", "PEMAT", "AHRQ", "EF", "CFR", "Part", "DailyMed", "UNII",
                  "FDA", "CBER", "CIOMS", "ICH", "EC", "MedDRA", "ACCME", "PARS", "Moore", "Excel", "dz", "ZIP"}
"""Names, and the switch to English, which is written in English."""
_WORD = re.compile(r"[A-Za-z]{2,}")
_SHOWN = ("alt", "aria-label", "title", "placeholder", "content")

FRAME = Frame(
    title="标题", edition="patient", path="/zh/", description="说明", home_url="/", diseases_url="/d", drugs_url="/m",
    search_url="/q", side_effect_url="/s", own=[Switch("我的账号", "/7", True), Switch("认证", "/8")],
    languages=[Switch("English", "/1", False, "en"), Switch("中文", "/2", True, "zh-Hans")],
    markets=[Switch("中国", "/3", True), Switch("美国", "/4")],
    editions=[Switch("患者版", "/5", True), Switch("医生版", "/6")])
DAY, MOMENT = date(2026, 11, 23), datetime(2026, 11, 23, 8, tzinfo=UTC)
ITEM = {"title": "哮喘", "summary": "摘要", "url": "/a", "drawing": "lungs", "kind": "disease", "reading_minutes": 5}
TABLE = {"caption": "表", "columns": ["日期", "读者"], "rows": [["一", 12], ["二", "<11"]]}
MAIL = {
    "subject": "主题", "sponsor": {"name": "诺凡"}, "sent_by": "示例路1号",
    "is_simulated": True, "article_url": "/c", "article_label": "阅读", "unsubscribe_url": "/u", "why": "原因",
    "body_html": Markup("<p>正文</p>"), "body_text": "正文",
    "statements": ["由诺凡出资。"], "imprint": "版本3"}


def provenance(**changed: Any) -> dict[str, Any]:
    return {"is_sample": True, "is_ai_written": True, "written_by": None, "reviewed": None, "approved_by": [],
            "last_reviewed": None, "next_review": DAY, "prepared": DAY, "approved_until": None, "material_id": "",
            "version": "3", "reference_count": 2, "published_on": MOMENT, "funding_kind": "independent",
            "funding_company": None, "funding_influence": None, "market_name": "中国", **changed}


def article(**changed: Any) -> dict[str, Any]:
    reference = {"number": 1, "title": "指南", "issuer": "学会", "year": 2024, "url": "/r", "detail": "第2节",
                 "supports": "依据", "languages": {}, "back_links": [{"id": "1"}, {"id": "2"}]}
    undated = {**reference, "number": 2, "year": None, "accessed": DAY}
    return {"page": FRAME, "article": {
        "title": "哮喘", "summary": "摘要", "body_html": Markup("<h2>要点</h2>"), "style_url": None,
        "reading_minutes": 5,
        "drawing": "lungs", "contents": [{"id": "1", "text": "要点", "level": 2}], "references": [reference, undated],
        "provenance": provenance(), "related": [ITEM, {**ITEM, "kind": "drug"}], "content_class": "disease-education",
        "mandatory_text": ["说明"], "kind": "disease", "slug": "1", "beacon": {"token": "1", "module_url": "/b"},
        "label_url": "/l", "source": None, **changed}}


HUNKS = [Hunk([Part("same", "甲"), Part("removed", "乙"), Part("added", "丙")]), Hunk([Part("same", "丁")], True)]
LABEL = {"label": Thing(id=1, product="立普妥", version=12, effective_on=DAY, manufacturer="厂",
                         marketing_category="类", ingredients=[{"name": "药", "unii": "1"}]), "url": "/d",
         "older_versions": [11],
         "cited": [{"title": "一", "code": "1", "blocks": [("text", ["甲"]), ("list", ["乙"])]}],
         "others": [{"title": "二", "code": "2", "blocks": [("text", ["丙"])]}]}
FLAG = {"key": "1", "title": "药", "is_live": True, "language": "zh-Hans", "market": "cn", "audience": "hcp",
        "at": MOMENT, "url": "/p"}
CHANGE = {"product": "药", "set_id": "1", "section": "1-1", "title": "一", "from_version": 11, "to_version": 12,
          "is_unknown": False, "is_missing": False, "flags": [FLAG, {**FLAG, "is_live": False, "audience": "patient"}],
          "hunks": HUNKS}
SOURCE = Thing(key="1", name="1", title="试验", issuer="厂", url="1", version=1, issued_on=DAY, licence="许可",
               is_for_readers=True, media_type="1", size_bytes=2000, page_count=2, sha256="1", added_at=MOMENT)
HOUSE = Thing(**{**vars(SOURCE), "is_for_readers": False, "url": "", "version": 2})
FOUND_AT = Excerpt("前", "段落", "后", True, True)
LOST = {"key": "1", "anchor": Anchor("1", 1, 2, "段落"), "standing": Thing(document=SOURCE, current=HOUSE),
        "first_words": "段落"}
FLAGS = {"lost": [{**LOST, "row": {**FLAG, "claim": {"id": "1"}, "slug": "1", "is_live": live}}
                  for live in (True, False)],
         "changes": [CHANGE, {**CHANGE, "is_unknown": True}, {**CHANGE, "is_missing": True}], "is_done": True,
         "may_close": True, "languages": {"zh-Hans": "中文"}, "markets": {"cn": "中国"}, "closed": [
             {"title": "药", "section": "1-1", "to_version": 12, "language": "zh-Hans", "market": "cn", "at": MOMENT,
              "document": document, "reason": reason, "by": by} for document, reason, by in (
                 ("", "看过", Thing(name="谭梅", key="1")), ("1", None, None))]}


SIGNED = provenance(is_sample=False, is_ai_written=False, last_reviewed=DAY, approved_until=MOMENT,
                    funding_kind="sponsored", funding_company="诺凡", funding_influence="选题",
                    reviewed={"person": "谭梅", "role": "医师", "on": DAY},
                    approved_by=[{"name": "谭梅", "role": "医学审核人", "at": MOMENT}])
REPORT = {
    "campaign": {"name": "活动", "sponsor": "诺凡", "article_title": "哮喘", "article_lang": "", "state": "已放行"},
    "is_simulated": True,
    "periods": [Switch("本周", "/w", True)], "definitions": [{"term": "读者", "text": "定义"}], "csv_url": "/x",
    "sections": [{"heading": "读者", "intro": "说明", "figures": [
        {"title": "按日期", "charts": [{"title": "读者", "svg": Markup("<svg></svg>")}], "table": TABLE}]}],
    "deliveries": {**TABLE, "heading": "邮件"}, "withheld_note": "说明", "empty_note": None}
SENT = {"url": "/1", "html_url": "/h", "subject": "主题", "to": "1", "sender": "2", "sent_at": MOMENT, "text": "正文",
        "headers": "头"}
CARD = {"name": "活动", "url": "/c", "article_title": "哮喘", "article_lang": "", "sponsor": "诺凡", "state": "草稿",
        "is_simulated": True}

PLACE = {**telling.CHOICES, "emergency": "1", "market_name": "China", "places": [("United States", "/2")],
         "authority": [("告诉机构", ""), ("1", "https://1")]}
FORM = {**PLACE, **telling.LIMITS, "faults": {}, "asked": telling.Asked(CHINESE, "cn", "1"), "medicine": "药",
        "is_form": True, "is_market_taken": True, "titles": ["药"], "fields": {"what": "疹子", "sex": "female"},
        "typed": None, "submission": "1", "without_medicine": "/1", "is_signed_in": True}
FORM_FAULTS = (reports.NO_WORDS, reports.TOO_MANY_WORDS, receiving.NO_NAME, *reports.TOO_LONG.values())
RECEIVED = {**PLACE, "number": "1", "received_at": MOMENT, "is_again": True, "company": "诺凡", "told": Report(
    "疹子", "药", "1", "昨天", "1", "54", "female", "fatal", ("death",), "carer", "谭梅", "1", may_contact=True)}

DOSSIER = Thing(key="1", title="哮喘", version=2, submitted_at=MOMENT, due_at=MOMENT, valid_days=365, digest="1",
                body_html="1", route="full", facts=[["Goes out", "2026-03-02 10:00"], ["Leads to", "1"]])
SAID = {"key": "1", "kind": "must", "kind_name": "Must", "words": "引用", "quote": "喝水", "place": (0, 2),
        "is_detached": False, "version": 1, "by": "谭梅", "is_guest": True, "at": MOMENT, "answer": "好",
        "answered_by": "文婉", "answered_at": MOMENT, "closed_by": "谭梅", "closed_at": MOMENT}
SIGNATURES = [{"name": "谭梅", "role": f"{role} reviewer", "at": MOMENT, "reason": "理由", "round": 2,
               "meaning": meaning, "is_approval": meaning == "Approved", "digest": "1",
               "attested": VALID_CONTENT if meaning == "Approved" else []}
              for role, meaning in (("medical", "Approved"), ("legal", "Rejected"), ("regulatory", "Approved"))]
REVIEWED = {
    "dossier": DOSSIER, "material": "1", "state": "in-review", "state_name": "In review", "is_open": True,
    "lapses_at": None, "route": "Full review", "markets": list(MARKET_NAMES.values()), "audience": "patients",
    "authors": ["文婉"], "signatures": SIGNATURES, "is_done": True, "body": Markup("<p>正文</p>"), "source": "正文",
    "checklist": {"is_ticked": True, "answers": {}, "by": "谭梅", "at": MOMENT, "scores": [
        ("Understandable", pemat.Score(3, 4)), ("Actionable", pemat.Score(0, 0))]}, "may_tick": True,
    "requests": [{"name": "谭梅", "role": "medical reviewer", "words": "修改", "at": MOMENT}],
    "missing": [{"name": "Legal", "person": "李法", "due_at": MOMENT}], "comments": [SAID, {
        **SAID, "place": None, "is_detached": True, "closed_at": None}],
    "kinds": list(naming.KINDS.items()), "fault": discussing.NO_WORDS, "filled": {}, "own_roles": ["medical", "legal"],
    "role_names": naming.DISCIPLINES, "bar": None, "failed": discussing.NO_COMMENT, "unsent": "修改"}
ANCHORED = {"kind": "document", "name": "试验", "version": 1, "page": 2, "passage": "段落", "is_here": True,
            "document": SOURCE, "newer": HOUSE, "moved_to": 3, "excerpt": FOUND_AT}
LEANT_ON = {"kind": "label", "name": "药", "section": "1-1", "title": "一", "text": "文", "version": 1, "on": DAY,
            "url": "1", "is_here": True, "newer": 2}
CLAIMED = [{"id": "1", "text": "声明", "references": [{"title": "试验"}], "sources": sources} for sources in ([], [
    LEANT_ON, {**LEANT_ON, "is_here": False}, ANCHORED, {**ANCHORED, "moved_to": None}, {**ANCHORED, "excerpt": None},
    {**ANCHORED, "is_here": False, "document": None}, {**ANCHORED, "document": HOUSE}])]
CASE = {
    **REVIEWED, "claims": CLAIMED, "may_use_library": True,
    "certificate": "证明", "open_musts": 1, "before": Thing(version=1), "is_looking": True,
    "hunks": HUNKS,
    "looking": [("谭梅", MOMENT)], "newest": Thing(key="2", version=3), "is_reviewer": True, "can_answer": True,
    "others": [Thing(key="1", name="李法")], "now": MOMENT, "guest_days": 14, "base_url": "1",
    "guests": [Thing(key="1", code="1", name="专家", expires_at=moment)
               for moment in (MOMENT, MOMENT.replace(year=2027))]}
CONCERN = Thing(key="1", campaign=Thing(name="一封信", key="1"), language="zh-Hans", product="药", title="用法",
                section="1", from_version=1, to_version=2, is_missing=False, is_unknown=False,
                hunks=HUNKS)
PERIOD = {"first": DAY, "last": DAY, "fault": ""}
FORM_ITEMS = {"shown": form_2253.OF_FORM, "typed": {}, "in_words": form_2253.IN_WORDS,
              "given": form_2253.FILLABLE, "nearest": form_2253.NEAREST}
FILING = Thing(
    forms=form_2253.forms([form_2253.Piece(form_2253.Product("示例乐", is_accelerated=True), "诺凡", "hcp", "1", 1, "1",
                                           "页面", MOMENT, "1")], {}),
    without_label=["示例乐"], due_before_use=["邮件"], has_untyped=True,
    left_out=[filing.LeftOut("页面", why) for why in (filing.NO_PRODUCT, filing.OVER_THE_COUNTER)])
ROUTE_TIMES = {"name": "完整审阅", "chart": None, "rows": [
    {"step": step, "discipline": discipline, "count": 12, "median": median, "tail": None, "waiting": 1}
    for step in timing.STEPS.values() for discipline in ("", "Legal") for median in (2.5, None)]}
QUEUE_OF_REVIEWS = {
    "may_time": False, "may_file": False,
    "total": 1, "chosen": Thing(role="legal", whose="mine", is_overdue_only=True), "number": 2, "has_more": True,
    "roles": list(naming.DISCIPLINES.items()), "can_assign": True, "own_roles": ["legal"], "is_done": True,
    "may_use_library": True,
    "reviewers": [("legal", "Legal", Thing(key="1", name="李法"))], "lines": [{
        "key": "1", "title": "哮喘", "version": 1, "material": "1", "route": "Translation", "markets": ["China"],
        "audience": "health professionals", "due_at": MOMENT, "is_overdue": True, "is_renewal": True,
        "missing": [{"name": "Legal", "person": "李法", "is_mine": True}]}]}

ROW = Thing(number=1, effective=DAY, verdict="gate")
MATRIX = Thing(on=DAY, markets=[], classes=[], fundings=["独立"], later=[
    {"row": ROW, "source": "法规", "name": "受限", "markets": ["中国"], "classes": ["推广"], "audiences": ["公众"],
     "fundings": ["出资"]}],
    sections=[Thing(key="cme", title="推广", lines=[Thing(markets=["中国", "英国"], audience="公众", cells=[
        Thing(funding="独立", verdict="gate", name="受限", texts=["语句"], row=ROW, condition="条件",
              source="法规"),
        Thing(funding="独立", verdict="deny", name="禁止", texts=[], row=None)])])])
EXPLAINED = Thing(steps=[Thing(asks="谁？", answers="访客。", quotes=["法规"])], verdict="gate", outcome="看不到",
                  account_key="1", path="/zh/")

SCHEME = Thing(regions=frozenset({"1"}), region_label="Country of your licence")
FILLED = Thing(number="1", name=Thing(given="示例", family="王"), region="1", specialty="1")
STANDING = {"scheme": SCHEME, "scheme_name": "注册库", "reason": "理由", "answer_by": MOMENT, "next_due": MOMENT,
            "applied_at": MOMENT, "filled": None, "faults": {}, "is_document_wanted": True, "has_document": True,
            "specialties": [("1", "内科")], "may_renew": False, "renew_from": MOMENT, "is_refused": False}
FAULTS = dict.fromkeys(("number", "given_name", "family_name", "region", "specialty", "document"), "错误")
CLAIM = {"key": "1", "number": "1", "given_name": "示例", "family_name": "王", "full_name": "王示例",
         "region": "1", "state": "pending", "state_name": "待审核", "is_held": True, "scheme_name": "注册库",
         "round": 1, "specialty": "内科", "note": "备注", "applied_at": MOMENT, "decided_at": MOMENT,
         "next_due": MOMENT, "is_npi": True, "reason": "理由", "finding": "结果", "due": MOMENT, "is_late": True}
ERASED = {**CLAIM, "family_name": "", "full_name": "", "state": "refused"}
QUEUE = {"waiting": [CLAIM], "total": 1, "decided": [ERASED], "found": None, "page_number": 1, "has_more": True}
ONE = {"entry": CLAIM, "account": Thing(name="1", email="1"), "others": [CLAIM], "answers": [("1", "通过", "理由")],
       "registry": {"row": Thing(family_name="王", suffix="", given_name="示例", middle_name="", states="1",
                                 taxonomy="1"), "taxonomy": None, "says": "结果", "is_match": True},
       "document": Thing(key="1", uploaded_at=MOMENT, size_bytes=1, delete_after=MOMENT),
       "events": [{"step": "申请", "decider": "本人", "at": MOMENT, "reason": "理由", "evidence": "1",
                   "account_id": 1}]}
PERSON = Thing(key="1", name="谭梅", email="1", active=True, confirmed_at=MOMENT, market="1", language="1",
               created_at=MOMENT, tf_totp_secret="1", identity_verified_at=MOMENT, identity_verified_by="谭梅",
               trained_at=MOMENT, training="培训")

CLOCKED = [{"name": "移交", "source": "合同", "due_at": MOMENT, "pace": pace, "pace_name": "计时中"}
           for pace in ("running", "half-past", "overdue")]
FOUR = [{"value": "1", "name": "患者", "is_there": is_there} for is_there in (True, False)]
TOLD = Thing(medicine="药", batch="1", when="五月", initials="1", age="54", name="谭梅", contact="1", may_contact=True)
SAFETY_LINE = {"key": "1", "number": "1", "product": "1", "market": "中国", "source": "表单", "received_at": MOMENT,
               "state_name": "新病例", "clocks": CLOCKED, "has_desk": True, "is_in_use": True, "elements": FOUR,
               "is_serious": True, "is_waiting": True}
SAFETY_QUEUE = {
    "chosen": Thing(state="new", product="1", market="us", is_overdue_only=True, is_waiting_only=True), "number": 2,
    "has_more": True, "states": STATES_SHOWN, "markets": list(MARKET_NAMES.items()), "products": [("1", "药")],
    "no_product": "-", "at_once": [{"key": "1", "number": "1"}, {"key": "2", "number": "2"}], "in_use": 2, "left": 2,
    "downgrades": 1, "lines": [SAFETY_LINE, {
        **SAFETY_LINE, "product": "", "clocks": [], "has_desk": False, "is_serious": False, "is_waiting": False}]}
TEXT = {"id": 1, "is_first": True, "at": MOMENT, "is_significant": True, "what": "起疹子", "told": TOLD, "sex": "女",
        "outcome": "好了", "reporter": "患者", "criteria": ["住院"]}
MONTH_FIGURES = Thing(received=3, sent=2, acknowledged=1, open=2)
SAFETY_MONTHS = {"page_number": 2, "has_more": True, "lines": [
    {"company": "公司", "month": MOMENT, "figures": MONTH_FIGURES, "url": "/m",
     "sides": [(name, is_there) for name in SIDES.values() for is_there in (True, False)]}]}
SAFETY_MONTH = {
    "company": "公司", "month": MOMENT, "url": "/m", "closed_at": MOMENT, "total": MONTH_FIGURES, "fault": "",
    "rows": [{"product": "药", "market": "中国", "figures": MONTH_FIGURES}], "may_sign": True, "again_url": "/a",
    "cases": [{"number": "1", "key": "1", "received_at": MOMENT, "standing": "已确认", "is_open": is_open}
              for is_open in (True, False)],
    "late": [{"number": "1", "key": "1"}], "is_done": True, "signatures": [
        {"side": side, "name_of_side": "签署方", "name": name, "at": MOMENT}
        for side in Side for name in ("", "谭梅")]}
SAFETY_CASE = {
    "key": "1", "number": "1", "state_name": "新病例", "is_in_use": True, "is_serious": True, "product": "1",
    "product_name": "药", "products": [("1", "药")], "market": "中国", "source": "表单", "place": "1",
    "lang": "zh-Hans", "received_at": MOMENT, "valid_at": MOMENT, "has_desk": True, "clocks": CLOCKED,
    "original": None, "stamp": "1", "typed": None, "fault": "",
    "duplicates": [{"key": "1", "number": "1"}], "elements": FOUR, "criteria": [("1", "住院", True)], "is_done": True,
    "texts": [TEXT, {**TEXT, "is_first": False}, {**TEXT, "is_first": False, "is_significant": False, "told": None}],
    "expectednesses": [(str(one), "非预期", True) for one in range(2)], "reactions": [("1", "恶心", True)],
    "offer": Thing(dictionary="MedDRA 99.1", sought="恶心", terms=[("2", "恶心呕吐", True), ("3", "反胃", False)]),
    "labels": [Thing(product="药", version=1, effective_on=DAY, sections=sections)
               for sections in ([], [("一", "文")])],
    "suggested": [{"key": "1", "number": "1", "received_at": MOMENT,
                   "same": ("age", "sex", "when", "reaction", "words")}],
    "downgrades": [{"key": "1", "kind": "降低", "at": MOMENT, "by": "谭梅", "reason": "理由", "is_own": is_own,
                    "changes": (["住院"], ["死亡"])} for is_own in (True, False)],
    "may_ask": True, "questions": [{"words": "何时？", "by": "谭梅", "asked_at": MOMENT, "answered_at": answered_at}
                                   for answered_at in (None, MOMENT)],
    "heard": [("吃了", True), ("头晕", False)],
    "handed_over": [{"company": "诺凡", "address": "1", "is_webhook": is_webhook, "is_follow_up": is_webhook,
                     "acknowledged_at": MOMENT if is_webhook else None, "pace": "running",
                     "steps": [("已发送", MOMENT)]}
                    for is_webhook in (True, False)],
    "trail": [{"at": MOMENT, "action": "已评估", "by": "谭梅", "reason": reason, "detail": [("药物", "示例乐")]}
              for reason in ("理由", None, "")]}
CLOSED = {**SAFETY_CASE, "is_in_use": False, "original": {"key": "1", "number": "1"}, "product": "", "valid_at": None,
          "labels": [], "suggested": [], "downgrades": [], "offer": None, "has_desk": False, "clocks": [],
          "is_serious": False}


def listed(*rows: Any) -> Thing:
    """A page of a list in the middle of it."""
    return Thing(number=2, rows=rows, has_more=True)


TRAIL = listed(*({"number": 1, "at": MOMENT, "action": "Role granted", "actor": actor, "by": by, "by_number": 1,
                  "subject": "a:1", "details": [
                      ("x", "code", ""), ("Marketer", "word", ""), ("诺凡", "name", ""),
                      ("round %(number)s", "word", "1")],
                  "reason": reason, "about": by}
                 for actor, by, reason in (("command line", None, None), ("", PERSON, "原因"), ("", None, ""))))
ORDER = {"key": "1", "title": "哮喘", "language": "zh-Hans", "address": "a", "audience": "For patients", "market": "1",
         "version": "1", "due_at": MOMENT, "local_time": "1", "zone": "1", "ordered_at": MOMENT, "state": "Waiting",
         "changed_at": MOMENT + timedelta(1), "is_refused": True, "is_done": False,
         "why": "Its text was changed after the order. Order the new text."}
FOUND = {"key": "1", "name": "谭梅", "email": "1", "active": True, "is_confirmed": True, "kind": "Health professional",
         "roles": list(ROLES.values())}
SEARCHED = {"found": listed(FOUND, {**FOUND, "active": False}, {**FOUND, "is_confirmed": False}), "words": "谭",
            "role": "", "is_asked": True, "roles": list(ROLES.items())}
SEEN = {"account": PERSON, "kind": "Patient or caregiver", "is_own": False, "passkeys": 1, "codes": 2,
        "grants": [{"value": "1", "name": "Marketer", "company": "诺凡", "is_ours": is_ours}
                   for is_ours in (True, False)],
        "sign_ins": [Thing(device="", is_strong=False, seen_at=MOMENT, key="1")], "verification_key": "1",
        "organisations": [Thing(issuer="1", linked_at=MOMENT)],
        "offered": list(ROLES.items()), "companies": [("1", "诺凡")], "trail": TRAIL, "is_done": True}
NEVER = Thing(**{**vars(PERSON), "active": False, "confirmed_at": None, "tf_totp_secret": None,
                 "identity_verified_at": None, "trained_at": None})
AGREED = {"is_granted": True, "purpose": "Mail paid for by a company", "channel": "E-mail", "company": "诺凡",
          "at": MOMENT, "wording": "1", "language": "1", "place": "account"}
SUPPRESSED = {"total": 2, "address": None, "found": None, "lines": listed(("bad_address", MOMENT)), "is_done": True}
COUNT = {"state": "Waiting", "kind": "Campaign mail", "count": 3, "since": MOMENT}
QUEUED = {"waiting": [COUNT], "ended": [COUNT], "oldest": MOMENT, "answers": list(ANSWERS.items()), "is_done": True,
          "unknown": listed({"key": "1", "kind": "Campaign mail", "since": MOMENT, "account_key": "1"})}
RUN = {"job": "x", "ran_at": MOMENT, "outcome": "failed: KeyError", "is_failed": True}
JOB = {**RUN, "every_seconds": 60, "began_at": MOMENT, "due_at": MOMENT, "is_late": True}


PROBLEMS = [Thing(path=path, line=line, code="x", message="缺少标题", remedy="请补上", severity=severity)
            for path, line, severity in (("1", 3, "error"), ("2", None, "warning"))]
WORDS = [Thing(own=own, others={"zh-Hans": Thing(term="活检")}, is_missing=is_missing, explanation="取一小块组织。")
         for own, is_missing in ((Thing(term="活检"), True), (None, True), (Thing(term="活检"), False))]
LOOK = Thing(path="1", problems=PROBLEMS, errors=1, markets=["cn", "us"], market="cn", title="哮喘", summary="摘要",
             html="<h2>要点</h2>", language="zh-Hans", words=WORDS, missing_words=WORDS[:2], said_words=WORDS[2:],
             suggested=[
                 Thing(hit=Thing(line=3, alike=0.7, text="文", claim=Thing(id="1"), has_other_figures=bool(pages)),
                       wording="声明", approved=pages)
                 for pages in ([], [Thing(title="药", market="cn", audience="hcp", digest="1")])])
BLANK = Thing(**{**vars(LOOK), "problems": [], "errors": 0, "html": "", "market": "", "words": [], "suggested": []})
GONE = "Nothing is published at this address. Copy it from the page that is to be withdrawn."
DESK = {"draft": Thing(key="1", path="1", version=2, state="open", saved_at=MOMENT, base="1"), "person": "1",
        "place": Thing(path="1", slug="1", audience="patient", language="zh-Hans"), "text": "要点", "look": LOOK,
        "pictures": ["1"], "markets": MARKET_NAMES, "has_moved": True, "refused": PROBLEMS, "may_write": True,
        "notice": "已保存", "by": "谭梅", "mine": "甲", "theirs": "乙", "before": 0, "after": 1, "looks": [LOOK, BLANK],
        "hunks": HUNKS, "marks": MARKS,
        "lines": [{"version": 2, "at": MOMENT, "by": "谭梅"}, {"version": 1, "at": MOMENT, "by": ""}]}
BLOCK = Thing(id="1", text="不要自己停药。", head=Thing(title="不要停药", use="药物页面"))
WORDINGS = [Thing(markets=["cn", "us"], text="不要自己停药。", approved=approved) for approved in ([], [
    Thing(page=Thing(title="哮喘", market="cn"), version="3", clearance=Thing(until=MOMENT))])]
BLOCKS = [Thing(block=BLOCK, wordings=WORDINGS, is_there=is_there, differences=differences)
          for is_there, differences in ((True, ()), (False, HUNKS))]
CHOSEN = {"tongues": {"zh-Hans": "中文"}, "audiences": board.AUDIENCES, "states": board.STATES, "due": board.DUE,
          "kinds": board.KINDS, "markets": MARKET_NAMES, "languages": [CHINESE], "may_write": True}
LISTED = {**CHOSEN, "may_use_library": True, "orders": ORDERS, "title_of": lambda _: "药",
          "asked": Asked(number=2, account_id=1), "query": "", "has_more": True, "has_pages": True,
          "drafts": [(DESK["draft"], DESK["place"]), (DESK["draft"], Thing(slug="1", audience="", language=""))],
          "pages": [(Thing(title="哮喘", audience="hcp", language="zh-Hans", next_review=DAY), "1", key)
                    for key in ("", "1")]}
CELLS = [Thing(state=state, path=str(number), topic="1", audience="1", language="1")
         for number, state in enumerate(("current", "behind", "missing", "missing", "unrecorded"))]


WORDS = [wordings.newest(purpose, CHINESE.tag).of("诺凡") for purpose in OFFERED]
ASKED = [Thing(words=words, anchor="1", company_key="1", is_granted=is_granted, changed_at=changed_at, can_agree=True)
         for words in WORDS for is_granted in (True, False) for changed_at in (MOMENT, None)
         if changed_at or not is_granted]
LINES = [("标题", Thing(at=MOMENT, place=place, is_granted=is_granted, words=words, version="1", digest="1",
                        language=CHINESE.tag)) for place in PLACES for is_granted in (True, False)
         for words in (WORDS[0], None)]
CONSENTS = {"asked": ASKED, "has_signal": True, "needs_age": True, "is_too_young": True, "lines": LINES,
            "places": PLACES}
RECEIPT = {"consentReceiptID": "1", "piiPrincipalId": "1", "piiControllers": [{"piiControllerUrl": "1"}]}


def form_page(name: str) -> dict[str, Any]:
    """A page about signing in, with everything that it can show."""
    page = PAGES[name]
    choices = [(key, label) for key, label in CHOICES.items()]
    return {
        "form": page, "action": "/1", "notice": NOTICES["confirmed"], "problems": list(MESSAGES.values()), "next": "/",
        "fields": [{**vars(field), "value": "", "choices": choices, "is_wrong": False} for field in page.fields],
        "links": page.links, "codes": ["1"], "picture": "", "key": "1", "ceremony": None, "passkeys": ["手机"],
        "hidden": page.hidden, "onward": "/o", "is_signed_in": True, "is_bad_link": False}



CERTIFICATE = {"name": "谭梅", "title": "哮喘", "title_language": "zh-Hans", "provider": "学会", "on": DAY,
               "kind": KINDS[Kind.CREDIT], "credits": [("学时", "1 小时")], "is_sample": False,
               "standing": Standing.VALID, "standing_words": STANDINGS[Standing.VALID], "newer": None}
ADDED = listing.Line(DAY, "课程", "", "学校", (listing.Amount("cn-credits", Decimal(1)),), key="1")
REVOKED = listing.Line(DAY, "哮喘", "zh-Hans", "学会", (listing.Amount("hours", Decimal(1), False),), code="1",
                       kind=Kind.CREDIT, standing=Standing.REVOKED)
TRANSCRIPT = {"query": "1", "not_taken": [Thing(key="1")], **transcript.told(Transcript(
    [REVOKED, ADDED], listing.totals([ADDED], [ADDED], 2026), listing.Asked(), 2026), CHINESE)}
KEPT = list(ALL_KEPT)
LINE = Thing(title="哮喘", language="zh-Hans", url="/a", removal="1", kept_at=MOMENT, renewed_at=MOMENT, ended_at=None)
LISTS = [Thing(lines=[LINE, Thing(**{**vars(LINE), "url": "", "ended_at": MOMENT})], has_closed=True),
         Thing(lines=[], has_closed=False)]
PROFILE = {"meant": Thing(name="谭梅", kind="hcp", market="cn", language="zh-Hans", time_zone="1"), "problem": "错误",
           "notice": "已保存", "is_lapsed": False, "is_verified": True, "may_sign": True, "is_age_asked": True,
           "kinds": [("hcp", "医生")],
           "markets": [("cn", "中国")], "languages": [("zh-Hans", "中文")], "zones": [("1", "上海")]}
OWN: list[tuple[str, Mapping[str, Any]]] = [
    ("site/account.html", {"person": Thing(name="谭梅", email="1"),
                           "entries": [{"url": "/a", "title": "资料", "text": "说明"}]}),
    ("site/profile.html", PROFILE),
    *(("site/keep.html", {"entry": Thing(title="哮喘", language="zh-Hans", key="1", address="1"), "path": "/zh/",
                          "is_saved": is_kept, "is_followed": is_kept}) for is_kept in (True, False)),
    *(("site/kept.html", {"saved": one, "followed": one}) for one in LISTS),
    ("site/data.html", {"languages": [Thing(tag="zh-Hans", name="中文")]}),
    ("site/erasure.html", {"kept": KEPT, "hindrances": ["移交"], "problem": ""}),
    ("site/erasure.html", {"kept": KEPT, "hindrances": [], "problem": "错误"}),
    ("site/erased.html", {"kept": KEPT}),
    ("site/download.html", {"made_at": MOMENT, "sections": [
        Thing(title="账号", groups=[Thing(title="资料", entries=[[("姓名", "谭梅")]])])]}),
    *((f"site/mail/erased/body.{kind}", {"title": TITLE, "kept": KEPT}) for kind in ("txt", "html"))]
HANDED = {"number": "1", "product": "药", "code": "1", "case": Thing(received_at=MOMENT),
          "clocks": [(clock, desk_page.PACES[pace], pace) for clock, pace in zip(
              [clocks.hand_over(MOMENT), *clocks.legal("", ["death"], "", MOMENT)], [*clocks.Pace] * 2, strict=False)],
          "told": [(kind, MOMENT, [(name, "药", False) for name in desk_page.NAMES.values()], "肿")
                   for kind in desk_page.KINDS.values()],
          "events": [(step, MOMENT, "谭梅") for step in STEPS.values()]}
FOUND = Result("高血压", "/1", "disease", "heart", (Piece("量", False), Piece("血压", True)))


def search(**changed: object) -> dict[str, object]:
    """A search that found a page, or what differs."""
    return {"words": "血压", "found": Found((FOUND,), is_close=True), "is_ready": True, "is_over": False,
            "is_cut": False, "audience": "patient", "market_name": MARKET_NAMES["cn"], "aid": Aid(), "authority": (),
            **changed}


CASES: list[cme.Case] = [
    ("site/home.html", {"diseases": [ITEM], "drugs": [ITEM]}),
    *OWN,
    ("articles/article.html", article()),
    *(("articles/article.html", article(source={"notice": notice, "changed_on": DAY, "url": "/e", "language": CHINESE}))
      for notice in translating.NOTICES.values()),
    ("articles/article.html", article(kind="drug", content_class="promotional", provenance=SIGNED)),
    ("articles/index.html", {"heading": "疾病", "groups": [{"title": "", "items": [ITEM]}]}),
    ("articles/index.html", {"heading": "疾病", "groups": []}),
    *(("articles/gate.html", {"why": "原因", "opens": opens, "is_signed_in": is_signed_in, "verification_url": "/v"})
      for opens in ("verification", "sign-in", None) for is_signed_in in (True, False)),
    *(("articles/gone.html", {"how": how, "when": when}) for how in ("withdraw", "expire") for when in (MOMENT, None)),
    *(("library/list.html", {"documents": found, "asked": asked, "number": 2, "has_more": True})
      for found, asked in (([SOURCE, HOUSE], ""), ([], ""), ([], "词"))),
    ("library/new.html", {"fault": files.FAULTS[files.Fault.SCAN], "filled": {}, "names": ["1"]}),
    *(("library/document.html", {
        "document": SOURCE, "pages": [(1, "文"), (2, "")], "asked": "词", "is_done": True, "is_cut": True,
        "places": places, "has_none": not places, "others": [HOUSE], "newest": HOUSE})
      for places in ([{"page": 1, "excerpt": FOUND_AT, "anchor": "1"}], [])),
    ("desk/list.html", LISTED),
    ("desk/list.html", {**LISTED, "drafts": [], "pages": [], "may_write": False, "may_use_library": False}),
    ("desk/editor.html", DESK),
    ("desk/marks.html", DESK),
    ("desk/editor.html", {**DESK, "look": BLANK, "pictures": [], "draft": Thing(**{**vars(DESK["draft"]),
                                                                                  "state": "submitted"})}),
    ("desk/look.html", {"look": LOOK, "markets": MARKET_NAMES}),
    ("desk/look.html", {"look": Thing(**{**vars(LOOK), "errors": 0}), "markets": MARKET_NAMES}),
    *(("desk/conflict.html", {**DESK, "by": by}) for by in ("谭梅", "")),
    *(("desk/blocks.html", {**DESK, "blocks": blocks, "sections": ["要点"]}) for blocks in (BLOCKS, [])),
    ("desk/history.html", DESK),
    ("desk/history.html", {**DESK, "lines": [], "draft": Thing(**{**vars(DESK["draft"]), "base": ""})}),
    *(("desk/compare.html", {**DESK, "before": before}) for before in (None, 0, 1)),
    ("desk/compare.html", {**DESK, "hunks": []}),
    ("desk/new.html", {**CHOSEN, "topics": [("1", {"zh-Hans": "哮喘"})], "topic": "", "chosen_language": "",
                       "chosen_audience": ""}),
    ("desk/translations.html", {
        "rows": [(Thing(about=Thing(titles={"zh-Hans": "哮喘"})), CELLS)], "drafted": {"2": "1"}, "number": 2,
        "columns": [("Patients", CHINESE)], "has_more": True, "may_write": True, "notice": ""}),
    ("reports/index.html", {"campaigns": [CARD]}),
    ("reports/index.html", {"campaigns": []}),
    ("reports/report.html", REPORT),
    ("safety/report.html", FORM),
    *(("safety/report.html", {**FORM, "typed": Typed(FORM["fields"], ("death",), fault), "faults": faults})
      for fault in FORM_FAULTS for faults in ({}, {"what": fault})),
    *(("safety/report.html", {**FORM, "is_form": False, "medicine": medicine, "emergency": known,
                              "authority": [(known, "")] if known else []})
      for medicine in ("", "药") for known in ("", "1")),
    ("safety/receipt.html", RECEIVED),
    ("safety/receipt.html", {**RECEIVED, "is_again": False, "company": "", "told": None}),
    *(("professionals/own.html", {**STANDING, "state": state})
      for state in ("", "pending", "verified", "renewing", "refused", "lapsed", "revoked")),
    *(("professionals/own.html", {**STANDING, "state": "verified", "may_renew": True, "is_refused": is_refused})
      for is_refused in (True, False)),
    ("professionals/own.html", {**STANDING, "state": "", "faults": FAULTS, "filled": FILLED, "has_document": False}),
    ("safety/queue.html", SAFETY_QUEUE),
    ("safety/queue.html", {**SAFETY_QUEUE, "lines": []}),
    ("safety/months.html", SAFETY_MONTHS),
    ("safety/months.html", {**SAFETY_MONTHS, "lines": []}),
    ("safety/sponsor_months.html", SAFETY_MONTHS),
    ("safety/sponsor_months.html", {"lines": []}),
    ("safety/sponsor_month.html", {**SAFETY_MONTH, "own": "sponsor", "withheld": "<11*", "total": Thing(
        received=12, sent=None, acknowledged=None, open=0)}),
    ("safety/month.html", SAFETY_MONTH),
    ("safety/month.html", {**SAFETY_MONTH, "may_sign": False, "cases": [], "fault": months.NO_MONTH}),
    *(("safety/case.html", context) for context in (
        SAFETY_CASE, CLOSED, {**SAFETY_CASE, "has_desk": False, "fault": triage.CHANGED})),
    *(("safety/case.html", {**SAFETY_CASE, "fault": fault, "typed": presenting.Typed(
        act, fault, row, "理由", Assessment((), (), ""), "1", "1", "1", "1")})
      for act, row in (("ask", ""), ("assess", ""), ("product", ""), ("dismiss", ""), ("duplicate", ""),
                       ("decide", "1"), ("judge", "1")) for fault in (audit.NO_REASON, triage.CLOSED)),
    *(("safety/more.html", {"number": "1", "code": "1", "answered_at": answered_at, "questions": "何时？",
                            "what": "五月", "fault": asking.NOBODYS}) for answered_at in (None, MOMENT)),
    *((f"safety/mail/question/body.{ending}", {"title": "标题", "number": "1", "link": "/1"})
      for ending in ("txt", "html")),
    ("professionals/queue.html", QUEUE),
    ("professionals/queue.html", {**QUEUE, "waiting": [], "decided": [], "has_more": False}),
    ("professionals/queue.html", {**QUEUE, "found": [CLAIM]}),
    ("professionals/queue.html", {**QUEUE, "found": []}),
    ("professionals/one.html", ONE),
    ("professionals/one.html", {**ONE, "entry": {**CLAIM, "state": "renewing"}}),
    ("professionals/one.html", {**ONE, "entry": ERASED, "registry": None, "document": None, "answers": []}),
    ("ops/index.html", {"pages": [{"url": "/o", "title": "政策", "text": "说明"}]}),
    ("ops/policy.html", {"matrix": MATRIX, "is_no_day": False}),
    ("ops/policy.html", {"matrix": Thing(**{**vars(MATRIX), "sections": [], "later": []}), "is_no_day": True}),
    ("ops/explain.html", {"explanation": None, "who": "", "address": ""}),
    ("ops/explain.html", {"explanation": EXPLAINED, "who": "1", "address": "/zh/"}),
    *(("consents/preferences.html", {"mails": mails, "stopped": stopped, "is_stopped": is_stopped, "address": "1",
                                     "all": "1", "action": "/u"})
      for mails in ([], [("1", "诺凡"), ("2", "示例")]) for stopped in ("", "诺凡") for is_stopped in (True, False)),
    ("consents/own.html", CONSENTS),
    ("consents/own.html", {**CONSENTS, "asked": [], "lines": []}),
    ("consents/receipt.html", {"receipt": RECEIPT, "lines": LINES, "places": PLACES}),
    ("consents/receipt.html", {"receipt": RECEIPT, "lines": [], "places": PLACES}),
    *(("engagement/privacy.html", {"is_stopped": is_stopped, "has_signal": not is_stopped,
                                   "rooms": {"cme"} if is_stopped else set(),
                                   "postal_address": "1" if is_stopped else ""})
      for is_stopped in (True, False)),
    *(("site/history.html", {"is_kept": is_kept, "lines": lines}) for is_kept in (True, False) for lines in ([], [
        {"key": "1", "last_at": MOMENT, "title": title, "language": "zh-Hans", "url": title and "/1"}
        for title in ("哮喘", "")])),
    *(("review/case.html", {**CASE, **changed}) for changed in (
        {}, {"signatures": [], "requests": [], "comments": [], "own_roles": ["legal"], "is_looking": False},
        *({"state": state, "state_name": name, "bar": bar("cme", has_seat=True, reads=[], language="")}
          for state, name in naming.STATES.items()))),
    ("review/case.html", {**CASE, "checklist": {"is_ticked": False}}),
    ("review/checklist.html", {
        "dossier": DOSSIER, "understandability": pemat.UNDERSTANDABILITY, "actionability": pemat.ACTIONABILITY,
        "names": pemat.ANSWERS, "answers": {"1": "agree"}, "fault": pemat.read({})[1]}),
    ("review/queue.html", QUEUE_OF_REVIEWS),
    ("review/queue.html", {**QUEUE_OF_REVIEWS, "lines": [], "may_time": True, "may_file": True}),
    ("ops/form_2253.html", {**PERIOD, "found": FILING, **FORM_ITEMS}),
    ("ops/form_2253.html", {**PERIOD, "found": Thing(**{**vars(FILING), "forms": []}), **FORM_ITEMS}),
    ("ops/form_2253.html", {**PERIOD, "fault": "The first day comes after the last. Exchange them.", "found": None,
                            **FORM_ITEMS}),
    ("ops/times.html", {**PERIOD, "routes": [ROUTE_TIMES], "fewest": {"cases": 5, "tail": 10, "people": 2}}),
    ("ops/times.html", {**PERIOD, "routes": [], "fewest": {}}),
    *(("campaigns/label_changes.html", {"concerns": found, "languages": {"zh-Hans": "中文"}, "is_done": True,
                                        "may_close": True}) for found in ([], [CONCERN, *(
        Thing(**{**vars(CONCERN), name: True}) for name in ("is_missing", "is_unknown"))])),
    *(("review/sign.html", {**CASE, "meaning": meaning, "signer": "谭梅", "is_stale": True, "again_url": "/a",
                            "attested": VALID_CONTENT if meaning == "approval" else (), "confirmed": ["0"],
                            "reason": "理由", "own_roles": roles})
      for meaning in ("approval", "rejection") for roles in ([], ["legal"], ["legal", "medical"])),
    ("review/certificate.html", {**REVIEWED, "is_approved": False, "lapses_at": MOMENT, "made_at": MOMENT,
                                 "comment_count": 1, "trail": [
        {"at": MOMENT, "name": act, "details": ["第1版"], "by": "谭梅", "number": 1, "reason": reason}
        for act in naming.ACTS.values() for reason in ("图有误", None)]}),
    ("review/guest.html", {**REVIEWED, "guest": Thing(name="专家", code="1", expires_at=MOMENT)}),
    *cme.CASES,
    *provider.CASES,
    *faculty.CASES,
    ("ops/people.html", SEARCHED),
    ("ops/people.html", {**SEARCHED, "found": Thing(number=1, rows=[], has_more=False)}),
    ("ops/person.html", SEEN),
    ("ops/person.html", {**SEEN, "account": NEVER, "grants": [], "sign_ins": [], "organisations": [], "is_own": True,
                         "trail": Thing(number=1, rows=[], has_more=False)}),
    ("ops/consents.html", {"account": PERSON, "lines": [AGREED, {**AGREED, "is_granted": False}],
                           "is_missing": False}),
    ("ops/consents.html", {"account": PERSON, "lines": [], "is_missing": False}),
    ("ops/consents.html", {"account": None, "lines": [], "is_missing": True}),
    ("ops/companies.html", {"companies": listed(Thing(key="1", name="诺凡", is_fictional=True)), "is_done": True}),
    ("ops/companies.html", {"companies": Thing(number=1, rows=[], has_more=False), "is_done": False}),
    *(("ops/company.html", {"company": Thing(key="1", name="诺凡", is_fictional=True), "brands": [Thing(name="诺")],
                            "seats": seats, "is_done": True})
      for seats in ([], [{"key": "1", "name": "谭梅", "email": "1", "active": False, "role": "Marketer"}])),
    ("articles/label.html", {"labels": [LABEL, {**LABEL, "cited": [], "older_versions": []}], "article_url": "/a",
                             "article_title": "药", "market_name": "中国", "slug": "1"}),
    ("articles/label_flags.html", FLAGS),
    ("articles/label_flags.html", {**FLAGS, "may_close": False}),
    ("articles/label_flags.html", {**FLAGS, "changes": [], "closed": []}),
    ("ops/publishing.html", {"open": [ORDER], "ended": listed({**ORDER, "is_done": True, "due_at": None, "why": ""}),
                             "may_cancel": True, "is_done": True}),
    ("ops/publishing.html", {"open": [], "ended": Thing(number=1, rows=[], has_more=False), "may_cancel": False,
                             "is_done": False}),
    *(("ops/withdrawal.html", {"may_withdraw": may_withdraw, "again_url": "/1", "is_operator": may_withdraw,
                               "is_done": True, "fault": GONE, "typed": {}})
      for may_withdraw in (True, False)),
    ("ops/mail.html", QUEUED),
    ("ops/mail.html", {**QUEUED, "waiting": [], "ended": [], "oldest": None,
                       "unknown": Thing(number=1, rows=[], has_more=False)}),
    ("ops/suppression.html", SUPPRESSED),
    ("ops/suppression.html", {**SUPPRESSED, "address": "1", "found": Thing(at=MOMENT, reason="bad_address")}),
    ("ops/suppression.html", {**SUPPRESSED, "address": "1", "lines": Thing(number=1, rows=[], has_more=False)}),
    ("ops/jobs.html", {"jobs": [JOB, {**JOB, "is_failed": False}], "runs": listed(RUN)}),
    ("ops/jobs.html", {"jobs": [], "runs": Thing(number=1, rows=[], has_more=False)}),
    ("ops/health.html", {"checks": [Thing(name="磁盘", says="够", is_well=is_well) for is_well in (True, False)]}),
    ("ops/audit.html", {"trail": TRAIL, "kind": "account", "kinds": list(SUBJECTS.items())}),
    ("ops/audit.html", {"trail": Thing(number=1, rows=[], has_more=False), "kind": "", "kinds": []}),
    *(("people/form.html", form_page(name)) for name in PAGES),
    ("people/form.html", {**form_page("passkeys"), "ceremony": {"kind": "get", "options": "{}", "action": "/1"}}),
    *(("people/security.html", {"sign_ins": [{"key": "1", "device": "", "seen_at": MOMENT, "is_this": True}],
                                "email": "1", "has_password": has_password, "has_authenticator": True, "passkeys": 1,
                                "codes": 9, "is_ended": True}) for has_password in (True, False)),
    ("people/invitation.html", {"email": "1", "company": "诺凡", "problem": "", "is_new": True, "name": "",
                                "action": "/1"}),
    ("people/seats.html", {"people": [{"key": "1", "name": "谭梅", "email": "1", "role": "marketer",
                                       "company_id": 1, "company": "诺凡"}], "companies": [(1, "诺凡")],
                           "is_sent": True}),
    *(("people/own_seats.html", {
        "problem": "", "is_left": not seats,
        "seats": [{"key": "1", "company": "诺凡", "roles": ["marketer", "sponsor-admin"], "is_last": is_last}
                  for is_last in seats]}) for seats in ((), (True, False))),
    *((f"people/mail/account/body.{kind}", {"words": words, "url": "1" if words.button else "", "reason": "",
                                            "day": "1"})
      for words in MAIL_WORDS.values() for kind in ("txt", "html")),
    *(("safety/handed_over.html", {**HANDED, "acknowledged_at": at, "fault": fault, "is_follow_up": bool(at)})
      for at, fault in ((None, desk_page.SIGN), (MOMENT, ""))),
    *((f"safety/mail/hand-over/body.{kind}", {"title": "报告", "product": "药", "received_at": MOMENT, "url": "1",
                                              "is_follow_up": is_follow_up})
      for kind in ("txt", "html") for is_follow_up in (True, False)),
    *(("cme/certificate_check.html", {"typed": "", "is_unknown": is_unknown}) for is_unknown in (False, True)),
    *(("cme/certificate.html", {"code": "1", "found": {**CERTIFICATE, **changed}}) for changed in (
        {}, {"credits": [], "is_sample": True, "standing": Standing.SUPERSEDED, "newer": "2",
             "standing_words": STANDINGS[Standing.SUPERSEDED]})),
    ("cme/transcript.html", {**TRANSCRIPT, "asked": listing.Asked(DAY, DAY, "1"), "systems": {"1": "学时"}}),
    ("cme/transcript.html", {"asked": listing.Asked(), "not_taken": [], "systems": {}, "query": "", "rows": [],
                             "totals": [], "year": 2026}),
    *(("cme/external.html", {"path": path, "typed": {}, "problem": problem, "systems": {"1": "学时"}, "today": "1"})
      for path, problem in (("/account/cme/external", ""), ("/1", listing.NO_DAY))),
    *(("search/search.html", search(**changed)) for changed in (
        {}, {"words": ""}, {"words": "", "is_over": True}, {"is_ready": False}, {"found": Found()},
        {"found": Found((FOUND,), has_more=True), "is_cut": True, "audience": "hcp"},
        {"found": Found(meant=(FOUND,)), "aid": Aid(is_urgent=True, way=Way("药", "", ()))},
        {"aid": Aid("120", tuple(with_numbers("热线12356")), True, True, Way("药", "/s", ()))})),
    ("campaigns/mail/campaign/body.html", MAIL),
    ("campaigns/mail/campaign/body.txt", MAIL),
    ("campaigns/letter.html", {"sender": "诺凡", "subject": "主题", "words": Markup("<p>正文</p>"), "text": "正文"}),
    ("demo/start.html", {"tour": [{"title": "1", "text": "2", "url": "/"}],
                         "accounts": [{"role": "1", "email": "2", "password": "3", "code": "4"}]}),
    ("demo/mailbox.html", {"messages": [SENT], "total": 2}),
    ("demo/mailbox.html", {"messages": [], "total": 0}),
    ("demo/message.html", {"message": SENT, "mailbox_url": "/m"}),
    *(("error.html", {"status": status, "message": "", "other_url": None, "most": 2})
      for status in (400, 403, 404, 410, 413, 429, 500)),
]


class Shown(HTMLParser):
    """Gathers what a page shows or says: text, and the attributes that are read out."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._hidden = ""

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._hidden = tag if tag in ("style", "script", "code") else ""
        if tag != "meta" or dict(attributes).get("name") == "description":
            self.texts += [value or "" for name, value in attributes if name in _SHOWN]

    def handle_endtag(self, tag: str) -> None:
        self._hidden = ""

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.texts.append(data)


def english_in(source: str) -> set[str]:
    """Latin words that a reader meets, names left out."""
    shown = Shown()
    shown.feed(source)
    return {word for text in shown.texts for word in _WORD.findall(text)} - NOT_TRANSLATED


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer("http://localhost")


@pytest.mark.parametrize(("template", "context"), CASES, ids=[f"{n}-{name}" for n, (name, _) in enumerate(CASES)])
def test_a_page_shows_no_english(renderer: Renderer, template: str,
                                 context: Mapping[str, Any] | Callable[[], Mapping[str, Any]]) -> None:
    values = context() if callable(context) else context

    assert not english_in(renderer.render(template, CHINESE, **{"page": FRAME, **values}))


def test_every_page_and_mail_is_rendered_here() -> None:
    whole = {str(path.relative_to(folder)) for folder in [PACKAGE / "templates", *PACKAGE.glob("*/templates")]
             for path in folder.rglob("*") if path.suffix in {".html", ".txt"}}
    parts = {"marks.html"} | {name for name in whole if name.endswith((
        "base.html", "macros.html", "parts.html", "differences.html"))}
    assert whole - parts == {name for name, _ in CASES}


def test_english_is_found_in_text_and_in_labels() -> None:
    assert english_in('<p>登录 now</p><nav aria-label="Main"></nav><code>x1y abc</code>') == {"now", "Main"}
