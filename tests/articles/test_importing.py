"""What people already have comes in whole, and each change and refusal is told."""

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.articles.two_topics import REPOSITORY
from tests.ending import at_once
from webapp.articles.cli import content
from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.service import library
from webapp.articles.service.folder import read_head
from webapp.articles.service.importing import Outcome, Terms, bring_in

HEALTH_TEXT = REPOSITORY.parent / "shared" / "data" / "01_health_text"
WITH_REAL_PAGES = pytest.mark.skipif(not HEALTH_TEXT.is_dir(),
                                     reason="the folder of public health pages is not beside this repository")
TODAY = date(2026, 11, 26)
TERMS = Terms(Kind.DISEASE, Audience.PATIENT, ("us",), {"kind": "independent"}, "A. Writer", False,
              "https://pages.example/", "Example Health Service", TODAY)
TEMPLATE = {"heading-unknown", "heading-missing", "heading-order", "heading-twice"}
"""What the template asks of every page: a person puts what came in under its headings."""
WORDS = {"too-hard", "long-sentences", "forbidden-claim"}
"""What is wrong in the words themselves, which come in as they are."""
TOO_LARGE = {"block-too-long", "too-long", "open-brackets"}


def come_in(tmp_path: Path, text: str | bytes, name: str = "warts.md", form: str = "markdown",
            terms: Terms = TERMS) -> tuple[Outcome, str]:
    """What became of one file, and the page it became."""
    source = tmp_path / "theirs"
    source.mkdir(exist_ok=True)
    (source / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    (outcome,) = bring_in(source, tmp_path / "content", form, terms)
    return outcome, (tmp_path / "content" / outcome.page).read_text() if outcome.page else ""


HEADS = {
    "YAML": "---\ntitle: Warts\ndescription: Small lumps.\nlastupdate: 2017-03-04\nsource: https://x.example/warts\n---\n",
    "TOML": '+++\ntitle = "Warts"\nsummary = "Small lumps."\ndate = 2017-03-04\nurl = "https://x.example/warts"\n+++\n',
    "JSON": '{\n"heading": "Warts", "intro": "Small lumps.", "updated": "3/4/2017", "href": "http://x.example/warts"}\n',
}


@pytest.mark.parametrize("head", HEADS.values(), ids=HEADS)
def test_every_kind_of_head_is_read(tmp_path: Path, head: str) -> None:
    _, page = come_in(tmp_path, f"{head}\n## Where\n\nOn hands.\n")
    front, _, body, _ = read_head(page.encode())  # type: ignore[misc]
    assert (front.title, front.summary, front.drafted.on) == ("Warts", "Small lumps.", date(2017, 3, 4))
    assert (front.references[0].url, front.references[0].year) == ("https://x.example/warts", 2017)
    assert body.strip() == "## Where\n\nOn hands.[@source]"


def test_a_page_without_a_head_takes_its_title_from_its_heading(tmp_path: Path) -> None:
    outcome, page = come_in(tmp_path, "# All about warts\n\nThey are lumps. They go away.\n")
    assert "title: All about warts\n" in page and "summary: They are lumps. They go away.\n" in page
    assert page.endswith("## In short\n\nThey are lumps. They go away.[@source]\n")
    assert "summary made of its first sentences" in outcome.notes


def test_a_page_that_names_nothing_is_named_by_its_file(tmp_path: Path) -> None:
    outcome, page = come_in(tmp_path, "Lumps.\n", "common-warts.md")
    assert outcome.page == "diseases/common-warts/patient.en.md" and "title: Theirs common warts\n" in page
    assert "title made of the file's name: it names none" in outcome.notes


def test_line_ends_and_a_byte_order_mark_are_put_right(tmp_path: Path) -> None:
    _, page = come_in(tmp_path, b"\xef\xbb\xbf---\r\ntitle: T\r\n---\r\n\r\n## Where\r\n\r\nOn hands.\r\nOn feet.\r\n")
    assert page.endswith("## Where\n\nOn hands. On feet.[@source]\n") and "\r" not in page


BODIES = {
    "a shortcode's quoted words stay": ('{{< tag/neg "High" >}} risk', "High risk"),
    "a shortcode's first word stays": ("Made by {{< wiki Novartis en >}}.", "Made by Novartis."),
    "tags around a passage go": ('{{< notice info >}}\nRest.\n{{< /notice >}}', "Rest."),
    "Liquid and Jinja go": ("{% include x.html %}Rest {{ page.url }}.", "Rest ."),
    "kramdown's attributes go": ("Rest.\n{: .lead}", "Rest."),
    "comments go": ("<!-- secret -->Rest.", "Rest."),
    "a brace stays a brace": ("Set {a, b}.", "Set \\{a, b}."),
    "an unknown slot stays text": ("Say {{config}} or {config}.", "Say or \\{config}."),
    "grouping elements go, what they hold is read": ('<div class="x">\n\n**Rest**.\n\n</div>', "**Rest**."),
    "HTML becomes Markdown": ("<p>Rest <b>now</b></p><ul><li>a</li><li>b</li></ul>", "Rest **now**\n\n- a\n- b"),
    "a link leaves its words": ("See [the list](https://a.example/b).", "See the list."),
    "a link defined elsewhere likewise": ("See [the list][1].\n\n[1]: https://a.example/b", "See the list."),
    "an address in angles is text": ("<https://a.example/b>", "https://a.example/b"),
    "what looks like a citation is text": ("As \\[@smith] says", "As \\[@smith\\] says"),
    "a sign below another is text": ("5 \\< 6 and `a<b`", "5 \\< 6 and `a<b`"),
    "a number at the start is no list": ("2019\\. A year.", "2019\\. A year."),
    "footnotes stay footnotes": ("Rest[^n].\n\n[^n]: Smith, p. 3.", "Rest[^n].\n\n[^n]: Smith, p. 3."),
    "a table stays a table": ("| a | b |\n|---|---|\n| 1 | 2 |", "| a | b |\n| --- | --- |\n| 1 | 2[@source] |"),
}


@pytest.mark.parametrize(("text", "wanted"), BODIES.values(), ids=BODIES)
def test_markup_of_other_houses(tmp_path: Path, text: str, wanted: str) -> None:
    _, page = come_in(tmp_path, f"---\ntitle: T\n---\n\n## H\n\n{text}\n")
    assert page.partition("## H\n\n")[2].replace("[@source]\n", "\n").strip() == wanted


@pytest.mark.parametrize("bad", [
    "<script>alert(1)</script>Rest.", "<img src=x onerror=alert(1)>Rest.", "[a](javascript:alert(1))",
    "<svg><style><img src=x onerror=alert(1)></style></svg>Rest.", '<a href="data:text/html,x">Rest</a>',
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>Rest."])
def test_nothing_that_acts_comes_in(tmp_path: Path, bad: str) -> None:
    outcome, page = come_in(tmp_path, f"---\ntitle: T\n---\n{bad}\n")
    assert not any(sign in page for sign in ("<script", "onerror=", "javascript:", "data:", "<img", "<svg"))
    assert outcome.notes or outcome.refused


def test_headings_begin_at_level_two_and_skip_none(tmp_path: Path) -> None:
    outcome, page = come_in(tmp_path, "---\ntitle: T\n---\n\nOne\n===\n\na\n\n# Two\n\nb\n\n##### Three\n\nc\n")
    assert [line for line in page.split("\n") if line.startswith("#")] == ["## In short", "## Two", "### Three"]
    assert "heading `One`: the title is in the head" in outcome.notes


def test_what_is_left_out_is_told(tmp_path: Path) -> None:
    text = "![A hand](hand.png) [w](../x) {{< ref \"y\" >}} z"
    outcome, _ = come_in(tmp_path, f"---\ntitle: T\nlayout: page\n---\n{text}\n")
    told = " | ".join(outcome.notes)
    for part in ("picture hand.png (A hand)", "link of `w` to ../x", 'template tag {{< ref "y" >}}', "key `layout`"):
        assert part in told


REFUSED = {
    "no words": ("---\ntitle: T\n---\n\n## Only\n", "no text besides headings"),
    "a head that is no YAML": ("---\ntitle: [T\n---\nx\n", "line 3: malformed YAML"),
    "a head that is no TOML": ("+++\ntitle = \n+++\nx\n", "the TOML between `+++`"),
    "not UTF-8": (b"caf\xe9\n", "line 1: byte 3 (0xE9) is not UTF-8"),
    "a title too long": (f"# {'x' * 130}\n\ny\n", "its title has 130 characters"),
    "what would take too long": ("[" * 5000, "opens more than 24 brackets"),
}


@pytest.mark.parametrize(("text", "why"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_come_in_is_refused_by_its_reason(tmp_path: Path, text: str | bytes, why: str) -> None:
    outcome, _ = come_in(tmp_path, text)
    assert why in outcome.refused and not list((tmp_path / "content").rglob("*"))


def test_comments_that_never_end_are_looked_through_once(tmp_path: Path) -> None:
    with at_once():
        outcome, _ = come_in(tmp_path, f"---\ntitle: T\n---\n\n## H\n\nRest.{'<!--' * 100_000}\n")
    assert outcome.refused.startswith("line 4 of its text: a block runs over 1 lines and 400,005 characters")


def test_a_comment_may_hold_the_beginning_of_another(tmp_path: Path) -> None:
    _, page = come_in(tmp_path, "---\ntitle: T\n---\n\n## H\n\nRest<!-- a <!-- b --> now. --> <!-- c\n")
    assert page.partition("## H\n\n")[2].startswith("Rest now. --")


def test_a_page_of_nowhere_is_refused(tmp_path: Path) -> None:
    nowhere = Terms(Kind.DISEASE, Audience.PATIENT, ("us",), {"kind": "independent"}, "A", False, "", "", TODAY)
    assert "Give --source and --issuer" in come_in(tmp_path, "# T\n\nx\n", terms=nowhere)[0].refused


def test_nothing_is_written_over(tmp_path: Path) -> None:
    first, page = come_in(tmp_path, "# T\n\nx\n")
    again, _ = come_in(tmp_path, "# T\n\nanother\n")
    assert "a folder diseases/warts already" in again.refused
    assert (tmp_path / "content" / first.page).read_text() == page


QUESTIONS = """<?xml version="1.0" encoding="UTF-8"?>
<Document id="1" source="NIDDK" url="http://n.example/gout">
<Focus>Gout</Focus><QAPairs>
<QAPair pid="1"><Question qid="1-1">What is (are) Gout ?</Question><Answer>A swelling &lt;of&gt; joints.

Signs are
  - heat  - redness</Answer></QAPair>
<QAPair pid="2"><Question qid="1-2">How to treat it ?</Question><Answer/></QAPair></QAPairs></Document>"""


def test_questions_with_answers_become_sections(tmp_path: Path) -> None:
    outcome, page = come_in(tmp_path, QUESTIONS, "1.xml", "medquad")
    assert outcome.page == "diseases/gout/patient.en.md"
    answer = "A swelling \\<of> joints.\n\nSigns are\n\n- heat\n- redness[@source]\n"
    assert page.endswith(f"## What is (are) Gout?\n\n{answer}")
    assert "issuer: NIDDK\n" in page and "url: https://n.example/gout\n" in page
    assert "question without an answer: How to treat it?" in outcome.notes


@pytest.mark.parametrize(("text", "why"), [
    (QUESTIONS.replace("<Document", '<!DOCTYPE d [<!ENTITY a "b">]><Document'), "declares a document type"),
    (QUESTIONS.replace("</Document>", ""), "no well-formed XML"),
    ("<html/>", "its root is <html>"),
    (QUESTIONS.partition("<QAPair ")[0] + "</QAPairs></Document>", "holds no answers"),
])
def test_other_xml_is_refused(tmp_path: Path, text: str, why: str) -> None:
    assert why in come_in(tmp_path, text, "1.xml", "medquad")[0].refused


@WITH_REAL_PAGES
@pytest.mark.parametrize(("form", "folder", "least"), [
    ("vagov", "vagov", 55), ("markdown", "nhs_beta/conditions", 200), ("markdown", "zh_mtf_wiki", 14),
    ("medquad", "medquad_xml/5_NIDDK_QA", 1)])
def test_real_pages_come_in_and_lack_nothing_but_the_templates_headings(tmp_path: Path, form: str, folder: str,
                                                                        least: int) -> None:
    into = tmp_path / "content"
    outcomes = list(bring_in(HEALTH_TEXT / folder, into, form, TERMS))
    came_in = [outcome for outcome in outcomes if outcome.page]
    assert len(came_in) >= least and all(outcome.refused for outcome in outcomes if not outcome.page)
    (into / "drugs").mkdir()
    (into / "markets").symlink_to(REPOSITORY / "content" / "markets")
    wrong = {problem.code for problem in library.read(into).errors}
    assert wrong <= TEMPLATE | WORDS | TOO_LARGE, wrong


def test_the_command_tells_of_every_file_and_fails_if_one_was_refused(tmp_path: Path) -> None:
    source = tmp_path / "theirs"
    source.mkdir()
    (source / "a.md").write_text("# Gout\n\nA swelling. [More](https://a.example/)\n")
    (source / "b.md").write_text("## Nothing\n")
    done = CliRunner().invoke(content, [
        "import", "--format", "markdown", "--into", str(tmp_path / "content"), "--market", "us", "--funding",
        "independent", "--by", "A. Writer", "--no-ai", "--source", "https://a.example/", "--issuer", "A", str(source)])
    assert done.exit_code == 1, done.output
    assert "came in  a.md as diseases/a/patient.en.md" in done.output
    assert "  changed or left out: link of `More` to https://a.example/" in done.output
    assert "refused  b.md: it has no text besides headings." in done.output
    assert "1 came in, 1 refused." in done.output
