"""Small files for the reference library, and how they come in."""

from datetime import date
from io import BytesIO
from typing import Any

from pypdf import PdfReader, PdfWriter
from sqlmodel import Session

from tests.builders import BY
from webapp.library.models import LibraryDocument
from webapp.library.rules.files import Media, Read
from webapp.library.service import adding
from webapp.library.service.adding import About, Prepared

PASSAGE = "Low blood sugar was seen in 12 of 100 people"


def pdf(*pages: str) -> bytes:
    """A PDF in which each page says one line of Latin letters; an empty one shows nothing."""
    parts = [b"<</Type/Catalog/Pages 2 0 R>>", b"", b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for text in pages:
        stream = f"BT /F 12 Tf 40 700 Td ({text}) Tj ET".encode("latin-1") if text else b""
        parts.append(b"<</Length %d>>stream\n%s\nendstream" % (len(stream), stream))
        parts.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F 3 0 R>>>>/Contents %d 0 R>>"
                     % len(parts))
        kids.append(b"%d 0 R" % len(parts))
    parts[1] = b"<</Type/Pages/Kids[%s]/Count %d>>" % (b" ".join(kids), len(kids))
    body, places = b"%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(len(body))
        body += b"%d 0 obj" % number + part + b"endobj\n"
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return body + b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(parts) + 1, table, len(parts) + 1, len(body))


def locked(content: bytes) -> bytes:
    """The same PDF, which asks for a password."""
    writer, out = PdfWriter(clone_from=PdfReader(BytesIO(content))), BytesIO()
    writer.encrypt("secret", algorithm="AES-256")
    writer.write(out)
    return out.getvalue()


def about(**given: Any) -> About:
    """What is known of a document; what is not given is the usual."""
    usual: dict[str, Any] = {
        "name": "trial-2024", "title": "A trial", "issuer": "Northwind (fictional)", "url": "https://example.org/trial",
        "issued_on": date(2024, 5, 6), "licence": "own report", "is_for_readers": False}
    return About(**{**usual, **given})


def add(session: Session, *pages: str, **given: Any) -> LibraryDocument:
    """Brings in a document with these pages, as if they had been read from a PDF."""
    content = repr((pages, given)).encode()
    return adding.add(session, Prepared(content, Read(Media.PDF, pages or (f"{PASSAGE} on it.",))), about(**given),
                      BY)[0]
