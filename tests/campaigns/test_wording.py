"""What a message may hold, and what becomes of it in both parts of the mail."""

import re

import pytest

from webapp.campaigns.service import wording
from webapp.campaigns.service.wording import Words
from webapp.core.errors import Invalid

READ = "[Read](landing:)."


@pytest.mark.parametrize(("body", "line", "why"), [
    (f"{READ}\n\nIn the [shop](https://shop.example/a).", 3, "links to its landing article alone"),
    (f"{READ}\n\n<https://shop.example>", 3, "links to its landing article alone"),
    (f"{READ} Write to [us](mailto:us@shop.example).", 1, "links to its landing article alone"),
    (f"{READ}\nAbove: [top](#top).", 2, "links to its landing article alone"),
    (f"{READ}\n\nA note[^1].\n\n[^1]: Below.", 3, "links to its landing article alone"),
    (f"{READ}\n\n![A pill](pill.png)", 3, "no pictures"),
    (f"{READ}\n\n| a | b |\n| --- | --- |\n| 1 | 2 |", 3, "no tables"),
    (f"{READ}\n\na | b\n--|--\n1 | 2", 3, "no tables")])
def test_what_no_mail_can_show_is_refused_with_its_line_and_the_remedy(body: str, line: int, why: str) -> None:
    with pytest.raises(Invalid, match=rf"The en message, line {line}: a mail .*{why}.*\. \w+.*\.$"):
        wording.check("en", Words("Subject", body))


@pytest.mark.parametrize("body", [
    READ, f"# Head\n\n- one\n- two\n\n1. first\n\n> said\n\n{READ}", f"`a | b` and 2 | 3, {READ}",
    f"```\n| a | b |\n| - | - |\n```\n\n{READ}"])
def test_what_both_parts_can_say_is_taken_and_said(body: str) -> None:
    wording.check("en", Words("Subject", body))
    parts = wording.text(body), wording.html(body, "https://materia.example/c/1")
    said = re.findall("[a-z]{3,}|[|]", body.replace(READ, ""))
    assert all(word in part for part in parts for word in ("Read", *said))


@pytest.mark.parametrize(("body", "text"), [
    ("_y_ and *y*, __z__ and **z**, ***both***, `code`", "y and y, z and z, both, code"),
    ("a_b_c, 5 * 3, 2 \\* 2, & <b>", "a_b_c, 5 * 3, 2 * 2, & <b>"),
    (f"Please {READ}", "Please Read."),
    ("## Head\n\nOne\ntwo\n\nThree  \nfour", "Head\n\nOne\ntwo\n\nThree\nfour"),
    ("Before\n\n- one\n    - sub\n- *two*\n\nAfter", "Before\n\n- one\n  - sub\n- two\n\nAfter"),
    ("1. one\n2. two\n    1. sub", "1. one\n2. two\n  1. sub"),
    ("- one\n\n- two", "- one\n- two"),
    ("> said\n\nthen", "said\n\nthen"),
    ("中文*强调*和**着重**。\n下一行", "中文强调和着重。\n下一行")])
def test_the_text_part_holds_the_words_without_their_markup(body: str, text: str) -> None:
    assert wording.text(body) == text


def test_the_html_part_leads_to_the_page() -> None:
    assert wording.html(f"**{READ}**", "/c/x") == '<p><strong><a href="/c/x">Read</a>.</strong></p>'
