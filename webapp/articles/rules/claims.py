"""Claims: approved wordings about a medicine, each with its references and what it leans on: the section of a product
label, passages of documents of the reference library.

`claims/<drug>.yaml`. `{claim: id}` in a body of that drug's pages stands for the claim's wording, cited.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from webapp.articles.rules.frontmatter import Key, Keys, LoincCode, Markets, Reference, SetId, Tag
from webapp.core.errors import said
from webapp.core.languages import MARKETS
from webapp.library.rules.files import MOST_PAGES
from webapp.library.rules.passages import MOST_CHARACTERS, Anchor

Section = tuple[str, int, str]
"""A label's set id and version, and a LOINC code."""
LeantOn = Section | Anchor
Wording = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
_STOPS = tuple(".。!！?？;；")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class LabelPlace(_Strict):
    """The section of one version of a product label."""

    set_id: SetId
    section: LoincCode
    version: Annotated[int, Field(ge=1, le=99_999_999)]


class Anchored(_Strict):
    """A passage on a page of one version of a document of the reference library."""

    document: Key
    version: Annotated[int, Field(ge=1, le=99_999)] = 1
    page: Annotated[int, Field(ge=1, le=MOST_PAGES)]
    passage: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=MOST_CHARACTERS)]

    @property
    def place(self) -> Anchor:
        """As the library knows it."""
        return Anchor(self.document, self.version, self.page, self.passage)


def _one_line(texts: Mapping[str, str]) -> Mapping[str, str]:
    for tag, text in texts.items():
        if "\n" in text or text.endswith(_STOPS) or "[@" in text:
            raise ValueError(said("the text in %(tag)s is one sentence on one line, without a final stop and "
                                  "without citations: the page sets both", tag=tag))
    return texts


class Claim(_Strict):
    """One claim. Its texts are Markdown, and take slots; a language it has no text in may not use it. `markets` names
    those whose labels bear it out; all, where it is left out."""

    id: Key
    text: Annotated[Mapping[Tag, Wording], Field(min_length=1), AfterValidator(_one_line)]
    references: Keys
    label: LabelPlace | None = None
    anchors: tuple[Anchored, ...] = ()
    markets: Markets = MARKETS


class ClaimsFile(_Strict):
    """`claims/<drug>.yaml`."""

    references: Annotated[tuple[Reference, ...], Field(min_length=1)]
    claims: Annotated[tuple[Claim, ...], Field(min_length=1)]

    @property
    def places(self) -> list[LeantOn]:
        """What its claims lean on."""
        sections: list[LeantOn] = [(claim.label.set_id, claim.label.version, claim.label.section)
                                   for claim in self.claims if claim.label]
        return sections + [anchor.place for claim in self.claims for anchor in claim.anchors]

    @model_validator(mode="after")
    def _holds_together(self) -> "ClaimsFile":
        for what, names in ((said("reference key"), [reference.key for reference in self.references]),
                            (said("claim"), [claim.id for claim in self.claims])):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(said("%(what)s `%(twice)s` stands twice", what=what, twice=twice[0]))
        known = {reference.key for reference in self.references}
        for claim in self.claims:
            unknown = [key for key in claim.references if key not in known]
            if unknown:
                raise ValueError(said("the claim `%(id)s` cites `%(unknown)s`, which is not among the references",
                                      id=claim.id, unknown=unknown[0]))
        return self

    def references_of(self, claim: Claim) -> tuple[Reference, ...]:
        """What a claim cites, in its order."""
        by_key = {reference.key: reference for reference in self.references}
        return tuple(by_key[key] for key in claim.references)


@dataclass(frozen=True)
class Claims:
    """The claims that a page may use: its own medicine's, by id. `elsewhere` says of other ids whose they are;
    `digests` holds, of what they lean on and what came in, the digests: of label sections, and of documents that have
    the passage; empty of those that have not."""

    file: ClaimsFile | None = None
    elsewhere: Mapping[str, Sequence[str]] = field(default_factory=dict)
    digests: Mapping[LeantOn, str] = field(default_factory=dict)

    def get(self, name: str) -> Claim | None:
        """The claim of that id."""
        return next((claim for claim in self.file.claims if claim.id == name), None) if self.file else None

    def references(self, claim: Claim) -> tuple[Reference, ...]:
        """What one of these claims cites."""
        return self.file.references_of(claim) if self.file else ()

    def section_digest(self, claim: Claim) -> str | None:
        """The digest of the section that a claim leans on, if that version of the label came in."""
        place = claim.label
        return None if place is None else self.digests.get((place.set_id, place.version, place.section))

    def anchors(self, claim: Claim) -> tuple[tuple[Anchored, str | None], ...]:
        """The passages that a claim is anchored to, each with the digest of its document if that came in."""
        return tuple((anchor, self.digests.get(anchor.place)) for anchor in claim.anchors)

    def remedy(self, name: str) -> str:
        """What to do about an id that is not among these."""
        others = self.elsewhere.get(name)
        if others:
            return said("It is a claim of %(known)s: pages use those of their own medicine alone",
                        known=", ".join(others))
        own = ", ".join(claim.id for claim in self.file.claims) if self.file else said("none")
        return said("Claims of this medicine: %(known)s", known=own)


NO_CLAIMS = Claims()
