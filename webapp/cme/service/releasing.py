"""Releases an activity's outcomes to those who support it: frozen as they were released, and never more than that."""

import csv
import io
from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlmodel import Session

from webapp.cme import queries
from webapp.cme.models import CmeActivity, CmeRelease, CmeReleaseExport
from webapp.cme.queries import provider as provider_queries
from webapp.cme.rules import releasing as rules
from webapp.cme.rules.evaluation import CHANGES
from webapp.cme.rules.releasing import Quarter, quarter_named, quarter_of
from webapp.cme.rules.statistics import PairSums, gain_of
from webapp.cme.rules.tallies import ALL, What
from webapp.cme.service import tallying, versions
from webapp.cme.service.showing import PROFESSIONS, activity_head
from webapp.core import audit
from webapp.core.audit import By
from webapp.core.errors import N_, Conflict, Invalid, NotFound, Refused
from webapp.core.languages import Language
from webapp.core.privacy import WITHHELD
from webapp.core.spreadsheet import cell
from webapp.core.subject import Subject

SUBJECT = "cme-release"
MOST_QUARTERS = 12
"""Quarters offered: three years, as long as an activity lasts."""
HEADINGS = {What.PROFESSION: N_("By profession"), What.FIRST: N_("First attempt at the test"),
            What.ALL_MET: N_("All objectives met, as learners say"),
            What.BIASED: N_("Commercial bias noticed"), What.CHANGE: N_("Change in practice, intended")}
FIRST_COLUMNS = {What.PROFESSION: N_("Profession"), What.FIRST: N_("Result"), What.ALL_MET: N_("Objectives"),
                 What.BIASED: N_("Commercial bias"), What.CHANGE: N_("Answer given")}
"""What the lines of each table are."""
NAMES: dict[What, dict[str, str]] = {
    What.PROFESSION: {str(key): name for key, name in PROFESSIONS.items()},
    What.FIRST: {"passed": N_("Passed"), "failed": N_("Not passed")},
    What.ALL_MET: {"yes": N_("All met"), "no": N_("Not all met")},
    What.BIASED: {"yes": N_("Bias noticed"), "no": N_("None noticed")},
    What.CHANGE: {str(key): name for key, name in CHANGES.items()}}
COLUMNS = ("activity", "period", "table", "value", "learners", "simulated")


def supporters(session: Session, activity: CmeActivity) -> list[str]:
    """The companies that support any version of an activity, by name."""
    return sorted({one.company for version in provider_queries.versions_of(session, activity.id or 0)
                   for one in versions.about(version).support})


def page(session: Session, slug: str, language: Language, now: datetime) -> dict[str, Any]:
    """What was released of an activity, and what can be: quarters that are over, the newest first. NotFound."""
    activity, head = activity_head(session, slug, language)
    held = provider_queries.releases(session, activity.id or 0)
    done = {one.period for one in held}
    return head | {
        "supporters": supporters(session, activity),
        "released": [{"period": one.period, "at": one.at, "companies": one.companies, **shown(one)} for one in held],
        "waiting": [one.name for one in _over(session, activity, now) if one.name not in done]}


def _activity(session: Session, slug: str, *, for_update: bool = False) -> CmeActivity:
    activity = queries.activity(session, slug, for_update=for_update)
    if activity is None:
        raise NotFound(N_("There is no such activity."))
    return activity


def _over(session: Session, activity: CmeActivity, now: datetime) -> list[Quarter]:
    """Quarters that are over, from the first completion on, the newest first."""
    first = provider_queries.first_completion(session, activity.id or 0)
    found: list[Quarter] = []
    at = quarter_of(first) if first else quarter_of(now)
    while at < quarter_of(now):
        found.append(at)
        at = at.next
    return found[::-1][:MOST_QUARTERS]


