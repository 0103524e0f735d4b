"""A learner's transcript: what they completed here, what they had elsewhere, and how their year stands."""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlmodel import Session

from webapp.cme.models import CmeExternalCredit
from webapp.cme.queries import certificates as certificate_queries
from webapp.cme.rules import credit
from webapp.cme.rules.certificates import KINDS, STANDINGS, Facts, Kind, Standing, shown_amount, spoken
from webapp.cme.rules.transcript import Amount, Asked, External, Line, Total, shown, totals
from webapp.core import pdf
from webapp.core.errors import N_, NotFound
from webapp.core.languages import Language
from webapp.core.render import show_date, translations
from webapp.core.spreadsheet import cell

EXTERNAL = N_("Added by the learner")
GONE = N_("There is no such credit in your transcript.")


@dataclass(frozen=True)
class Transcript:
    """What is shown: the lines asked for, the newest first, and the totals of a year."""

    lines: Sequence[Line]
    totals: Sequence[Total]
    asked: Asked
    year: int


def of(session: Session, account_id: int, asked: Asked, language: Language, today: date) -> Transcript:
    """The account's transcript. The year is that of the last day asked for, else the present one."""
    lines = sorted([*_completions(session, account_id, language.tag), *_external(session, account_id)],
                   key=lambda line: line.on, reverse=True)
    some, year = shown(lines, asked), (asked.last or today).year
    return Transcript(some, totals(lines, some, year), asked, year)


def _completions(session: Session, account_id: int, tag: str) -> list[Line]:
    made = []
    for row in certificate_queries.completions(session, account_id):
        facts: Facts = row.facts
        language, title = spoken(facts["titles"], tag)
        made.append(Line(
            date.fromisoformat(facts["completed_on"]), title, language, facts["provider"],
            tuple(Amount(one["system"], Decimal(one["amount"]), one["counts"]) for one in facts["credits"]),
            row.code, Kind(row.kind), Standing.REVOKED if row.is_revoked else Standing.VALID))
    return made


def _external(session: Session, account_id: int) -> list[Line]:
    return [Line(row.on, row.title, "", row.provider, (Amount(row.system, row.amount),), key=row.key,
                 is_self_study=row.is_self_study) for row in certificate_queries.external_credits(session, account_id)]


# External credits


def add_external(session: Session, account_id: int, told: External, now: datetime) -> None:
    """Writes down a credit that the learner had elsewhere."""
    session.add(CmeExternalCredit(account_id=account_id, title=told.title, provider=told.provider, system=told.system,
                                  amount=told.amount, on=told.on, is_self_study=told.is_self_study, at=now))


def external(session: Session, account_id: int, key: str) -> CmeExternalCredit:
    """One of the account's own. NotFound."""
    found = certificate_queries.external_credit(session, account_id, key)
    if found is None:
        raise NotFound(GONE)
    return found


def change_external(session: Session, account_id: int, key: str, told: External) -> None:
    """Corrects one. NotFound."""
    held = external(session, account_id, key)
    held.title, held.provider, held.system = told.title, told.provider, told.system
    held.amount, held.on, held.is_self_study = told.amount, told.on, told.is_self_study


def delete_external(session: Session, account_id: int, key: str) -> None:
    """Takes one out. NotFound."""
    session.delete(external(session, account_id, key))


# Words


def system_names(language: Language) -> dict[str, str]:
    """Every system's name in a language, by its key."""
    return {key: spoken(system.names, language.tag)[1] for key, system in credit.systems().items()}


def _credits(line: Line, names: Mapping[str, str], none: str) -> list[tuple[str, str]]:
    """(system, amount, or that it is none) of a line."""
    return [(names.get(one.system, one.system), shown_amount(one.amount) if one.counts else none)
            for one in line.amounts]


def told(transcript: Transcript, language: Language) -> dict[str, Any]:
    """The transcript in words, for page and file alike."""
    words, names = translations(language).gettext, system_names(language)
    none, kinds = words(N_("no credit")), {kind: words(name) for kind, name in KINDS.items()}
    standings, added = {each: words(name) for each, name in STANDINGS.items()}, words(EXTERNAL)
    rows = [{"line": line, "on": show_date(line.on, language), "credits": _credits(line, names, none),
             "is_revoked": line.standing is Standing.REVOKED, "standing": standings[line.standing],
             "what": kinds[line.kind] if line.kind else added} for line in transcript.lines]
    return {"rows": rows, "totals": [_total(total, names) for total in transcript.totals], "year": transcript.year}


def _total(total: Total, names: Mapping[str, str]) -> dict[str, Any]:
    progress = total.progress
    return {"name": names[total.system], "shown": shown_amount(total.shown), "counted": shown_amount(progress.within),
            "years": progress.need.years if progress.need else 1, "is_met": progress.is_met,
            "need": shown_amount(progress.need.amount) if progress.need else "",
            "missing": shown_amount(progress.missing) if progress.need else ""}


def as_csv(transcript: Transcript, language: Language) -> str:
    """The lines as a file for spreadsheets, one for each amount."""
    words, out = translations(language).gettext, io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([cell(words(each)) for each in (
        N_("Completed on"), N_("Activity"), N_("Provider"), N_("Credit system"), N_("Amount"), N_("What it is"),
        N_("Status"), N_("Code of the certificate"))])
    for row in told(transcript, language)["rows"]:
        line: Line = row["line"]
        for name, amount in row["credits"] or [("", "")]:
            writer.writerow([line.on.isoformat(), cell(line.title), cell(line.provider), cell(name), amount,
                             row["what"], "" if line.is_external else row["standing"], line.code])
    return out.getvalue()


def as_pdf(transcript: Transcript, name: str, language: Language, now: datetime) -> bytes:
    """The transcript as a tagged PDF."""
    words, made = translations(language).gettext, told(transcript, language)
    return pdf.render("cme/transcript.typ", language, now, {
        "title": words(N_("Transcript of education")), "name": name,
        "made": words(N_("As of %(day)s (UTC)")) % {"day": show_date(now.date(), language)},
        "note": words(N_("What the learner added was not checked here.")),
        "totals": _totals_table(made, words),
        "lines": _lines_table(made, words, ": " if language.tag == "en" else "：")})


def _totals_table(made: Mapping[str, Any], words: Any) -> dict[str, Any]:
    return {"heading": words(N_("Totals")), "none": words(N_("Nothing is counted yet.")),
            "columns": [words(N_("Credit system")), words(N_("In this list")),
                        words(N_("Counted in %(year)s")) % {"year": made["year"]}, words(N_("Needed")),
                        words(N_("Missing"))],
            "rows": [[one["name"], one["shown"], one["counted"], one["need"] or "–", one["missing"] or "–"]
                     for one in made["totals"]]}


def _lines_table(made: Mapping[str, Any], words: Any, colon: str) -> dict[str, Any]:
    return {"heading": words(N_("Activities")), "none": words(N_("Nothing stands here yet.")),
            "columns": [words(N_("Completed on")), words(N_("Activity")), words(N_("Credit")), words(N_("What it is"))],
            "rows": [[row["on"], f"{row['line'].title} · {row['line'].provider}",
                      " · ".join(f"{name}{colon}{amount}" for name, amount in row["credits"]) or "–",
                      row["standing"] if row["is_revoked"] else row["what"]] for row in made["rows"]]}
