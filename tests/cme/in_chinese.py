"""Every learner's page with all that it can show, in Chinese: what `tests/test_pages_in_chinese.py` renders."""

from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace as Thing
from typing import Any

from tests.cme import activities
from webapp.cme.rules import credit, evaluation, pars
from webapp.cme.rules.activity import ActivityFile, Reference
from webapp.cme.rules.steps import STEP_NAMES, Days, Progress
from webapp.cme.service import claiming, learning, reporting, showing
from webapp.cme.service.claiming import Offer, Provider

Case = tuple[str, Mapping[str, Any] | Callable[[], Mapping[str, Any]]]
"""A template and what it is handed; as a function where that takes long to make."""

DAY, MOMENT = date(2026, 11, 26), datetime(2026, 11, 26, 8, tzinfo=UTC)
SAMPLE = ActivityFile.model_validate(activities.about())
REVIEWED = ActivityFile.model_validate(activities.about(
    ("zh-Hans",), reviewed={"person": "谭梅", "role": "医师", "on": "2025-11-02"}))
REFUSED = (learning.NOT_YET, learning.TOO_LATE, "The activity opens later.",
           "The activity has ended: no credit is given any more.")
HEAD = {"heading": "哮喘", "lang": "zh-Hans", "key": "1", "about": SAMPLE, "days": Days(MOMENT, MOMENT), "fault": "",
        "is_short": True, "is_over": False,
        "steps": [{"name": name, "is_done": place < 3, "is_current": place == 3,
                   "path": "/1" if place == 2 else ""}
                  for place, name in enumerate(STEP_NAMES.values())]}
REFERENCES = [(number, Reference(key="1", title="指南", issuer="学会", year=year, accessed=None if year else DAY,
                                 url="https://example.org/one", supports="依据"))
              for number, year in ((1, 2024), (2, None))]

SYSTEMS = credit.systems()
CREDITS = [{"name": SYSTEMS[key].names["zh-Hans"], "unit": SYSTEMS[key].units["zh-Hans"], "maximum": Decimal("0.5"),
            "is_credit": is_credit, "needs_accreditation": SYSTEMS[key].needs_accreditation, "texts": ["示例文字。"]}
           for key, is_credit in (("cn-credits", True), ("cn-credits", False), ("hours", False))]
TIES = [{"company": "示例药业（虚构）", "nature": "讲课费", "has_ended": has_ended, "mitigation": mitigation}
        for has_ended, mitigation in ((True, "同行评议"), (False, ""))]
PEOPLE = [{"name": "谭梅（虚构）", "credentials": "医师", "parts": list(showing.PART_NAMES.values()),
           "relationships": ties} for ties in (TIES, [])]
TOLD = {"contributors": PEOPLE, "support": [{"company": "示例器械（虚构）", "nature": "提供设备"}],
        "joint_provider": "与示例学会合办。", "credits": CREDITS, "provider": Provider("示例教育办公室（虚构）")}
FRONT = {**HEAD, **TOLD, "slug": "1", "summary": "摘要", "audience": "医师。", "prerequisites": "无。",
         "estimate": "按字数和题数计算。", "objectives": ["能够选药。"], "specialties": ["内科", "全科"],
         "format": "Enduring material", "version": Thing(number=2), "professions": showing.PROFESSIONS,
         "credit_until": MOMENT, "refused": None, "contents": ["第一节"], "held": None, "own": [],
         "is_failed": False}

ENTRY = {"slug": "1", "title": "哮喘", "summary": "摘要", "lang": "zh-Hans", "minutes": 30, "last": DAY,
         "is_over": True, "held": None, "is_failed": False}
LISTED = [{**ENTRY, "held": held} for held in (None, *(Thing(key="1", completed_at=at) for at in (None, MOMENT)))]
LISTED.append({**ENTRY, "held": Thing(key="1", completed_at=None), "is_failed": True})
CONTENTS = [{"title": "一", "name": name, "may_open": may_open} for name, may_open in (("1", True), ("2", True),
                                                                                      ("3", False))]
SECTION = {**HEAD, "section": Thing(title="第一节", name="1", body_html="<p>正文</p>"), "count": 2,
           "references": REFERENCES, "contents": CONTENTS}

ATTEMPT = {True: Thing(key="1", is_passed=True, right_items=8), False: Thing(key="1", is_passed=False, right_items=3)}
PUT: dict[str, dict[str, Any]] = {
    "single": {"options": ["甲", "乙"], "given": [0]}, "several": {"options": ["甲", "乙"], "given": [0, 1]},
    "true-false": {"given": ["true"]}, "numeric": {"unit": "次", "given": ["4.5"]},
    "matching": {"lefts": ["一", "二"], "options": ["甲", "乙"], "given": [1, None]},
    "ordering": {"options": ["甲", "乙"], "given": []}}
QUESTION = {**HEAD, "attempt": ATTEMPT[False], "place": 1, "count": 10, "answered": 3, "story": ["有人来就诊。"]}
ODD_ANSWERS = ("The answer does not belong to this question. Load the page again.", "Write a number, such as 4.5.")
EXPLAINED = [{"stem": "对吗？", "is_right": is_right, "before": ["有人来就诊。"], "story": ["一周后复诊。"], "parts": [
    {"text": text, "is_right": text == "True", "is_chosen": is_right is (text == "True"), "why": "如此。",
     "cites": [1, 2]} for text in ("True", "False")]} for is_right in (True, False)]
