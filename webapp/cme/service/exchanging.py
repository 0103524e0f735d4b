"""Brings questions in from another house's file, and gives an activity's out."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from webapp.articles.rules.locate import Finding, Problem
from webapp.articles.service.folder import decode
from webapp.cme.rules.exchange import gift, moodle_xml
from webapp.cme.rules.exchange.carrying import assessment_text, carry, to_add
from webapp.cme.rules.exchange.gift_writing import export_gift
from webapp.cme.rules.exchange.item import Imported
from webapp.cme.service.folder import FOLDER, MAX_ASSESSMENT_CHARACTERS, MAX_FILE_BYTES, Reading, read
from webapp.core.errors import Conflict, Invalid, NotFound, said


class Format(StrEnum):
    """A format that questions come in."""

    GIFT = "gift"
    MOODLE_XML = "moodle-xml"


SUFFIXES: Mapping[str, Format] = {".xml": Format.MOODLE_XML, ".gift": Format.GIFT, ".txt": Format.GIFT}
"""What a file's name says of its format."""


@dataclass(frozen=True)
class Brought:
    """How many questions were written, what could not be carried over, and what a writer must add to the new file."""

    questions: int
    losses: tuple[Problem, ...]
    to_add: tuple[Problem, ...]


def bring_in(source: Path, into: Path, form: Format, language: str) -> Brought:
    """Writes the questions of a file as a new `assessment.yaml` in one language.

    Raises Invalid, with line and remedy, for a file that cannot be read or holds no question of our kinds (of which it
    says why, one by one), and Conflict where `into` is there already.
    """
    carried = carry(_read(source, form), language)
    losses = tuple(loss.at(str(source)) for loss in carried.losses)
    if not carried.questions:
        none = said("%(path)s holds no question that can be carried over", path=source)
        raise Invalid("\n".join(map(str, [*losses, none])))
    text = assessment_text(carried)
    try:
        with into.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        raise Conflict(said("%(path)s is there already. Name a file that is not", path=into)) from None
    return Brought(len(carried.questions), losses,
                   tuple(finding.at(str(into)) for finding in to_add(carried, text, MAX_ASSESSMENT_CHARACTERS)))


def gift_of(content: Path, slug: str, language: str) -> str:
    """The questions of an activity below `content`, as GIFT in one of its languages, with their answers.

    Raises NotFound for an activity that is not there, and Invalid for one with problems or not in that language.
    """
    reading = _reading(content, slug)
    if reading.draft is None:
        raise Invalid("\n".join(map(str, reading.problems)))
    languages = reading.draft.activity.languages
    if language not in languages:
        raise Invalid(said("%(slug)s is not given in %(language)s but in %(known)s", slug=slug, language=language,
                           known=", ".join(languages)))
    return export_gift(reading.draft.assessment, language)


def _reading(content: Path, slug: str) -> Reading:
    root = content / FOLDER
    folder = next((path for path in root.iterdir() if path.name == slug and path.is_dir()),
                  None) if root.is_dir() else None
    if folder is None:
        raise NotFound(said("there is no activity %(slug)s in %(folder)s", slug=slug, folder=root))
    return read({path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}, slug)


def _read(source: Path, form: Format) -> Imported:
    if source.stat().st_size > MAX_FILE_BYTES:
        raise Invalid(said("%(path)s has more than %(most)s bytes. Split it", path=source,
                           most=f"{MAX_FILE_BYTES:,}"))
    content = source.read_bytes()
    if form is Format.GIFT:
        text = decode(content)
        if isinstance(text, Finding):
            raise Invalid(str(text.at(str(source))))
        return gift.read(text)
    try:
        return moodle_xml.read(content)
    except moodle_xml.Unreadable as unreadable:
        raise Invalid(str(unreadable.finding.at(str(source)))) from None
