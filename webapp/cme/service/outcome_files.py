"""The outcomes report as a workbook and as a document."""

from typing import Any

from webapp.cme.service.outcome_figures import Figures
from webapp.cme.service.outcome_tables import Section, head, sections
from webapp.core import charts, pdf
from webapp.core.errors import N_
from webapp.core.languages import Language
from webapp.core.render import show_moment, translations
from webapp.core.workbook import Shape, Sheet, workbook

TEMPLATE = "cme/outcomes.typ"
SIMULATED = N_("Simulated data.")
NOT_PEOPLE = N_("These figures come from simulated learners, not from people.")
"""Of a sample world."""


def as_workbook(figures: Figures, language: Language) -> bytes:
    """A sheet for each section; before them, where it is so, that the data are simulated."""
    words = translations(language).gettext
    marked = [Sheet(words(SIMULATED), ((words(NOT_PEOPLE), Shape.PLAIN),), ())] if figures.is_simulated else []
    return workbook([*marked, *(Sheet(one.heading, one.columns, one.rows) for one in sections(figures, language))])


def as_document(figures: Figures, language: Language) -> bytes:
    """A tagged PDF, with the charts beside their tables."""
    words, told = translations(language).gettext, head(figures, language)
    about = words("Version %(number)s. As it stood on %(when)s.") % {
        "number": told["version_number"], "when": show_moment(figures.at, language)}
    if figures.is_simulated:
        about = f"{words(SIMULATED)} {words(NOT_PEOPLE)} {about}"
    return pdf.render(TEMPLATE, language, figures.at, {
        "title": words("Outcomes: %(title)s") % {"title": told["heading"]}, "about": about,
        "page_of": words("For the provider of the activity. Not for companies."),
        "sections": [_section(one, language) for one in sections(figures, language) if one.rows]})


def _section(section: Section, language: Language) -> dict[str, Any]:
    return {"heading": section.heading, "intro": section.intro, "columns": [name for name, _ in section.columns],
            "rows": section.shown(language), "chart": str(charts.svg(section.chart)) if section.chart else "",
            "alt": f"{section.chart.title}. {section.chart.description}" if section.chart else ""}
