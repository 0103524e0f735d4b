"""Renders the readers' pages from what is published. Reads; the bytes are stored by `publish`."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from markupsafe import Markup
from sqlmodel import Session

from webapp.articles import queries
from webapp.articles.models import Revision
from webapp.articles.queries import renderings as renderings_queries
from webapp.articles.queries.renderings import Body
from webapp.articles.rules.frontmatter import Kind
from webapp.articles.rules.languages import language_of
from webapp.articles.rules.shelf import AUDIENCES, LABEL_PART, Entry, Shelf, path_of
from webapp.articles.service import translating
from webapp.core.frame import Frame, Switch, frame_at, ways_without
from webapp.core.languages import LANGUAGES, Place, all_places, by_tag, prefix, sort_key
from webapp.core.pages import STRANGERS, Page
from webapp.core.platform import Platform
from webapp.core.render import translations
from webapp.engagement.service import PAGE_TOKEN
from webapp.medicines import queries as medicines
from webapp.policy import rules as policy
from webapp.review import service as review
from webapp.review.rules import Decision, ReviewRole

REFERENCE_TEXTS = ("title", "issuer", "detail", "supports")
OverviewMaker = Callable[["Press", Place], Iterable[Page]]
"""Makes the pages of one place that show several topics at once."""


@dataclass(frozen=True)
class Press:
    """What pages are made from: the platform, what is published, and the markets' facts."""

    platform: Platform
    shelf: Shelf
    markets: Mapping[str, Mapping[str, Any]]

    def frame(self, place: Place, edition: str, *, title: str, path: str, **more: Any) -> Frame:
        """The frame of a reader's page."""
        facts = self.markets.get(place.market, {})
        emergency = facts.get("emergency", {}).get(place.language.tag, "")
        side_effect = f"/side-effect?language={place.language.tag}&market={place.market}"
        return frame_at(place, self.shelf.homes, edition, title=title, path=path, emergency=emergency,
                        side_effect_url=side_effect, canonical=f"{self.platform.base_url}{path}",
                        **ways_without(self.platform.rooms), **more)

    def market_name(self, market: str, language: str) -> str:
        """The market's name in a language; its code where no file names it."""
        name: str = self.markets.get(market, {}).get("name", {}).get(language, market)
        return name

    def is_sample(self, entry: Entry) -> bool:
        """Whether readers are told that a page is a sample: signatures make it none, save in the demo, where those who
        signed are fictional."""
        return entry.is_sample and (self.platform.is_demo or entry.clearance != "review")

    def words(self, place: Place) -> Callable[[str], str]:
        """The interface's catalogue for a place."""
        return translations(place.language).gettext


def press(platform: Platform, session: Session) -> Press:
    """What is published now, ready to make pages from."""
    return Press(platform, Shelf(tuple(queries.live(session)), platform.homes), queries.markets(session))


def article_pages(made: Press, session: Session, entries: Collection[Entry]) -> list[Page]:
    """The readers' pages of these documents."""
    numbers, behind = {entry.revision_id for entry in entries}, translating.behind(session, made.shelf, entries)
    revisions, bodies = queries.revisions(session, numbers), renderings_queries.bodies(session, numbers)
    come_in = medicines.current(session, {set_id for entry in entries for set_id in entry.labels})
    cleared = clearances_of(session, entries)
    return [_article_page(made, entry, revisions[entry.revision_id], bodies[entry.revision_id],
                          cleared[entry.document_id],
                          has_label=any(set_id in come_in for set_id in entry.labels),
                          changed_on=behind.get(entry.document_id)) for entry in entries]


def page_as_published(made: Press, session: Session, entry: Entry) -> Page:
    """A document's page as readers saw it when it was put up: that revision, as it was rendered then, with who had
    signed it by then. The frame around it is the present one."""
    number = entry.revision_id
    return _article_page(made, entry, queries.revisions(session, [number])[number],
                         renderings_queries.bodies(session, [number], entry.published_at)[number],
                         clearance_of(session, entry), has_label=False)


class Clearance(NamedTuple):
    """Who approved a page, until when, and how the piece is called in print."""

    approvals: Sequence[Decision] = ()
    until: datetime | None = None
    material_id: str = ""


def clearance_of(session: Session, entry: Entry) -> Clearance:
    """As it stood when the page was published, so that its bytes stay the same until it is published again."""
    return clearances_of(session, [entry])[entry.document_id]


def clearances_of(session: Session, entries: Collection[Entry]) -> dict[int, Clearance]:
    """The same of many pages, by the numbers of their documents: asked at once."""
    moments = {(entry.subject, entry.digest): entry.published_at for entry in entries
               if entry.clearance == "review" and entry.published_at is not None}
    cleared = review.cleared_at(session, moments)
    names = review.material_ids(session, {subject for subject, _ in moments})
    return {entry.document_id: Clearance(*cleared.get(piece, ((), None)), names.get(entry.subject, ""))
            if (piece := (entry.subject, entry.digest)) in moments else Clearance() for entry in entries}


