"""What the desk's lists call a topic: by its title in the language of whoever looks, else in another, else by its name
for addresses."""

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

from sqlmodel import Session

from webapp.articles.queries import desk as queries
from webapp.articles.rules import drafting
from webapp.articles.rules.locate import Yaml, read_yaml
from webapp.articles.service.folder import decode

MOST_TOPICS = 200
"""Topics that one search finds by title: our choice; more words find fewer."""


class Titles:
    """Titles of topics in a language, of the library's and of those that are drafted."""

    def __init__(self, session: Session, tag: str) -> None:
        self._session, self._tag = session, tag
        self._known: dict[tuple[str, str], Mapping[str, str]] = {}

    def look_up(self, paths: Collection[str]) -> None:
        """Asks for the titles of the topics of these files, so that `title` knows them."""
        topics = {(str(place.kind), place.slug) for path in paths if (place := drafting.place_of(path))}
        self._known |= queries.titles_of(self._session, topics - set(self._known))

    def title(self, path: str) -> str:
        """What the topic of a file is called."""
        place = drafting.place_of(path)
        if place is None:
            return path
        titles = self._known.get((str(place.kind), place.slug)) or self._drafted.get(place.address, {})
        return titles.get(self._tag) or next((title for title in titles.values() if title), place.slug)

    def topics_named(self, words: str) -> list[str]:
        """Addresses of topics whose title, in any language, holds some words."""
        if not words:
            return []
        drafted = [address for address, titles in self._drafted.items()
                   if any(words.casefold() in title.casefold() for title in titles.values())]
        return [*queries.topics_named(self._session, words, limit=MOST_TOPICS), *drafted]

    @cached_property
    def _drafted(self) -> dict[str, Mapping[str, str]]:
        """Address -> titles of topics that the library does not have yet."""
        found = queries.new_topics(self._session, limit=MOST_TOPICS)
        return {path.rpartition("/")[0]: dict(_titles(content)) for path, content in found.items()}


def _titles(content: bytes) -> Iterator[tuple[str, str]]:
    text = decode(content)
    read = read_yaml(text) if isinstance(text, str) else None
    titles = read.values.get("titles") if isinstance(read, Yaml) else None
    if isinstance(titles, Mapping):
        yield from ((str(tag), title) for tag, title in titles.items() if isinstance(title, str))
