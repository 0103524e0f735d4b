"""What is kept of a topic's folder once its bytes were read and let go."""

import hashlib
import re
import sys
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from webapp.articles.rules.frontmatter import FOLDERS, Kind

_ADDRESS = re.compile(rf"(?:{FOLDERS})/[a-z0-9-]+".encode())


class Sheet(NamedTuple):
    """What is kept of a page or of a `topic.yaml`: the digest of its bytes, and what else its reading depends on."""

    path: str
    sha256: bytes
    targets: tuple[str, ...] = ()
    links_leaflet: bool = False
    may_be_sponsored: bool = False
    says_claims: bool = False


class Stack(NamedTuple):
    """One topic's folder. `folder` is its path as the system has it; `pages` go by name.

    `surroundings` is the digest of what every page of the folder depends on, `face` that of what pages that link here
    do: which pages there are, for which markets.
    """

    kind: Kind
    slug: str
    folder: str
    topic: Sheet | None
    pages: Mapping[str, Sheet]
    surroundings: bytes
    face: bytes
    files: int
    """How many it has, pictures among them."""

    @property
    def address(self) -> str:
        """`diseases/asthma`."""
        return f"{self.kind.folder}/{self.slug}"

    def sheets(self) -> Iterator[Sheet]:
        """The topic's and the pages'."""
        if self.topic is not None:
            yield self.topic
        yield from self.pages.values()


def topic_sheet(path: str, content: bytes, sha256: bytes) -> Sheet:
    """Of a `topic.yaml`: its targets are the topics that it names."""
    return Sheet(path, sha256, _decoded(set(_ADDRESS.findall(content))))


def page_sheet(path: str, content: bytes, sha256: bytes) -> Sheet:
    """Of a page: its targets are the topics that it links to."""
    # Split first: that is many times as fast as looking with a pattern.
    targets = {found[0] for part in content.split(b"topic:")[1:] if (found := _ADDRESS.match(part))}
    return Sheet(path, sha256, _decoded(targets), b"(patient:" in content, b"sponsored" in content,
                 b"{claim:" in content)


def face(topic: bytes | None, pages: Mapping[str, bytes]) -> bytes:
    """The digest of a folder's face."""
    whole = hashlib.sha256(topic or b"")
    for name in sorted(pages):
        page = pages[name]
        whole.update(f"\0{name}\0".encode() + page[:page.find(b"\n---", 4) + 1])
    return whole.digest()


def _decoded(targets: set[bytes]) -> tuple[str, ...]:
    return tuple(sys.intern(target.decode()) for target in sorted(targets))  # thousands name the same
