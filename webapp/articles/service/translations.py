"""Which pages of a folder of content follow the page that they were translated from."""

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from webapp.articles.rules.translating import State, digest_of, page_of, state
from webapp.articles.service.folder import decode, page_name, read_head
from webapp.articles.service.stacks import Stacks
from webapp.articles.service.trees import Disk
from webapp.core.errors import NotFound

_END = re.compile(rb"(\A.*?\n.*?\n)(---[ \t]*\r?(?:\n|\Z))", re.DOTALL)
"""The head up to its closing line."""
_RECORD = re.compile(rb"^translation:[^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*(\r?)$", re.MULTILINE)
"""On one line, or over several that are set in."""


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
    stacks = Stacks(Disk(content))
    for address in sorted(stacks.by_address):
        yield from _in_folder(address, stacks.pages_of(address))


def record(content: Path, names: Collection[str] = (), *, of: str = "en") -> list[str]:
    """Writes into the heads of pages that they were translated from the page in `of`, as it stands: into all that say
    nothing of it and have such a page beside them, or anew into those that are named. Returns which were written.

    Whoever runs it says that the translation follows that text. NotFound for a name that is no such page.
    """
    stacks = Stacks(Disk(content))
    written = []
    for address in sorted(stacks.by_address):
        pages = stacks.pages_of(address)
        for name, page in sorted(pages.items()):
            place, path, source = page_name(name), f"{address}/{name}", None
            if isinstance(place, tuple) and place[1] != of and (not names or path in names):
                source = decode(pages.get(page_of(place[0], of), b""))
            if isinstance(source, str) and source:
                changed = _with_record(page, of, digest_of(source), is_anew=path in names)
                if changed is not None:
                    (content / path).write_bytes(changed)
                    written.append(path)
    missing = sorted(set(names) - set(written))
    if missing:
        raise NotFound(f"{missing[0]} is no page with one in {of} beside it. Name it as `materia content translations` "
                       "does.")
    return written


def _with_record(page: bytes, of: str, digest: str, *, is_anew: bool) -> bytes | None:
    """The file with the record as its head's last line, or in place of the one it has; None if it stays as it is."""
    head = read_head(page)
    if isinstance(head, list) or (head[0].translation is not None and not is_anew):
        return None
    line = f'translation: {{of: {of}, digest: "{digest}"}}'.encode()
    if head[0].translation is not None:
        return _RECORD.sub(lambda found: line + found[1], page, count=1)
    ending = b"\r\n" if b"\r\n" in page.partition(b"\n")[0] + b"\n" else b"\n"
    return _END.sub(lambda found: found[1] + line + ending + found[2], page, count=1)


def _in_folder(address: str, pages: Mapping[str, bytes]) -> Iterator[PageState]:
    texts = {name: text for name, content in sorted(pages.items()) if isinstance(text := decode(content), str)}
    for name, text in texts.items():
        place, head = page_name(name), read_head(pages[name])
        if isinstance(place, tuple) and isinstance(head, tuple):
            record = head[0].translation
            source = None if record is None else page_of(place[0], record.of)
            known = None if source in (None, name) else texts.get(source or "")
            yield PageState(f"{address}/{name}", digest_of(text), state(record, known), record.of if record else "")
