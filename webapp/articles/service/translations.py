"""Which pages of a folder of content follow the page that they were translated from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from webapp.articles.rules.translating import State, digest_of, page_of, state
from webapp.articles.service.folder import decode, page_name, read_head
from webapp.articles.service.stacks import Stacks
from webapp.articles.service.trees import Disk


@dataclass(frozen=True)
class PageState:
    """A page's file: its digest, for others to record, and where it stands to the page that it names."""

    path: str
    digest: str
    state: State
    of: str

    def __str__(self) -> str:
        source = f" of {self.of}" if self.of else ""
        return f"{self.path}  {self.digest}  {self.state}{source}"


def overview(content: Path) -> Iterator[PageState]:
    """Every page whose head can be read, by topic and name."""
    stacks = Stacks(Disk(content), b"", None).by_address
    for address in sorted(stacks):
        yield from _in_folder(address, stacks[address].pages)


def _in_folder(address: str, pages: Mapping[str, bytes]) -> Iterator[PageState]:
    texts = {name: text for name, content in sorted(pages.items()) if isinstance(text := decode(content), str)}
    for name, text in texts.items():
        place, head = page_name(name), read_head(pages[name])
        if isinstance(place, tuple) and isinstance(head, tuple):
            record = head[0].translation
            source = None if record is None else page_of(place[0], record.of)
            known = None if source in (None, name) else texts.get(source or "")
            yield PageState(f"{address}/{name}", digest_of(text), state(record, known), record.of if record else "")
