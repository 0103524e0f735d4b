"""Reads the glossary: each language's file once, and what only both together show."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from webapp.articles.rules.frontmatter import validate
from webapp.articles.rules.glossary import Glossary, GlossaryFile, glossary
from webapp.articles.rules.lint.judging import hard_to_read
from webapp.articles.rules.locate import Finding, Severity, read_yaml
from webapp.articles.service.folder import decode
from webapp.core.errors import said
from webapp.core.languages import LANGUAGES

GLOSSARY = "glossary"
"""The folder of the glossary; content may lack it."""


def language_of_file(name: str) -> str | None:
    """The language of a file such as `en.yaml`; None for another."""
    return next((language.tag for language in LANGUAGES if name == f"{language.tag}.yaml"), None)


@lru_cache(maxsize=8)
def read_glossary(content: bytes, language: str) -> tuple[Glossary | None, tuple[Finding, ...]]:
    """A language's words, and what is wrong with them. Kept, since the desk asks at every keystroke."""
    text = decode(content)
    read = read_yaml(text) if isinstance(text, str) else text
    if isinstance(read, Finding):
        return None, (read,)
    file = validate(GlossaryFile, read)
    if isinstance(file, list):
        return None, tuple(file)
    lines = {entry.id: read.line(("terms", place)) for place, entry in enumerate(file.terms)}
    explained = "\n\n".join(entry.explanation for entry in file.terms)
    names = [name for entry in file.terms for name in (entry.term, *entry.forms)]
    return glossary(file, lines, language), tuple(hard_to_read(explained, language, names, read.line(("terms",))))


def alone(glossaries: Mapping[str, Glossary]) -> Iterator[tuple[str, Finding]]:
    """(language, what is wrong) of each word that another language's file lacks."""
    for language, own in glossaries.items():
        for other, there in glossaries.items():
            for name in sorted(own.entries.keys() - there.entries.keys()):
                yield language, Finding(
                    own.lines[name], "term-alone",
                    said("the term `%(name)s` has no entry in %(language)s", name=name, language=other),
                    said("Add it to %(file)s under the same id", file=f"{GLOSSARY}/{other}.yaml"), Severity.WARNING)
