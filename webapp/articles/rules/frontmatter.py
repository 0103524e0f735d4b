"""The schemas of content files. Unknown keys are refused; every model is frozen."""

import re
from collections.abc import Mapping
from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, ValidationError, model_validator

from webapp.articles.rules import parsers
from webapp.articles.rules.languages import HAN
from webapp.articles.rules.locate import Finding, Yaml
from webapp.core.errors import N_, Said, said
from webapp.core.languages import LANGUAGES, MARKETS
from webapp.policy.rules import ContentClass, FundingKind

MAX_SUMMARY_CHARACTERS = 240
MAX_SUMMARY_HAN = 120
MAX_TITLE_CHARACTERS = 120
DRAWINGS = ("pancreas", "heart", "lungs", "kidney", "breast", "brain", "joint", "vessel", "pill", "inhaler", "infusion")
MEASURES = ("glucose", "hba1c", "cholesterol", "triglycerides", "creatinine", "acr", "temperature", "weight", "length")
_TAGS = tuple(language.tag for language in LANGUAGES)


class Kind(StrEnum):
    """What a topic is about; `folder` is its place in content and its segment in addresses."""

    DISEASE = "disease"
    DRUG = "drug"

    @property
    def folder(self) -> str:
        return f"{self.value}s"


FOLDERS = "|".join(kind.folder for kind in Kind)
"""Every kind's folder, for patterns."""


class Audience(StrEnum):
    """For whom a file is written, as its name begins."""

    PATIENT = "patient"
    HCP = "hcp"


TEMPLATED = (ContentClass.DISEASE_EDUCATION, ContentClass.DRUG_EDUCATION)
"""Classes whose headings are laid down (`templates`): a promotional piece follows its label instead."""


def _known(values: tuple[str, ...], what: str) -> AfterValidator:
    def check(value: str) -> str:
        if value not in values:
            raise ValueError(said("unknown %(what)s `%(value)s`; known: %(known)s", what=said(what), value=value,
                                  known=", ".join(values)))
        return value
    return AfterValidator(check)


def _shape(pattern: str, what: str) -> AfterValidator:
    compiled = re.compile(pattern)

    def check(value: str) -> str:
        if not compiled.fullmatch(value):
            raise ValueError(said("`%(value)s` is not %(what)s", value=value[:60], what=said(what)))
        return value
    return AfterValidator(check)


def _unique(values: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(values)) < len(values):
        raise ValueError(N_("a value stands twice"))
    return values


Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_TITLE_CHARACTERS)]
Market = Annotated[str, _known(MARKETS, N_("market"))]
Tag = Annotated[str, _known(_TAGS, N_("language"))]
Markets = Annotated[tuple[Market, ...], Field(min_length=1), AfterValidator(_unique)]
_PLACE = r"(?![^/?#:]*\.(?:\d+|0[xX][0-9a-fA-F]*)\.?(?:[:/?#]|$))[^\s<>\"'`\\/?#@\[]+\.[^\s<>\"'`\\]+"
"""A host by name, and what follows it: one that ends in a number is a machine's address (URL Standard, host parsing),
and no publisher's."""
Url = Annotated[str, _shape(rf"https://{_PLACE}", N_("an https address"))]
WebUrl = Annotated[str, _shape(rf"https?://{_PLACE}", N_("a web address"))]
Year = Annotated[int, Field(ge=1900, le=2100)]
Key = Annotated[str, _shape(r"[a-z0-9]+(?:-[a-z0-9]+)*", N_("a key of lower-case letters, digits and hyphens"))]
TopicAddress = Annotated[str, _shape(rf"(?:{FOLDERS})/[a-z0-9]+(?:-[a-z0-9]+)*",
                                     N_("a topic such as diseases/asthma"))]
