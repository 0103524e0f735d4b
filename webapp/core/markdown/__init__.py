"""The one Markdown renderer and sanitiser. It knows no domain: links, pictures, numbers and words come from its caller.

Promises: raw HTML in a source is text, never markup; only http(s), relative and `#` addresses leave it; Chinese bold
works without spaces; no text makes it fail other than by `MarkdownRefused`, which names the line and the remedy.
"""

from webapp.core.markdown.boxes import BLOCK_NAMES, CARE_BOXES
from webapp.core.markdown.finish import heading_id
from webapp.core.markdown.limits import refusal
from webapp.core.markdown.marks import CITATION, cited_keys, without_code
from webapp.core.markdown.renderer import EXTENSIONS, RENDERER_VERSION, bare_converter, make_ready, render
from webapp.core.markdown.terms import Term, Terms, terms
from webapp.core.markdown.values import Citation, Heading, Image, Labels, MarkdownRefused, Refusal, Rendered

__all__ = [
    "BLOCK_NAMES",
    "CARE_BOXES",
    "CITATION",
    "EXTENSIONS",
    "RENDERER_VERSION",
    "Citation",
    "Heading",
    "Image",
    "Labels",
    "MarkdownRefused",
    "Refusal",
    "Rendered",
    "Term",
    "Terms",
    "bare_converter",
    "cited_keys",
    "heading_id",
    "make_ready",
    "refusal",
    "render",
    "terms",
    "without_code",
]
