"""The fixed headings of each kind of page, in order, and the words of ours in a body."""

from collections.abc import Mapping, Sequence

from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.rules.locate import Finding
from webapp.core.errors import N_, said
from webapp.core.markdown import Labels

_HEADINGS: Mapping[tuple[Kind, Audience, str], str] = {
    (Kind.DISEASE, Audience.PATIENT, "en"):
        "In short | Get help | What it is and why it happens | Signs you may notice | "
        "Tests and what the numbers mean | Treatment | Living with it | If you look after someone with this | "
        "Questions for your doctor | Check yourself | Glossary",
    (Kind.DISEASE, Audience.PATIENT, "zh-Hans"):
        "要点 | 何时求助 | 这是什么病，为什么会得 | 可能出现的信号 | 检查与数字的含义 | 治疗 | 日常生活 | "
        "如果您在照顾患者 | 可以问医生的问题 | 自测 | 词语解释",
    (Kind.DRUG, Audience.PATIENT, "en"):
        "In short | Get help | Before you take it | How to take it | "
        "If you miss a dose, take too much or want to stop | Other medicines, food, alcohol and driving | "
        "Side effects | Tests while you take it | Keeping it and throwing it away | "
        "Questions for your doctor or pharmacist | Reporting a side effect",
    (Kind.DRUG, Audience.PATIENT, "zh-Hans"):
        "要点 | 何时求助 | 用药之前 | 怎样使用 | 漏用、过量或想停药时 | 其他药物、食物、酒与驾驶 | 副作用 | "
        "用药期间的检查 | 储存与丢弃 | 可以问医生或药师的问题 | 报告不良反应",
    (Kind.DISEASE, Audience.HCP, "en"):
        "Bottom line | What changed | Epidemiology | Diagnosis | Severity and risk | Treatment | Special groups | "
        "Evidence | Follow-up and referral | Unapproved uses | For the patient",
    (Kind.DRUG, Audience.HCP, "en"):
        "Bottom line | What changed | Indications | Dosing | Contraindications, boxed warning and monitoring | "
        "Interactions | Special groups | Evidence | Adverse reactions | Unapproved uses | For the patient",
}

LABELS: Mapping[str, Labels] = {
    "en": Labels(),
    "zh-Hans": Labels("脚注", "返回正文", "参考文献{number}", "文中用语", "更多用语", "来源：", "，"),
}


def headings(kind: Kind, audience: Audience, language: str) -> tuple[str, ...]:
    """The headings of level 2 that such a page has, in order; empty where no template is laid down yet."""
    return tuple(part.strip() for part in _HEADINGS.get((kind, audience, language), "").split("|") if part.strip())


def missing_or_misplaced_headings(
    found: Sequence[tuple[int, str]], kind: Kind, audience: Audience, language: str
) -> list[Finding]:
    """What keeps the headings of level 2, as (line, text), from being the template's, all of them, in order.

    At most one finding for a heading: a foreign one, one that stands twice, one that is out of order, one missing.
    """
    wanted = headings(kind, audience, language)
    if not wanted:
        return []
    findings, seen, furthest = [], dict[str, int](), 0
    for line, text in found:
        if text not in wanted:
            findings.append(Finding(line, "heading-unknown",
                                    said("the heading `%(text)s` is not in the template", text=text[:60]),
                                    said("Use level 3 below one of: %(known)s", known=" | ".join(wanted))))
        elif text in seen:
            findings.append(Finding(line, "heading-twice",
                                    said("the heading `%(text)s` stands on line %(seen)s too", text=text,
                                         seen=seen[text]), N_("Merge the two sections")))
        else:
            seen[text] = line
            place = wanted.index(text)
            if place < furthest:
                findings.append(Finding(line, "heading-order",
                                        said("the heading `%(text)s` comes after `%(wanted)s`", text=text,
                                             wanted=wanted[furthest]),
                                        said("Keep this order: %(known)s", known=" | ".join(wanted))))
            furthest = max(furthest, place)
    start = found[0][0] if found else 1
    return findings + [_missing(text, wanted, seen, start) for text in wanted if text not in seen]


def _missing(text: str, wanted: Sequence[str], seen: Mapping[str, int], start: int) -> Finding:
    before = next((name for name in reversed(wanted[:wanted.index(text)]) if name in seen), None)
    where = said("after the section `%(before)s`", before=before) if before else said("at the start")
    return Finding(seen[before] if before else start, "heading-missing",
                   said("the heading `%(text)s` is missing", text=text),
                   said("Add `## %(text)s` %(where)s", text=text, where=where))