Keys = Annotated[tuple[Key, ...], Field(min_length=1), AfterValidator(_unique)]
SetId = Annotated[str, _shape(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", N_("a label's set id in lower case"))]
LoincCode = Annotated[str, _shape(r"[1-9]\d{0,6}-\d", N_("a LOINC code such as 34070-3"))]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Codes(_Strict):
    """What the topic is called in coding systems. Only the shape is checked here."""

    icd10cm: tuple[Annotated[str, _shape(r"[A-Z]\d[0-9A-Z](?:\.[0-9A-Z]{1,4})?",
                                         N_("an ICD-10-CM code such as E11.9"))], ...] = ()
    snomed: tuple[Annotated[str, _shape(r"[1-9]\d{5,17}", N_("a SNOMED CT id (digits, in quotes)"))], ...] = ()
    rxnorm: tuple[Annotated[str, _shape(r"[1-9]\d{0,7}", N_("an RxCUI (digits, in quotes)"))], ...] = ()
    atc: tuple[Annotated[str, _shape(r"[A-Z]\d{2}[A-Z]{2}\d{2}", N_("an ATC code of level 5 such as A10BA02"))],
               ...] = ()


class TopicLabel(_Strict):
    """A product label of a medicine in a market, by its SPL set id."""

    market: Market
    set_id: SetId


class TopicFile(_Strict):
    """`topic.yaml`."""

    titles: Mapping[Tag, Title]
    synonyms: Mapping[Tag, tuple[Title, ...]] = {}
    codes: Codes = Codes()
    markets: Markets
    related: Annotated[tuple[TopicAddress, ...], AfterValidator(_unique)] = ()
    drawing: Annotated[str, _known(DRAWINGS, N_("drawing"))] | None = None
    labels: Annotated[tuple[TopicLabel, ...], AfterValidator(_unique)] = ()

    def labels_in(self, market: str) -> tuple[str, ...]:
        """The set ids of the medicine's labels in a market."""
        return tuple(label.set_id for label in self.labels if label.market == market)

    @model_validator(mode="after")
    def _has_every_title(self) -> "TopicFile":
        missing = [tag for tag in _TAGS if tag not in self.titles]
        if missing:
            raise ValueError(said("no title in %(known)s", known=", ".join(missing)))
        return self


class Reference(_Strict):
    """One entry of the list of references. `supports` says in our words what is leaned on; `detail` where it stands.

    `year` is the one the source itself shows. A source that shows none has `accessed` instead, the day it was read:
    that day is never given as its year. `language` is that of title and issuer, needed only where it is neither
    English nor Chinese.
    """

    key: Key
    title: Text
    issuer: Text
    year: Year | None = None
    accessed: date | None = None
    url: Url
    detail: Text | None = None
    supports: Text | None = None
    language: Annotated[str, _shape(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", N_("a language tag such as fr"))] | None = None

    @model_validator(mode="after")
    def _is_dated_once(self) -> "Reference":
        if self.year is None and self.accessed is None:
            raise ValueError(N_("needs the `year` its source shows, or `accessed`, the day it was read, if it has "
                                "none"))
        if self.year is not None and self.accessed is not None:
            raise ValueError(N_("`accessed` is for a source that shows no date: leave out `accessed` or `year`"))
        return self


class Funding(_Strict):
    """Who paid, and what say they had. A company and its influence are named unless the page is independent."""

    kind: FundingKind
    company: Text | None = None
    influence: Text | None = None

    @model_validator(mode="after")
    def _names_the_company(self) -> "Funding":
        if self.kind is FundingKind.INDEPENDENT and (self.company or self.influence):
            raise ValueError(N_("independent funding names no company"))
        if self.kind is not FundingKind.INDEPENDENT and not (self.company and self.influence):
            raise ValueError(said("%(kind)s funding needs `company` and `influence`", kind=self.kind))
        return self


class Drafted(_Strict):
    """Who wrote a page. It is shown as written by AI unless `is_ai` is stated to be false."""

    by: Text
    on: date
    is_ai: bool | None = None


class Reviewed(_Strict):
    """Who answered for a page."""

    person: Text
    role: Text
    on: date


class Translation(_Strict):
    """The page that this one was translated from: its language, and the beginning of its file's digest at the time."""

    of: Tag
    digest: Annotated[str, _shape(r"[0-9a-f]{12,64}", N_("the first 12 or more digits of a file's digest, as "
                                                         "`materia content translations` shows it"))]


class FrontMatter(_Strict):
    """The head of a page's file. Samples have `drafted` only."""

    title: Title
    summary: Text
    content_class: ContentClass
    funding: Funding
    markets: Markets
    references: Annotated[tuple[Reference, ...], Field(min_length=1)]
    drafted: Drafted | None = None
    reviewed: Reviewed | None = None
    translation: Translation | None = None
    next_review: date

    @property
    def is_sample(self) -> bool:
        return self.reviewed is None

    @model_validator(mode="after")
    def _is_dated(self) -> "FrontMatter":
        dates = [stamp.on for stamp in (self.drafted, self.reviewed) if stamp]
        if not dates:
            raise ValueError(N_("needs `drafted` (by, on) or `reviewed` (person, role, on)"))
        if self.next_review <= max(dates):
            raise ValueError(N_("`next_review` must come after the day of drafting and of review"))
        return self

    @model_validator(mode="after")
    def _has_unique_keys(self) -> "FrontMatter":
        keys = [reference.key for reference in self.references]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise ValueError(said("reference key %(known)s stands twice",
                                  known=", ".join(f"`{key}`" for key in sorted(twice))))
        return self


class Source(_Strict):
    """Where a market's numbers were looked up."""

    title: Text
    issuer: Text
    year: Year
    url: WebUrl


class MarketFile(_Strict):
    """`markets/<market>.yaml`: what fills the slots of a market, by language."""

    name: Mapping[Tag, Text]
    emergency: Mapping[Tag, Text]
    crisis: Mapping[Tag, Text]
    poison: Mapping[Tag, Text]
    report: Mapping[Tag, Text]
    units: Mapping[Annotated[str, _known(MEASURES, N_("measure"))], Literal["conventional", "si", "both"]]
    drugs: Mapping[Key, Mapping[Tag, Text]]
    words: Mapping[Key, Mapping[Tag, Text]] = Field(default_factory=dict)
    """What is spelled or called otherwise from market to market: tumor and tumour."""
    sources: Annotated[tuple[Source, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_complete(self) -> "MarketFile":
        by_language = {"name": self.name, "emergency": self.emergency, "crisis": self.crisis, "poison": self.poison,
                       "report": self.report} | {f"drugs.{slug}": names for slug, names in self.drugs.items()} | {
                           f"words.{word}": names for word, names in self.words.items()}
        missing = [f"{name}.{tag}" for name, texts in by_language.items() for tag in _TAGS if tag not in texts]
        missing += [f"units.{measure}" for measure in MEASURES if measure not in self.units]
        if missing:
            raise ValueError(said("missing: %(known)s", known=", ".join(missing)))
        return self


def summary_finding(summary: str, language: str) -> str | None:
    """What is wrong with the length of a summary as filled, or None. Limits are our choice: two lines in a list."""
    if len(summary) > MAX_SUMMARY_CHARACTERS:
        return said("the summary has %(count)s characters, at most %(most)s are read", count=len(summary),
                    most=MAX_SUMMARY_CHARACTERS)
    han = len(HAN.findall(summary))
    if language.startswith("zh") and han > MAX_SUMMARY_HAN:
        return said("the summary has %(count)s Chinese characters, at most %(most)s are read", count=han,
                    most=MAX_SUMMARY_HAN)
    return None


Model = TypeVar("Model", bound=BaseModel)
_OURS: Mapping[str, str] = {
    "string_type": N_("is no text"), "string_too_short": N_("is empty"),
    "string_too_long": N_("has more than %(max_length)s characters"),
    "too_short": N_("has fewer entries than it needs (%(min_length)s)"),
    "int_type": N_("is no whole number"), "int_from_float": N_("is no whole number"),
    "bool_type": N_("is not true or false"),
    "date_type": N_("is no day such as 2026-11-23"), "greater_than_equal": N_("is less than %(ge)s"),
    "less_than_equal": N_("is more than %(le)s"), "enum": N_("is none of %(expected)s"),
    "literal_error": N_("is none of %(expected)s"), "tuple_type": N_("is no list"),
    "mapping_type": N_("is no group of `key: value` lines"), "dict_type": N_("is no group of `key: value` lines"),
    "model_type": N_("is no group of `key: value` lines"),
    "model_attributes_type": N_("is no group of `key: value` lines")}
"""What pydantic finds in the types above, in our words; its contexts' names are the values' names."""


def validate(model: type[Model], read: Yaml) -> Model | list[Finding]:
    """The YAML as `model`, or every reason why not, each at the line of the guilty key."""
    try:
        return model.model_validate(read.values)
    except ValidationError as error:
        details = error.errors(include_url=False)
        bad_places = {detail["loc"][:depth] for detail in details for depth in range(1, len(detail["loc"]))}
        findings = [_finding(model, read, detail) for detail in details
                    if not (detail["type"] == "too_short" and detail["loc"] in bad_places)]
        return sorted(findings, key=lambda finding: finding.line)


def _finding(model: type[BaseModel], read: Yaml, detail: Mapping[str, Any]) -> Finding:
    place = detail["loc"]
    assert isinstance(place, tuple)
    name = ".".join(str(step) for step in place)
    line = read.line(place)
    if detail["type"] == "extra_forbidden":
        return Finding(line, "unknown-key", said("unknown key `%(name)s`", name=name),
                       said("Known keys here: %(known)s", known=", ".join(_keys(model, place)) or said("none")))
    if detail["type"] == "missing":
        return Finding(line, "missing-key", said("`%(name)s` is missing", name=name), N_("Add it"))
    message = _message(detail)
    remedy = N_("Put the value in quotes") if detail["type"] == "string_type" else N_("Correct the value")
    told = said("`%(name)s`: %(message)s", name=name, message=message) if name else message
    return Finding(line, "bad-value", told, remedy)


def _message(detail: Mapping[str, Any]) -> Said:
    """What is wrong with a value: in our validators' words, else in ours for what pydantic found, else in its own."""
    context = detail.get("ctx", {})
    if "error" in context:
        told = context["error"].args[0] if isinstance(context["error"], Exception) else context["error"]
        return told if isinstance(told, Said) else said(told)
    words = _OURS.get(detail["type"])
    return parsers.quoted(detail["msg"]) if words is None else said(words, **context)


def _keys(model: type[BaseModel], place: tuple[object, ...]) -> list[str]:
    """The keys known beside the unknown one at `place`."""
    for step in place[:-1]:
        field = model.model_fields.get(str(step))
        inner = _model_in(field.annotation) if field else None
        model = inner or model
    return list(model.model_fields)


def _model_in(annotation: object) -> type[BaseModel] | None:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for part in getattr(annotation, "__args__", ()) if (found := _model_in(part))), None)
