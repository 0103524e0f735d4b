"""The ledger of an activity's money: the provider's alone."""

import csv
import io
from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from sqlmodel import Session

from webapp.cme import queries
from webapp.cme.models import CmeActivity, CmeMoney
from webapp.cme.queries import activity_file as file_queries
from webapp.cme.rules import money as rules
from webapp.cme.rules.money import KINDS, Entry, MoneyKind
from webapp.cme.service import agreements
from webapp.cme.service.showing import activity_head
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, NotFound
from webapp.core.forms import FreeText
from webapp.core.languages import Language
from webapp.core.spreadsheet import cell
from webapp.core.subject import Subject


def page(session: Session, slug: str, language: Language) -> dict[str, Any]:
    """What an activity took in and paid, with the sums. NotFound."""
    activity, head = activity_head(session, slug, language)
    held = entries(session, activity.id or 0)
    return head | {"kinds": KINDS, "entries": held, "balances": rules.balances(held),
                   **agreements.page(session, activity.id or 0)}


def entries(session: Session, activity_id: int) -> list[Entry]:
    """By the day of payment."""
    return [Entry(MoneyKind(one.kind), one.party, one.amount, one.currency, one.on, one.agreed_on)
            for one in file_queries.money(session, activity_id)]


def write(session: Session, slug: str, form: Mapping[str, str], party: FreeText, by: By) -> None:
    """Adds an entry, which stays. NotFound; Invalid."""
    activity, entry = _activity(session, slug), rules.entry_of(form, party, by.at.date())
    row = CmeMoney(activity_id=activity.id or 0, at=by.at, **{one.name: getattr(entry, one.name)
                                                             for one in fields(entry)})
    session.add(row)
    session.flush()
    audit.record(session, by, "cme-money-written", Subject("cme-money", row.id or 0), f"activity:{activity.id}")


def as_csv(held: list[Entry]) -> bytes:
    """The ledger as a file, its amounts unsigned but for corrections."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["direction", *(one.name for one in fields(Entry))])
    writer.writerows(["in" if one.is_income else "out", one.kind, cell(one.party), one.amount, one.currency, one.on,
                      one.agreed_on or ""] for one in held)
    return out.getvalue().encode()


def _activity(session: Session, slug: str) -> CmeActivity:
    activity = queries.activity(session, slug)
    if activity is None:
        raise NotFound(N_("There is no such activity."))
    return activity
