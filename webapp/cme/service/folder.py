"""Reads activities from folders: bytes in, an activity or located problems out. Knows no database."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from webapp.articles.rules.frontmatter import Model, validate
from webapp.articles.rules.locate import Finding, Problem, Yaml, read_yaml
from webapp.articles.service.folder import decode, split_head
from webapp.cme.rules import checking
from webapp.cme.rules.activity import ActivityFile, SectionHead
from webapp.cme.rules.assessment import AssessmentFile, feedbacks
from webapp.core.errors import N_, said
from webapp.core.languages import LANGUAGES
from webapp.core.markdown import cited_keys, refusal

FOLDER = "cme"
"""The folder of activities within content."""
ACTIVITY_FILE, ASSESSMENT_FILE = "activity.yaml", "assessment.yaml"
MAX_FILE_BYTES = 2_000_000
"""Our choice: twenty times a long assessment in two languages."""
MAX_ASSESSMENT_CHARACTERS = 400_000
"""Our choice: two hundred questions in two languages."""
_TAGS = "|".join(re.escape(language.tag) for language in LANGUAGES)
_SECTION = re.compile(rf"(\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)\.({_TAGS})\.md")


@dataclass(frozen=True)
class Section:
    """One section in one language: `name` is its file's, such as `02-first-drug`."""

    name: str
    language: str
    head: SectionHead
    body: str
    first_line: int


@dataclass(frozen=True)
class Draft:
    """An activity as its folder says it."""

    slug: str
    activity: ActivityFile
    assessment: AssessmentFile
    sections: tuple[Section, ...]

    def sections_in(self, language: str) -> tuple[Section, ...]:
        """Its sections of a language, in their order."""
        return tuple(sorted((one for one in self.sections if one.language == language), key=lambda one: one.name))


@dataclass(frozen=True)
class Reading:
    """What a folder yields: a draft unless there are problems."""

    slug: str
    draft: Draft | None
    problems: tuple[Problem, ...]


def read_all(content: Path) -> tuple[Reading, ...]:
    """Every activity below `content`, by slug; none where there is no folder of activities."""
    root = content / FOLDER
    folders = sorted(path for path in root.iterdir() if path.is_dir()) if root.is_dir() else []
    return tuple(read({path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()},
                      folder.name) for folder in folders)


def lacking(content: Path) -> tuple[Problem, ...]:
    """That there is no folder of activities below `content`, for whoever meant to read some; nothing if there is."""
    root = content / FOLDER
    return () if root.is_dir() else (Problem(str(root), None, "no-folder",
                                             N_("the folder is missing or cannot be read"),
                                             N_("Add it, or point to the content folder")),)


def read(files: Mapping[str, bytes], slug: str) -> Reading:
    """One activity from its files' bytes by name."""
    reader = _Reader(files, slug)
    draft = reader.draft()
    problems = tuple(sorted(reader.problems, key=lambda problem: (problem.path, problem.line or 0)))
    return Reading(slug, None if problems else draft, problems)


class _Reader:
    def __init__(self, files: Mapping[str, bytes], slug: str) -> None:
        self.files, self.slug = files, slug
        self.problems: list[Problem] = []

    def draft(self) -> Draft | None:
        activity, assessment = self._activity(), self._assessment()
        sections = tuple(self._sections())
        if activity is None or assessment is None or self.problems:
            return None
        self._note(ASSESSMENT_FILE, *checking.in_assessment(activity.file, assessment))
        heads = {language: {one.name: one.head for one in sections if one.language == language}
                 for language in activity.file.languages}
        self._note(ACTIVITY_FILE, *checking.together(activity, assessment.file, heads),
                   *checking.uncited(activity, self._cited(activity.file, assessment.file, sections)))
        for section in sections:
            self._compare(activity.file, section)
        return Draft(self.slug, activity.file, assessment.file, sections)

    def _activity(self) -> checking.Activity | None:
        found = self._yaml(ACTIVITY_FILE, ActivityFile)
        return None if found is None else checking.Activity(*found)

    def _assessment(self) -> checking.Assessment | None:
        found = self._yaml(ASSESSMENT_FILE, AssessmentFile, MAX_ASSESSMENT_CHARACTERS)
        return None if found is None else checking.Assessment(*found)

    def _yaml(self, name: str, model: type[Model], *most: int) -> tuple[Model, Yaml] | None:
        text = self._text(name)
        if text is None:
            return None
        found = read_yaml(text, 1, *most)
        read = [found] if isinstance(found, Finding) else validate(model, found)
        if isinstance(read, list):
            self._note(name, *read)
            return None
        assert isinstance(found, Yaml)
        return read, found

    def _text(self, name: str) -> str | None:
        if name not in self.files:
            self._note(name, Finding(1, "missing-file", said("there is no `%(name)s`", name=name), N_("Add it")))
            return None
        text = decode(self.files[name])
        if isinstance(text, Finding):
            self._note(name, text)
            return None
        return text

    def _sections(self) -> Iterator[Section]:
        for name in self.files:
            if name in (ACTIVITY_FILE, ASSESSMENT_FILE):
                continue
            named = _SECTION.fullmatch(name)
            if not named:
                self._note(name, Finding(1, "unknown-file", N_("not a file of an activity"),
                                         N_("Name sections 01-name.<language>.md")))
                continue
            section = self._section(name, f"{named[1]}-{named[2]}", named[3])
            if section:
                yield section

    def _section(self, file: str, name: str, language: str) -> Section | None:
        text = self._text(file)
        split = split_head(text) if text is not None else None
        if split is None or isinstance(split, Finding):
            self._note(file, *([split] if split else []))
            return None
        head, body, first_line = split
        found = read_yaml(head, 2)
        read = [found] if isinstance(found, Finding) else validate(SectionHead, found)
        refused = refusal(body)
        if isinstance(read, list) or refused:
            self._note(file, *(read if isinstance(read, list) else []))
            if refused:
                self._note(file, Finding(first_line + refused.line - 1, refused.code, refused.message, refused.remedy))
            return None
        return Section(name, language, read, body, first_line)

    def _compare(self, activity: ActivityFile, section: Section) -> None:
        known = {objective.key for objective in activity.objectives}
        file = f"{section.name}.{section.language}.md"
        self._note(file, *(Finding(2, "unknown-objective", said("the activity has no objective `%(key)s`", key=key),
                                   N_("Name an objective of activity.yaml"))
                           for key in section.head.objectives if key not in known))
        if section.language not in activity.languages:
            self._note(file, Finding(1, "unknown-language", said("the activity is not given in %(language)s",
                                     language=section.language), N_("Add it to `languages`, or remove the file")))

    @staticmethod
    def _cited(activity: ActivityFile, assessment: AssessmentFile, sections: tuple[Section, ...]) -> frozenset[str]:
        in_sections = {key for section in sections for key in cited_keys(section.body)}
        in_questions = {key for question in assessment.questions for told in feedbacks(question) for key in told.cites}
        return frozenset(in_sections | in_questions | set(activity.gap.cites))

    def _note(self, name: str, *findings: Finding) -> None:
        self.problems += [finding.at(f"{FOLDER}/{self.slug}/{name}") for finding in findings]


def dumped(model: BaseModel) -> dict[str, object]:
    """A file's model as plain values."""
    return model.model_dump(mode="json")
