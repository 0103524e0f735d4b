"""The index on disk: the only module that knows tantivy.

Queries are built from terms and never parsed, so nothing that is typed is an operator. What fails below (a file that is
missing, broken or another program's) is one error, and says nothing of what was asked for.
"""

import logging
import shutil
import threading
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import tantivy
from tantivy import Occur, Query

from webapp.articles.queries.searching import Findable
from webapp.search.rules import asking
from webapp.search.rules.asking import Unit
from webapp.search.rules.words import grams, whole

log = logging.getLogger("materia.search")

FOLDER = "search"
"""The index's folder in a node's data directory."""
META, BROKEN = "meta.json", "broken"
HEAP_BYTES = 32_000_000
"""What the writer holds before it writes a segment: our choice, twice the least that it takes."""
FIELDS = {"title": 8.0, "names": 6.0, "summary": 3.0, "body": 1.0}
"""What a word weighs by where it stands: our choice, so that a page about it comes before one that mentions it."""
WHOLE_NAME = 40.0
"""What it weighs that the query is a name of the page's topic."""
OTHER_FIELDS = 0.3
"""How much of it the other fields add to the best: they say the same again."""
SLIP = 0.5
"""What a word one letter away weighs beside the word itself."""
ONE_SIGN = 0.1
"""What a single Chinese sign weighs: it stands in nearly every page."""
NOT_FAR = 0.4
"""Of pages with any of the words, which are shown: our choice, those with two fifths of the best one's weight."""
NAMES = ("title", "names")


class NotReady(Exception):
    """There is no index that can be read: it is being built, or must be."""


class Hit(NamedTuple):
    """A page that may fit, and its text as it was indexed."""

    document_id: int
    revision_id: int
    text: str
    score: float


