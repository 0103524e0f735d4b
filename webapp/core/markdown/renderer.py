"""Source to safe HTML: one converter a thread, and the sanitiser behind it."""

import html
import re
from collections.abc import Callable, Mapping
from importlib.metadata import version
from threading import local

import markdown
import nh3
from markdown.extensions.def_list import DefListExtension
from markdown.extensions.fenced_code import FencedCodeExtension
from markdown.extensions.tables import TableExtension

from webapp.core.errors import N_
from webapp.core.markdown.boxes import BoxesExtension
from webapp.core.markdown.explain import WORDS_LIST, TermsExtension
from webapp.core.markdown.finish import FinishExtension, Task
from webapp.core.markdown.hasten import hasten
from webapp.core.markdown.limits import refusal
from webapp.core.markdown.marks import MarksExtension
from webapp.core.markdown.notes import NotesExtension
from webapp.core.markdown.terms import Terms
from webapp.core.markdown.values import Image, Labels, MarkdownRefused, Refusal, Rendered

# Those of Python-Markdown's `extra` that a source needs. Left out: md_in_html and attr_list (no markup or attributes
# from a source) and abbr (it needs edges between words, which Chinese lacks). Headings get their anchors in our pass.
EXTENSIONS = (FencedCodeExtension, DefListExtension, TableExtension, NotesExtension, BoxesExtension)
_LAYOUT = 5
RENDERER_VERSION = "-".join([str(_LAYOUT), *(version(name) for name in ("markdown", "pymdown-extensions", "nh3"))])

_TAGS = {
    "a", "blockquote", "br", "code", "dd", "del", "details", "div", "dl", "dt", "em", "figcaption", "figure", "h2",
    "h3", "h4", "h5", "h6", "hr", "img", "li", "ol", "p", "pre", "section", "span", "strong", "sub", "summary", "sup",
    "table", "tbody", "td", "th", "thead", "tr", "ul",
}
_ATTRIBUTES = {
    "*": {"id", "class"}, "a": {"href", "aria-label", "lang"}, "img": {"src", "alt", "width", "height", "loading"},
    "div": {"role", "tabindex", "aria-label", "aria-labelledby"}, "section": {"aria-label", "aria-labelledby"},
    "ol": {"start"}, "th": {"scope"}, "td": {"data-column"},
}
_CITE = re.compile(r'<sup class="cite">.*?</sup>')
_TAG = re.compile(r"<[^>]*>")
_QUANTITY = re.compile(  # begins with a plain space, which is found five times as fast as a look behind
    r" (?:(?<=\d )(?=(?:%|[mnµμk]?g|mcg|d?m?L|[mµμ]?mol|mm|cm|min|h|y)(?![^\W_]))|(?<=[≥≤±] )(?=\d)|"
    r"(?<=&[lg]t; )(?=\d))")
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U000323af]")
_WORD = re.compile(r"[^\W_]++(?:[.,'’%/-]*+[^\W_]++)*+")


class _Converter:
    def __init__(self) -> None:
        self.marks, self.finish, self.terms = MarksExtension(), FinishExtension(), TermsExtension()
        self.markdown = markdown.Markdown(extensions=[
            *(kind() for kind in EXTENSIONS), self.marks, self.finish, self.terms])
        hasten(self.markdown)

    def convert(self, source: str, numbers: Mapping[str, int], task: Task) -> str:
        self.marks.citations.numbers = numbers
        self.finish.finisher.task = self.terms.explainer.task = task
        return self.markdown.reset().convert(source)


_threads = local()


def _converter() -> _Converter:
    """This thread's converter: building one costs more than a page, and none may be shared."""
    if not hasattr(_threads, "converter"):
        _threads.converter = _Converter()
    converter: _Converter = _threads.converter
    return converter


def make_ready() -> None:
    """Builds this thread's converter if it has none: processes that are forked from it begin with one."""
    _converter()


def render(
    source: str,
    *,
    link: Callable[[str], str | None],
    image: Callable[[str], Image | None],
    reference_numbers: Mapping[str, int],
    labels: Labels = Labels(),  # noqa: B008 (frozen)
    terms: Terms | None = None,
) -> Rendered:
    """Renders a body; the same arguments give the same bytes. A number and its unit stay on one line.

    `link` gets every address but `#...` and answers with the one to use, or None to keep only the text; whatever it
    answers, only http, https and relative addresses are let through. `image` gets the source of each picture and
    answers None to show its alternative text instead. `reference_numbers` numbers the keys of `[@key]`; a mark with a
    key it lacks stays text. `terms` that the body does not explain itself are explained: the first mention outside
    headings, links, code, citations and label wording links to a list at the end. Raises `MarkdownRefused`, and
    nothing else, for what `refusal` refuses.
    """
    refused = refusal(source)
    if refused:
        raise MarkdownRefused(refused)
    task = Task(link, image, labels, terms)
    body = _QUANTITY.sub("\u00a0", sanitise(_convert(source, reference_numbers, task)))
    words, han = count(body)
    return Rendered(body, tuple(task.headings), task.citations(), words, han, task.explained)


def _convert(source: str, numbers: Mapping[str, int], task: Task) -> str:
    try:
        return _converter().convert(source, numbers, task)
    except RecursionError:
        del _threads.converter
        raise MarkdownRefused(Refusal(1, "too-deep", N_("the text is nested too deeply"), N_("Flatten it"))) from None
    except BaseException:
        del _threads.converter  # a parser that was stopped half-way keeps its state
        raise


def sanitise(body: str) -> str:
    """Keeps the elements and attributes that our renderings hold, http(s) and relative addresses, nothing else."""
    return nh3.clean(body, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https"}, link_rel=None)


def count(body: str) -> tuple[int, int]:
    """(words of alphabetic scripts, Chinese characters) of a rendered body. Citation marks are left out, and so is the
    list of words explained: it is looked up in, not read through."""
    text = html.unescape(_TAG.sub(" ", _CITE.sub("", _without_list(body))))
    without_han, han = _HAN.subn(" ", text)
    pieces = without_han.split()
    others = [piece for piece in pieces if not piece.isalnum()]  # one of letters is a word: few need a closer look
    return len(pieces) - len(others) + len(_WORD.findall(" ".join(others))), han


def _without_list(body: str) -> str:
    start = body.rfind(WORDS_LIST)
    return body if start < 0 else body[:body.rfind("<h", 0, start)] + body[body.find("</dl>", start):]


def bare_converter() -> markdown.Markdown:
    """Python-Markdown with the extensions that bodies need and nothing of ours behind it: the measure of benchmarks."""
    return markdown.Markdown(extensions=[kind() for kind in EXTENSIONS])
