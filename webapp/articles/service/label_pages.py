"""Pages that show the product label beside a drug's page, at `<page>/label`: stored and ruled as that page is."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from sqlmodel import Session

from webapp.articles import queries
from webapp.articles.models import Revision
from webapp.articles.queries import labels as labels_queries
from webapp.articles.rules.shelf import LABEL_PAGE, LABEL_PART, Entry
from webapp.articles.service.pages import Press, access_of, article_pages
from webapp.core.frame import Switch
from webapp.core.pages import Page
from webapp.medicines import queries as medicines

DAILYMED = "https://dailymed.nlm.nih.gov/dailymed/drugInfo.cfm?setid="
PACKAGE_PICTURE = "51945-4"
"""LOINC code of the sections that hold what is printed on a package: pictures, which are not kept."""


def topic_pages(made: Press, session: Session, entries: Collection[Entry]) -> list[Page]:
    """The readers' pages of these documents, and of the labels beside them; a label's page that is no more is gone."""
    shown = list(_label_pages(made, session, [entry for entry in entries if entry.labels]))
    stored, now_shown = labels_queries.label_paths(session), {page.path for page in shown}
    return article_pages(made, session, entries) + shown + [
        _gone(path, entry) for entry in entries
        if (path := made.shelf.path(entry) + LABEL_PART) in stored and path not in now_shown]


def gone_pages(made: Press, session: Session, entries: Collection[Entry]) -> list[Page]:
    """What stands at the addresses of these documents and their labels, once they are taken down."""
    stored = labels_queries.label_paths(session)
    paths = [(made.shelf.path(entry), entry) for entry in entries]
    return [Page(path, "", "article", entry.language, access="gone") for path, entry in paths] + [
        _gone(path + LABEL_PART, entry) for path, entry in paths if path + LABEL_PART in stored]


def _gone(path: str, entry: Entry) -> Page:
    return Page(path, "", LABEL_PAGE, entry.language, access="gone")


def _label_pages(made: Press, session: Session, entries: Sequence[Entry]) -> Iterator[Page]:
    if not entries:
        return
    newest = medicines.current(session, {set_id for entry in entries for set_id in entry.labels})
    sections = {label.id: medicines.sections(session, label.id or 0) for label in newest.values()}
    revisions = queries.revisions(session, {entry.revision_id for entry in entries})
    for entry in entries:
        labels = [_label(newest[set_id], sections[newest[set_id].id], revisions[entry.revision_id])
                  for set_id in entry.labels if set_id in newest]
        if labels:
            yield _page(made, entry, labels, newest)


def _page(made: Press, entry: Entry, labels: Sequence[Mapping[str, Any]], newest: Collection[str]) -> Page:
    article = made.shelf.path(entry)
    path = article + LABEL_PART
    words = made.words(entry.place)
    title = words("Product label: %(title)s") % {"title": entry.title}
    languages = [Switch(place.language.name, made.shelf.path(other) + _part(other, newest), other == entry,
                        place.language.tag) for place, other in made.shelf.languages_of(entry)
                 if other.access == "open" or entry.access != "open"]
    frame = made.frame(entry.place, entry.edition, title=title, path=path, noindex=made.is_sample(entry),
                       is_sample=made.is_sample(entry), languages=languages)
    html = made.platform.renderer.render(
        "articles/label.html", entry.place.language, page=frame, labels=labels, article_url=article,
        article_title=entry.title, slug=entry.slug, market_name=made.market_name(entry.market, entry.language))
    return Page(path, html, LABEL_PAGE, entry.language, access=access_of(entry), is_noindex=made.is_sample(entry))


def _part(entry: Entry, newest: Collection[str]) -> str:
    return LABEL_PART if any(set_id in newest for set_id in entry.labels) else ""


def _label(label: medicines.Label, sections: Sequence[medicines.LabelSection], revision: Revision) -> dict[str, Any]:
    """A label for its page: what the page's claims lean on first, then the parts that it consists of."""
    leant_on = {(place["section"], place["version"]) for place in
                (claim["label"] for claim in revision.claims or () if "label" in claim)
                if place["set_id"] == label.set_id}
    codes = {code for code, _ in leant_on}
    return {
        "label": label, "url": DAILYMED + label.set_id,
        "older_versions": sorted({version for _, version in leant_on if version != label.version}),
        "cited": [_section(row) for row in sections if row.code in codes],
        "others": [_section(row) for row in sections if row.depth == 1 and row.title and row.code not in codes
                   and row.code != PACKAGE_PICTURE]}


def _section(row: medicines.LabelSection) -> dict[str, Any]:
    return {"title": row.title or row.code, "code": row.code, "blocks": _blocks(row.text)}


def _blocks(text: str) -> list[tuple[str, list[str]]]:
    """The lines of a text as (`list` or `text`, lines): items stand together."""
    blocks: list[tuple[str, list[str]]] = []
    for line in text.split("\n"):
        kind = "list" if line.startswith("- ") else "text"
        if not blocks or blocks[-1][0] != kind:
            blocks.append((kind, []))
        blocks[-1][1].append(line.removeprefix("- "))
    return blocks
