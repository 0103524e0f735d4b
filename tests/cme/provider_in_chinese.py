"""The provider's pages, a supporter's, and the follow-up, with all that they can show, in Chinese: what
`tests/test_pages_in_chinese.py` renders."""

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from types import SimpleNamespace as Thing
from typing import Any

from webapp.cme.rules import follow_up
from webapp.cme.rules.money import KINDS, Entry, MoneyKind, balances
from webapp.cme.service import following_up, hearing, overview, releasing

Case = tuple[str, Mapping[str, Any]]

MOMENT = datetime(2026, 11, 26, 8, tzinfo=UTC)
ENTRY = {"slug": "1", "title": "哮喘", "lang": "zh-Hans", "is_sample": True, "ended_at": MOMENT, "versions": [
    {"number": 1, "at": MOMENT, "is_live": is_live, "learners": 20, "completed": 12} for is_live in (True, False)]}
SECTION = {"key": "1", "heading": "标题", "intro": "说明。", "columns": ["一", "二"], "chart": ""}
OUTCOMES = {"heading": "哮喘", "lang": "zh-Hans", "slug": "1", "version_number": 1, "at": MOMENT, "sections": [
    {**SECTION, "rows": [["甲", "1"]] * count, "kinds": [["", "number"]] * count} for count in (0, 1, 16)]}
COMMENTS = {"slug": "1", "heading": "哮喘", "lang": "zh-Hans", "version_number": 1, "page_number": 2, "has_more": True}
LINE = {"key": "1", "title": "哮喘", "title_lang": "zh-Hans", "lang": "zh-Hans", "words": "吃药后起了皮疹。",
        "on": MOMENT}
TABLES = [{"heading": heading, "lines": [(name, count) for name, count in zip(
    releasing.NAMES[what].values(), (None, *range(11, 20)), strict=False)]}
    for what, heading in releasing.HEADINGS.items()]
RELEASED = {"learners": 40, "gain": {"before": 41, "after": 80}, "withheld": releasing.WITHHELD, "tables": TABLES}
RELEASES = {"is_done": False, "heading": "哮喘", "lang": "zh-Hans", "slug": "1", "fault": "", "released": [
    {"period": "1", "at": MOMENT, "companies": ["示例药业（虚构）"], **RELEASED},
    {"period": "2", "at": MOMENT, "companies": ["示例药业（虚构）"], **RELEASED, "gain": None}]}
ASKED = {"code": "1", "language_tag": "zh-Hans", "heading": "哮喘", "is_answered": False, "changes": follow_up.CHANGES,
         "barriers": following_up.BARRIERS, "typed": {"changed": "yes", "words": "已改。"}, "chosen": ["time"],
         "is_stopping": False, "is_done": False, "heard": None, "fault": ""}
MAIL = {"title": "标题", "heading": "哮喘", "link": "/1", "stop": "/2"}

PAID = [Entry(kind, "示例（虚构）", Decimal(100), "¥", MOMENT.date(), agreed_on)
        for kind, agreed_on in ((MoneyKind("support"), MOMENT.date()), *((kind, None) for kind in MoneyKind))]
MONEY = {"heading": "哮喘", "lang": "zh-Hans", "slug": "1", "kinds": KINDS, "today": "1", "is_done": True, "fault": "",
         "typed": {}}

CASES: list[Case] = [
    *(("cme/money.html", {**MONEY, "entries": held, "balances": balances(held)}) for held in ([], PAID)),
    ("cme/provider.html", {"entries": [ENTRY, {**ENTRY, "is_sample": False, "ended_at": None}], "words_open": 2}),
    ("cme/provider.html", {"entries": [], "words_open": 0}),
    *(("cme/outcomes.html", {**OUTCOMES, "learners": learners}) for learners in (0, 12)),
    ("cme/comments.html", {**COMMENTS, "comments": [
        {"lang": "zh-Hans", "lines": [(label, "很好。") for label in overview.FIELDS.values()]}]}),
    ("cme/comments.html", {**COMMENTS, "comments": []}),
    ("cme/words.html", {"page_number": 1, "has_more": False, "is_done": True, "fault": "", "lines": [
        {**LINE, "agreement": told} for told in hearing.AGREEMENTS.values()]}),
    ("cme/words.html", {"page_number": 1, "has_more": False, "is_done": True, "lines": [],
                        "fault": "There is no such activity."}),
    *(("cme/releases.html", {**RELEASES, "supporters": supporters, "waiting": waiting})
      for supporters, waiting in (([], []), (["示例药业（虚构）"], []), (["示例药业（虚构）"], ["1"]))),
    ("cme/sponsor_release.html", {"key": "1", "heading": "哮喘", "period": "1", "released_at": MOMENT, **RELEASED}),
    *(("cme/sponsor_releases.html", {"lines": lines})
      for lines in ([], [{"key": "1", "period": "1", "title": "哮喘", "at": MOMENT}])),
    *(("cme/follow_up.html", {**ASKED, **changed}) for changed in (
        {}, {"fault": "There is no such activity."}, {"is_answered": True}, {"is_stopping": True},
        {"is_stopping": True, "is_done": True}, {"heard": Thing(key="1", words="吃药后起了皮疹。")})),
    *((f"cme/mail/follow-up/body.{ending}", MAIL) for ending in ("html", "txt")),
]
"""(template, context), as the table of all pages has them."""
