"""What the provider, supporters and learners who are asked later see, in Chinese: what `tests/test_pages_in_chinese.py`
renders. Reports and releases are made by the functions that make them for the views."""

import re
from collections import Counter
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from types import SimpleNamespace as Thing
from typing import Any

from tests.cme import activities
from tests.cme.in_chinese import Case
from webapp.cme.models import CmeRelease, CmeVersion
from webapp.cme.rules import follow_up, money, outcomes, releasing
from webapp.cme.rules.activity import ActivityFile
from webapp.cme.rules.assessment import AssessmentFile
from webapp.cme.rules.certificates import KINDS, NAMELESS, STANDINGS, Standing
from webapp.cme.rules.credit import Profession
from webapp.cme.rules.evaluation import BARRIERS, UNANSWERED
from webapp.cme.rules.outcomes import Evaluations, FollowUp, Outcome, Participation
from webapp.cme.rules.statistics import FLAG_WORDS, Gain, ItemSums, distractors_of, item_figures
from webapp.cme.rules.steps import Step
from webapp.cme.rules.tallies import ALL, APPLIES, BEGUN, KNOWS, Counted, What, scope_of
from webapp.cme.service import agreements, certifying, hearing, overview
from webapp.cme.service import releasing as released
from webapp.cme.service.outcome_figures import Figures
from webapp.cme.views import provider_certificates
from webapp.core.languages import CHINESE

DAY, MOMENT = date(2026, 11, 26), datetime(2026, 11, 26, 8, tzinfo=UTC)
NO_REASON = "Nothing was changed. Say why, in 3 to 500 characters."
_LATIN = re.compile(r"[A-Za-z]+")


def _without_latin(value: Any) -> Any:
    """A file's values, whose Chinese is English in brackets, with letters of it struck out."""
    if isinstance(value, list):
        return [_without_latin(one) for one in value]
    if isinstance(value, dict):
        return {key: _LATIN.sub("例", one) if key == "zh-Hans" else _without_latin(one) for key, one in value.items()}
    return value


ABOUT = ActivityFile.model_validate(_without_latin(activities.about()))
ASSESSMENT = AssessmentFile.model_validate(_without_latin(activities.questions()))
GAIN = Gain(40, 41.3, 80.2, 38.9, (30.0, 45.0), 1.0, 0.6)
GAINS = dict.fromkeys((ALL, KNOWS, APPLIES, *map(scope_of, activities.OBJECTIVES)), GAIN)
MANY, FEW = 60 * len(Profession), 4


