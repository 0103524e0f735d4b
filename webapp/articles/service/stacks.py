"""The bytes of `content/`, read once: fingerprints, and the problems that show without looking into files."""

import hashlib
import os
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from operator import attrgetter

from webapp.articles.rules.claims import NO_CLAIMS, Claims, ClaimsFile
from webapp.articles.rules.frontmatter import FOLDERS, Kind, MarketFile, validate
from webapp.articles.rules.lint import UNUSED_PICTURE, forbidden, unused_pictures
from webapp.articles.rules.locate import Finding, Problem, Severity, read_yaml
from webapp.articles.rules.pictures import MEDIA_TYPES
from webapp.articles.service.folder import TOPIC_FILE, Folder, decode, page_name, read_claims
from webapp.articles.service.trees import MAX_FILE_BYTES, Entry, Tree
from webapp.core.languages import MARKETS

# Raise it when reading the same bytes yields something else.
READER_VERSION = b"4" + forbidden.DIGEST
_ADDRESS = re.compile(rf"(?:{FOLDERS})/[a-z0-9-]+".encode())
_FILE_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
CLAIMS = "claims"
"""The folder of claims; content may lack it."""
Section = tuple[str, int, str]
"""A label's set id and version, and a LOINC code."""
LookUp = Callable[[Collection[Section]], Mapping[Section, str]]
"""Finds the digests of those among these label sections that came in."""
_CLAIM = re.compile(rb"\{claim:\s*([a-z0-9-]{1,100})")
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


@dataclass(frozen=True, eq=False)
class Stack:
    """The bytes of one topic's folder."""

    kind: Kind
    slug: str
    topic: bytes | None
    pages: Mapping[str, bytes]
    pictures: Mapping[str, bytes]

    @property
    def address(self) -> str:
        return f"{self.kind.folder}/{self.slug}"

    def surroundings(self) -> bytes:
        """The digest of what every page of the folder depends on."""
        whole = hashlib.sha256(self.topic or b"")
        for name in sorted(self.pictures):
            whole.update(f"\0{name}\0".encode() + hashlib.sha256(self.pictures[name]).digest())
        return whole.digest()

    def face(self) -> bytes:
        """The digest of what pages that link here depend on: which pages there are, for which markets."""
        whole = hashlib.sha256(self.topic or b"")
        for name in sorted(self.pages):
            page = self.pages[name]
            whole.update(f"\0{name}\0".encode() + page[:page.find(b"\n---", 4) + 1])
        return whole.digest()