RESULT = {**HEAD, "count": 10, "shows": True, "rows": EXPLAINED, "contents": CONTENTS,
          "again": [{"text": "能够选药。", "sections": [{"title": "一", "name": "1"}]}],
          "references": REFERENCES}

ASKED = {**HEAD, "objectives": {"1": "能够选药。"}, "typed": {"met-1": "5", "biased": "yes"}, "chosen": ["time"],
         "agreement": evaluation.AGREEMENT, "changes": evaluation.CHANGES, "barriers": evaluation.BARRIERS}
NOT_READ = (evaluation.UNANSWERED, "One answer is longer than 2,000 characters. Shorten it.")
STEPS_OF = {key: credit.claimable(SYSTEMS[key], Decimal(1)) for key in ("cn-credits", "hours")}
OFFERS = [Offer(SYSTEMS[key], Decimal(1), amounts, is_credit, obstacle)
          for key, is_credit, obstacle in (
              ("cn-credits", True, ""), ("cn-credits", False, ""), ("hours", False, ""),
              ("cn-credits", False, claiming.NOT_ELIGIBLE), ("cn-credits", True, claiming.OVER))
          for amounts in [() if obstacle else STEPS_OF[key]]]
CREDIT = {**HEAD, "offers": OFFERS, "name": "谭梅", "tag": "zh-Hans", "typed": {}, "agreement": pars.WORDS,
          "nothing": claiming.NOTHING, "is_reported": True}
NOT_CLAIMED = [credit.refuse_claim(SYSTEMS["hours"], Decimal(1), Decimal(amount)) for amount in ("0", "2", "0.3")]

CERTIFICATES = [{"code": "1", "is_revoked": is_revoked, "is_corrected": is_corrected}
                for is_revoked, is_corrected in ((False, False), (False, True), (True, True))]

CASES: list[Case] = [
    ("cme/list.html", {"entries": LISTED, "others": [{"held": Thing(key="1"), "title": "旧版", "lang": "zh-Hans",
                                                       "is_failed": is_failed} for is_failed in (False, True)]}),
    ("cme/list.html", {"entries": [], "others": []}),
    ("cme/front.html", FRONT),
    ("cme/front.html", {**FRONT, "about": REVIEWED, "support": [], "joint_provider": "",
                        "format": "Journal-based activity"}),
    *(("cme/front.html", {**FRONT, "own": CONTENTS, "held": Thing(key="1", language="zh-Hans", completed_at=at)})
      for at in (None, MOMENT)),
    ("cme/front.html", {**FRONT, "own": CONTENTS, "is_failed": True,
                        "held": Thing(key="1", language="zh-Hans", completed_at=None)}),
    *(("cme/front.html", {**FRONT, "refused": refused}) for refused in REFUSED),
    *(("cme/front.html", {**FRONT, "fault": fault}) for fault in (
        "Choose your profession: it decides which credit you can claim.",
        "The activity is not given in this language.")),
    ("cme/disclosures.html", {**HEAD, **TOLD}),
    ("cme/disclosures.html", {**HEAD, **TOLD, "about": REVIEWED, "support": [], "joint_provider": "", "is_over": True}),
    *(("cme/section.html", {**SECTION, "place": place, "is_read": is_read, "progress": Progress((), 3, failed=failed)})
      for place, is_read, failed in ((1, False, 0), (2, False, 0), (2, True, 0), (2, True, 3))),
    *(("cme/test.html", {**HEAD, "test": test, "attempt": attempt, "tries": 1})
      for test in ("pre", "post") for attempt in (None, ATTEMPT[False])),
    *(("cme/question.html", {**QUESTION, "fault": "", "question": {"kind": kind, "stem": "哪个对？", **put}})
      for kind, put in PUT.items()),
    *(("cme/question.html", {**QUESTION, "fault": fault, "question": {"kind": kind, "stem": "哪个对？", **PUT[kind]}})
      for kind, fault in zip(("single", "numeric"), ODD_ANSWERS, strict=True)),
    *(("cme/check.html", {**HEAD, "attempt": ATTEMPT[False], "open": missing, "rows": [
        {"place": 0, "stem": "哪个对？", "is_answered": is_answered} for is_answered in (True, False)]})
      for missing in (0, 1, 2)),
    *(("cme/result.html", {**RESULT, "attempt": ATTEMPT[is_passed], "attempts_left": left})
      for is_passed, left in ((True, 2), (False, 2), (False, 1), (False, 0))),
    *(("cme/evaluation.html", {**ASKED, "fault": fault}) for fault in ("", *NOT_READ)),
    ("cme/heard.html", {**HEAD, "words": "吃药后起了皮疹。"}),
    *(("cme/credit.html", {**CREDIT, "fault": fault}) for fault in (
        "", "Choose one of the amounts.", claiming.UNCHOSEN, *NOT_CLAIMED)),
    *(("cme/report.html", {"key": "1", "heading": "哮喘", "lang": "zh-Hans", "standing": standing, "on": on,
                           "states": reporting.STANDINGS, "typed": {}, "agreement": pars.WORDS, "fault": fault})
      for standing in reporting.Standing for on in (None, DAY) for fault in ("", reporting.REPORTED)),
    *(("cme/done.html", {**HEAD, "result_url": "/1", "names": {"hours": "学习时数"}, "certificate": certificate,
                         "contents": CONTENTS,
                         "claims": claims, "may_report": bool(claims)})
      for certificate in CERTIFICATES
      for claims in ([], [Thing(system="hours", amount=Decimal("0.5"), is_accredited=is_accredited)
                          for is_accredited in (True, False)])),
]
"""(template, context), as the table of all pages has them."""
