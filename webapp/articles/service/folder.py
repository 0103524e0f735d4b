"""Reads one topic's folder: its bytes in, documents and problems out. Pure, so that folders are read in parallel."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from webapp.articles.rules.claims import NO_CLAIMS, Claims, ClaimsFile
from webapp.articles.rules.frontmatter import (
    TEMPLATED,
    Audience,
    FrontMatter,
    Kind,
    MarketFile,
    Reference,
    TopicFile,
    Translation,
    summary_finding,
    validate,
)
from webapp.articles.rules.glossary import Glossary
from webapp.articles.rules.lint import Link, Linted, lint
from webapp.articles.rules.lint.judging import Written, judge
from webapp.articles.rules.lint.readability import own_words
from webapp.articles.rules.locate import Finding, Problem, Severity, Yaml, read_yaml
from webapp.articles.rules.pictures import inspect
from webapp.articles.rules.slots import Filled, fill, fill_phrase
from webapp.articles.rules.translating import State, digest_of, page_of, state, whole_digest
from webapp.articles.service.documents import Asset, ClaimUse, Document, Topic
from webapp.core.errors import N_, said
from webapp.core.languages import LANGUAGES
from webapp.core.markdown import cited_keys, refusal

TOPIC_FILE = "topic.yaml"
SHOWN = ("title", "summary")
"""What readers see of a head beside its sources."""
Page = tuple[Audience, str, str]
TORN = Finding(1, "changed-meanwhile", N_("the topic's folder changed while it was read"), N_("Run the command again"))
_HEAD = re.compile(r"---[ \t]*\n(.*?)(?:^|\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
_TAGS = [language.tag for language in LANGUAGES]


@dataclass(frozen=True)
class Folder:
    """A folder to read. `wanted` maps the files whose bytes or surroundings changed to their new fingerprints."""

    kind: Kind
    slug: str
    topic: bytes
    pages: Mapping[str, bytes]
    pictures: Mapping[str, bytes]
    wanted: Mapping[str, str]
    markets: Mapping[str, MarketFile]
    claims: Claims = NO_CLAIMS
    glossaries: Mapping[str, Glossary] = field(default_factory=dict)
    """By language."""
    is_torn: bool = False
    """Whether its files changed since they were found, so that they are no longer one state of the folder."""

    @property
    def address(self) -> str:
        return f"{self.kind.folder}/{self.slug}"


@dataclass(frozen=True)
class LinkUse:
    """A link in a page, to be looked up once all folders are known."""

    path: str
    link: Link
    page: tuple[Audience, str]
    markets: tuple[str, ...]


@dataclass(frozen=True)
class Reading:
    """What one folder yields. `pages` are those of the files that were read; paths are relative to content."""

    address: str
    topic: Topic | None
    documents: tuple[Document, ...]
    pages: frozenset[Page]
    links: tuple[LinkUse, ...]
    problems: tuple[Problem, ...]


def decode(content: bytes) -> str | Finding:
    """UTF-8 as text with LF line ends and no byte order mark, or where it stops being UTF-8."""
    try:
        return content.decode().removeprefix("\N{ZERO WIDTH NO-BREAK SPACE}").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Finding(line, "encoding",
                       said("byte %(start)s (0x%(content)s) is not UTF-8", start=error.start,
                            content=f"{content[error.start]:02X}"), N_("Save the file as UTF-8"))


def page_name(name: str) -> tuple[Audience, str] | Finding:
    """(audience, language) of a file name such as `patient.zh-Hans.md`."""
    audience, _, language = name.removesuffix(".md").partition(".")
    if audience not in list(Audience):
        return Finding(1, "unknown-audience",
                       said("unknown audience `%(audience)s` in the file's name", audience=audience[:40]),
                       said("Name it <audience>.<language>.md; known audiences: %(known)s", known=", ".join(Audience)))
    if language not in _TAGS:
        return Finding(1, "unknown-language",
                       said("unknown language `%(language)s` in the file's name", language=language[:40]),
                       said("Known languages: %(known)s", known=", ".join(_TAGS)))
    return Audience(audience), language


def read_topic(content: bytes) -> tuple[TopicFile, Yaml] | list[Finding]:
    """`topic.yaml` and its YAML, or what is wrong in it."""
    text = decode(content)
    read = read_yaml(text) if isinstance(text, str) else text
    if isinstance(read, Finding):
        return [read]
    file = validate(TopicFile, read)
    return file if isinstance(file, list) else (file, read)


def read_claims(content: bytes) -> ClaimsFile | list[Finding]:
    """`claims/<drug>.yaml`, or what is wrong in it."""
    text = decode(content)
    read = read_yaml(text) if isinstance(text, str) else text
    return [read] if isinstance(read, Finding) else validate(ClaimsFile, read)


@lru_cache(maxsize=32)
def read_head(content: bytes) -> tuple[FrontMatter, Yaml, str, int] | list[Finding]:
    """(front matter, its YAML, the body, the body's first line) of a page's file, or what is wrong in its head.

    Kept for a while: a page that others link to is looked at by them, too, and the desk asks several times a keystroke.
    """
    text = decode(content)
    head = split_head(text) if isinstance(text, str) else text
    if isinstance(head, Finding):
        return [head]
    yaml, body, first_line = head
    read = read_yaml(yaml, 2)
    if isinstance(read, Finding):
        return [read]
    front = validate(FrontMatter, read)
    return front if isinstance(front, list) else (front, read, body, first_line)


def split_head(text: str) -> tuple[str, str, int] | Finding:
    """(the head's YAML, which begins on line 2, the body, the body's first line) of a file."""
    head = _HEAD.match(text)
    if not head:
        return Finding(1, "no-front-matter", N_("the file does not begin with front matter between two lines `---`"),
                       N_("Begin with `---`, the keys of the content guide, and `---` again"))
    return head.group(1), text[head.end():], head.group(0).count("\n") + 1


def read_folder(folder: Folder, *, is_draft: bool = False) -> Reading:
    """Reads the wanted files of a folder. Whatever is in them, the answer is documents and located problems.

    A draft yields its documents in spite of errors, to be looked at while it is written.
    """
    topic_path = f"{folder.address}/{TOPIC_FILE}"
    if folder.is_torn:
        torn = tuple(TORN.at(f"{folder.address}/{name}") for name in sorted(folder.wanted))
        return Reading(folder.address, None, (), frozenset(), (), torn)
    read = read_topic(folder.topic)
    problems: list[Problem] = []
    topic = None
    if isinstance(read, list):
        problems += [finding.at(topic_path) for finding in read]
    else:
        file, yaml = read
        lines = tuple(yaml.line(("related", place)) for place in range(len(file.related)))
        topic = Topic(folder.kind, folder.slug, topic_path, file, lines)
    readings = [_PageReader(folder, name, topic.file if topic else None, is_draft=is_draft).read()
                for name in sorted(folder.wanted) if name in folder.pages]
    problems += [problem for reading in readings for problem in reading.problems]
    return Reading(
        folder.address, topic, tuple(document for reading in readings for document in reading.documents),
        frozenset(page for reading in readings for page in reading.pages),
        tuple(link for reading in readings for link in reading.links), tuple(dict.fromkeys(problems)))


def own_words_of(topic: TopicFile | None, market: MarketFile) -> frozenset[str]:
    """The words that a page of a topic cannot do without: its names, and those of its market's medicines."""
    drugs = (name for names in market.drugs.values() for name in names.values())
    own = () if topic is None else (*topic.titles.values(),
                                    *(name for names in topic.synonyms.values() for name in names))
    return own_words((*own, *drugs))


class _PageReader:
    """Reads one file of a folder into its documents, one for each market."""

    def __init__(self, folder: Folder, name: str, topic: TopicFile | None, *, is_draft: bool = False) -> None:
        self.folder, self.name, self.topic, self.is_draft = folder, name, topic, is_draft
        self.path = f"{folder.address}/{name}"
        text = decode(folder.pages[name])
        self.text_digest = whole_digest(text) if isinstance(text, str) else ""
        self.findings: list[Finding] = []
        self.judged: set[tuple[int, str]] = set()
        """(line, code) of what was found, and (0, market) of each market that was looked at."""

    def read(self) -> Reading:
        place = page_name(self.name)
        head = read_head(self.folder.pages[self.name])
        if isinstance(place, Finding) or isinstance(head, list):
            self.findings += [place] if isinstance(place, Finding) else []
            self.findings += head if isinstance(head, list) else []
            return self._reading((), frozenset(), ())
        audience, language = place
        front, yaml, body, first_line = head
        kind = self.folder.kind if front.content_class in TEMPLATED else None
        keys = {reference.key: yaml.line(("references", place)) for place, reference in enumerate(front.references)}
        linted = lint(body, first_line=first_line, kind=kind, audience=audience, language=language, keys=keys,
                      pictures=self.folder.pictures.keys())
        self.findings += linted.findings
        if front.translation:
            self.findings += self._translated(audience, language, front.translation, yaml)
        if linted.is_refused:
            return self._reading((), frozenset(), ())
        markets = self._markets(front, yaml)
        documents = [self._document(market, audience, language, front, yaml, body, first_line, linted)
                     for market in markets]
        pages = frozenset((audience, language, market) for market in markets)
        links = tuple(LinkUse(self.path, link, (audience, language), markets) for link in linted.links)
        return self._reading([document for document in documents if document], pages, links)

    def _reading(self, documents: Iterable[Document], pages: frozenset[Page], links: tuple[LinkUse, ...]) -> Reading:
        problems = tuple(dict.fromkeys(finding.at(self.path) for finding in self.findings))
        is_bad = not self.is_draft and any(problem.severity is Severity.ERROR for problem in problems)
        return Reading(self.folder.address, None, () if is_bad else tuple(documents), pages, links, problems)

    def _translated(self, audience: Audience, language: str, record: Translation, yaml: Yaml) -> Iterator[Finding]:
        """What is wrong with the page that this one says it was translated from."""
        of, line = page_of(audience, record.of), yaml.line(("translation",))
        text = decode(self.folder.pages.get(of, b""))
        if of == self.name or of not in self.folder.pages:
            yield Finding(line, "translation-of", said("the page says that it was translated from `%(of)s`", of=of),
                          N_("Name the language of another page for these readers that has a file here"))
        elif isinstance(text, str) and state(record, text) is State.BEHIND:
            yield Finding(line, "translation-behind",
                          said("`%(of)s` changed since this page was translated from it", of=of),
                          said("Bring the page up to date, then record `digest: \"%(digest_of)s\"`",
                               digest_of=digest_of(text)), Severity.WARNING)

    def _markets(self, front: FrontMatter, yaml: Yaml) -> tuple[str, ...]:
        line = yaml.line(("markets",))
        for market in front.markets:
            if self.topic and market not in self.topic.markets:
                self.findings.append(Finding(line, "market-outside-topic",
                                             said("the topic does not exist in `%(market)s`", market=market),
                                             said("Remove it here, or add it to the markets of %(topic_file)s",
                                                  topic_file=TOPIC_FILE)))
            if market not in self.folder.markets:
                self.findings.append(Finding(line, "no-market-file",
                                             said("no readable file markets/%(market)s.yaml", market=market),
                                             N_("Add or mend it: it fills the slots")))
        return tuple(market for market in front.markets if market in self.folder.markets)

    def _document(
        self, market: str, audience: Audience, language: str, front: FrontMatter, yaml: Yaml, body: str,
        first_line: int, linted: Linted,
    ) -> Document | None:
        market_file = self.folder.markets[market]
        filled = fill(body, market_file, market, language, first_line=first_line, claims=self.folder.claims)
        self.findings += filled.findings or _overfull(filled)
        front = self._fill_front(front, yaml, market_file, language)
        head = [(yaml.line((key,)), getattr(front, key)) for key in SHOWN]
        self._judge(market, audience, language, front, filled, head)
        claims = tuple(self._claims(front, yaml, filled))
        if self.topic is None:
            return None
        words = self.folder.glossaries.get(language) if audience is Audience.PATIENT else None
        return Document(
            path=self.path, kind=self.folder.kind, slug=self.folder.slug, audience=audience, language=language,
            market=market, front_matter=front, source=filled.text, lines=filled.lines,
            references=_cited(front, filled, claims), assets=tuple(self._assets(filled, linted)), topic=self.topic,
            fingerprint=self.folder.wanted[self.name], claims=claims, text_digest=self.text_digest,
            terms=words.terms.only_of(filled.text, self._names(language)) if words else None)

    def _names(self, language: str) -> tuple[str, ...]:
        """What the topic is called: its page is their explanation."""
        return () if self.topic is None else (self.topic.titles[language], *self.topic.synonyms.get(language, ()))

    def _claims(self, front: FrontMatter, yaml: Yaml, filled: Filled) -> Iterator[ClaimUse]:
        """The claims that the text says. A key that page and claim share must mean one source."""
        claims, own = self.folder.claims, {reference.key: reference for reference in front.references}
        for claim, text in zip(filled.claims, filled.claim_texts, strict=True):
            references = claims.references(claim)
            for reference in references:
                if reference.key in own and own[reference.key].url != reference.url:
                    line = yaml.line(("references", front.references.index(own[reference.key])))
                    self.findings.append(Finding(line, "claim-reference",
                                                 said("the key `%(key)s` is another source than in the claim "
                                                      "`%(id)s`", key=reference.key, id=claim.id),
                                                 N_("Give it another key here")))
            yield ClaimUse(claim.id, references, claim.label, claims.section_digest(claim), claims.anchors(claim), text)

    def _judge(self, market: str, audience: Audience, language: str, front: FrontMatter, filled: Filled,
               head: Sequence[tuple[int, str]]) -> None:
        """Adds what is wrong in the page as this market reads it, once for all markets that share it."""
        written = Written(self.folder.kind, audience, language, market, front.content_class, front.funding.kind,
                          filled.text, filled.lines, own_words_of(self.topic, self.folder.markets[market]),
                          head, is_measured=not self.judged)
        for finding in judge(written):
            if (finding.line, finding.code) not in self.judged:
                self.judged.add((finding.line, finding.code))
                self.findings.append(finding)
        self.judged.add((0, market))

    def _fill_front(self, front: FrontMatter, yaml: Yaml, market: MarketFile, language: str) -> FrontMatter:
        texts = {}
        for key in SHOWN:
            texts[key], findings = fill_phrase(getattr(front, key), market, language, line=yaml.line((key,)))
            self.findings += findings
        fault = summary_finding(texts["summary"], language)
        if fault:
            self.findings.append(Finding(yaml.line(("summary",)), "summary-length", fault, N_("Say it in fewer words")))
        return front.model_copy(update=texts)

    def _assets(self, filled: Filled, linted: Linted) -> Iterator[Asset]:
        for name, line in linted.pictures.items():
            content = self.folder.pictures.get(name)
            picture = inspect(name, content) if content is not None and name in filled.text else None
            if isinstance(picture, Finding):
                self.findings.append(replace(picture, line=line, message=said("in `%(name)s`: %(message)s", name=name,
                                                                            message=picture.message)))
            elif picture and content is not None:
                yield Asset(name, hashlib.sha256(content).hexdigest(), picture.media_type, picture.width,
                            picture.height, content)


def _overfull(filled: Filled) -> Iterator[Finding]:
    """What slots and dropped blocks made of a text that may be rendered as it is written, and may not once filled."""
    refused = refusal(filled.text)
    if refused:
        yield Finding(filled.lines[refused.line - 1], refused.code,
                      said("with its slots filled, %(message)s", message=refused.message), refused.remedy)


def _cited(front: FrontMatter, filled: Filled, claims: Iterable[ClaimUse]) -> tuple[Reference, ...]:
    """What the text cites, as the page has it, else as the claim does."""
    by_key = {reference.key: reference for claim in claims for reference in claim.references}
    by_key.update((reference.key, reference) for reference in front.references)
    return tuple(by_key[key] for key in cited_keys(filled.text) if key in by_key)