class Stacks:
    """All bytes of content, read once, and the problems that show without looking into them. `files` has them all by
    path: whatever a page depends on is read through here."""

    def __init__(self, tree: Tree, ruled_by: bytes = b"", look_up: LookUp | None = None) -> None:
        self._tree = tree
        self.files: dict[str, bytes] = {}
        self._face = cache(Stack.face)
        self.problems: list[Problem] = []
        self.by_address: dict[str, Stack] = {}
        self.markets: dict[str, MarketFile] = {}
        self._base = hashlib.sha256(READER_VERSION + ruled_by)
        self._claims: dict[str, tuple[ClaimsFile, bytes]] = {}
        self._sections: Mapping[Section, str] = {}
        self._read_markets()
        for kind in Kind:
            for folder in self._entries(kind.folder):
                self._read_stack(kind, folder)
        self._find_twins()
        self._read_claims()
        if look_up is not None and self._claims:
            self._sections = look_up([place for file, _ in self._claims.values() for place in _places(file)])

    def fingerprints(self) -> dict[str, str]:
        """Every file of text, with the digest of all that its reading depends on."""
        base, found = self._base.digest(), {}
        for address, stack in self.by_address.items():
            if stack.topic is not None:
                related = self._faces(set(_ADDRESS.findall(stack.topic)), is_presence_only=True)
                names = ",".join(sorted(stack.pages)).encode()
                found[f"{address}/{TOPIC_FILE}"] = _digest(base, stack.topic, names, related)
            surroundings = stack.surroundings()
            for name, page in stack.pages.items():
                own = self._face(stack) if b"(patient:" in page else b""
                own += self._products() if b"sponsored" in page else b""
                said = self._claims_face(stack) if b"{claim:" in page else ()
                found[f"{address}/{name}"] = _digest(base, surroundings, self._faces(_targets(page)), own, page, *said)
        return found

    def folders(self, changed: Mapping[str, str]) -> Iterator[Folder]:
        """The folders that hold changed files, ready to be read anywhere."""
        for address, stack in self.by_address.items():
            wanted = {path.rpartition("/")[2]: changed[path] for path in
                      (f"{address}/{name}" for name in (TOPIC_FILE, *stack.pages)) if path in changed}
            if wanted and stack.topic is not None:
                yield Folder(stack.kind, stack.slug, stack.topic, stack.pages, stack.pictures, wanted, self.markets,
                             self._claims_of(stack))

    def _products(self) -> bytes:
        """The digest of what medicines are called: a page that may name none depends on it."""
        topics = (stack.topic or b"" for _, stack in sorted(self.by_address.items()) if stack.kind is Kind.DRUG)
        return hashlib.sha256(b"\0".join(topics)).digest()

    def _faces(self, targets: set[bytes], *, is_presence_only: bool = False) -> bytes:
        faces = []
        for target in sorted(targets):
            stack = self.by_address.get(target.decode())
            faces.append(target + (b"-" if stack is None else b"+" if is_presence_only else self._face(stack)))
        return b"\0".join(faces)

    def _read_markets(self) -> None:
        for entry in self._entries("markets"):
            path, market = f"markets/{_shown(entry.name)}", entry.name.removesuffix(".yaml")
            content = self._bytes(path, entry)
            self._base.update(hashlib.sha256(content or b"").digest())
            if market not in MARKETS or entry.name == market:
                self._note(path, "unknown-market", "not the file of a market",
                           f"Known: {', '.join(f'{name}.yaml' for name in MARKETS)}")
                continue
            if content is None:
                continue
            text = decode(content)
            yaml = read_yaml(text) if isinstance(text, str) else text
            market_file = [yaml] if isinstance(yaml, Finding) else validate(MarketFile, yaml)
            if isinstance(market_file, list):
                self.problems += [finding.at(path) for finding in market_file]
            else:
                self.markets[market] = market_file

    def _read_claims(self) -> None:
        for entry in self._entries(CLAIMS, may_lack=True):
            path, slug = f"{CLAIMS}/{_shown(entry.name)}", entry.name.removesuffix(".yaml")
            content = self._bytes(path, entry)
            if entry.name == slug or f"{Kind.DRUG.folder}/{slug}" not in self.by_address:
                self._note(path, "unknown-drug", "not the file of a medicine that has a folder",
                           f"Name it <drug>.yaml, after a folder below {Kind.DRUG.folder}/")
            elif content is not None:
                file = read_claims(content)
                if isinstance(file, list):
                    self.problems += [finding.at(path) for finding in file]
                else:
                    self._claims[slug] = file, hashlib.sha256(content).digest()

    def _claims_of(self, stack: Stack) -> Claims:
        """The claims that pages of a folder may use, and whose the others are that they name."""
        named = {name.decode() for page in stack.pages.values() for name in _CLAIM.findall(page)}
        if not named:
            return NO_CLAIMS
        own = self._claims.get(stack.slug) if stack.kind is Kind.DRUG else None
        elsewhere = {name: self._owners[name] for name in named if name in self._owners}
        return Claims(own[0] if own else None, elsewhere, self._cited_sections(own[0]) if own else {})

    @cached_property
    def _owners(self) -> dict[str, list[str]]:
        """Claim id -> the medicines that have one of that id."""
        owners: dict[str, list[str]] = {}
        for slug, (file, _) in self._claims.items():
            for claim in file.claims:
                owners.setdefault(claim.id, []).append(slug)
        return owners

    def _cited_sections(self, file: ClaimsFile) -> dict[Section, str]:
        return {place: self._sections[place] for place in _places(file) if place in self._sections}

    def _claims_face(self, stack: Stack) -> tuple[bytes, ...]:
        """What pages that use claims depend on: the medicine's file, and the label sections that came in."""
        own = self._claims.get(stack.slug) if stack.kind is Kind.DRUG else None
        return (b"",) if own is None else (own[1], repr(sorted(self._cited_sections(own[0]).items())).encode())

    def _entries(self, folder: str, *, may_lack: bool = False) -> list[Entry]:
        try:
            return sorted((entry for entry in self._tree.entries(folder) if entry.name[0] != "."),
                          key=attrgetter("name"))
        except OSError as error:
            if may_lack and isinstance(error, FileNotFoundError):
                return []
            self._note_folder(folder, "no-folder", "the folder is missing or cannot be read",
                              "Add it, or point to the content folder", Severity.ERROR)
            return []

    def _read_stack(self, kind: Kind, folder: Entry) -> None:
        address = f"{kind.folder}/{_shown(folder.name)}"
        if not folder.is_dir(follow_symlinks=False):
            self._note_folder(address, "not-a-folder", "not a topic's folder", "Remove it: each topic is a folder",
                              Severity.WARNING)
            return
        if not _SLUG.fullmatch(folder.name):
            self._note(f"{address}/{TOPIC_FILE}", "slug", f"`{_shown(folder.name)}` is no address",
                       "Use lower-case letters, digits and hyphens")
        files = {entry.name: content for entry in self._entries(f"{kind.folder}/{folder.name}")
                 if (content := self._bytes(f"{address}/{_shown(entry.name)}", entry)) is not None}
        topic = files.pop(TOPIC_FILE, None)
        pages = {name: files.pop(name) for name in list(files) if name.endswith(".md")}
        self._look_over(address, topic, pages, files)
        self.by_address[address] = Stack(kind, _shown(folder.name), topic, pages, files)

    def _bytes(self, path: str, entry: Entry) -> bytes | None:
        """A file's bytes; None, and noted, where they are not to be had."""
        if not entry.is_file(follow_symlinks=False) or not _FILE_NAME.fullmatch(entry.name):
            self._note(path, "not-a-file", "no plain file, or a name with other marks than letters, digits and `.-_`",
                       "Rename it or remove it")
            return None
        try:
            size, content = self._tree.read(entry)
        except OSError as error:
            self._note(path, "unreadable", f"the file cannot be read: {error.strerror}", "Check its permissions")
            return None
        if content is None:
            self._note(path, "too-large", f"the file has {size:,} bytes",
                       f"Split it: at most {MAX_FILE_BYTES:,} are read")
            return None
        self.files[path] = content
        return content

    def _look_over(
        self, address: str, topic: bytes | None, pages: Mapping[str, bytes], pictures: Mapping[str, bytes]
    ) -> None:
        if topic is None:
            self._note(f"{address}/{TOPIC_FILE}", "no-topic-file", "the topic has no topic.yaml",
                       "Add it: titles, codes, markets")
            self.problems += [found.at(f"{address}/{name}") for name in pages
                              if isinstance(found := page_name(name), Finding)]
        if not pages:
            self._note_folder(address, "no-pages", "the topic has no pages", "Add patient.en.md", Severity.WARNING)
        drawn = {name for name in pictures if os.path.splitext(name)[1].lower() in MEDIA_TYPES}
        for name in sorted(pictures.keys() - drawn):
            self._note(f"{address}/{name}", "picture-type", "not a page, a topic.yaml or a picture that pages carry",
                       f"Remove it; pictures are {', '.join(sorted(MEDIA_TYPES))}")
        for name in unused_pictures(drawn, list(pages.values())):
            self.problems.append(UNUSED_PICTURE.at(f"{address}/{name}"))

    def _find_twins(self) -> None:
        first = dict[str, str]()
        for address, stack in self.by_address.items():
            other = first.setdefault(stack.slug.lower(), address)
            if other != address:
                self._note(f"{address}/{TOPIC_FILE}", "duplicate-slug", f"the name `{stack.slug}` is taken by {other}",
                           "Rename one folder: names are unique over diseases and drugs, whatever their case")

    def _note(self, path: str, code: str, message: str, remedy: str) -> None:
        self.problems.append(Problem(path, 1, code, message, remedy))

    def _note_folder(self, folder: str, code: str, message: str, remedy: str, severity: Severity) -> None:
        self.problems.append(Problem(folder, None, code, message, remedy, severity))


def _places(file: ClaimsFile) -> list[Section]:
    return [(claim.label.set_id, claim.label.version, claim.label.section) for claim in file.claims if claim.label]


def _targets(page: bytes) -> set[bytes]:
    """The topics that a page links to. Split first: that is many times as fast as looking with a pattern."""
    return {found[0] for part in page.split(b"topic:")[1:] if (found := _ADDRESS.match(part))}


def _shown(name: str) -> str:
    """A file's name as it may be printed, even where it is not UTF-8."""
    return name.encode("utf-8", "replace").decode()


def _digest(*parts: bytes) -> str:
    marked = [piece for part in parts for piece in (len(part).to_bytes(8, "big"), part)]
    return hashlib.sha256(b"".join(marked)).hexdigest()
