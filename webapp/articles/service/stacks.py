"""What stands in `content/`: fingerprints, and the problems that show without looking into texts.

Every file is read once to know it, and let go: a library may be larger than memory; unless an earlier sync read its
folder as it stands. The texts of a topic are read again when it is its turn.
"""

import hashlib
import os
import re
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cached_property
from itertools import groupby
from operator import attrgetter
from struct import Struct

from webapp.articles.rules import parsers
from webapp.articles.rules.blocks import Block
from webapp.articles.rules.claims import NO_CLAIMS, Claims, ClaimsFile, LeantOn
from webapp.articles.rules.frontmatter import Audience, Kind, MarketFile, validate
from webapp.articles.rules.glossary import Glossary
from webapp.articles.rules.lint import UNUSED_PICTURE, forbidden, unused_pictures
from webapp.articles.rules.locate import Finding, Problem, Severity, Yaml, read_yaml
from webapp.articles.rules.pictures import MEDIA_TYPES
from webapp.articles.rules.translating import page_of
from webapp.articles.service.blocks import BLOCKS, problems, read_block
from webapp.articles.service.folder import TOPIC_FILE, Folder, decode, page_name, read_claims
from webapp.articles.service.glossary import GLOSSARY, alone, language_of_file, read_glossary
from webapp.articles.service.seen import Seen
from webapp.articles.service.sheets import Stack, face, page_sheet, topic_sheet
from webapp.articles.service.trees import MAX_FILE_BYTES, Entry, Tree
from webapp.core.errors import N_, Conflict, said
from webapp.core.languages import LANGUAGES, MARKETS

# Raise it when reading the same bytes yields something else, be it only in what is kept of a folder (`sheets`, `seen`).
READER_VERSION = b"6" + forbidden.DIGEST
_FILE_NAME = re.compile(r"[A-Za-z0-9._-]{1,100}")
CLAIMS = "claims"
"""The folder of claims; content may lack it."""
LookUp = Callable[[Collection[LeantOn]], Mapping[LeantOn, str]]
"""Finds the digests of those among these label sections and passages that came in; empty of a passage that is not
where it is said to be."""
_CLAIM = re.compile(rb"\{claim:\s*([a-z0-9-]{1,100})")
_LENGTHS = [Struct(f">B{count}Q").pack for count in range(9)]
_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


