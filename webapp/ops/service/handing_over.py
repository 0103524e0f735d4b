"""What a filing is handed over as: the form's items as CSV and PDF, each piece as disseminated, and their digests."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session

from webapp.core import pdf
from webapp.core.errors import Refused
from webapp.core.languages import ENGLISH
from webapp.core.platform import Platform
from webapp.core.spreadsheet import cell
from webapp.ops.service.filing import Filing
from webapp.ops.service.specimens import specimen
from webapp.review.rules.form_2253 import NEAREST, OF_FORM, OF_PIECE, Form, Piece, us_date

CSV_FILE, PDF_FILE, DIGESTS = "form-2253.csv", "form-2253.pdf", "SHA256SUMS"
ITEMS = tuple(sorted((*OF_FORM, *OF_PIECE), key=lambda item: (int(item.number.rstrip("abcdef")), item.number)))
"""In the form's order."""
BLANK = "________________"
NOTHING = "No promotional piece about a US prescription medicine was first disseminated in this period."


def files(platform: Platform, session: Session, filing: Filing, now: datetime) -> dict[str, bytes]:
    """Name -> bytes of every file; `SHA256SUMS` last, as `sha256sum --check` reads it."""
    made = {name: specimen(platform, session, source).encode() for name, source in filing.sources.items()}
    made = {CSV_FILE: as_csv(filing, made).encode("utf-8-sig"), PDF_FILE: as_pdf(filing, made, now), **made}
    return {**made, DIGESTS: "".join(f"{_digest(content)}  {name}\n" for name, content in made.items()).encode()}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def as_csv(filing: Filing, specimens: Mapping[str, bytes]) -> str:
    """A row per piece: its form's items in their order, then what the record has of it. No cell is a formula."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([*(f"{item.number} {item.label}" for item in ITEMS), "First disseminated (UTC)",
                     "Digest of the content (SHA-256)", "File", "Digest of the file (SHA-256)"])
    for form, piece in _each(filing):
        values = {**form.values, **form.piece_values(piece)}
        record = (f"{piece.first_at:%Y-%m-%dT%H:%M:%SZ}", piece.digest, piece.specimen,
                  _digest(specimens[piece.specimen]))
        writer.writerow([cell(text) for text in (*(values[item.key] for item in ITEMS), *record)])
    return out.getvalue()


def _each(filing: Filing) -> Iterator[tuple[Form, Piece]]:
    yield from ((form, piece) for form in filing.forms for piece in form.pieces)


def as_pdf(filing: Filing, specimens: Mapping[str, bytes], now: datetime) -> bytes:
    """The same to read, in English as the agency does: a form a section, unknown items as a line to write on."""
    return pdf.render("ops/form_2253.typ", ENGLISH, now, {
        "title": "FDA form 2253: what Materia knows",
        "about": f"Pieces first disseminated from {filing.first} to {filing.last} (UTC). Made "
                 f"{now:%Y-%m-%d %H:%M} UTC. This is no form: it says what to write on one.",
        "none": NOTHING,
        "forms": [_told(number, form, specimens) for number, form in enumerate(filing.forms, 1)],
        "notes": list(notes(filing))})


def _told(number: int, form: Form, specimens: Mapping[str, bytes]) -> dict[str, Any]:
    return {"heading": _told_head(number, form),
            "items": [[f"{item.number}. {item.label}", form.values[item.key] or BLANK] for item in OF_FORM],
            "pieces": [{"heading": piece.material_code or piece.specimen, "items": [
                *([f"{item.number}. {item.label}", form.piece_values(piece)[item.key] or
                   ("none" if item.key == "comments" else BLANK)] for item in OF_PIECE),
                ["Digest of the content (SHA-256)", piece.digest], ["File", piece.specimen],
                ["Digest of the file (SHA-256)", _digest(specimens[piece.specimen])]]} for piece in form.pieces]}


def lines(filing: Filing) -> Iterator[str]:
    """The filing for a terminal, in English: each piece, and what of its form is unknown."""
    if not filing.forms:
        yield f"{NOTHING} ({filing.first} to {filing.last})"
    for number, form in enumerate(filing.forms, 1):
        yield _told_head(number, form)
        for piece in form.pieces:
            yield f"  {us_date(piece.first_at.date())}  {piece.material_code or '-'}  {piece.description}"
            if piece.comments:
                yield f"    {piece.comments}"
        yield f"  Not known here: {', '.join(item.label for item in form.unknown) or 'nothing'}."
    yield from notes(filing)


def _told_head(number: int, form: Form) -> str:
    name = form.values["proprietary_name"] or form.values["established_name"] or "-"
    return f"Form {number}: {name}, {form.values['readers'].lower()}"


def notes(filing: Filing) -> Iterator[str]:
    """What whoever files must know besides, in English."""
    if filing.has_untyped:
        yield ("FDA's list of material types names none for an e-mail: choose one as mail_type. Nearest by name are "
               f"{', '.join(NEAREST)}; compare FDA's instructions for the form.")
    for name in filing.without_label:
        yield (f"{name}: no US label of it has come in, so nothing here says whether it needs a prescription, nor "
               "whether its approval is accelerated. Check both.")
    for name in filing.due_before_use:
        yield f"{name} waits and is about a medicine under accelerated approval: it goes to FDA 30 days before use."
    for left in filing.left_out:
        yield f"{left.description}: {left.why}"


def as_zip(made: Mapping[str, bytes], now: datetime) -> bytes:
    """The files as one archive; the same files at the same moment give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.items():
            archive.writestr(zipfile.ZipInfo(name, now.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def write(made: Mapping[str, bytes], folder: Path) -> None:
    """Writes the files into a folder, which must be empty or new: Refused else, and nothing is written."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise Refused(f"{folder} is not an empty folder. Name a new one.")
    for name, content in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
