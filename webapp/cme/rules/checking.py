"""What only an activity's files together show: that objectives are taught and asked, and that sources are cited. Pure.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil

from webapp.articles.rules.locate import Finding, Yaml
from webapp.cme.rules.activity import MIN_SECTIONS, ActivityFile, SectionHead, texts_of
from webapp.cme.rules.assessment import ITEMS_PER_OBJECTIVE, POOL_SHARE, AssessmentFile
from webapp.core.errors import N_, said

CATCH_ALL = ("all of the above", "none of the above", "以上都是", "以上都对", "以上都不是", "以上均")
"""Answers that test test-taking and not knowledge (content guide)."""


@dataclass(frozen=True)
class Activity:
    """`activity.yaml` as read."""

    file: ActivityFile
    yaml: Yaml

    def line(self, *place: object) -> int:
        """The line of a value by its place."""
        return self.yaml.line(place)


@dataclass(frozen=True)
class Assessment:
    """`assessment.yaml` as read."""

    file: AssessmentFile
    yaml: Yaml

    def line(self, question: int) -> int:
        """The line of a question by its place."""
        return self.yaml.line(("questions", question))


def in_assessment(activity: ActivityFile, assessment: Assessment) -> Iterator[Finding]:
    """What is wrong with questions beside what the activity says."""
    objectives = {objective.key for objective in activity.objectives}
    cases = {case.key for case in assessment.file.cases}
    for place, question in enumerate(assessment.file.questions):
        line = assessment.line(place)
        if question.objective not in objectives:
            yield Finding(line, "unknown-objective",
                          said("`%(key)s` serves an objective `%(objective)s` that the activity lacks",
                               key=question.key, objective=question.objective),
                          N_("Name an objective of activity.yaml"))
        if question.case is not None and question.case not in cases:
            yield Finding(line, "unknown-case", said("there is no case `%(case)s`", case=question.case),
                          N_("Add it to `cases`"))
    yield from _languages(activity, assessment)
    yield from _catch_alls(assessment)
    yield from _cases_together(assessment)


def _languages(activity: ActivityFile, assessment: Assessment) -> Iterator[Finding]:
    for part in ("cases", "questions"):
        for place, model in enumerate(getattr(assessment.file, part)):
            for name, texts in texts_of(model):
                if set(texts) != set(activity.languages):
                    yield Finding(assessment.yaml.line((part, place, name.split(".")[0])), "missing-language",
                                  said("`%(place)s` must stand in %(known)s, and in no other language",
                                       place=f"{model.key}.{name}", known=", ".join(activity.languages)),
                                  N_("Add or remove the language"))


def _catch_alls(assessment: Assessment) -> Iterator[Finding]:
    for place, question in enumerate(assessment.file.questions):
        answers = [text.lower() for name, texts in texts_of(question) if name.startswith("options.")
                   and name.endswith(".text") for text in texts.values()]
        if any(words in answer for answer in answers for words in CATCH_ALL):
            yield Finding(assessment.line(place), "catch-all",
                          said("`%(key)s` has an answer such as \"all of the above\"", key=question.key),
                          N_("Write what the answer says"))


def _cases_together(assessment: Assessment) -> Iterator[Finding]:
    order = [question.case for question in assessment.file.questions]
    for case in {case for case in order if case}:
        places = [place for place, name in enumerate(order) if name == case]
        if places[-1] - places[0] >= len(places):
            yield Finding(assessment.line(places[-1]), "case-scattered",
                          said("the questions of case `%(case)s` do not stand together", case=case),
                          N_("Put them next to each other, in the order the case unfolds in"))


def together(activity: Activity, assessment: AssessmentFile,
             sections: Mapping[str, Mapping[str, SectionHead]]) -> Iterator[Finding]:
    """What `activity.yaml` promises and questions and sections do not keep. `sections` are by language and name."""
    file = activity.file
    pool = {question.key for question in assessment.questions}
    for place, key in enumerate(file.pre_test):
        if key not in pool:
            yield Finding(activity.line("pre_test", place), "unknown-question", said("there is no question `%(key)s`",
                          key=key), N_("Name a question of assessment.yaml"))
    needed = ceil(POOL_SHARE * file.post_test_items)
    if len(pool) < needed:
        yield Finding(activity.line("post_test_items"), "small-pool",
                      said("the pool has %(count)s questions, %(needed)s are needed", count=len(pool), needed=needed),
                      N_("Write more questions, or ask fewer"))
    yield from _objectives(activity, assessment, sections)
    yield from _numbering(activity, sections)


def _objectives(activity: Activity, assessment: AssessmentFile,
                sections: Mapping[str, Mapping[str, SectionHead]]) -> Iterator[Finding]:
    asked = Counter(question.objective for question in assessment.questions)
    for place, objective in enumerate(activity.file.objectives):
        line = activity.line("objectives", place)
        if asked[objective.key] < ITEMS_PER_OBJECTIVE:
            yield Finding(line, "objective-not-asked",
                          said("fewer than two questions serve `%(key)s`", key=objective.key), N_("Write more"))
        for language, heads in sections.items():
            if not any(objective.key in head.objectives for head in heads.values()):
                yield Finding(line, "objective-not-taught",
                              said("no section serves `%(key)s` in %(language)s", key=objective.key, language=language),
                              N_("Name it in the head of the section that teaches it"))


def _numbering(activity: Activity, sections: Mapping[str, Mapping[str, SectionHead]]) -> Iterator[Finding]:
    for language in activity.file.languages:
        if len(sections.get(language, {})) < MIN_SECTIONS:
            yield Finding(activity.line("languages"), "few-sections",
                          said("fewer than five sections in %(language)s", language=language),
                          N_("Write them as 01-name.<language>.md and so on"))
    names = {language: sorted(heads) for language, heads in sections.items()}
    if len({tuple(own) for own in names.values()}) > 1:
        yield Finding(activity.line("languages"), "sections-differ",
                      N_("the sections are not the same in each language"), N_("Give the files the same names"))


def uncited(activity: Activity, cited: frozenset[str]) -> Iterator[Finding]:
    """References that nothing cites, and keys that are cited and are no reference."""
    keys = activity.file.reference_keys
    for place, key in enumerate(keys):
        if key not in cited:
            yield Finding(activity.line("references", place), "uncited", said("nothing cites `%(key)s`", key=key),
                          N_("Cite it, or take it out"))
    for key in sorted(cited - set(keys)):
        yield Finding(activity.line("references"), "unknown-reference",
                      said("`%(key)s` is cited and is no reference", key=key), N_("Add it to `references`"))
