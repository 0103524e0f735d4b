"""The glossary: words that patients' pages explain where they are first met.

`glossary/<language>.yaml`. An id is the same in every language, so that writers have both terms at hand.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, model_validator

from webapp.articles.rules.frontmatter import Key, Text, Url
from webapp.articles.rules.languages import language_of
from webapp.core.markdown import Term, Terms, terms
from webapp.core.markdown.terms import plain_form

LONGEST = 200
"""Characters of an explanation: our choice, what a reader takes in without losing the sentence they came from."""
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


def _on_one_line(text: str) -> str:
    if _CONTROL.search(text):
        raise ValueError("a line break or a character that nobody sees: write it on one line")
    return text


Word = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60),
                 AfterValidator(_on_one_line)]
Explanation = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST),
                        AfterValidator(_on_one_line)]
Line = Annotated[Text, AfterValidator(_on_one_line)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Strict):
    """The page that an explanation leans on; the words are our own."""

    issuer: Line
    title: Line
    url: Url


class Entry(_Strict):
    """A word. `forms` are other ways to write it, a plural among them; `never_in` are longer words that hold one of
    them and mean something else; `checked` is the day it was held against its source."""

    id: Key
    term: Word
    forms: tuple[Word, ...] = ()
    never_in: tuple[Word, ...] = ()
    explanation: Explanation
    source: Source
    checked: date

    def shown(self, language: str) -> Term:
        """As a page in its language shows it."""
        other = language_of(self.source.title) or language
        return Term(self.id, self.term, self.explanation, self.source.title, self.source.issuer, self.source.url,
                    "" if other == language else other)


class GlossaryFile(_Strict):
    """`glossary/<language>.yaml`."""

    terms: Annotated[tuple[Entry, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _is_clear(self) -> "GlossaryFile":
        ids, owners = set[str](), dict[str, str]()
        for entry in self.terms:
            if entry.id in ids:
                raise ValueError(f"the term `{entry.id}` stands twice")
            ids.add(entry.id)
            for form in (entry.term, *entry.forms):
                owner = owners.setdefault(plain_form(form), entry.id)
                if owner != entry.id:
                    raise ValueError(f"`{form}` is a form of `{owner}` and of `{entry.id}`")
        return self


@dataclass(frozen=True)
class Glossary:
    """One language's words, ready to be looked for. `lines` says where each stands in its file."""

    entries: Mapping[str, Entry]
    terms: Terms
    lines: Mapping[str, int]


def glossary(file: GlossaryFile, lines: Mapping[str, int], language: str) -> Glossary:
    """A file's words with the one pattern that finds them."""
    forms = [(form, entry.shown(language)) for entry in file.terms for form in (entry.term, *entry.forms)]
    return Glossary({entry.id: entry for entry in file.terms},
                    terms(forms, [word for entry in file.terms for word in entry.never_in]), lines)