class Shelf(NamedTuple):
    """Which pages are looked through: `accesses` are `open`, and `gated` for readers whom a gate may let in."""

    audience: str
    language: str
    market: str
    accesses: tuple[str, ...]

    @property
    def keys(self) -> list[str]:
        """As the index keeps them."""
        return [_key(self.audience, self.language, self.market, access) for access in self.accesses]


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in FIELDS:
        builder.add_text_field(name, tokenizer_name="whitespace")
    for name in ("shelf", "called", "key"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field("document", stored=True, fast=True)
    builder.add_unsigned_field("stamp", fast=True)
    builder.add_unsigned_field("revision", stored=True)
    builder.add_bytes_field("text", stored=True)
    return builder.build()


SCHEMA = _schema()


def _key(audience: str, language: str, market: str, access: str) -> str:
    return f"{audience}/{language}/{market}/{access}"


@contextmanager
def _told_apart() -> Iterator[None]:
    """What tantivy raises becomes NotReady. Its panics are no Exception; neither is what ends a process: that
    passes."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit, NotReady):
        raise
    except BaseException as error:
        log.warning("the index cannot be read: %s", type(error).__name__)
        raise NotReady from None


def _standing(folder: Path) -> tuple[int, int] | None:
    """Which state of the index stands there; None where there is none."""
    try:
        meta = (folder / META).stat()
    except OSError:
        return None
    return meta.st_mtime_ns, meta.st_ino


class Finder:
    """Reads the index of a folder; opens it again when it was changed. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._seen: tuple[int, int] | None = None
        self._index: tantivy.Index | None = None

    def look(self, query: asking.Query, shelf: Shelf, *, may_slip: bool, is_all: bool, limit: int) -> list[Hit]:
        """The pages that fit best, the best first: with every unit of the query or, unless `is_all`, with any; with
        words one letter away as well if `may_slip`. Raises NotReady."""
        if not query.units:
            return []
        occur = Occur.Must if is_all else Occur.Should
        fits = Query.boolean_query([(occur, _unit(unit, may_slip=may_slip, is_all=is_all)) for unit in query.units])
        named = Query.const_score_query(Query.term_query(SCHEMA, "called", query.name), WHOLE_NAME)
        hits = self._hits(Query.boolean_query([(Occur.Should, fits), (Occur.Should, named)]), shelf, limit)
        return hits if is_all else [hit for hit in hits if hit.score >= NOT_FAR * hits[0].score]

    def look_for_names(self, query: asking.Query, shelf: Shelf, limit: int) -> list[Hit]:
        """Pages whose names are two letters away from a word of the query: what may have been meant. Raises
        NotReady."""
        words = [unit.text for unit in query.units if unit.may_slip]
        if not words:
            return []
        near = [(Occur.Should, Query.fuzzy_term_query(SCHEMA, field, word, distance=2))
                for word in words for field in NAMES]
        return self._hits(Query.boolean_query(near), shelf, limit)

    def _hits(self, fits: Query, shelf: Shelf, limit: int) -> list[Hit]:
        on_shelf = Query.const_score_query(Query.term_set_query(SCHEMA, "shelf", shelf.keys), 0.0)
        asked = Query.boolean_query([(Occur.Must, on_shelf), (Occur.Must, fits)])
        try:
            with _told_apart():
                searcher = self._opened().searcher()
                found = searcher.search(asked, limit, count=False)
                return [_hit(score, searcher.doc(address)) for score, address in found.hits]
        except NotReady:
            self._tell_of_damage()
            raise

    def _opened(self) -> tantivy.Index:
        """The index as it stands. While another takes its place, the one before."""
        standing = _standing(self._folder)
        with self._lock:
            if standing is not None and (self._index is None or standing != self._seen):
                self._index, self._seen = None, standing
                self._index = tantivy.Index.open(str(self._folder))
            if self._index is None:
                raise NotReady
            return self._index

    def _tell_of_damage(self) -> None:
        """Lets the keeper know that what stands there cannot be read, unless it is another by now."""
        if self._seen is not None and self._seen == _standing(self._folder):
            with suppress(OSError):
                (self._folder / BROKEN).touch()


def _hit(score: float, document: tantivy.Document) -> Hit:
    number, revision, text = (document.get_first(field) for field in ("document", "revision", "text"))
    return Hit(int(number or 0), int(revision or 0), bytes(text or b"").decode(), score)


def _unit(unit: Unit, *, may_slip: bool, is_all: bool) -> Query:
    """The best field counts, and a little of the others."""
    return Query.disjunction_max_query(
        [Query.boost_query(_in_field(unit, field, may_slip=may_slip, is_all=is_all), weight)
         for field, weight in FIELDS.items()], OTHER_FIELDS)


def _in_field(unit: Unit, field: str, *, may_slip: bool, is_all: bool) -> Query:
    first = unit.grams[0]
    if unit.is_han and len(first) == 1:
        begins = Query.fuzzy_term_query(SCHEMA, field, first, distance=0, prefix=True)
        return Query.boost_query(begins, ONE_SIGN)
    terms = [Query.term_query(SCHEMA, field, gram) for gram in unit.grams]
    if unit.is_han:
        return Query.boolean_query([(Occur.Should, term) for term in terms], unit.enough if is_all else 1)
    near = [Query.boost_query(Query.fuzzy_term_query(SCHEMA, field, word, distance=1), SLIP)
            for word in {first, unit.text} if may_slip and unit.may_slip]
    return Query.disjunction_max_query([*terms, *near])


class Store:
    """Writes the index of a folder. Who makes one holds the node's lock (`keeping`)."""

    def __init__(self, folder: Path) -> None:
        """Opens the index; begins a new one where there is none that this program can read."""
        self._folder = folder
        try:
            with _told_apart():
                self._open()
                self.stamps = self._stamps()
        except NotReady:
            shutil.rmtree(folder, ignore_errors=True)
            self._open()
            self.stamps = {}

    def _open(self) -> None:
        if (self._folder / BROKEN).exists():
            raise NotReady
        self._folder.mkdir(parents=True, exist_ok=True)
        self._index = tantivy.Index(SCHEMA, str(self._folder))

    def _stamps(self) -> dict[int, int]:
        """Document id -> the stamp it came in with."""
        searcher = self._index.searcher()
        found = searcher.search(Query.all_query(), max(1, searcher.num_docs), count=False)
        places = [address for _, address in found.hits]
        numbers, stamps = (searcher.fast_field_values(field, places) for field in ("document", "stamp"))
        return {int(number or 0): int(stamp or 0) for number, stamp in zip(numbers, stamps, strict=True)}

    def replace(self, gone: Collection[int], pages: Iterable[tuple[Findable, int, str]]) -> None:
        """Takes the documents out, and puts the pages in, each with its stamp and text: all at once for readers."""
        writer = self._index.writer(HEAP_BYTES, 1)
        for number in gone:
            writer.delete_documents_by_term("key", str(number))
        for page, stamp, text in pages:
            writer.delete_documents_by_term("key", str(page.document_id))
            writer.add_document(_document(page, stamp, text))
        writer.commit()
        writer.wait_merging_threads()


def _document(page: Findable, stamp: int, text: str) -> tantivy.Document:
    made = tantivy.Document()
    said = {"title": (page.title,), "names": page.names, "summary": (page.summary,), "body": (text,)}
    for field, values in said.items():
        for value in values:
            made.add_text(field, grams(value, is_name=field in NAMES))
    for name in {whole(name) for name in (page.title, *page.names)}:
        made.add_text("called", name)
    made.add_text("shelf", _key(page.audience, page.language, page.market, page.access))
    made.add_text("key", str(page.document_id))  # a number's term deletes nothing
    made.add_unsigned("document", page.document_id)
    made.add_unsigned("stamp", stamp)
    made.add_unsigned("revision", page.revision_id)
    made.add_bytes("text", text.encode())
    return made