def _article_page(made: Press, entry: Entry, revision: Revision, body: Body, clearance: Clearance, *,
                  has_label: bool, changed_on: datetime | None = None) -> Page:
    path = made.shelf.path(entry)
    frame = made.frame(entry.place, entry.edition, title=entry.title, path=path, description=entry.summary,
                       noindex=made.is_sample(entry), is_sample=made.is_sample(entry), **_switches(made, entry))
    html = made.platform.renderer.render("articles/article.html", entry.place.language, page=frame,
                                         article=_article(made, entry, revision, body, clearance)
                                         | {"label_url": f"{path}{LABEL_PART}" if has_label else "",
                                            "source": _changed_source(made, entry, changed_on)})
    return Page(path, html, "article", entry.language, access=access_of(entry), is_noindex=made.is_sample(entry))


def _changed_source(made: Press, entry: Entry, changed_on: datetime | None) -> dict[str, Any] | None:
    """What a translation tells of the page that it was made from, when that has changed since."""
    source = made.shelf.source_of(entry)
    if changed_on is None or source is None:
        return None
    is_shown = source.access == "open" or entry.access != "open"
    return {"notice": translating.NOTICES[source.language], "changed_on": changed_on.date(),
            "url": made.shelf.path(source) if is_shown else "", "language": by_tag(source.language)}


def access_of(entry: Entry) -> str:
    """An open page is asked for by all alike only where every reader of every market may see it."""
    if entry.access != "open" or entry.published_at is None:
        return entry.access
    is_for_all = policy.is_for_everybody(entry.content_class, entry.funding, entry.published_at.date())
    return "open" if is_for_all else STRANGERS


def _switches(made: Press, entry: Entry) -> dict[str, Any]:
    words, shelf = made.words(entry.place), made.shelf

    def is_shown(other: Entry) -> bool:  # a page for some readers is named to them alone
        return other.access == "open" or entry.access != "open"

    labels = {"patient": words("For patients"), "pro": words("For doctors")}
    return {
        "languages": [Switch(place.language.name, shelf.path(other), other == entry, place.language.tag)
                      for place, other in shelf.languages_of(entry) if is_shown(other)],
        "markets": [Switch(made.market_name(market, entry.language), shelf.path(other), other == entry,
                           short=market.upper()) for market, other in shelf.markets_of(entry) if is_shown(other)],
        "editions": [Switch(labels[other.edition], shelf.path(other), other == entry)
                     for other in shelf.editions_of(entry) if is_shown(other)]}


def _article(made: Press, entry: Entry, revision: Revision, body: Body, clearance: Clearance) -> dict[str, Any]:
    return {
        "title": entry.title, "summary": entry.summary, "body_html": Markup(body.html),
        "style_url": f"/media/{body.style_sha256}.css" if body.style_sha256 else None,
        "contents": body.contents, "reading_minutes": max(1, round(entry.expected_seconds / 60)),
        "references": [_reference(item, entry.language) for item in body.references],
        "provenance": _provenance(made, entry, revision, clearance),
        "related": _related(made, entry), "drawing": entry.drawing, "content_class": entry.content_class,
        "mandatory_text": _mandatory(entry, revision), "kind": entry.kind, "slug": entry.slug,
        "beacon": {"token": beacon_token(made.platform, entry),
                   "module_url": made.platform.renderer.static.url("js/beacon.js")}}


def beacon_token(platform: Platform, entry: Entry) -> str:
    """What the page's beacon sends back: which revision, for whom it was written, how long it takes. No person, no
    time: the bytes are everyone's."""
    return platform.ring.sign(PAGE_TOKEN, {
        "k": "article", "i": entry.document_id, "r": entry.revision_id, "a": entry.audience, "l": entry.language,
        "m": entry.market, "x": entry.expected_seconds})


def _mandatory(entry: Entry, revision: Revision) -> list[str]:
    if revision.mandatory_texts is not None:
        return revision.mandatory_texts
    on = revision.created_at.date()  # what it had to say when it was signed
    ruling = policy.decide(entry.market, entry.content_class, policy.Audience.PUBLIC, entry.funding, on)
    return list(policy.mandatory_texts(ruling, entry.language, entry.company, on))


