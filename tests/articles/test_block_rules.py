"""Blocks: their files, where a text is one or nearly one, and how one is put into a page."""

from pathlib import Path

import pytest

from tests import builders
from webapp.articles.rules.blocks import Block, BlockHead, beginning, hints, nearly, sections, stands_in, with_block
from webapp.articles.rules.frontmatter import Audience
from webapp.articles.service import library

SHIPPED = Path(__file__).resolve().parents[2] / "content"
TEXT = "Do not stop your medicine on your own, even if you feel well. Ask your doctor or pharmacist first."
HEAD = "---\ntitle: Do not stop\nuse: On pages about a medicine.\naudience: patient\n---\n\n"


def block(text: str = TEXT) -> Block:
    return Block("do-not-stop", "en", BlockHead(title="Do not stop", use="Where it fits.", audience=Audience.PATIENT),
                 text)


def told(content: Path, text: str, name: str = "do-not-stop.en.md") -> list[tuple[str, int | None, str]]:
    builders.write_topic(content)
    (content / "blocks").mkdir(exist_ok=True)
    (content / "blocks" / name).write_text(text)
    return [(problem.path, problem.line, problem.code) for problem in library.read(content).problems]


def test_a_good_block_has_no_problem_and_comes_in_with_the_content(content: Path) -> None:
    assert told(content, HEAD + TEXT + " Call {emergency}.\n") == []
    assert "blocks/do-not-stop.en.md" in library.read(content).good_files


@pytest.mark.parametrize(("text", "line", "code"), [
    (TEXT, 1, "no-front-matter"), (HEAD.replace("use:", "usage:") + TEXT, 2, "missing-key"),
    (HEAD.replace("use:", "usage:") + TEXT, 3, "unknown-key"),
    (HEAD.replace("patient", "nurse") + TEXT, 4, "bad-value"),
    (HEAD, 7, "empty"), (HEAD + "x" * 2001, 7, "too-long"), (HEAD + "Cited [@one].", 7, "block-cites"),
    (HEAD + "Well.\n\nCall {emergencies}.", 9, "unknown-slot"),
    (HEAD + "It heals.\n\nIt is a 100 % cure.", 9, "forbidden-claim")])
def test_what_is_wrong_in_a_block_is_told_at_its_line(content: Path, text: str, line: int, code: str) -> None:
    assert ("blocks/do-not-stop.en.md", line, code) in told(content, text)


@pytest.mark.parametrize("name", ["do-not-stop.md", "do-not-stop.fr.md", "Do_not.en.md", "do-not-stop.en.yaml"])
def test_a_block_of_another_name_is_refused(content: Path, name: str) -> None:
    assert told(content, HEAD + TEXT, name) == [(f"blocks/{name}", 1, "block-name")]


def test_a_page_holds_a_block_whatever_it_cites_there() -> None:
    cited = f"Before.\n\n{TEXT.replace('well.', 'well [@a].').replace('first.', 'first [@b; @c].')}\n"
    assert stands_in(TEXT, cited) and not stands_in(TEXT, cited.replace("even if", "though"))
    assert beginning(TEXT) == "Do not stop your medicine on your own"


@pytest.mark.parametrize("changed", [
    TEXT.replace("even if", "also when"), TEXT.replace("your doctor or pharmacist", "your doctor"),
    f"- **{TEXT.replace('well', 'fine')}**", TEXT.replace("well.", "well [@one].").replace("medicine", "pills")])
def test_a_passage_that_is_nearly_a_block_is_told_with_its_line(changed: str) -> None:
    page = f"## In short\n\nIt heals by itself.\n\n{changed}\n\nMore."
    found = list(hints([block()], page, 10))
    assert [(finding.line, finding.code, finding.severity) for finding in found] == [(14, "block-differs", "warning")]


def test_a_page_that_says_a_block_elsewhere_too_is_told_nothing() -> None:
    assert list(hints([block()], f"{TEXT.replace('well', 'fine')}\n\n- **{TEXT}**", 1)) == []


def test_a_chinese_passage_that_is_nearly_a_block_is_told() -> None:
    text = "不要自己停药，感觉好了也不要停。先问医生或药师。"
    own = Block("x", "zh-Hans", block().head, text)
    assert nearly(own, f"前文。\n\n{text.replace('先问医生或药师', '先问医生')}\n") is not None
    assert nearly(own, f"前文。\n\n{text}\n") is None


@pytest.mark.parametrize("other", [
    "Do not stop.", "Ask your doctor or pharmacist.", "Take it each day with food. You may drive when you feel well."])
def test_other_words_are_not_taken_for_a_block(other: str) -> None:
    assert nearly(block(), f"## In short\n\n{other}\n") is None


def test_a_block_of_several_lines_is_compared_as_a_whole() -> None:
    own = block("- Take it with you.\n- Show it to the doctor.\n- Keep it dry.")
    assert nearly(own, "A.\n\n- Take it with you.\n- Show it to a doctor.\n- Keep it dry.") is not None


PAGE = "---\ntitle: x\n---\n\n## One\n\nFirst.\n\n## Two\n\nSecond.\n"


@pytest.mark.parametrize(("after", "expected"), [
    ("One", PAGE.replace("First.\n", f"First.\n\n{TEXT}\n")), ("Two", f"{PAGE}\n{TEXT}\n"), ("", f"{PAGE}\n{TEXT}\n"),
    ("Three", f"{PAGE}\n{TEXT}\n")])
def test_a_block_is_put_at_the_end_of_its_section(after: str, expected: str) -> None:
    assert with_block(PAGE, block(), after) == expected


def test_headings_in_code_are_no_sections() -> None:
    page = "## One\n\n```\n## Not one\n```\n\nText.\n"
    assert sections(page) == ["One"]
    assert with_block(page, block(), "Not one").endswith(f"Text.\n\n{TEXT}\n")


def test_the_shipped_blocks_are_sound_and_stand_in_both_languages() -> None:
    names = {path.name for path in (SHIPPED / "blocks").iterdir()}
    ids = {name.split(".")[0] for name in names}
    assert names == {f"{name}.{language}.md" for name in ids for language in ("en", "zh-Hans")} and len(ids) >= 6
