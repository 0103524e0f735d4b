"""A library of made-up articles: every template heading, about a thousand words, tables, care boxes, citations."""

import itertools
import random
import shutil
from pathlib import Path

import yaml

from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.rules.templates import headings

MARKETS = Path(__file__).parents[2] / "content" / "markets"
KEYS = ("guideline", "trial", "label", "cohort", "review", "survey", "regulator", "registry")
STEMS = """
heart pulse blood vessel nerve joint lung kidney sugar pressure dose tablet clinic nurse doctor test scan morning
evening week month year meal salt water walk sleep rest pain fever cough breath skin swelling muscle risk benefit
change number result chart record friend family helper pharmacy letter visit
"""
LINKS = """
the with and for from before after during without because when while more less often rarely usually slowly sometimes
people adults others your each most some this that may can should will does is are
"""


def write_library(content: Path, count: int, words: int = 1000, seed: int = 0) -> None:
    """`count` topics below `content`, each with one article of about `words` words for patients in the US. Another
    seed gives other words under the same addresses."""
    shutil.copytree(MARKETS, content / "markets")
    for kind in Kind:
        (content / kind.folder).mkdir()
    for number in range(count):
        folder = content / Kind.DISEASE.folder / slug(number)
        folder.mkdir()
        related = [f"diseases/{slug((number + step) % count)}" for step in (1, 2) if count > step]
        (folder / "topic.yaml").write_text(_yaml({
            "titles": {"en": f"Condition {number}", "zh-Hans": f"病症{number}"}, "synonyms": {}, "codes": {},
            "related": related, "markets": ["us"]}))
        page(content, number).write_text(_page(number, words, related[:1], seed))


def slug(number: int) -> str:
    """The name of an article's folder."""
    return f"condition-{number:04d}"


def page(content: Path, number: int) -> Path:
    """The file of an article."""
    return content / Kind.DISEASE.folder / slug(number) / "patient.en.md"


def _page(number: int, words: int, related: list[str], seed: int) -> str:
    front = {
        "title": f"Condition {number}", "summary": f"What condition {number} is, what to do about it and when to call.",
        "content_class": "disease-education", "funding": {"kind": "independent"}, "markets": ["us"],
        "references": [{"key": key, "title": f"A {key} of condition {number}", "issuer": "A Journal", "year": 2024,
                        "url": f"https://example.org/{key}/{number}", "supports": "What it is cited for."}
                       for key in KEYS],
        "reviewed": {"person": "Dr Example", "role": "physician", "on": "2026-01-02"}, "next_review": "2027-01-02"}
    return f"---\n{_yaml(front)}---\n\n{_Writer(f'{seed}-{number}', related).body(words)}"


def _yaml(values: dict[str, object]) -> str:
    """By libyaml: its Python twin would take longer than all else of ten thousand articles."""
    return yaml.dump(values, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False)


class _Writer:
    """Writes one article; the same seed gives the same text."""

    def __init__(self, seed: str, related: list[str]) -> None:
        self._random = random.Random(seed)
        self._stems, self._links = STEMS.split(), LINKS.split()
        self._related = related
        self._keys = itertools.cycle(KEYS)

    def body(self, words: int) -> str:
        titles = headings(Kind.DISEASE, Audience.PATIENT, "en")
        paragraphs = max(1, (words - 600) // (len(titles) * 35))
        blocks = [self._cares, lambda: [self._table()], lambda: [self._list()], lambda: [self._boxes()]]
        sections = []
        for place, title in enumerate(titles):
            extra = blocks[(place - 1) % len(blocks)]() if place else []
            sections.append("\n\n".join([f"## {title}", *(self._paragraph() for _ in range(paragraphs)), *extra]))
        return "\n\n".join(sections) + "\n"

    def _sentence(self, length: int = 12) -> str:
        words = [self._random.choice(self._links if place % 2 else self._stems) for place in range(length)]
        return " ".join(words).capitalize()

    def _cite(self) -> str:
        """One mark of one or two keys; in turn, so that every reference is cited."""
        keys = [next(self._keys) for _ in range(self._random.choice((1, 1, 2)))]
        return f" [{'; '.join(f'@{key}' for key in keys)}]"

    def _paragraph(self) -> str:
        link = f", see [the other page](topic:{self._related[0]})" if self._related else ""
        return (f"**{self._sentence(2)}.** {self._sentence()}. {self._sentence(9)}{link}. "
                f"{self._sentence(10)}{self._cite()}.")

    def _list(self) -> str:
        return "\n".join(f"- {self._sentence(6)}{self._cite() if place % 2 else ''}" for place in range(5))

    def _table(self) -> str:
        rows = "\n".join(f"| {self._sentence(4)} | {self._random.randrange(40, 180)} mg | {self._sentence(3)} |"
                         for _ in range(5))
        return f"| What | How much | What it means{self._cite()} |\n| --- | --- | --- |\n{rows}"

    def _cares(self) -> list[str]:
        titles = {"emergency": "Call {emergency} now", "today": "See a doctor today", "visit": "At your next visit"}
        return [f"/// {name} | {title}\n{self._list()}\n///" for name, title in titles.items()]

    def _boxes(self) -> str:
        return (f"/// warning\n{self._sentence()}{self._cite()}.\n///\n\n"
                f"/// check | {self._sentence(9)}?\n{self._sentence()}{self._cite()}.\n///")
