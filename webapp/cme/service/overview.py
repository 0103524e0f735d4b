"""The provider's list of activities, and what learners wrote."""

from typing import Any

from sqlmodel import Session

from webapp.cme.models import CmeVersion
from webapp.cme.queries import provider as provider_queries
from webapp.cme.rules.steps import Step
from webapp.cme.rules.tallies import BEGUN, What
from webapp.cme.service import versions
from webapp.cme.service.outcome_figures import Figures
from webapp.cme.service.outcome_tables import head, sections
from webapp.cme.service.showing import language_in
from webapp.core import charts
from webapp.core.errors import N_, NotFound
from webapp.core.languages import Language

PAGE = 50
"""Comments on one page."""
FIELDS = {"bias_where": N_("Where bias was seen"), "change_what": N_("What will change"), "comment": N_("Comment")}


def listing(session: Session, language: Language) -> dict[str, Any]:
    """Every activity, with its versions, how many began each and how many completed."""
    people = provider_queries.people_at(session, What.STEP, (BEGUN, Step.CLAIM))
    simulated = provider_queries.simulated_versions(session)
    entries: dict[str, dict[str, Any]] = {}
    for activity, version in provider_queries.versions(session):
        file = versions.about(version)
        tag = language_in(file, language)
        entry = entries.setdefault(activity.slug, {
            "slug": activity.slug, "title": file.titles[tag], "lang": tag, "versions": [],
            "is_sample": file.is_sample, "ended_at": activity.ended_at})
        entry["versions"].append({
            "number": version.number, "at": version.at, "is_live": version.id == activity.live_version_id,
            "is_simulated": version.id in simulated,
            "learners": people.get((version.id or 0, BEGUN), 0),
            "completed": people.get((version.id or 0, Step.CLAIM), 0)})
    return {"entries": list(entries.values()), "words_open": provider_queries.heard_count(session)}


def find(session: Session, slug: str, number: int) -> CmeVersion:
    """A version by its activity and number. NotFound."""
    found = provider_queries.version_numbered(session, slug, number)
    if found is None:
        raise NotFound(N_("There is no such activity."))
    return found


def report(figures: Figures, language: Language) -> dict[str, Any]:
    """The report as its page shows it."""
    shown = [{"key": one.key, "heading": one.heading, "intro": one.intro,
              "columns": [name for name, _ in one.columns], "rows": one.shown(language),
              "kinds": [["number" if not isinstance(value, str) else "" for value in row] for row in one.rows],
              "chart": charts.svg(one.chart) if one.chart and figures.learners else ""}
             for one in sections(figures, language)]
    return {**head(figures, language), "sections": shown, "learners": figures.learners}


def comments(session: Session, version: CmeVersion, number: int, language: Language) -> dict[str, Any]:
    """A page of what learners wrote, without who they are."""
    found = provider_queries.comments(session, version.id or 0, offset=(number - 1) * PAGE, limit=PAGE + 1)
    file = versions.about(version)
    tag = language_in(file, language)
    return {"heading": file.titles[tag], "lang": tag, "version_number": version.number, "page_number": number,
            "has_more": len(found) > PAGE,
            "comments": [{"lang": own, "lines": [(FIELDS[name], words[name]) for name in FIELDS if words.get(name)]}
                         for own, words in found[:PAGE]]}