def _reference(item: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A reference with the language of each of its texts that is in another than the page, and its day as a date."""
    told = {"title": item.get("language"), "issuer": item.get("language")}
    spoken = {part: told.get(part) or language_of(item.get(part) or "") for part in REFERENCE_TEXTS}
    accessed = item.get("accessed")  # revisions made before the key existed have none
    return {**item, "accessed": accessed and _day(accessed),
            "languages": {part: tag for part, tag in spoken.items() if tag not in (None, language)}}


def _provenance(made: Press, entry: Entry, revision: Revision, clearance: Clearance) -> dict[str, Any]:
    front = revision.front_matter
    reviewed, drafted, funding = front.get("reviewed"), front.get("drafted"), front["funding"]
    words = made.words(entry.place)
    roles = {ReviewRole.MEDICAL: words("medical reviewer"), ReviewRole.LEGAL: words("legal reviewer"),
             ReviewRole.REGULATORY: words("regulatory reviewer")}
    return {
        "is_sample": not clearance.approvals,
        "is_ai_written": drafted is not None and drafted.get("is_ai") is not False,
        "written_by": drafted and drafted["by"], "reviewed": reviewed and {**reviewed, "on": _day(reviewed["on"])},
        "approved_by": [{"name": decision.name, "role": roles[decision.role], "at": decision.at}
                        for decision in clearance.approvals],
        "last_reviewed": clearance.approvals[-1].at if clearance.approvals else None,
        "next_review": revision.next_review, "version": entry.digest[:8],
        "prepared": _day(drafted["on"]) if drafted else revision.created_at.date(),
        "approved_until": clearance.until, "material_id": clearance.material_id,
        "reference_count": len(revision.references), "published_on": entry.published_at,
        "funding_kind": funding["kind"], "funding_company": funding.get("company"),
        "funding_influence": funding.get("influence"),
        "market_name": made.market_name(entry.market, entry.language)}


def _related(made: Press, entry: Entry) -> list[dict[str, Any]]:
    if policy.names_no_product(entry.content_class, entry.funding):  # nor links to a page that does
        return []
    found = (made.shelf.at(address, entry.audience, entry.language, entry.market) for address in entry.related)
    return [_item(made, other) for other in found if other is not None and other.is_listed]


def _item(made: Press, entry: Entry) -> dict[str, Any]:
    return {"title": entry.title, "summary": entry.summary, "url": made.shelf.path(entry), "drawing": entry.drawing,
            "kind": entry.kind, "reading_minutes": max(1, round(entry.expected_seconds / 60))}


def items(made: Press, place: Place, audience: str, kind: str) -> list[dict[str, Any]]:
    """What an index lists: open pages of one kind, by title."""
    found = [_item(made, entry) for entry in made.shelf.open_at(place, audience) if entry.kind == kind]
    return sorted(found, key=lambda item: sort_key(item["title"]))


def place_switches(made: Press, place: Place, rest: str) -> dict[str, Any]:
    """Language and market switches of an overview, which exists in every place."""
    homes = made.shelf.homes
    languages = [Switch(language.name, f"/{prefix(Place(language, place.market), homes)}/{rest}",
                        language == place.language, language.tag) for language in LANGUAGES]
    markets = [Switch(made.market_name(other.market, place.language.tag), f"/{prefix(other, homes)}/{rest}",
                      other == place, short=other.market.upper())
               for other in all_places() if other.language == place.language]
    return {"languages": languages, "markets": markets}


def index_pages(made: Press, place: Place) -> list[Page]:
    """The lists of diseases and of medicines, for patients and for doctors, and the doctors' front page."""
    words = made.words(place)
    both = ((Kind.DISEASE, words("Diseases")), (Kind.DRUG, words("Medicines")))
    pages = [_index(made, place, audience, f"{kind.folder}/", ((kind, label),))
             for audience in AUDIENCES for kind, label in both]
    return [*pages, _index(made, place, "hcp", "", both)]


def _index(made: Press, place: Place, audience: str, rest: str, kinds: tuple[tuple[Kind, str], ...]) -> Page:
    words = made.words(place)
    edition = "pro" if audience == "hcp" else "patient"
    path = path_of(rest, audience, place, made.shelf.homes)
    heading = kinds[0][1] if len(kinds) == 1 else words("For doctors")
    editions = [Switch(label, path_of(rest, who, place, made.shelf.homes), who == audience)
                for who, label in (("patient", words("For patients")), ("hcp", words("For doctors")))]
    below = path.lstrip("/").partition("/")[2]
    frame = made.frame(place, edition, title=heading, path=path, editions=editions, noindex=made.platform.is_demo,
                       is_sample=made.platform.is_demo, **place_switches(made, place, below))
    groups = [{"title": label if len(kinds) > 1 else "", "items": items(made, place, audience, kind)}
              for kind, label in kinds]
    html = made.platform.renderer.render(
        "articles/index.html", place.language, page=frame, heading=heading,
        groups=[group for group in groups if group["items"]])
    return Page(path, html, "index", place.language.tag, is_noindex=made.platform.is_demo)


def _day(value: str) -> Any:
    return date.fromisoformat(value)
