"""Brings in what people already have: foreign files in, topic folders of ours out, and a word on each of them."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import yaml

from webapp.articles.rules.foreign.files import READERS, Reader
from webapp.articles.rules.foreign.page import ForeignPage, Unreadable
from webapp.articles.rules.frontmatter import Audience, Kind, TopicFile, validate
from webapp.articles.rules.languages import language_of
from webapp.articles.rules.locate import Finding, read_yaml
from webapp.articles.rules.templates import headings
from webapp.articles.service.folder import TOPIC_FILE, decode, read_head
from webapp.core.languages import ENGLISH, LANGUAGES

DUE_AFTER = timedelta(days=365)
"""When a page that came in is to be looked at again, counted from its own day: our choice, as for what is written
here. So an old page is due at once."""
LARGEST = 5_000_000
"""Bytes of a file: our choice, more than the parser takes."""
_VARIANT = re.compile(r"[._](?:en|zh|zh-cn|zh-hans|zh-hant|zh-tw|ja|de|fr|es)$", re.IGNORECASE)


@dataclass(frozen=True)
class Terms:
    """What the person who brings files in says of all of them. `address` and `issuer` stand where a file names none."""

    kind: Kind
    audience: Audience
    markets: tuple[str, ...]
    funding: Mapping[str, str]
    by: str
    is_ai: bool
    address: str
    issuer: str
    today: date


@dataclass(frozen=True)
class Outcome:
    """What became of a file: the page that it came in as, with what was changed; or why it was refused."""

    path: str
    page: str = ""
    notes: tuple[str, ...] = ()
    refused: str = ""


def bring_in(source: Path, into: Path, form: str, terms: Terms) -> Iterator[Outcome]:
    """Reads every file of the format below `source` and writes a topic folder below `into` for each.

    Nothing that stands there is written over. A file that is refused leaves nothing behind.
    """
    pattern, read = READERS[form]
    taken: set[str] = set()
    for path in sorted(source.rglob(pattern)):
        name = path.relative_to(source).as_posix()
        try:
            page, language = _read(path, read, terms)
            slug = _free_slug(path.relative_to(source), page, form, taken)
            files, notes = _files(page, language, terms)
            yield Outcome(name, _write(into / terms.kind.folder / slug, files), (*page.notes, *notes))
        except Unreadable as why:
            yield Outcome(name, refused=str(why))


def _read(path: Path, read: Reader, terms: Terms) -> tuple[ForeignPage, str]:
    if path.is_symlink() or path.stat().st_size > LARGEST:
        raise Unreadable(f"it is a link to another file, or larger than {LARGEST:,} bytes")
    text = decode(path.read_bytes())
    if isinstance(text, Finding):
        raise Unreadable(f"line {text.line}: {text.message}. {text.remedy}")
    language = language_of(text) or ENGLISH.tag
    first = headings(terms.kind, terms.audience, language) or headings(terms.kind, Audience.PATIENT, language)
    name = " ".join(part for part in (path.parent.name, path.stem) if part not in ("index", "_index"))
    return read(text, first[0], name.replace("-", " ").replace("_", " ").capitalize()), language


def _files(page: ForeignPage, language: str, terms: Terms) -> tuple[dict[str, str], list[str]]:
    """The files of a topic, by name, and what had to be assumed. Unreadable if ours would not take them."""
    notes = []
    address, issuer = page.address or terms.address, page.issuer or terms.issuer
    if not address or not issuer:
        raise Unreadable("it does not say where it stands, or whose it is. Give --source and --issuer")
    others = [known.tag for known in LANGUAGES if known.tag != language]
    notes.append(f"title in {', '.join(others)} is that in {language}: translate it")
    day = page.day or terms.today
    front = {
        "title": _literal(page.title), "summary": _literal(page.summary),
        "content_class": f"{terms.kind}-education", "funding": dict(terms.funding), "markets": list(terms.markets),
        "references": [{"key": "source", "title": page.title, "issuer": issuer, **_dated(page, terms), "url": address}],
        "drafted": {"by": terms.by, "on": day, "is_ai": terms.is_ai}, "next_review": day + DUE_AFTER}
    topic = {"titles": {known.tag: page.title for known in LANGUAGES}, "markets": list(terms.markets)}
    head = f"---\n{_yaml(front)}---\n\n{page.body}"
    _check(head, _yaml(topic))
    return {TOPIC_FILE: _yaml(topic), f"{terms.audience}.{language}.md": head}, notes


def _dated(page: ForeignPage, terms: Terms) -> dict[str, object]:
    return {"year": page.day.year} if page.day else {"accessed": terms.today}


def _check(page: str, topic: str) -> None:
    """What is written is read back by the very code that a check reads it with."""
    head = read_head(page.encode())
    read = read_yaml(topic)
    file = [read] if isinstance(read, Finding) else validate(TopicFile, read)
    wrong = [*(head if isinstance(head, list) else []), *(file if isinstance(file, list) else [])]
    if wrong:
        raise Unreadable("; ".join(f"{finding.message}. {finding.remedy}" for finding in wrong))


def _literal(text: str) -> str:
    """A line of front matter in which braces are no slots."""
    return text.replace("{", "\\{").replace("}", "\\}")


class _Dumper(yaml.SafeDumper):
    """Writes a value out each time it comes: aliases are not read."""

    def ignore_aliases(self, data: object) -> bool:
        return True


def _yaml(values: Mapping[str, object]) -> str:
    return str(yaml.dump(values, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=110))


def _free_slug(path: Path, page: ForeignPage, form: str, taken: set[str]) -> str:
    """A name for the topic's folder, from the file's own, or its folder's, or its title; each but once in a run."""
    stem = "" if form == "medquad" else _VARIANT.sub("", path.stem)
    names = [page.title if form == "medquad" else stem.removeprefix("_").removeprefix("index"), path.parent.name,
             page.title, "page"]
    slugs = [slug for name in names if (slug := _slug(name))]
    slug = next((slug for slug in (slugs[0], f"{_slug(path.parent.name)}-{slugs[0]}".strip("-")) if slug not in taken),
                f"{slugs[0]}-{len(taken)}")
    taken.add(slug)
    return slug


def _slug(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:60].strip("-")


def _write(folder: Path, files: Mapping[str, str]) -> str:
    """Writes a topic's folder whole; the page's path in it. Unreadable if there is such a folder already."""
    if folder.exists():
        raise Unreadable(f"there is a folder {folder.parent.name}/{folder.name} already. Move it, or import elsewhere")
    part = folder.with_name(f".{folder.name}.part")
    part.mkdir(parents=True, exist_ok=True)
    for name, text in files.items():
        (part / name).write_text(text, encoding="utf-8", newline="\n")
    part.rename(folder)
    return f"{folder.parent.name}/{folder.name}/{next(name for name in files if name != TOPIC_FILE)}"
