"""The outcomes report in words: sections, each a table, some with a chart. Page, workbook and document show these."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_decimal, format_percent

from webapp.cme.rules.evaluation import AGREEMENT, BARRIERS, CHANGES, RATINGS
from webapp.cme.rules.outcomes import LEVEL_WORDS, Level, Outcome
from webapp.cme.rules.statistics import FLAG_WORDS, LEAST_DISTRACTOR_SHARE, Gain, ItemFigures
from webapp.cme.rules.steps import STEP_NAMES, Step
from webapp.cme.rules.tallies import ALL, APPLIES, KNOWS, What, scope_of
from webapp.cme.service.outcome_figures import Figures
from webapp.cme.service.showing import PROFESSIONS, language_in
from webapp.core.charts import Chart, ChartKind, Series
from webapp.core.languages import Language
from webapp.core.render import Gettext, show_date, translations
from webapp.core.workbook import Shape, Value

NONE = "–"
"""Stands where there is nothing to tell."""
STEM_LENGTH = 140
"""Signs of a question that a table shows: our choice, two lines on a desk."""


@dataclass(frozen=True)
class Section:
    """A part of the report. `rows` hold bare values; the first column is words."""

    key: str
    heading: str
    intro: str
    columns: tuple[tuple[str, Shape], ...]
    rows: tuple[tuple[Value, ...], ...]
    chart: Chart | None = None

    def shown(self, language: Language) -> list[list[str]]:
        """The rows as a reader of the language reads them."""
        return [[_shown(value, shape, language) for value, (_, shape) in zip(row, self.columns, strict=True)]
                for row in self.rows]


def _shown(value: Value, shape: Shape, language: Language) -> str:
    if value is None:
        return NONE
    if isinstance(value, str):
        return value
    if shape is Shape.SHARE:
        return format_percent(value, "0.0%", locale=language.babel)
    pattern = {Shape.POINTS: "#,##0.0", Shape.FIGURE: "0.00"}.get(shape, "#,##0")
    return str(format_decimal(value, pattern, locale=language.babel))


@dataclass(frozen=True)
class _Writer:
    """What every section needs."""

    figures: Figures
    language: Language
    words: Gettext
    tag: str
    """Of the activity's own texts."""

    def objective(self, key: str) -> str:
        return next((one.text[self.tag] for one in self.figures.about.objectives if one.key == key), key)

    def bars(self, title: str, description: str, unit: str, names: Sequence[str],
             *series: tuple[str, Sequence[float | None]], decimals: int = 0) -> Chart:
        """`names`: of the bars; two alike are told apart by a number."""
        return Chart(kind=ChartKind.BAR, title=title, description=description, unit=unit, category_name="",
                     period=show_date(self.figures.at.date(), self.language), categories=_apart(names),
                     series=tuple(Series(name, tuple(values)) for name, values in series), withheld_label=NONE,
                     decimals=decimals)


def _apart(names: Sequence[str]) -> tuple[str, ...]:
    made: list[str] = []
    for name in names:
        made.append(name if name not in made else f"{name} ({len(made) + 1})")
    return tuple(made)


def sections(figures: Figures, language: Language) -> tuple[Section, ...]:
    """The whole report in a language; the activity's own texts stand in it where it is given in it, else in its
    first."""
    writer = _Writer(figures, language, translations(language).gettext, language_in(figures.about, language))
    return (_levels(writer), _way(writer), _professions(writer), _gains(writer), _items(writer), _distractors(writer),
            _ratings(writer), _bias(writer), _change(writer), _barriers(writer), _later(writer))


def _share(people: int, of: int) -> float | None:
    return people / of if of else None


def _levels(writer: _Writer) -> Section:
    words = writer.words
    rows = [row for outcome in writer.figures.levels for row in _of_level(outcome, words)]
    return Section("levels", words("Outcomes by level"),
                   words("The levels are those of Moore, 1 to 5. What learners say of themselves is marked, and is "
                         "no measurement."),
                   ((words("Level"), Shape.PLAIN), (words("What is counted"), Shape.PLAIN),
                    (words("Learners"), Shape.COUNT), (words("Of"), Shape.COUNT), (words("Share"), Shape.SHARE),
                    (words("How it is known"), Shape.PLAIN)),
                   tuple(rows))


def _of_level(outcome: Outcome, words: Gettext) -> list[tuple[Value, ...]]:
    level = f"{int(outcome.level)} {words(LEVEL_WORDS[outcome.level])}"
    known = words("Self-reported") if outcome.is_self_reported else words("Recorded")
    if outcome.level in (Level.KNOWLEDGE, Level.COMPETENCE):
        gain = outcome.gain
        told = words("Gain in points, paired learners: %(points)s") % {
            "points": NONE if gain is None else f"{gain.difference:+.1f}"}
        return [(level, told, gain.learners if gain else 0, None, None, words("Tested"))]
    return [(level, words(one.words), one.people, one.of, _share(one.people, one.of), known)
            for one in outcome.counts]


