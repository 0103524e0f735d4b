"""The text of a PDF, page by page.

Run as a program, it reads a PDF from standard input and answers in JSON: strangers made these files, and what reads
them may hang or swell. So it is done in a process of its own, which can be ended, and the server never loads it.
"""

import json
import logging
import resource
import struct
import sys
import zlib
from io import BytesIO

from pypdf import PdfReader
from pypdf.errors import PyPdfError

from webapp.library.rules.files import MOST_PAGES, Fault, Media, Read, cleaned, judged

MOST_MEMORY = 2 * 1024 ** 3
"""Bytes of address space: our choice. A paper of 8 MB takes a tenth of it."""
BROKEN = (PyPdfError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError, RuntimeError, AssertionError,
          OSError, struct.error, zlib.error)
"""What pypdf raises for files that are broken: its own errors and, as it says itself, others."""


def read(content: bytes) -> Read | Fault:
    """The text of each page, or why there is none."""
    try:
        document = PdfReader(BytesIO(content))
        if document.is_encrypted:
            return Fault.LOCKED
        if len(document.pages) > MOST_PAGES:
            return Fault.LONG
        pages = cleaned(page.extract_text() for page in document.pages)
    except BROKEN:
        return Fault.BROKEN
    return judged(Read(Media.PDF, pages)) if pages else Fault.BROKEN


def main() -> None:
    """Reads standard input; answers with `pages`, or with the `fault`."""
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    logging.disable()
    found = read(sys.stdin.buffer.read())
    answer = {"fault": str(found)} if isinstance(found, Fault) else {"pages": found.pages}
    sys.stdout.buffer.write(json.dumps(answer).encode())


if __name__ == "__main__":
    main()
