"""A translation records what it was made from, and is told of when that changes."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.articles.two_topics import PAGE, document, edit, problems_of, write_two_topics
from webapp.articles.cli import content as commands
from webapp.articles.rules.digest import plain
from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.rules.templates import headings
from webapp.articles.rules.translating import digest_of
from webapp.articles.service.folder import read_folder
from webapp.articles.service.library import read
from webapp.articles.service.stacks import Stacks
from webapp.articles.service.trees import Disk

CHINESE = PAGE.replace(".en.", ".zh-Hans.")


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """Two topics; the first has a Chinese page that records the English one as it is."""
    root = write_two_topics(tmp_path)
    english = (root / PAGE).read_text(encoding="utf-8")
    head = english[:english.index("\n---\n", 4)].replace("Call {emergency} first.", "先拨打 {emergency}。")
    body = "\n".join(f"## {heading}\n\n文字[@a-1][@b-2]。\n" for heading in
                     headings(Kind.DISEASE, Audience.PATIENT, "zh-Hans"))
    (root / CHINESE).write_text(f'{head}\ntranslation: {{of: en, digest: "{digest_of(english)}"}}\n---\n{body}',
                                encoding="utf-8")
    return root


def of_translation(content: Path) -> set[tuple[str, str]]:
    return {(path, code) for path, _, code in problems_of(content) if code.startswith("translation")}


def told(content: Path) -> str:
    answer = CliRunner().invoke(commands, ["translations", str(content)])
    assert answer.exit_code == 0, answer.output
    return answer.output


def test_a_translation_of_the_text_as_it_stands_is_current(content: Path) -> None:
    assert read(content).problems == ()
    assert f"{CHINESE}  {digest_of((content / CHINESE).read_text(encoding='utf-8'))}  current of en\n" in told(content)


@pytest.mark.parametrize(("old", "new"), [("First[@b-2]", "At first[@b-2]"), ("year: 2024", "year: 2025")])
def test_a_change_of_the_sources_text_or_head_puts_the_translation_behind(content: Path, old: str, new: str) -> None:
    edit(content, old, new)
    assert of_translation(content) == {(CHINESE, "translation-behind")}
    assert not read(content).errors
    assert "  behind of en\n" in told(content)


def test_a_draft_of_the_translation_is_told_too(content: Path) -> None:
    edit(content, "First[@b-2]", "At first[@b-2]")
    [folder] = Stacks(Disk(content), b"", None).folders({CHINESE: ""})
    draft = read_folder(folder, is_draft=True)
    assert [problem.code for problem in draft.problems] == ["translation-behind"]


def test_the_remedy_names_the_digest_that_mends_it(content: Path) -> None:
    before = digest_of((content / PAGE).read_text(encoding="utf-8"))
    edit(content, "First[@b-2]", "At first[@b-2]")
    after = digest_of((content / PAGE).read_text(encoding="utf-8"))
    assert after in next(problem.remedy for problem in read(content).problems)
    edit(content, before, after, CHINESE)
    assert of_translation(content) == set()


def test_line_ends_of_another_system_are_no_change(content: Path) -> None:
    (content / PAGE).write_bytes(b"\xef\xbb\xbf" + (content / PAGE).read_bytes().replace(b"\n", b"\r\n"))
    assert of_translation(content) == set()
    assert "current of en" in told(content)


def test_a_change_of_the_translation_itself_is_none_of_the_source(content: Path) -> None:
    edit(content, "文字", "新的文字", CHINESE)
    assert of_translation(content) == set()


def test_a_page_translated_from_itself_is_refused(content: Path) -> None:
    edit(content, "of: en", "of: zh-Hans", CHINESE)
    assert of_translation(content) == {(CHINESE, "translation-of")}
    assert "translated from a page that is not there" in told(content)


def test_a_page_translated_from_one_that_is_gone_is_refused(content: Path) -> None:
    (content / PAGE).unlink()
    assert (CHINESE, "translation-of") in of_translation(content)


def test_a_digest_of_another_shape_is_refused_where_it_stands(content: Path) -> None:
    line = edit(content, 'digest: "', 'digest: "XY', CHINESE)
    assert (CHINESE, line, "bad-value") in problems_of(content)


def test_a_page_without_a_record_has_no_key_for_it_in_its_digest(content: Path) -> None:
    assert "translation" not in plain(document(read(content), "us", "other").front_matter)
    assert "names no other page" in told(content)
