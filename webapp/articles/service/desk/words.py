"""The term base beside a draft: words of the glossary, in both languages, that its text or its source says."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from webapp.articles.rules.drafting import Place
from webapp.articles.rules.frontmatter import Audience
from webapp.articles.rules.glossary import Entry, Glossary
from webapp.articles.rules.translating import page_of
from webapp.articles.service.folder import decode, read_head
from webapp.articles.service.stacks import Stacks


@dataclass(frozen=True)
class Word:
    """A word at the writer's hand: `own` is its entry in the draft's language, `others` those of other languages, by
    language. `is_missing`: the text that the draft was translated from says it, and the draft does not."""

    own: Entry | None
    others: Mapping[str, Entry]
    is_missing: bool = False

    @property
    def explanation(self) -> str:
        """What it means, in the draft's language if that has it."""
        return (self.own or next(iter(self.others.values()))).explanation


def beside(stacks: Stacks, place: Place, content: bytes) -> tuple[Word, ...]:
    """What is missing first, then what the draft says, each in the order in which the text says it."""
    if not place.language:
        return ()
    said = tuple(_said(stacks.glossaries.get(place.language), _body(content)))
    missing = [name for name in _source_says(stacks, place, content) if name not in said]
    return tuple(_word(stacks.glossaries, place.language, name, is_missing=name in missing)
                 for name in (*missing, *said))


def _source_says(stacks: Stacks, place: Place, content: bytes) -> Iterator[str]:
    """The words of the text that a draft says it was translated from."""
    head = read_head(content)
    record = None if isinstance(head, list) else head[0].translation
    if record is not None and place.address in stacks.by_address:
        source = stacks.pages_of(place.address).get(page_of(Audience(place.audience), record.of), b"")
        yield from _said(stacks.glossaries.get(record.of), _body(source))


def _word(glossaries: Mapping[str, Glossary], language: str, name: str, *, is_missing: bool) -> Word:
    found = {tag: glossary.entries[name] for tag, glossary in glossaries.items() if name in glossary.entries}
    return Word(found.pop(language, None), found, is_missing)


def _said(glossary: Glossary | None, text: str) -> Iterator[str]:
    if glossary is not None:
        yield from dict.fromkeys(term.id for _, term in glossary.terms.found_in(text))


def _body(content: bytes) -> str:
    """What stands below the head, or all of it where the head is not understood."""
    head, text = read_head(content), decode(content)
    return head[2] if not isinstance(head, list) else text if isinstance(text, str) else ""