class Stacks:
    """All of content by its digests, and the problems that show without looking into texts. `shared` are the bytes of
    files that belong to no topic. `seen`: what is known of topics' folders without reading them."""

    def __init__(self, tree: Tree, ruled_by: bytes = b"", look_up: LookUp | None = None,
                 seen: Seen | None = None) -> None:
        self._tree, self._seen = tree, seen
        self.digests: dict[str, bytes] = {}
        self.shared: dict[str, bytes] = {}
        self.problems: list[Problem] = []
        self.by_address: dict[str, Stack] = {}
        self.markets: dict[str, MarketFile] = {}
        self._base = hashlib.sha256(READER_VERSION + ruled_by)
        self._claims: dict[str, tuple[ClaimsFile, bytes]] = {}
        self._leant_on: Mapping[LeantOn, str] = {}
        self.glossaries: dict[str, Glossary] = {}
        self.blocks: list[Block] = []
        self._glossary_faces: dict[str, bytes] = {}
        self._read_markets()
        for kind in Kind:
            for folder in self._entries(kind.folder):
                self._read_stack(kind, folder)
        self._find_twins()
        self._read_claims()
        self._read_glossaries()
        self._read_blocks()
        if look_up is not None and self._claims:
            self._leant_on = look_up([place for file, _ in self._claims.values() for place in file.places])
            self._find_lost_passages()

    def fingerprints(self) -> dict[str, str]:
        """Every file of text, with the digest of all that its reading depends on."""
        base, found = self._base.digest(), {}
        for stack in self.by_address.values():
            if stack.topic is not None:
                related = self._faces(stack.topic.targets, is_presence_only=True)
                names = ",".join(sorted(stack.pages)).encode()
                found[stack.topic.path] = _digest(base, stack.topic.sha256, names, related)
            for name, page in stack.pages.items():
                own = stack.face if page.links_leaflet else b""
                own += self._products if page.may_be_sponsored else b""
                own += self._glossary_faces.get(name, b"")
                said = self._claims_face(stack) if page.says_claims else ()
                found[page.path] = _digest(base, stack.surroundings, self._faces(page.targets), own, page.sha256, *said)
        return found

    def addresses(self, changed: Mapping[str, str]) -> list[str]:
        """Those of topics that hold changed files and can be read."""
        folders = {path.rpartition("/")[0] for path in changed}
        return [address for address, stack in self.by_address.items()
                if address in folders and stack.topic is not None]

    def folders(self, changed: Mapping[str, str]) -> Iterator[Folder]:
        """The folders that hold changed files, ready to be read anywhere."""
        return (self.folder(address, changed) for address in self.addresses(changed))

    def folder(self, address: str, changed: Mapping[str, str]) -> Folder:
        """A folder with its bytes, read now. `is_torn` if they are no longer what they were."""
        stack, files = self.by_address[address], self.files_of(address)
        wanted = {sheet.path.rpartition("/")[2]: changed[sheet.path] for sheet in stack.sheets()
                  if sheet.path in changed}
        is_torn = len(files) < stack.files
        topic, pages = files.pop(TOPIC_FILE, b""), {name: files.pop(name) for name in stack.pages if name in files}
        return Folder(stack.kind, stack.slug, topic, pages, files, wanted, self.markets,
                      self._claims_of(stack, pages), self.glossaries, is_torn)

    def files_of(self, address: str) -> dict[str, bytes]:
        """The bytes of a folder's files by their names, read now: those that are as they were found."""
        stack = self.by_address[address]
        found = {}
        with suppress(OSError):
            for entry in self._tree.entries(stack.folder):
                known = self.digests.get(f"{address}/{_shown(entry.name)}")
                content = self._tree.read(entry)[1] if known is not None else None
                if content is not None and hashlib.sha256(content).digest() == known:
                    found[entry.name] = content
        return found

    def pages_of(self, address: str) -> dict[str, bytes]:
        """The bytes of a folder's pages, as `files_of` has them."""
        pages = self.by_address[address].pages
        return {name: content for name, content in self.files_of(address).items() if name in pages}

    def contents(self, paths: Sequence[str]) -> dict[str, bytes]:
        """The bytes of files, as they were found. Raises Conflict if they are no longer."""
        found: dict[str, bytes] = {}
        for address, some in groupby(paths, lambda path: path.rpartition("/")[0]):
            files = self.files_of(address) if address in self.by_address else {}
            for path in some:
                content = files.get(path.rpartition("/")[2], self.shared.get(path))
                if content is None:
                    raise Conflict(f"{path} changed while the library was read. Nothing came in: run it again.")
                found[path] = content
        return found

    @cached_property
    def _products(self) -> bytes:
        """The digest of what medicines are called: a page that may name none depends on it."""
        topics = (stack.topic.sha256 if stack.topic else b"" for _, stack in sorted(self.by_address.items())
                  if stack.kind is Kind.DRUG)
        return hashlib.sha256(b"\0".join(topics)).digest()

    def _faces(self, targets: Sequence[str], *, is_presence_only: bool = False) -> bytes:
        return b"\0".join([
            target.encode() + (b"-" if (stack := self.by_address.get(target)) is None
                               else b"+" if is_presence_only else stack.face) for target in targets])

    def _read_markets(self) -> None:
        for entry in self._entries("markets"):
            path, market = f"markets/{_shown(entry.name)}", entry.name.removesuffix(".yaml")
            content = self._shared(path, entry)
            self._base.update(hashlib.sha256(content or b"").digest())
            if market not in MARKETS or entry.name == market:
                self._note(path, "unknown-market", N_("not the file of a market"),
                           said("Known: %(known)s", known=", ".join(f"{name}.yaml" for name in MARKETS)))
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
            content = self._shared(path, entry)
            if entry.name == slug or f"{Kind.DRUG.folder}/{slug}" not in self.by_address:
                self._note(path, "unknown-drug", N_("not the file of a medicine that has a folder"),
                           said("Name it <drug>.yaml, after a folder below %(folder)s/", folder=Kind.DRUG.folder))
            elif content is not None:
                file = read_claims(content)
                if isinstance(file, list):
                    self.problems += [finding.at(path) for finding in file]
                else:
                    self._claims[slug] = file, hashlib.sha256(content).digest()

    def _read_glossaries(self) -> None:
        for entry in self._entries(GLOSSARY, may_lack=True):
            path, language = f"{GLOSSARY}/{_shown(entry.name)}", language_of_file(entry.name)
            content = self._shared(path, entry)
            if language is None:
                self._note(path, "unknown-glossary", "not the glossary of a language that pages are written in",
                           f"Known: {', '.join(f'{tag.tag}.yaml' for tag in LANGUAGES)}")
            elif content is not None:
                found, findings = read_glossary(content, language)
                self.problems += [finding.at(path) for finding in findings]
                self._glossary_faces[page_of(Audience.PATIENT, language)] = hashlib.sha256(content).digest()
                self.glossaries |= {language: found} if found else {}
        self.problems += [finding.at(f"{GLOSSARY}/{language}.yaml") for language, finding in alone(self.glossaries)]

    def _read_blocks(self) -> None:
        for entry in self._entries(BLOCKS, may_lack=True):
            path = f"{BLOCKS}/{_shown(entry.name)}"
            content = self._shared(path, entry)
            if content is not None:
                read = read_block(entry.name, content)
                self.blocks += [read] if isinstance(read, Block) else []
                found = problems(read, self.markets) if isinstance(read, Block) else read
                self.problems += dict.fromkeys(finding.at(path) for finding in found)

    def _claims_of(self, stack: Stack, pages: Mapping[str, bytes]) -> Claims:
        """The claims that pages of a folder may use, and whose the others are that they name."""
        named = {name.decode() for page in pages.values() for name in _CLAIM.findall(page)}
        if not named:
            return NO_CLAIMS
        own = self._claims.get(stack.slug) if stack.kind is Kind.DRUG else None
        elsewhere = {name: self._owners[name] for name in named if name in self._owners}
        return Claims(own[0] if own else None, elsewhere, self._cited(own[0]) if own else {})

    @cached_property
    def _owners(self) -> dict[str, list[str]]:
        """Claim id -> the medicines that have one of that id."""
        owners: dict[str, list[str]] = {}
        for slug, (file, _) in self._claims.items():
            for claim in file.claims:
                owners.setdefault(claim.id, []).append(slug)
        return owners

    def _cited(self, file: ClaimsFile) -> dict[LeantOn, str]:
        return {place: self._leant_on[place] for place in file.places if place in self._leant_on}

    def _find_lost_passages(self) -> None:
        """Notes every anchor whose passage does not stand where it says, by its line."""
        for slug, (file, _) in self._claims.items():
            lost = [(at, number) for at, claim in enumerate(file.claims) for number, anchor in enumerate(claim.anchors)
                    if self._leant_on.get(anchor.place) == ""]
            text = decode(self.shared[f"{CLAIMS}/{slug}.yaml"]) if lost else ""
            yaml = read_yaml(text) if isinstance(text, str) and text else None
            for at, number in lost:
                line = yaml.line(("claims", at, "anchors", number)) if isinstance(yaml, Yaml) else 1
                anchor = file.claims[at].anchors[number]
                self.problems.append(Finding(
                    line, "anchor-passage", said(
                        "the passage of the claim `%(id)s` is not on page %(page)s of `%(document)s`, version "
                        "%(version)s",
                        id=file.claims[at].id, page=anchor.page, document=anchor.document, version=anchor.version),
                    N_("Copy it from the document's page in the reference library")).at(f"{CLAIMS}/{slug}.yaml"))

    def _claims_face(self, stack: Stack) -> tuple[bytes, ...]:
        """What pages that use claims depend on: the medicine's file, and what it leans on and came in."""
        own = self._claims.get(stack.slug) if stack.kind is Kind.DRUG else None
        return (b"",) if own is None else (own[1], repr(sorted(self._cited(own[0]).items(), key=repr)).encode())

    def _entries(self, folder: str, *, may_lack: bool = False) -> list[Entry]:
        try:
            return sorted((entry for entry in self._tree.entries(folder) if entry.name[0] != "."),
                          key=attrgetter("name"))
        except OSError as error:
            if may_lack and isinstance(error, FileNotFoundError):
                return []
            self._note_folder(folder, "no-folder", N_("the folder is missing or cannot be read"),
                              N_("Add it, or point to the content folder"), Severity.ERROR)
            return []

    def _read_stack(self, kind: Kind, folder: Entry) -> None:
        place = f"{kind.folder}/{folder.name}"
        address, problems = _shown(place), len(self.problems)
        if not folder.is_dir(follow_symlinks=False):
            self._note_folder(address, "not-a-folder", N_("not a topic's folder"),
                              N_("Remove it: each topic is a folder"), Severity.WARNING)
            return
        if not _SLUG.fullmatch(folder.name):
            self._note(f"{address}/{TOPIC_FILE}", "slug", said("`%(name)s` is no address", name=_shown(folder.name)),
                       N_("Use lower-case letters, digits and hyphens"))
        known = self._seen.find(self._tree, kind, address) if self._seen else None
        if known is None:
            entries = self._entries(place)
            stamp = self._tree.stamp(place, [entry.name for entry in entries]) if self._seen else None
            known = self._read_files(kind, place, entries)
            if self._seen and stamp and len(self.problems) == problems:
                self._seen.keep(*known, stamp)
        self.by_address[address], digests = known
        self.digests.update(digests)

    def _read_files(self, kind: Kind, place: str, entries: Sequence[Entry]) -> tuple[Stack, dict[str, bytes]]:
        """A folder, and the digests of its files by path."""
        address = _shown(place)
        paths = {entry.name: f"{address}/{_shown(entry.name)}" for entry in entries}
        files = {entry.name: content for entry in entries
                 if (content := self._bytes(paths[entry.name], entry)) is not None}
        digests = {paths[name]: self.digests[paths[name]] for name in files}
        topic = files.pop(TOPIC_FILE, None)
        pages = {name: files.pop(name) for name in list(files) if name.endswith(".md")}
        self._look_over(address, topic, pages, files)
        return Stack(
            kind, address.rpartition("/")[2], place if place.isascii() else sys.intern(place),
            None if topic is None else topic_sheet(paths[TOPIC_FILE], topic, digests[paths[TOPIC_FILE]]),
            {sys.intern(name): page_sheet(paths[name], page, digests[paths[name]]) for name, page in pages.items()},
            self._surroundings(address, topic, files), face(topic, pages), len(digests)), digests

    def _surroundings(self, address: str, topic: bytes | None, pictures: Iterable[str]) -> bytes:
        whole = hashlib.sha256(topic or b"")
        for name in sorted(pictures):
            whole.update(f"\0{name}\0".encode() + self.digests[f"{address}/{name}"])
        return whole.digest()

    def _shared(self, path: str, entry: Entry) -> bytes | None:
        content = self._bytes(path, entry)
        if content is not None:
            self.shared[path] = content
        return content

    def _bytes(self, path: str, entry: Entry) -> bytes | None:
        """A file's bytes; None, and noted, where they are not to be had."""
        if not entry.is_file(follow_symlinks=False) or not _FILE_NAME.fullmatch(entry.name):
            self._note(path, "not-a-file",
                       N_("no plain file, or a name with other marks than letters, digits and `.-_`"),
                       N_("Rename it or remove it"))
            return None
        try:
            size, content = self._tree.read(entry)
        except OSError as error:
            told = said("the file cannot be read: %(strerror)s", strerror=parsers.of_file(error))
            self._note(path, "unreadable", told, N_("Check its permissions"))
            return None
        if content is None:
            self._note(path, "too-large", said("the file has %(size)s bytes", size=f"{size:,}"),
                       said("Split it: at most %(max_file_bytes)s are read", max_file_bytes=f"{MAX_FILE_BYTES:,}"))
            return None
        self.digests[path] = hashlib.sha256(content).digest()
        return content

    def _look_over(
        self, address: str, topic: bytes | None, pages: Mapping[str, bytes], pictures: Mapping[str, bytes]
    ) -> None:
        if topic is None:
            self._note(f"{address}/{TOPIC_FILE}", "no-topic-file", N_("the topic has no topic.yaml"),
                       N_("Add it: titles, codes, markets"))
            self.problems += [found.at(f"{address}/{name}") for name in pages
                              if isinstance(found := page_name(name), Finding)]
        if not pages:
            self._note_folder(address, "no-pages", N_("the topic has no pages"), N_("Add patient.en.md"),
                              Severity.WARNING)
        drawn = {name for name in pictures if os.path.splitext(name)[1].lower() in MEDIA_TYPES}
        for name in sorted(pictures.keys() - drawn):
            self._note(f"{address}/{name}", "picture-type",
                       N_("not a page, a topic.yaml or a picture that pages carry"),
                       said("Remove it; pictures are %(known)s", known=", ".join(sorted(MEDIA_TYPES))))
        for name in unused_pictures(drawn, list(pages.values())):
            self.problems.append(UNUSED_PICTURE.at(f"{address}/{name}"))

    def _find_twins(self) -> None:
        first = dict[str, str]()
        for address, stack in self.by_address.items():
            other = first.setdefault(stack.slug.lower(), address)
            if other != address:
                self._note(f"{address}/{TOPIC_FILE}", "duplicate-slug",
                           said("the name `%(slug)s` is taken by %(other)s", slug=stack.slug, other=other),
                           N_("Rename one folder: names are unique over diseases and drugs, whatever their case"))

    def _note(self, path: str, code: str, message: str, remedy: str) -> None:
        self.problems.append(Problem(path, 1, code, message, remedy))

    def _note_folder(self, folder: str, code: str, message: str, remedy: str, severity: Severity) -> None:
        self.problems.append(Problem(folder, None, code, message, remedy, severity))


def _shown(name: str) -> str:
    """A file's name as it may be printed, even where it is not UTF-8."""
    return name if name.isascii() else name.encode("utf-8", "replace").decode()


def _digest(*parts: bytes) -> str:
    return hashlib.sha256(b"".join((_LENGTHS[len(parts)](len(parts), *map(len, parts)), *parts))).hexdigest()