def _way(writer: _Writer) -> Section:
    words, figures = writer.words, writer.figures
    names: dict[Step | None, str] = {step: words(name) for step, name in STEP_NAMES.items()}
    names |= {None: words("Began"), Step.POST_TEST: words("Passed the test"),
              Step.CLAIM: words("Completed the activity")}
    titles = {name: words("Section %(number)s") % {"number": number}
              for number, name in enumerate(figures.section_names, 1)}
    lines = [(titles[part] if part else names[step], people) for step, part, people in figures.steps]
    return Section("way", words("The way through"), words("How many learners took each step."),
                   ((words("Step"), Shape.PLAIN), (words("Learners"), Shape.COUNT),
                    (words("Of those who began"), Shape.SHARE)),
                   tuple((name, people, _share(people, figures.learners)) for name, people in lines),
                   writer.bars(words("The way through"), words("Learners at each step; the table has the numbers."),
                               words("learners"), [name for name, _ in lines],
                               (words("Learners"), [people for _, people in lines])))


def _professions(writer: _Writer) -> Section:
    words, counts = writer.words, writer.figures.counts
    return Section("professions", words("Learners by profession"), words("As they said when they began."),
                   ((words("Profession"), Shape.PLAIN), (words("Learners"), Shape.COUNT),
                    (words("Share"), Shape.SHARE)),
                   tuple((words(name), people, _share(people, writer.figures.learners))
                         for key, name in PROFESSIONS.items() if (people := counts[What.PROFESSION, key])))


def _gains(writer: _Writer) -> Section:
    words, gains = writer.words, writer.figures.gains
    lines = [(words("All questions"), gains[ALL]), (words("Questions that ask to know"), gains[KNOWS]),
             (words("Questions of cases, that ask to apply"), gains[APPLIES])]
    shorts = [name for name, _ in lines]
    for number, one in enumerate(writer.figures.about.objectives, 1):
        shorts.append(words("Objective %(number)s") % {"number": number})
        named = words("Objective %(number)s: %(what)s") % {"number": number, "what": writer.objective(one.key)}
        lines.append((named, gains.get(scope_of(one.key))))
    told = [(name, gain) for name, (_, gain) in zip(shorts, lines, strict=True) if gain]
    chart = writer.bars(
        words("Right answers before and after"), words("Percent right before and at the first attempt after."),
        words("percent right"), [name for name, _ in told], (words("Before"), [gain.before for _, gain in told]),
        (words("After"), [gain.after for _, gain in told])) if told else None
    return Section("gains", words("Knowledge gained"),
                   words("The same questions before and at the first attempt after, of learners who answered both. "
                         "Points are of 100; dz is the difference by its standard deviation, g the share gained of "
                         "what could be gained."),
                   ((words("Questions"), Shape.PLAIN), (words("Learners"), Shape.COUNT),
                    (words("Before"), Shape.POINTS), (words("After"), Shape.POINTS),
                    (words("Difference"), Shape.POINTS),
                    (words("95 % from"), Shape.POINTS), (words("95 % to"), Shape.POINTS), ("dz", Shape.FIGURE),
                    ("g", Shape.FIGURE)),
                   tuple((name, *_gain(gain)) for name, gain in lines), chart)


def _gain(gain: Gain | None) -> tuple[Value, ...]:
    if gain is None:
        return (0, *[None] * 7)
    low, high = gain.interval or (None, None)
    return gain.learners, gain.before, gain.after, gain.difference, low, high, gain.dz, gain.hake


def _stem(writer: _Writer, number: int, item: ItemFigures) -> str:
    question = writer.figures.assessment.questions[number - 1]
    stem = " ".join(question.stem[writer.tag].split())
    assert question.key == item.item
    return f"{number}. {stem if len(stem) <= STEM_LENGTH else stem[:STEM_LENGTH - 1] + '…'}"


def _items(writer: _Writer) -> Section:
    words, figures = writer.words, writer.figures
    rows = []
    for number, item in enumerate(figures.items, 1):
        before = figures.before.get(item.item)
        rows.append((_stem(writer, number, item), item.asked, before.right / before.asked if before else None,
                     item.difficulty, item.discrimination,
                     "; ".join(words(FLAG_WORDS[flag]) for flag in item.flags) or NONE))
    return Section("items", words("Questions"),
                   words("Of first attempts at the test. Discrimination is the correlation with the rest of the test: "
                         "0.2 or more is good."),
                   ((words("Test question"), Shape.PLAIN), (words("Asked"), Shape.COUNT),
                    (words("Right before"), Shape.SHARE), (words("Right after"), Shape.SHARE),
                    (words("Discrimination"), Shape.FIGURE), (words("Look at it"), Shape.PLAIN)), tuple(rows))


