"""Reads the whole of `content/`: what changed since last time, and every problem there is, in one go."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from webapp.articles.rules.frontmatter import MarketFile
from webapp.articles.rules.locate import Problem, Severity
from webapp.articles.service.catalogue import Catalogue
from webapp.articles.service.cores import on_all_cores
from webapp.articles.service.documents import Document, Topic
from webapp.articles.service.folder import TOPIC_FILE, Folder, Reading, read_folder
from webapp.articles.service.seen import Seen
from webapp.articles.service.stacks import LookUp, Stacks
from webapp.articles.service.trees import Disk, Tree
from webapp.library.rules.passages import Anchor

Each = Callable[[Callable[[Folder], Reading], Sequence[Folder]], Iterable[Reading]]


@dataclass(frozen=True)
class Content:
    """Content as it was found, without its texts. Paths are relative to it, as in `diseases/asthma/patient.en.md`.

    `fingerprints` names every file of text there is: a known path that it lacks was deleted. `unchanged` are those that
    were known. `files` has the digests of the bytes of all files.
    """

    problems: tuple[Problem, ...]
    fingerprints: Mapping[str, str]
    unchanged: frozenset[str]
    markets: Mapping[str, MarketFile]
    files: Mapping[str, bytes]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """The problems that must stop an import of all or nothing."""
        return tuple(problem for problem in self.problems if problem.severity is Severity.ERROR)

    @property
    def good_fingerprints(self) -> dict[str, str]:
        """The fingerprints of files without errors: keep these, so that what is known is free of them."""
        return self._good(self.fingerprints)

    @property
    def good_files(self) -> dict[str, bytes]:
        """The digests of files without errors."""
        return self._good(self.files)

    def _good(self, files: Mapping[str, Any]) -> dict[str, Any]:
        bad = {problem.path for problem in self.errors}
        return {path: value for path, value in files.items() if not _is_barred(path, bad)} if bad else dict(files)


@dataclass(frozen=True)
class Library(Content):
    """Content with what was read of it: only what is not `unchanged`; files with errors yield no documents."""

    topics: tuple[Topic, ...]
    documents: tuple[Document, ...]


class Reader:
    """Reads content a topic at a time. `changed` are the files to be read, with their new fingerprints.

    `known` maps paths to the fingerprints of earlier readings without errors; what has them still is not read again.
    `ruled_by` is the digest of the policy that pages are made under: under another, all files count as changed.
    `look_up` finds the label sections that claims lean on: their pages count as changed with them. `seen` spares
    reading folders that an earlier run read as they stand.
    """

    def __init__(self, content: Path | Tree, known: Mapping[str, str] | None = None, *, ruled_by: bytes = b"",
                 look_up: LookUp | None = None, seen: Seen | None = None) -> None:
        self.stacks = Stacks(Disk(content) if isinstance(content, Path) else content, ruled_by, look_up, seen)
        self._fingerprints = self.stacks.fingerprints()
        known = known or {}
        self.changed = {path: value for path, value in self._fingerprints.items() if known.get(path) != value}
        self.catalogue = Catalogue(self.stacks)
        self._bad = _with_errors(self.stacks.problems)

    def addresses(self) -> list[str]:
        """The topics that hold changed files."""
        return self.stacks.addresses(self.changed)

    def read(self, address: str) -> Reading:
        """One of them, as `finished` has it."""
        reading = read_folder(self.stacks.folder(address, self.changed))
        self.catalogue.note(reading)
        return self.finished(reading)

    def finished(self, reading: Reading) -> Reading:
        """A reading with its links looked up, and without what errors keep out."""
        problems = (*reading.problems, *self.catalogue.problems(reading))
        bad = self._bad | _with_errors(problems)
        topic = reading.topic if reading.topic and reading.topic.path in self.changed \
            and reading.topic.path not in bad else None
        documents = tuple(document for document in self.catalogue.linked(reading)
                          if not _is_barred(document.path, bad))
        return replace(reading, topic=topic, documents=documents, problems=problems)

    def content(self, problems: Iterable[Problem]) -> Content:
        """All that was found, with the problems that the readings had."""
        found = sorted({*self.stacks.problems, *problems},
                       key=lambda problem: (problem.path, problem.line or 0, problem.message))
        return Content(tuple(found), self._fingerprints, frozenset(self._fingerprints.keys() - self.changed.keys()),
                       self.stacks.markets, self.stacks.digests)


@dataclass(frozen=True)
class Checked:
    """What a check found: every problem, ordered by file and line, with paths that begin with the folder as it was
    given; and how many passages its claims are anchored to, which only a database can look up."""

    problems: Sequence[Problem]
    passages: int

    @property
    def errors(self) -> int:
        """How many problems stop an import."""
        return sum(problem.severity is Severity.ERROR for problem in self.problems)


def check(content: Path) -> Checked:
    """Every problem in the content that can be found without a database."""
    reader = Reader(content)

    def problems_and_anchors(address: str) -> tuple[tuple[Problem, ...], set[Anchor]]:
        reading = reader.read(address)
        return reading.problems, {anchor.place for document in reading.documents for claim in document.claims
                                  for anchor, _ in claim.anchors}

    found: list[Problem] = []
    anchors: set[Anchor] = set()
    for problems, places in on_all_cores(problems_and_anchors, reader.addresses()):
        found += problems
        anchors |= places
    return Checked([replace(problem, path=str(content / problem.path))
                    for problem in reader.content(found).problems], len(anchors))


def read(content: Path | Tree, known: Mapping[str, str] | None = None, *, each: Each = map, ruled_by: bytes = b"",
         look_up: LookUp | None = None) -> Library:
    """Reads all topics and market files into memory. Never raises for bad content: what is wrong is in `problems`.

    `each` reads folders, for instance `partial(pool.map, chunksize=4)` of a pool of processes. Else see `Reader`.
    """
    reader = Reader(content, known, ruled_by=ruled_by, look_up=look_up)
    readings = list(each(read_folder, list(reader.stacks.folders(reader.changed))))
    for reading in readings:
        reader.catalogue.note(reading)
    finished = [reader.finished(reading) for reading in readings]
    found = reader.content(problem for reading in finished for problem in reading.problems)
    return Library(**vars(found), topics=tuple(reading.topic for reading in finished if reading.topic),
                   documents=tuple(document for reading in finished for document in reading.documents))


def _with_errors(problems: Iterable[Problem]) -> set[str]:
    return {problem.path for problem in problems if problem.severity is Severity.ERROR}


def _is_barred(path: str, bad: set[str]) -> bool:
    """A file with errors is left out, and so are all pages beside a bad `topic.yaml`."""
    return path in bad or f"{path.rpartition('/')[0]}/{TOPIC_FILE}" in bad
