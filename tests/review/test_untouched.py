"""Whether what changed between two texts is administrative."""

import pytest

from webapp.review.rules.untouched import Content, touched

SOURCE = """## In short

Ask your pharmacist about storing it.

It lowers blood sugar [@label].

Take 500 mg twice a day.

/// warning | Be careful
Call your doctor about sickness.

Drink water.
///

Keep it in its box."""


def content(source: str = SOURCE, body_html: str = '<img src="/a.png">', title: str = "A piece") -> Content:
    return Content(title, ("us",), "patient", source, body_html)


@pytest.mark.parametrize("after", [
    SOURCE, SOURCE.replace("storing", "keeping"), SOURCE.replace("Keep it in its box.", "Leave it in the box."),
    SOURCE.replace("\n", "\r\n")])
def test_plain_words_may_change_administratively(after: str) -> None:
    assert touched(content(), content(after)) is None


@pytest.mark.parametrize(("old", "new"), [
    ("lowers", "raises"), ("[@label]", "[@other]"), ("500 mg", "50 mg"), ("twice", "once"), ("Drink water", "Rest"),
    ("sickness", "illness"), ("Ask your pharmacist", "Do not ask your pharmacist"), ("storing it", "storing 2"),
    ("Keep it in its box.", "It cures {claim: cure}."), ("///", "//"), ("Keep it in its box.", "永不停药。")])
def test_claims_figures_and_safety_may_not(old: str, new: str) -> None:
    changed = SOURCE.replace(old, new)
    assert changed != SOURCE
    assert touched(content(), content(changed)) is not None
    assert touched(content(changed), content()) is not None


def test_pictures_and_titles_may_not() -> None:
    assert touched(content(), content(body_html='<img src="/b.png">')) is not None
    assert touched(content(), content(title="Another")) is not None
