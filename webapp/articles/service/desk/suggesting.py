"""Claims that a draft may say in place of its own words, and where each stands approved now."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlmodel import Session

from webapp.articles.queries import labels as labels_queries
from webapp.articles.queries.labels import Approved
from webapp.articles.rules import suggesting
from webapp.articles.rules.drafting import Place
from webapp.articles.rules.frontmatter import Kind
from webapp.articles.rules.lint import passages
from webapp.articles.rules.suggesting import Suggestion
from webapp.articles.service.folder import read_claims, read_head
from webapp.articles.service.stacks import CLAIMS


@dataclass(frozen=True)
class Suggested:
    """A claim for a line of a draft, in the words of its language. `approved`: the pages that readers see and reviewers
    signed in which it stands so; empty of one that stands in the claims file alone."""

    hit: Suggestion
    wording: str
    approved: tuple[Approved, ...]


def suggested(session: Session, place: Place, content: bytes, files: Mapping[str, bytes],
              market: str) -> tuple[Suggested, ...]:
    """What a text, in the place of a page, may say in approved words instead. Nothing of what cannot be read."""
    slug = place.address.rpartition("/")[2]
    held = files.get(f"{CLAIMS}/{slug}.yaml")
    if held is None or not place.address.startswith(f"{Kind.DRUG.folder}/"):
        return ()
    file, head = read_claims(held), read_head(content)
    if isinstance(file, list) or isinstance(head, list):
        return ()
    _, _, body, first = head
    found, _ = passages.split(body, range(first, first + body.count("\n") + 1))
    hits = suggesting.suggestions(found, file.claims, place.language, market)
    approved = labels_queries.approved_claims(session, Kind.DRUG, slug, place.language) if hits else []
    return tuple(Suggested(hit, hit.claim.text[place.language], tuple(
        one for one in approved if one.claim == hit.claim.id and one.text == hit.claim.text[place.language]))
        for hit in hits)