def release(reader: Session, session: Session, slug: str, period: str, by: By) -> CmeRelease:
    """Freezes a quarter's table and shows it to the supporters from now on. Invalid for a quarter that is not over,
    Refused without a supporter, Conflict for one that was released. What is counted of a quarter that is over changes
    no more, so `reader` counts it before `session` takes the lock."""
    activity, quarter = _activity(reader, slug), quarter_named(period)
    if quarter is None or quarter not in _over(reader, activity, by.at):
        raise Invalid(N_("Choose a quarter that is over."))
    companies = supporters(reader, activity)
    if not companies:
        raise Refused(N_("No company supports this activity: there is nobody to release to."))
    content = _content(reader, activity, quarter)
    _activity(session, slug, for_update=True)
    if any(one.period == period for one in provider_queries.releases(session, activity.id or 0)):
        raise Conflict(N_("This quarter was released already. What was released stays as it is."))
    made = CmeRelease(activity_id=activity.id or 0, period=period, companies=companies, at=by.at, content=content)
    session.add(made)
    session.flush()
    audit.record(session, by, "cme-released", Subject(SUBJECT, made.id or 0), f"period:{period}")
    return made


def _content(session: Session, activity: CmeActivity, quarter: Quarter) -> dict[str, Any]:
    whole, held = tallying.Tallies(), provider_queries.versions_of(session, activity.id or 0)
    for version in held:
        whole.add(tallying.of_period(session, version, quarter.since, quarter.until))
    gain = gain_of(whole.gains.get(ALL, PairSums()))
    is_simulated = not provider_queries.simulated_versions(session).isdisjoint(version.id for version in held)
    return {"is_simulated": is_simulated, "titles": dict(versions.about(held[-1]).titles),
            **rules.table(whole.counts, gain)}


def shown(one: CmeRelease) -> dict[str, Any]:
    """A released table in marked words; None where a count is withheld."""
    return {"learners": one.content["learners"], "gain": one.content["gain"], "withheld": WITHHELD,
            "is_simulated": _is_simulated(one), "tables": [
                {"heading": HEADINGS[What(part["what"])], "first_column": FIRST_COLUMNS[What(part["what"])],
                 "lines": [(NAMES[What(part["what"])][value], count) for value, count in part["lines"]]}
                for part in one.content["dimensions"]]}


def _is_simulated(one: CmeRelease) -> bool:
    return bool(one.content.get("is_simulated"))  # a table that was frozen earlier does not say


def listed(session: Session, companies: Collection[str], language: Language) -> list[dict[str, Any]]:
    """What was released to any of these companies, the newest first."""
    return [{"key": one.key, "period": one.period, "title": _title(one, language), "at": one.at}
            for one in provider_queries.all_releases(session) if set(one.companies) & set(companies)]


def find(session: Session, key: str, companies: Collection[str]) -> CmeRelease:
    """One that was released to any of these companies. NotFound for any other."""
    found = provider_queries.release(session, key)
    if found is None or not set(found.companies) & set(companies):
        raise NotFound
    return found


def one(row: CmeRelease, language: Language) -> dict[str, Any]:
    """It as its page shows it."""
    return {"key": row.key, "heading": _title(row, language), "period": row.period, "released_at": row.at, **shown(row)}


def _title(row: CmeRelease, language: Language) -> str:
    titles: dict[str, str] = row.content["titles"]
    return titles.get(language.tag) or next(iter(titles.values()))


def export(session: Session, row: CmeRelease, account_id: int, language: Language, now: datetime) -> str:
    """The table as a file, and a line in the log of who took it away."""
    session.add(CmeReleaseExport(release_id=row.id or 0, account_id=account_id, at=now))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    lines = [("all", "", _count(row.content["learners"]))]
    lines += [(part["what"], value, _count(count)) for part in row.content["dimensions"]
              for value, count in part["lines"]]
    if row.content["gain"]:
        lines += [("mean percent right", when, row.content["gain"][when]) for when in ("before", "after")]
    simulated = "yes" if _is_simulated(row) else "no"
    writer.writerows([cell(_title(row, language)), row.period, *line, simulated] for line in lines)
    return out.getvalue()


def _count(count: int | None) -> str:
    return WITHHELD if count is None else str(count)
