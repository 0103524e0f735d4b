"""A folder of content with two good topics that name each other, and ways to spoil it."""

import shutil
from pathlib import Path

from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.rules.templates import headings
from webapp.articles.service.documents import Document
from webapp.articles.service.library import Library, read

REPOSITORY = Path(__file__).resolve().parents[2]
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20"><path d="M0 0"/></svg>'
TOPIC = "titles: {{en: {slug}, zh-Hans: 题}}\nmarkets: [us, gb]\nrelated: [{related}]\n"
FRONT = """---
title: {slug}
summary: Call {{emergency}} first.
content_class: disease-education
funding: {{kind: independent}}
markets: [us, gb]
references:
  - {{key: a-1, title: One, issuer: Someone, year: 2024, url: "https://example.org/1"}}
  - {{key: b-2, title: Two, issuer: Someone, year: 2024, url: "https://example.org/2"}}
drafted: {{by: Desk, on: 2026-11-23}}
next_review: 2027-11-23
---
"""


def body(audience: Audience = Audience.PATIENT) -> str:
    parts = [f"## {heading}\n\nText[@b-2].\n" for heading in headings(Kind.DISEASE, audience, "en")]
    first = "First[@b-2], then[@a-1].\n\n![Alt](p.svg)\n\n/// figure-caption\nShown.\n///\n"
    parts[0] = f"## {headings(Kind.DISEASE, audience, 'en')[0]}\n\n{first}"
    parts[1] = parts[1].replace(
        "Text",
        "See [the other](topic:diseases/other#treatment)\n\n"
        "/// market | us\nOnly us {unit:glucose 126|7.0}.\n///\n\nText",
    )
    return "\n".join(parts)


def write_topic(content: Path, slug: str, *, related: str = "", picture: str = SVG, kind: str = "diseases") -> Path:
    folder = content / kind / slug
    folder.mkdir(parents=True)
    (folder / "topic.yaml").write_text(TOPIC.format(slug=slug, related=related), encoding="utf-8")
    (folder / "patient.en.md").write_text(FRONT.format(slug=slug) + body(), encoding="utf-8")
    (folder / "p.svg").write_text(picture, encoding="utf-8")
    return folder


def write_two_topics(root: Path) -> Path:
    """Two good topics that name each other, below `root`; returns it."""
    shutil.copytree(REPOSITORY / "content" / "markets", root / "markets")
    (root / "drugs").mkdir(parents=True)
    write_topic(root, "asthma", related="diseases/other")
    write_topic(root, "other", related="diseases/asthma")
    other = root / "diseases" / "other" / "patient.en.md"
    other.write_text(
        other.read_text(encoding="utf-8").replace("topic:diseases/other#treatment", "topic:diseases/asthma"),
        encoding="utf-8",
    )
    return root


PAGE = "diseases/asthma/patient.en.md"


def problems_of(content: Path) -> set[tuple[str, int | None, str]]:
    return {(problem.path, problem.line, problem.code) for problem in read(content).problems}


def edit(content: Path, old: str, new: str, path: str = PAGE) -> int:
    """Replaces the first `old` in a file and returns its line."""
    text = (content / path).read_text(encoding="utf-8")
    assert old in text
    (content / path).write_text(text.replace(old, new, 1), encoding="utf-8")
    return text[: text.index(old)].count("\n") + 1


def document(library: Library, market: str, slug: str = "asthma") -> Document:
    return next(found for found in library.documents if (found.slug, found.market) == (slug, market))
