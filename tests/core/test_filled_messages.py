"""Values in a message of the interface: a link among them stays one, and nothing else becomes one."""

from functools import partial

import pytest
from markupsafe import Markup

from webapp.core.errors import said
from webapp.core.render import _fill

fill = partial(_fill, str)


def test_a_link_among_the_values_stays_one_and_nothing_else_becomes_one() -> None:
    link = Markup('<a href="tel:1">1</a>')
    assert fill("%(name)s & %(number)s", name="<b>", number=link) == Markup(f"&lt;b&gt; &amp; {link}")
    assert fill(said("%(name)s: %%(number)s", name="<i>"), number=link) == Markup(f"&lt;i&gt;: {link}")


@pytest.mark.parametrize("message", ["<b> %(name)s", "%(name)s"])
def test_without_a_link_it_is_text_which_the_page_escapes(message: str) -> None:
    assert not isinstance(fill(message, name="<i>"), Markup)
