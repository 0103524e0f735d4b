"""The policy table and the one function that reads it. Pure.

Source: the first table of the field rules (section 1), which marks its rows as ours to defend. Not legal advice.
"""

import hashlib
from enum import StrEnum
from functools import cache
from itertools import product
from typing import NamedTuple

from webapp.core.languages import MARKETS


class Verdict(StrEnum):
    """What a reader gets."""

    DENY = "deny"
    GATE = "gate"
    ALLOW = "allow"


class Audience(StrEnum):
    """Who asks: anybody, or a health professional who is verified as one."""

    PUBLIC = "public"
    HCP = "hcp"


class ContentClass(StrEnum):
    """What a page is, in the eyes of the law."""

    DISEASE_EDUCATION = "disease-education"
    SAFETY_NOTICE = "safety-notice"
    DRUG_EDUCATION = "drug-education"
    PROMOTIONAL = "promotional"
    CME = "cme"


class FundingKind(StrEnum):
    """Who paid."""

    INDEPENDENT = "independent"
    GRANT_SUPPORTED = "grant-supported"
    SPONSORED = "sponsored"


class Ruling(NamedTuple):
    """A verdict and the ids of the texts that must be shown with it."""

    verdict: Verdict
    mandatory: tuple[str, ...] = ()


DENIED = Ruling(Verdict.DENY)
STATEMENTS = {
    FundingKind.INDEPENDENT: Ruling(Verdict.ALLOW),
    FundingKind.GRANT_SUPPORTED: Ruling(Verdict.ALLOW, ("grant-statement",)),
    FundingKind.SPONSORED: Ruling(Verdict.ALLOW, ("funding-statement",)),
}


def rule(market: str, content_class: str, audience: Audience, funding: str) -> Ruling:
    """The ruling for one cell; anything that the table does not name is denied."""
    if market not in MARKETS or content_class not in list(ContentClass) or funding not in list(FundingKind):
        return DENIED
    paid_by = FundingKind(funding)
    if content_class in (ContentClass.DISEASE_EDUCATION, ContentClass.SAFETY_NOTICE):
        return STATEMENTS[paid_by]
    if content_class == ContentClass.DRUG_EDUCATION and paid_by is not FundingKind.SPONSORED:
        return STATEMENTS[paid_by]
    if content_class == ContentClass.CME:
        return _accredited(paid_by)
    return _promotional(market, audience) if paid_by is FundingKind.SPONSORED else DENIED


def _accredited(paid_by: FundingKind) -> Ruling:
    if paid_by is FundingKind.SPONSORED:
        return DENIED
    return Ruling(Verdict.GATE, ("support-statement",) if paid_by is FundingKind.GRANT_SUPPORTED else ())


def _promotional(market: str, audience: Audience) -> Ruling:
    if market == "us":  # 21 CFR 202.1: fair balance and the full prescribing information on every view
        return Ruling(Verdict.ALLOW, ("funding-statement", "important-safety-information"))
    if market in ("gb", "eu"):  # Directive 2001/83/EC Art. 88: no prescription advertising to the public
        verdict = Verdict.ALLOW if audience is Audience.HCP else Verdict.GATE
        return Ruling(verdict, ("funding-statement", "important-safety-information"))
    return DENIED  # China: a login wall does not legalise prescription promotion online


_TEXTS = {
    ("funding-statement", "en"): "Paid for by {company}.",
    ("funding-statement", "zh-Hans"): "本页由{company}出资。",
    ("grant-statement", "en"): "Supported by a grant from {company}.",
    ("grant-statement", "zh-Hans"): "本页由{company}资助。",
    ("support-statement", "en"): "Supported by an independent educational grant from {company}.",
    ("support-statement", "zh-Hans"): "本活动由{company}的独立教育资助支持。",
    ("important-safety-information", "en"): "Read the Important Safety Information below.",
    ("important-safety-information", "zh-Hans"): "请阅读下文的重要安全性信息和处方信息。",
}


def mandatory_texts(ruling: Ruling, language: str, company: str) -> tuple[str, ...]:
    """The sentences that a ruling asks for, in the page's language; they are part of what is signed."""
    return tuple(_TEXTS[name, language].format(company=company) for name in ruling.mandatory)


@cache
def table_digest() -> bytes:
    """The digest of the whole table and its texts: what was read under another table must be read again."""
    cells = [rule(*cell) for cell in product(MARKETS, ContentClass, Audience, FundingKind)]
    return hashlib.sha256(repr((cells, sorted(_TEXTS.items()))).encode()).digest()