def _distractors(writer: _Writer) -> Section:
    words = writer.words
    rows: list[tuple[Value, ...]] = []
    for number, item in enumerate(writer.figures.items, 1):
        options = getattr(writer.figures.assessment.questions[number - 1], "options", ())
        texts = {option.key: option.text[writer.tag] for option in options}
        rows += [(f"{number}. {texts[one.option]}", one.chosen, one.share,
                  words("Hardly chosen") if one.share < LEAST_DISTRACTOR_SHARE else NONE) for one in item.distractors]
    return Section("distractors", words("Wrong answers that were chosen"), words("Of first attempts at the test."),
                   ((words("Answer given"), Shape.PLAIN), (words("Learners"), Shape.COUNT),
                    (words("Of those asked"), Shape.SHARE), (words("Look at it"), Shape.PLAIN)), tuple(rows))


def _ratings(writer: _Writer) -> Section:
    words, figures = writer.words, writer.figures
    rows: list[tuple[Value, ...]] = [(writer.objective(one.key), *figures.ratings(one.key))
                                     for one in figures.about.objectives]
    overall = [figures.counts[What.OVERALL, str(rating)] for rating in reversed(RATINGS)]
    return Section("ratings", words("Objectives met, as learners say"),
                   words("How far each objective was met, and the activity as a whole."),
                   ((words("Objective"), Shape.PLAIN), *((words(AGREEMENT[rating]), Shape.COUNT)
                                                        for rating in reversed(RATINGS))),
                   (*rows, (words("The activity as a whole"), *overall)))


def _said(writer: _Writer, key: str, heading: str, intro: str, lines: Sequence[tuple[str, int]], of: int,
          *, is_drawn: bool = False) -> Section:
    """Answers to one question, how many gave each, and the share of those asked."""
    words = writer.words
    chart = writer.bars(heading, words("Learners by answer; the table has the numbers."), words("learners"),
                        [name for name, _ in lines], (words("Learners"), [people for _, people in lines]))
    return Section(key, heading, intro, ((words("Answer given"), Shape.PLAIN), (words("Learners"), Shape.COUNT),
                                         (words("Share"), Shape.SHARE)),
                   tuple((name, people, _share(people, of)) for name, people in lines), chart if is_drawn else None)


def _bias(writer: _Writer) -> Section:
    words, counts = writer.words, writer.figures.counts
    lines = [(words("Free of commercial bias"), counts[What.BIASED, "no"]),
             (words("Found bias"), counts[What.BIASED, "yes"])]
    return _said(writer, "bias", words("Commercial bias"), words("Whether learners found any."), lines,
                 sum(people for _, people in lines))


def _change(writer: _Writer) -> Section:
    words, counts = writer.words, writer.figures.counts
    lines = [(words(name), counts[What.CHANGE, key]) for key, name in CHANGES.items()]
    return _said(writer, "change", words("Change in practice, intended"), words("What learners mean to do."), lines,
                 sum(people for _, people in lines), is_drawn=True)


def _barriers(writer: _Writer) -> Section:
    words, counts = writer.words, writer.figures.counts
    lines = [(words(name), counts[What.BARRIER, key]) for key, name in BARRIERS.items()]
    return _said(writer, "barriers", words("What stands in the way"), words("Learners may name several."), lines,
                 counts[What.STEP, Step.EVALUATION], is_drawn=True)


def _later(writer: _Writer) -> Section:
    words, level = writer.words, writer.figures.levels[-1]
    counts, answered = writer.figures.counts, level.counts[0].people
    lines: list[tuple[str, int, int]] = [(words(one.words), one.people, one.of) for one in level.counts]
    lines += [(words("In the way: %(barrier)s") % {"barrier": words(name)}, counts[What.HINDERED, key], answered)
              for key, name in BARRIERS.items()]
    return Section("later", words("After 60 days, as learners say"),
                   words("Asked of those who meant to change their practice. Self-reported."),
                   ((words("Answer given"), Shape.PLAIN), (words("Learners"), Shape.COUNT), (words("Of"), Shape.COUNT),
                    (words("Share"), Shape.SHARE)),
                   tuple((name, people, of, _share(people, of)) for name, people, of in lines))


def head(figures: Figures, language: Language) -> dict[str, Any]:
    """Title and standing of what is reported on."""
    tag = language_in(figures.about, language)
    return {"heading": figures.about.titles[tag], "lang": tag, "version_number": figures.version.number,
            "at": figures.at, "is_simulated": figures.is_simulated}
