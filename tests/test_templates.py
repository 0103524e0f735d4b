"""Templates are handed all they show: they reach for no request, and write nothing that the page's policy blocks."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, meta, nodes

import webapp

PACKAGE = Path(webapp.__file__).parent
TEMPLATES = sorted(path for folder in [PACKAGE / "templates", *PACKAGE.glob("*/templates")]
                   for path in folder.rglob("*") if path.suffix in {".html", ".txt"})
OF_A_REQUEST = {"request", "session", "g", "url_for", "current_user", "config", "get_flashed_messages"}
_INLINE = re.compile(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:|https?://", re.IGNORECASE)


def names_reached_for(source: str) -> set[str]:
    """Names that a template takes from its context or from globals."""
    tree = Environment().parse(source)
    return meta.find_undeclared_variables(tree) | {name.name for name in tree.find_all(nodes.Name)}


def called(path: Path) -> str:
    return str(path.relative_to(PACKAGE))


@pytest.mark.parametrize("path", TEMPLATES, ids=called)
def test_a_template_uses_nothing_of_a_request(path: Path) -> None:
    assert not names_reached_for(path.read_text()) & OF_A_REQUEST


@pytest.mark.parametrize("path", [path for path in TEMPLATES if "mail" not in path.parts], ids=called)
def test_a_page_has_no_inline_style_script_or_foreign_address(path: Path) -> None:
    assert not _INLINE.findall(path.read_text())


def set_by(source: str) -> set[str]:
    """Names that a template sets for itself, outside its macros."""
    tree = Environment().parse(source)
    return {node.target.name for node in tree.body if isinstance(node, nodes.Assign | nodes.AssignBlock)
            and isinstance(node.target, nodes.Name)}


def test_what_the_frame_of_all_pages_sets_hides_nothing_that_a_page_is_handed() -> None:
    of_frame = set_by((PACKAGE / "templates" / "base.html").read_text())
    assert of_frame
    hidden = {called(path): names for path in TEMPLATES if 'extends "base.html"' in (source := path.read_text())
              and (names := meta.find_undeclared_variables(Environment().parse(source)) & of_frame)}
    assert not hidden


def test_a_planted_request_is_found() -> None:
    assert "request" in names_reached_for("{% if request.path %}{{ url }}{% endif %}")


@pytest.mark.parametrize("planted", ['<p style="x">', "<style>", '<a onclick="x">', "<script>", "https://cdn.example"])
def test_a_planted_inline_is_found(planted: str) -> None:
    assert _INLINE.search(planted)


def test_templates_are_found() -> None:
    assert {"webapp/templates/base.html", "webapp/articles/templates/articles/article.html"} <= {
        f"webapp/{called(path)}" for path in TEMPLATES}
