"""The audit of one subject or of a period, as a file for auditors."""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from typing import Any, TextIO

from sqlmodel import Session

from webapp.core import audit, pdf
from webapp.core.audit import Line
from webapp.core.errors import N_, Refused
from webapp.core.languages import Language
from webapp.core.render import show_moment, translations
from webapp.core.spreadsheet import cell
from webapp.core.subject import Subject
from webapp.ops import rules
from webapp.people import queries as people

COLUMNS = ("number", "at_utc", "actor", "name", "action", "subject", "detail", "reason", "reason_taken_out", "previous",
           "digest")
AT_ONCE = 1000
"""Entries whose people are looked up together."""
MOST_IN_PDF = 5000
"""Entries of one PDF: our choice. It is set as a whole, in some 200 pages; a CSV has no end."""
Row = dict[str, Any]


@dataclass(frozen=True)
class Wanted:
    """Which entries: of a subject, of the days (UTC) from `first` to `last`, or both; empty: all."""

    subject: Subject | None = None
    first: date | None = None
    last: date | None = None

    def lines(self, session: Session) -> Iterator[Line]:
        """The entries, the oldest first. Streams."""
        since = datetime.combine(self.first, time.min, UTC) if self.first else None
        until = datetime.combine(self.last + timedelta(days=1), time.min, UTC) if self.last else None
        return audit.spanning(session, self.subject, since, until)

    def __str__(self) -> str:
        subject = f"{self.subject.kind}:{self.subject.id}" if self.subject else ""
        days = f"{self.first or ''}..{self.last or ''}" if self.first or self.last else ""
        return " ".join(part for part in (subject, days) if part) or "all"


def write_csv(session: Session, wanted: Wanted, out: TextIO) -> int:
    """Writes a row per entry, with no cell that a spreadsheet takes for a formula. Returns how many. Memory stays
    flat."""
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    count = 0
    for row in _rows(session, wanted):
        writer.writerow([cell(str(row[name])) for name in COLUMNS])
        count += 1
    return count


def _rows(session: Session, wanted: Wanted) -> Iterator[Row]:
    lines = wanted.lines(session)
    while batch := list(islice(lines, AT_ONCE)):
        yield from _with_names(session, batch)


def _with_names(session: Session, lines: Sequence[Line]) -> Iterator[Row]:
    known = people.accounts(session, {line.entry.account_id for line in lines if line.entry.account_id is not None})
    for entry, reason in lines:
        person = known.get(entry.account_id or 0)
        yield {"number": entry.id, "at_utc": entry.at.isoformat(timespec="microseconds"), "at": entry.at,
               "actor": entry.actor or f"account:{entry.account_id}", "name": person.name if person else "",
               "action": entry.action, "subject": f"{entry.subject_kind}:{entry.subject_id}", "detail": entry.detail,
               "reason": reason or "", "reason_taken_out": "yes" if reason is None else "no",
               "previous": entry.previous, "digest": entry.digest}
    for person in known.values():  # looked up for each batch anew, so that memory stays flat
        session.expunge(person)


def as_pdf(session: Session, wanted: Wanted, language: Language, now: datetime) -> tuple[bytes, int]:
    """The same as a tagged PDF, and how many entries it has. Refused for more than one document can hold."""
    rows = list(islice(_rows(session, wanted), MOST_IN_PDF + 1))
    if len(rows) > MOST_IN_PDF:
        raise Refused(f"There are more than {MOST_IN_PDF} entries. Ask for a shorter time, or for a CSV.")
    words = translations(language).gettext
    last = words(N_("The last entry's digest (SHA-256): %(digest)s")) % {"digest": rows[-1]["digest"]} if rows else ""
    about = words(N_("Entries: %(wanted)s. Made %(when)s.")) % {"wanted": wanted, "when": show_moment(now, language)}
    made = pdf.render("ops/audit.typ", language, now, {
        "title": words(N_("Audit")), "about": f"{about} {last}".strip(), "none": words(N_("Nothing was recorded.")),
        "columns": [words(N_("Entry")), words(N_("When")), words(N_("Who")), words(N_("What")), words(N_("Reason"))],
        "entries": [_told(row, language) for row in rows]})
    return made, len(rows)


def _told(row: Row, language: Language) -> list[str]:
    words = translations(language).gettext
    name = rules.ACTIONS.get(row["action"])
    action = words(name) if name else row["action"]
    reason = row["reason"] if row["reason_taken_out"] == "no" else words(N_("The words of the reason were taken out."))
    return [str(row["number"]), show_moment(row["at"], language), f"{row['actor']} {row['name']}".strip(),
            f"{action} · {row['subject']} {row['detail']}".strip(), reason]
