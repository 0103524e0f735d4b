"""Our own list of reactions: what a safety officer codes by, and the words by which each is overheard."""

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from webapp.safety.rules.phrases import expand
from webapp.safety.rules.reading import tokens_of

FILE = Path(__file__).with_name("terms.yaml")
Language = Literal["en", "zh-Hans"]
Group = Literal["digestive", "liver", "skin", "immune", "nervous", "psychiatric", "heart", "blood", "breathing",
                "muscle", "kidney", "reproductive", "pregnancy", "metabolic", "eye", "ear", "infection", "general",
                "injury", "investigations"]


class Term(BaseModel):
    """One medical concept, its preferred name and what else it is called, by language."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: str = Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")
    group: Group
    names: Mapping[Language, str]
    synonyms: Mapping[Language, tuple[str, ...]]
    is_indication: bool = False
    """Medicines are also taken for it."""

    @property
    def wordings(self) -> tuple[str, ...]:
        """Its names and synonyms of all languages, each in one wording."""
        written = [*self.names.values(), *(word for words in self.synonyms.values() for word in words)]
        return tuple(dict.fromkeys(wording for phrase in written for wording in expand(phrase)))


def parse(text: str) -> tuple[Term, ...]:
    """The terms of a file. Raises ValueError that names an id or wording that stands twice, or a language that
    is missing."""
    terms = TypeAdapter(tuple[Term, ...]).validate_python(yaml.load(text, yaml.CSafeLoader))
    _refuse_doubles(terms)
    for term in terms:
        if set(term.names) != {"en", "zh-Hans"} or set(term.synonyms) != {"en", "zh-Hans"}:
            raise ValueError(f"{FILE.name}: `{term.id}` lacks a language")
    return terms


@cache
def terms() -> Mapping[str, Term]:
    """Id -> term, in the order of the file."""
    return {term.id: term for term in parse(FILE.read_text("utf-8"))}


def _refuse_doubles(terms: Iterable[Term]) -> None:
    ids: set[str] = set()
    owners: dict[tuple[str, ...], str] = {}
    for term in terms:
        if term.id in ids:
            raise ValueError(f"{FILE.name}: `{term.id}` stands twice")
        ids.add(term.id)
        for wording in term.wordings:
            key = tokens_of(wording)
            if not key:
                raise ValueError(f"{FILE.name}: `{wording}` under `{term.id}` holds only small words")
            owner = owners.setdefault(key, term.id)
            if owner != term.id:
                raise ValueError(f"{FILE.name}: `{wording}` under `{term.id}` stands under `{owner}` already")
