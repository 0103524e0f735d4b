"""The made-up report that the fictional brand's claims are anchored to, in the reference library."""

from datetime import UTC, datetime, time

from webapp.core import pdf
from webapp.core.audit import COMMAND_LINE, By
from webapp.core.languages import ENGLISH
from webapp.core.platform import Platform
from webapp.demo import rules
from webapp.library import queries
from webapp.library.service import adding
from webapp.library.service.adding import About


def written() -> bytes:
    """The report as a PDF."""
    return pdf.render("demo/data-on-file.typ", ENGLISH, datetime.combine(rules.REPORT_DAY, time(), UTC), {})


def bring_in(platform: Platform, now: datetime) -> None:
    """Brings the report in, if it is not there yet: before the content, whose digests cover what its claims lean on."""
    name, title, issuer = rules.REPORT
    with platform.database.reading() as session:
        if queries.versions(session, name):
            return
    prepared = adding.prepare(written())
    about = About(name, title, issuer, "", rules.REPORT_DAY, "Made up for this demonstration", is_for_readers=True)
    with platform.database.writing() as session:
        adding.add(session, prepared, about, By(COMMAND_LINE, now))
