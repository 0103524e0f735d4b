"""Ranked searches of many made-up pages, against SQLite's own full-text search of the same pages (FTS5, bm25; Chinese
by LIKE, since its tokenizers find no word of two signs); and the memory that building the index takes."""

import random
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

from sqlalchemy import insert

from tests.benchmarks.load import percentile
from tests.benchmarks.measuring import Ratio, Report, Scale, at_most, interleave, peak_megabytes, peak_of
from tests.builders import NOW
from webapp import schema
from webapp.articles.models import Document, Revision, Topic
from webapp.core.db import Database
from webapp.search.rules import asking
from webapp.search.service.index import FOLDER, Finder, Shelf
from webapp.search.service.keeping import Keeper

LANGUAGES = {"en": "us", "zh-Hans": "cn"}
WORDS, LENGTH, LIMIT = 20_000, 500, 25
SHARE, MEMORY = 0.5, 2.0
CONSONANTS, VOWELS = "bcdfghklmnprstvz", "aeiou"


def measure(folder: Path, scale: Scale) -> Report:
    """The bench's size."""
    return compare(folder, pages=scale.pick(10_000, 400), queries=scale.pick(300, 40), rounds=scale.pick(7, 3))


def compare(folder: Path, *, pages: int, queries: int, rounds: int, beside: bool = True) -> Report:
    """Milliseconds of processor time at the 99th percentile, with the texts of the pages found; and megabytes of a
    build, of all pages and of a quarter of them. `beside`: each in a process of its own, without which they are this
    one's."""
    small, large = folder / "small", folder / "large"
    peaks = {}
    for place, count in ((small, pages // 4), (large, pages)):
        place.mkdir()
        _fill(place, count)
        peaks[place] = peak_of("tests.benchmarks.searching", str(place)) if beside else _build(place)
    finder = Finder(large / FOLDER)
    with closing(_full_text(large)) as theirs:
        asked = {language: _queries(language, queries) for language in LANGUAGES}
        sides: dict[str, Callable[[], float]] = {
            "ours en": lambda: _p99(asked["en"], lambda words: _ours(finder, "en", words)),
            "fts5": lambda: _p99(asked["en"], lambda words: _fts5(theirs, words)),
            "ours zh": lambda: _p99(asked["zh-Hans"], lambda words: _ours(finder, "zh-Hans", words)),
            "like": lambda: _p99(asked["zh-Hans"], lambda words: _like(theirs, words))}
        figures = interleave(rounds, sides)
        found = {name: sum(map(bool, map(look, words))) for name, look, words in (
            ("ours", lambda words: _ours(finder, "zh-Hans", words), asked["zh-Hans"]),
            ("FTS5's trigrams", lambda words: _trigrams(theirs, words), asked["zh-Hans"]))}
    return Report(
        [Ratio("English search p99 / FTS5's", figures["ours en"], figures["fts5"], "ms", at_most(SHARE)),
         Ratio("Chinese search p99 / LIKE's", figures["ours zh"], figures["like"], "ms", at_most(SHARE)),
         Ratio("peak memory of a build / of a quarter", [peaks[large]], [peaks[small]], "MB", at_most(MEMORY))],
        [f"{pages} pages of {LENGTH} words, half of them Chinese; of {queries} Chinese queries "
         + ", ".join(f"{name} found {count}" for name, count in found.items())])


def _vocabulary(language: str) -> list[str]:
    """Words as many as a library has: made-up ones of letters, or of two and three Chinese signs."""
    chance = random.Random(language)
    if language == "en":
        return ["".join(chance.choice(CONSONANTS) + chance.choice(VOWELS) for _ in range(chance.randint(2, 4)))
                for _ in range(WORDS)]
    return ["".join(chr(0x4E00 + chance.randrange(2_000)) for _ in range(chance.choice((2, 2, 3))))
            for _ in range(WORDS)]


def _pages(count: int) -> Iterator[tuple[str, str, str]]:
    """(language, title, HTML): few words stand often and most seldom, as in any language."""
    chance = random.Random(0)
    kinds = [(language, _vocabulary(language), " " if language == "en" else "") for language in LANGUAGES]
    weights = [0.0]
    for rank in range(1, WORDS):
        weights.append(weights[-1] + 1 / rank)
    for number in range(count):
        language, words, blank = kinds[number % len(kinds)]
        text = chance.choices(words, cum_weights=weights, k=LENGTH)
        lines = (blank.join(text[start:start + 20]) for start in range(0, LENGTH, 20))
        yield language, blank.join(text[:3]), "".join(f"<p>{line}<sup class=\"cite\">1</sup></p>" for line in lines)


def _fill(place: Path, count: int) -> None:
    """A database in which so many pages are published."""
    with closing(Database(f"sqlite:///{place}/materia.db")) as database:
        schema.upgrade(database)
        numbered = list(enumerate(_pages(count), 1))
        with database.writing() as session:
            session.execute(insert(Topic), [
                {"id": number, "kind": "disease", "slug": f"topic-{number}", "about": {}} for number, _ in numbered])
            session.execute(insert(Document), [
                {"id": number, "topic_id": number, "audience": "patient", "language": language,
                 "market": LANGUAGES[language], "live_revision_id": number} for number, (language, _, _) in numbered])
            session.execute(insert(Revision), [_revision(number, *page) for number, page in numbered])


def _build(place: Path) -> float:
    """Builds the index of a database. Returns the megabytes that this process took at most."""
    with closing(Database(f"sqlite:///{place}/materia.db")) as database:
        Keeper(database, place).rebuild(NOW)
    return peak_megabytes()


def _revision(number: int, language: str, title: str, html: str) -> dict[str, Any]:
    return {"id": number, "document_id": number, "digest": str(number), "rendering_digest": "", "title": title,
            "summary": title, "content_class": "disease-education", "front_matter": {},
            "topic": {"titles": {language: title}, "synonyms": {}}, "references": [], "contents": [], "source": "",
            "body_html": html, "expected_seconds": 60, "next_review": date(2027, 1, 2), "created_at": NOW}


def _full_text(place: Path) -> sqlite3.Connection:
    """The same pages as SQLite searches them."""
    made = sqlite3.connect(":memory:")
    made.executescript("CREATE VIRTUAL TABLE words USING fts5(title, body, language UNINDEXED, tokenize='porter');"
                       "CREATE VIRTUAL TABLE trigrams USING fts5(body, tokenize='trigram');"
                       "CREATE TABLE plain (language TEXT, title TEXT, body TEXT);")
    with closing(sqlite3.connect(place / "materia.db")) as file:
        rows = [("en" if number % 2 else "zh-Hans", title, html) for number, title, html in
                file.execute("SELECT id, title, body_html FROM revision")]
    for table, columns in (("words", "language, title, body"), ("plain", "language, title, body")):
        made.executemany(f"INSERT INTO {table} ({columns}) VALUES (?, ?, ?)", rows)
    made.executemany("INSERT INTO trigrams (body) VALUES (?)", [(html,) for language, _, html in rows
                                                                if language != "en"])
    return made


def _queries(language: str, count: int) -> list[str]:
    """One to three words that are neither everywhere nor nowhere."""
    chance, words = random.Random(1), _vocabulary(language)[20:2_000]
    if language == "en":
        return [" ".join(chance.choices(words, k=chance.choice((1, 2, 2, 3)))) for _ in range(count)]
    return chance.choices([word for word in words if len(word) == 2], k=count)


def _p99(queries: Sequence[str], look: Callable[[str], object]) -> float:
    times = []
    for words in queries:
        start = time.thread_time()  # a waiting process is nobody's search
        look(words)
        times.append(1000 * (time.thread_time() - start))
    return percentile(times, 0.99)


def _ours(finder: Finder, language: str, words: str) -> list[Any]:
    shelf = Shelf("patient", language, LANGUAGES[language], ("open",))
    return [*finder.look(asking.read(words), shelf, may_slip=False, is_all=True, limit=LIMIT)]


def _fts5(theirs: sqlite3.Connection, words: str) -> list[Any]:
    return theirs.execute("SELECT title, body FROM words WHERE words MATCH ? AND language = 'en' "
                          "ORDER BY bm25(words, 8.0, 1.0) LIMIT ?", (words, LIMIT)).fetchall()


def _like(theirs: sqlite3.Connection, words: str) -> list[Any]:
    """Ranked by the title alone: a LIKE counts nothing."""
    like = f"%{words}%"
    return theirs.execute("SELECT title, body FROM plain WHERE language = 'zh-Hans' AND (title LIKE ? OR body LIKE ?) "
                          "ORDER BY title LIKE ? DESC LIMIT ?", (like, like, like, LIMIT)).fetchall()


def _trigrams(theirs: sqlite3.Connection, words: str) -> list[Any]:
    return theirs.execute("SELECT body FROM trigrams WHERE trigrams MATCH ? LIMIT 1", (f'"{words}"',)).fetchall()


if __name__ == "__main__":
    print(_build(Path(sys.argv[1])))
