"""What a draft is, what a new page begins with, and by which route it is reviewed. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

import yaml

from webapp.articles.rules.frontmatter import FOLDERS, Audience, FrontMatter, Kind
from webapp.articles.rules.locate import Finding, Severity
from webapp.articles.rules.templates import headings
from webapp.core.errors import N_, Invalid, said
from webapp.core.languages import LANGUAGES
from webapp.policy.rules import ContentClass
from webapp.review.rules import ROUTES

LARGEST = 500_000
"""Bytes of a draft: our choice, thirty times the longest page."""
TOGETHER = timedelta(minutes=10)
"""What one person saves within it is one version of the history: our choice, since the desk saves every few seconds."""
REVIEWED_EVERY = timedelta(days=365)
"""When a new page's next review is due, unless its writer says otherwise: our choice, as long as a clearance lasts."""
ROUTE_OF: Mapping[str, str] = {
    content_class: "promotional" if content_class is ContentClass.PROMOTIONAL or "full" not in ROUTES else "full"
    for content_class in ContentClass}
"""Content class -> route of review. Both ask for all three signatures; `full` where review knows it."""
REVIEW_OF_BEFORE = "review-of-before"
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+){0,20}")
_PATH = re.compile(rf"({FOLDERS})/([a-z0-9]+(?:-[a-z0-9]+)*)/(topic\.yaml|(?:{'|'.join(Audience)})\.(?:"
                   rf"{'|'.join(language.tag for language in LANGUAGES)})\.md)")
_CLASSES = {Kind.DISEASE: ContentClass.DISEASE_EDUCATION, Kind.DRUG: ContentClass.DRUG_EDUCATION}


class DraftState(StrEnum):
    """An `open` draft is being written; a `submitted` one is in the library and before review. Writing opens it."""

    OPEN = "open"
    SUBMITTED = "submitted"


@dataclass(frozen=True)
class Place:
    """What a path of content names: `diseases/asthma/patient.en.md`. Of a topic's own file audience and language are
    empty."""

    kind: Kind
    slug: str
    name: str
    audience: str = ""
    language: str = ""

    @property
    def address(self) -> str:
        """`diseases/asthma`."""
        return f"{self.kind.folder}/{self.slug}"

    @property
    def path(self) -> str:
        """Relative to content."""
        return f"{self.address}/{self.name}"


def place_of(path: str) -> Place | None:
    """What a path names; None for what the desk does not write."""
    found = _PATH.fullmatch(path)
    if found is None:
        return None
    kind = next(kind for kind in Kind if kind.folder == found.group(1))
    audience, _, language = found.group(3).removesuffix(".md").partition(".")
    is_page = found.group(3).endswith(".md")
    return Place(kind, found.group(2), found.group(3), audience if is_page else "", language if is_page else "")


def page_place(kind: str, slug: str, audience: str, language: str) -> Place:
    """The place of a page that somebody names. Invalid where the names are none."""
    if not _SLUG.fullmatch(slug) or len(slug) > 60:
        raise Invalid(N_("Nothing was made. Write the name for addresses in small Latin letters, digits and hyphens."))
    place = place_of(f"{kind}s/{slug}/{audience}.{language}.md")
    if place is None:
        raise Invalid(N_("Nothing was made. Choose a kind, an audience and a language of those offered."))
    return place


def review_of_before(before: FrontMatter, now: FrontMatter, line: int) -> Finding | None:
    """What is wrong with a changed text that still names the review of the one before it, or None."""
    if now.reviewed is None or now.reviewed != before.reviewed:
        return None
    return Finding(line, REVIEW_OF_BEFORE,
                   said("`reviewed` names the review of an earlier text, on %(on)s", on=now.reviewed.on),
                   N_("Name who reviews this text and when, or leave it out and say in `drafted` who wrote it"),
                   Severity.WARNING)


def text_of(typed: str) -> bytes:
    """What a form sent as the bytes of a file. Browsers send CRLF. Invalid if there is too much of it."""
    content = typed.replace("\r\n", "\n").replace("\r", "\n").encode("utf-8", "replace")
    if len(content) > LARGEST:
        raise Invalid(N_("The text is too long, and was not saved. Split the page."))
    return content


def new_page(place: Place, *, title: str, markets: Sequence[str], by: str, on: date) -> bytes:
    """A page with every heading of its template. It says who drafts it and that no AI did; what it lacks, the lint
    names."""
    front = {
        "title": title, "summary": "", "content_class": str(_CLASSES[place.kind]), "funding": {"kind": "independent"},
        "markets": list(markets),
        "references": [{"key": "first", "title": "", "issuer": "", "year": on.year, "url": "https://"}],
        "drafted": {"by": by, "on": on, "is_ai": False}, "next_review": on + REVIEWED_EVERY}
    body = "\n".join(f"## {heading}\n\n" for heading in headings(place.kind, Audience(place.audience), place.language))
    return f"---\n{_yaml(front)}---\n\n{body}".encode()


def new_topic(titles: Mapping[str, str], markets: Sequence[str]) -> bytes:
    """A `topic.yaml`. Invalid without a title in every language or without a market."""
    if not markets or not all(titles.get(language.tag, "").strip() for language in LANGUAGES):
        raise Invalid(N_("Nothing was made. A new topic needs a title in each language, and a country."))
    return _yaml({"titles": {tag: title.strip() for tag, title in titles.items()}, "synonyms": {}, "codes": {},
                  "markets": list(markets), "related": []}).encode()


def _yaml(value: object) -> str:
    text: str = yaml.safe_dump(value, allow_unicode=True, sort_keys=False, width=1_000)
    return text
