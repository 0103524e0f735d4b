"""What an activity's people and the provider see of disclosures, in Chinese: what `tests/test_pages_in_chinese.py`
renders."""

from tests.cme.in_chinese import Case
from tests.cme.provider_in_chinese import ABOUT, DAY, MOMENT
from webapp.cme.rules import decision, disclosure
from webapp.cme.rules import faculty as rules
from webapp.cme.rules.faculty import Person
from webapp.cme.service.showing import PART_NAMES
from webapp.core.languages import CHINESE

CODE = {"code": "1", "name": "示例（虚构）", "heading": "哮喘", "lang": "zh-Hans", "until": MOMENT, "today": "1",
        "parts": list(PART_NAMES.values()), "natures": disclosure.NATURES, "most": 30, "count": 2, "typed": {},
        "faults": {}, "stated": None, "may_state": True, "is_asking": True, "provider_name": "示例教育处（虚构）"}
FAULTS = {"told": "Say whether there are any.", "company-1": "Name the company.", "nature-1": "Choose what it is.",
          "words-1": "Say what it is, in at most 200 characters.",
          "ended_on-1": "That is more than 24 months ago and need not be told: empty this one."}
TIES = [{"company": "示例药业（虚构）", "nature": nature, "words": words, "ended_on": ended, "place": place,
         "seen": 0, "is_excluding": place == 1, "decisions": []} for place, (nature, words, ended) in enumerate(
             ((name, "另有说明", ended) for name in disclosure.NATURES.values() for ended in (DAY, None)), 1)]
DECISIONS = [{"verdict": verdict, "exception": exception, "words": "理由", "means": list(decision.MEANS.values()),
              "at": MOMENT, "by": by} for verdict, exception, by in (
                  *((verdict, "", "张三") for verdict in decision.VERDICTS.values()),
                  *((decision.VERDICTS["mitigated"], exception, "") for exception in decision.EXCEPTIONS.values()))]
STATED = {"at": MOMENT, "number": 1, "key": "1", "ties": [*TIES, {**TIES[0], "place": 99, "decisions": DECISIONS}]}
NONE = {"at": MOMENT, "number": 2, "key": "2", "ties": []}
SEATED = [{"key": "1", "name": "示例（虚构）", "parts": list(PART_NAMES.values()), "state": state,
           "mark": "pending" if is_open else "",
           "asked_at": MOMENT, "expires_at": MOMENT, "is_over": is_open, "is_answered": False, "ended_at": ended,
           "reminded_at": MOMENT, "stated_at": None if is_open else MOMENT, "ties": 1}
          for state in decision.STATES.values() for is_open, ended in ((True, None), (False, None), (False, MOMENT))]
NAMED = ABOUT.model_copy(update={"contributors": tuple(
    one.model_copy(update={"name": name}) for one, name in zip(ABOUT.contributors, ("示例甲", "示例乙"), strict=True))})
STANDING = rules.obstacles(NAMED, [Person("示例甲", None), Person("示例丙", None)], lambda words, tag: "讲者", DAY)
FACULTY = {"slug": "1", "heading": "哮喘", "lang": "zh-Hans", "entries": SEATED, "parts": PART_NAMES,
           "languages": [CHINESE], "unasked": ["示例"], "is_bound": True, "is_sample": False,
           "provider_name": "示例教育处（虚构）", "obstacles": [], "fault": "", "typed": {}, "chosen": [],
           "is_done": True}
PERSON = {"slug": "1", "heading": "哮喘", "lang": "zh-Hans", "person": SEATED[0], "email": "1@2.3", "last": STATED,
          "earlier": [STATED, NONE], "verdicts": decision.VERDICTS, "means": decision.MEANS, "typed": {}, "chosen": [],
          "exceptions": decision.EXCEPTIONS, "fault": "", "at": "", "is_done": True}
LETTER = {"title": "标题", "heading": "哮喘", "name": "示例", "provider": "示例（虚构）", "link": "1", "until": "2"}
NOT_DECIDED = ("Choose what is decided.", "This was changed meanwhile: look at it again. Nothing was decided.")

CASES: list[Case] = [
    *(("cme/disclose.html", {**CODE, **changed}) for changed in (
        {}, {"faults": FAULTS}, {"is_asking": False, "stated": STATED},
        {"is_asking": False, "stated": NONE, "may_state": False})),
    *((f"cme/mail/disclosure/body.{kind}", LETTER) for kind in ("html", "txt")),
    *(("cme/faculty.html", {**FACULTY, **changed}) for changed in (
        {}, {"entries": [], "is_bound": False, "fault": "Choose what the person does."},
        {"is_bound": False, "is_sample": True}, {"obstacles": STANDING})),
    *(("cme/faculty_person.html", {**PERSON, **changed}) for changed in (
        {}, {"last": NONE, "earlier": []}, {"last": None, "person": SEATED[2]},
        *({"fault": fault, "at": at, "is_done": False} for fault in NOT_DECIDED
          for at in ("1", "again", "call-off", "")))),
]
"""(template, context), as the table of all pages has them."""