def _counts(people: int) -> Counter[Counted]:
    """Of so many who completed: every answer of each question was given by as many, the first by whoever is left."""
    made: Counter[Counted] = Counter({(What.STEP, BEGUN): people, (What.STEP, Step.CLAIM): people})
    for what, values in releasing.DIMENSIONS.items():
        made.update({(what, str(value)): people // len(values) for value in values})
        made[what, str(values[0])] += people % len(values)
    return made


SUMS = {question.key: ItemSums(40, 30) for question in ASSESSMENT.questions}
SUMS |= {"q1": ItemSums(40, 39, chosen=Counter(b=1)),
         "q2": ItemSums(40, 8, 40, 8, 20.0, 12.0, 3.0, Counter(b=32))}
"""Of each question; the first is too easy, and the second too hard and tells nobody apart."""


def _levels(people: int, gain: Gain | None) -> tuple[Outcome, ...]:
    return outcomes.outcomes(Participation(people, people, people), Evaluations(people, people, people, people),
                             knowledge=gain, competence=gain, follow_up=FollowUp(people, people, people))


TAKEN = Figures(CmeVersion(number=2), ABOUT, ASSESSMENT, ("01-part", "02-part"), _counts(MANY),
                item_figures(SUMS, distractors_of(ASSESSMENT)), SUMS, dict(GAINS), _levels(MANY, GAIN), MOMENT,
                is_simulated=True)
NOT_TAKEN = Figures(CmeVersion(number=2), ABOUT, ASSESSMENT, ("01-part",), Counter(),
                    item_figures({}, distractors_of(ASSESSMENT)), {}, dict.fromkeys(GAINS), _levels(0, None), MOMENT)
assert {flag for item in TAKEN.items for flag in item.flags} == set(FLAG_WORDS)

VERSIONS = [{"number": number, "at": MOMENT, "is_live": number == 2, "is_simulated": True, "learners": 60,
             "completed": 40} for number in (1, 2)]
LISTED = [{"slug": slug, "title": "哮喘", "lang": "zh-Hans", "versions": VERSIONS, "is_sample": is_sample,
           "ended_at": ended_at} for slug, is_sample, ended_at in (("1", True, MOMENT), ("2", False, None))]
PAGE = {"page_number": 2, "has_more": True}
NO_PAGE = {"page_number": 1, "has_more": False}
COMMENTS = {"slug": "1", "heading": "哮喘", "lang": "zh-Hans", "version_number": 2, "is_done": False}
WRITTEN = [{"lang": "zh-Hans", "lines": [(label, "写了。") for label in overview.FIELDS.values()]}]
WORDS = [{"key": str(number), "words": "起了皮疹。", "lang": "zh-Hans", "on": DAY, "agreement": agreement,
          "title": "哮喘", "title_lang": "zh-Hans"} for number, agreement in enumerate(hearing.AGREEMENTS.values())]

ROWS = [CmeRelease(key="1", activity_id=1, period="2026-Q3", companies=["示例药业（虚构）", "示例器械（虚构）"],
                   at=MOMENT, content={"is_simulated": True, "titles": ABOUT.titles,
                                       **releasing.table(_counts(people), GAIN)})
        for people in (MANY, FEW)]
"""A quarter of many learners, and one of few, whose counts are withheld."""
SUPPORTED = {"slug": "1", "heading": "哮喘", "lang": "zh-Hans", "supporters": ["示例药业（虚构）"],
             "waiting": ["2026-Q3", "2026-Q2"], "is_done": True, "fault": "", "released": [
                 {"period": row.period, "at": row.at, "companies": row.companies, **released.shown(row)}
                 for row in ROWS]}
NOT_RELEASED = ("Choose a quarter that is over.", NO_REASON,
                "No company supports this activity: there is nobody to release to.",
                "This quarter was released already. What was released stays as it is.")

ASKED = {"code": "1", "language_tag": "zh-Hans", "heading": "哮喘", "is_answered": False, "is_stopping": False,
         "is_done": False, "heard": None, "changes": follow_up.CHANGES, "barriers": BARRIERS, "fault": "",
         "typed": {"changed": "in-part", "words": "时间不够。"}, "chosen": ["time"]}
LETTER = {"title": "标题", "heading": "哮喘", "link": "1", "stop": "2"}

PAID = [money.Entry(kind, "示例（虚构）", Decimal(100), "¥", DAY, agreed_on) for kind, agreed_on in (
    (money.MoneyKind.SUPPORT, DAY), *((kind, None) for kind in money.MoneyKind))]
MONEY = {"heading": "哮喘", "lang": "zh-Hans", "slug": "1", "kinds": money.KINDS, "today": "1", "is_done": True,
         "fault": "", "typed": {}, "agreements": [Thing(key="1", company="示例药业（虚构）", at=MOMENT)],
         "supporters": ["示例药业（虚构）"], "lacking": ["示例药业（虚构）"]}

FOUND = {"name": "谭梅", "title": "哮喘", "title_language": "zh-Hans", "provider": "示例教育办公室（虚构）", "on": DAY,
         "is_sample": True, "standing_words": STANDINGS[Standing.VALID], "credits": [("学分", "1学分")]}
ACTS = [{"at": MOMENT, "by": by, "reason": reason} for by, reason in (("谭梅", "写错了"), ("", None))]
RECORD = {"code": "1", "slug": "1", "found": FOUND, "is_in_force": True, "is_done": True, "fault": "", "typed": {},
          "history": [{"code": str(number), "is_this": number == 1, "name": "谭梅", "at": MOMENT,
                       "standing": words, "acts": ACTS} for number, words in enumerate(STANDINGS.values())]}
ISSUED = {"slug": "1", "heading": "哮喘", "lang": "zh-Hans", "is_done": False}
NOT_CHANGED = (NO_REASON, provider_certificates.UNCONFIRMED, NAMELESS, certifying.NOT_IN_FORCE)


def _outcomes(figures: Figures) -> dict[str, Any]:
    """Drawn when the page is: every process of the tests reads this file, and one of them shows the page."""
    return {"slug": "1", "is_done": False, **overview.report(figures, CHINESE)}


CASES: list[Case] = [
    ("cme/certificates.html", {**ISSUED, **PAGE, "lines": [
        {"code": "1", "name": "谭梅", "on": DAY, "kind": kind, "standing": standing}
        for kind in KINDS.values() for standing in STANDINGS.values()]}),
    ("cme/certificates.html", {**ISSUED, **NO_PAGE, "lines": []}),
    *(("cme/certificate_search.html", {"code": "1", "is_done": False, "fault": fault})
      for fault in ("", certifying.UNKNOWN)),
    *(("cme/certificate_record.html", {**RECORD, "is_done": False, "fault": fault}) for fault in NOT_CHANGED),
    ("cme/certificate_record.html", {**RECORD, "is_in_force": False}),
    ("cme/provider.html", {"entries": LISTED, "words_open": 2, "is_done": False}),
    ("cme/provider.html", {"entries": [], "words_open": 0, "is_done": False}),
    *(("cme/outcomes.html", partial(_outcomes, figures)) for figures in (TAKEN, NOT_TAKEN)),
    ("cme/comments.html", {**COMMENTS, **PAGE, "comments": WRITTEN}),
    ("cme/comments.html", {**COMMENTS, **NO_PAGE, "comments": []}),
    *(("cme/words.html", {**PAGE, "lines": WORDS, "is_done": not fault, "fault": fault})
      for fault in ("", NO_REASON, "Somebody closed this already. Nothing was changed.")),
    ("cme/words.html", {**NO_PAGE, "lines": [], "is_done": False, "fault": ""}),
    *(("cme/releases.html", {**SUPPORTED, **changed}) for changed in (
        {}, {"waiting": [], "released": []}, {"supporters": [], "waiting": [], "released": []})),
    *(("cme/releases.html", {**SUPPORTED, "is_done": False, "fault": fault}) for fault in NOT_RELEASED),
    *(("cme/sponsor_release.html", released.one(row, CHINESE)) for row in ROWS),
    ("cme/sponsor_releases.html", {"lines": [{"key": "1", "period": "2026-Q3", "title": "哮喘", "at": MOMENT}]}),
    ("cme/sponsor_releases.html", {"lines": []}),
    *(("cme/follow_up.html", {**ASKED, **changed}) for changed in (
        {}, {"fault": UNANSWERED}, {"fault": "One answer is longer than 2,000 characters. Shorten it."},
        {"is_answered": True}, {"is_answered": True, "heard": Thing(key="1", words="起了皮疹。")},
        {"is_stopping": True}, {"is_stopping": True, "is_done": True})),
    *((f"cme/mail/follow-up/body.{kind}", LETTER) for kind in ("html", "txt")),
    *(("cme/money.html", {**MONEY, "fault": fault, "entries": [], "balances": []}) for fault in (
        agreements.NO_PDF, agreements.TOO_LARGE, agreements.NO_SUPPORTER, "This very file is there already.")),
    *(("cme/money.html", {**MONEY, "entries": held, "balances": money.balances(held)}) for held in ([], PAID)),
]
"""(template, context), as the table of all pages has them."""
