"""Reads the whole of `content/`: what changed since last time, and every problem there is, in one go."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from webapp.articles.rules.frontmatter import MarketFile
from webapp.articles.rules.locate import Problem, Severity
from webapp.articles.service.catalogue import Catalogue
from webapp.articles.service.documents import Document, Topic
from webapp.articles.service.folder import TOPIC_FILE, Folder, Reading, read_folder
from webapp.articles.service.stacks import LookUp, Stacks
from webapp.articles.service.trees import Disk, Tree

Each = Callable[[Callable[[Folder], Reading], Sequence[Folder]], Iterable[Reading]]


@dataclass(frozen=True)
class Library:
    """Content as read. Paths are relative to content, as in `diseases/asthma/patient.en.md`.

    `topics` and `documents` hold only what is not `unchanged`; files with errors yield no documents. `fingerprints`
    names every file of text there is: a known path that it lacks was deleted. `files` are the bytes of all files.
    """

    topics: tuple[Topic, ...]
    documents: tuple[Document, ...]
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
        bad = {problem.path for problem in self.errors}
        if not bad:
            return dict(self.fingerprints)
        return {path: value for path, value in self.fingerprints.items() if not _is_barred(path, bad)}

    @property
    def good_files(self) -> dict[str, bytes]:
        """The bytes of files without errors."""
        bad = {problem.path for problem in self.errors}
        if not bad:
            return dict(self.files)
        return {path: content for path, content in self.files.items() if not _is_barred(path, bad)}


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
    found = read(content)
    anchors = {anchor.place for document in found.documents for claim in document.claims
               for anchor, _ in claim.anchors}
    return Checked([replace(problem, path=str(content / problem.path)) for problem in found.problems], len(anchors))


def read(content: Path | Tree, known: Mapping[str, str] | None = None, *, each: Each = map, ruled_by: bytes = b"",
         look_up: LookUp | None = None) -> Library:
    """Reads all topics and market files. Never raises for bad content: what is wrong is in `problems`.

    `known` maps paths to the fingerprints of earlier readings without errors; what has them still is not read again.
    `each` reads folders, for instance `partial(pool.map, chunksize=4)` of a pool of processes. `ruled_by` is the digest
    of the policy that pages are made under: under another, all files count as changed. `look_up` finds the label
    sections that claims lean on: their pages count as changed with them.
    """
    known = known or {}
    stacks = Stacks(Disk(content) if isinstance(content, Path) else content, ruled_by, look_up)
    fingerprints = stacks.fingerprints()
    changed = {path: value for path, value in fingerprints.items() if known.get(path) != value}
    readings = list(each(read_folder, list(stacks.folders(changed))))
    catalogue = Catalogue(stacks.by_address, readings)
    problems = [*stacks.problems, *(problem for reading in readings for problem in reading.problems),
                *catalogue.problems()]
    documents = [document for reading in readings for document in reading.documents]
    bad = {problem.path for problem in problems if problem.severity is Severity.ERROR}
    return Library(
        topics=tuple(reading.topic for reading in readings if reading.topic and reading.topic.path in changed
                     and reading.topic.path not in bad),
        documents=tuple(catalogue.linked(document) for document in documents if not _is_barred(document.path, bad)),
        problems=tuple(sorted(set(problems), key=lambda problem: (problem.path, problem.line or 0, problem.message))),
        fingerprints=fingerprints, unchanged=frozenset(fingerprints.keys() - changed.keys()),
        markets=stacks.markets, files=stacks.files)


def _is_barred(path: str, bad: set[str]) -> bool:
    """A file with errors is left out, and so are all pages beside a bad `topic.yaml`."""
    return path in bad or f"{path.rpartition('/')[0]}/{TOPIC_FILE}" in bad
