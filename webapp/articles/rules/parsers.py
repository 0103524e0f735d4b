"""What parsers of others' making find wrong, in our words: theirs are English and speak of tokens and nodes.

Each kind of fault has a sentence; what is of no kind known here keeps the parser's words, quoted. Pure.
"""

import errno
from collections.abc import Mapping

from webapp.core.errors import N_, Said, said

_YAML: Mapping[str, str] = {
    "mapping values are not allowed": N_("a second colon on a line, or a line that is indented under a plain value"),
    "cannot start any token": N_("a tab at the beginning of a line, or a value that begins with `@`, `%` or a "
                                 "backtick"),
    "expected '-' indicator": N_("a key among the items of a list, or an item out of line"),
    "unexpected end of stream": N_("quotes that are opened and not closed"),
    "document indicator": N_("quotes that are opened and not closed"),
    "unknown escape": N_("a backslash in double quotes that stands for nothing"),
    "hexdecimal number": N_("a backslash in double quotes that stands for nothing"),
    "comment or line break": N_("text behind `|` or `>` on the same line"),
    "indentation indicator": N_("text behind `|` or `>` on the same line"),
    "alphabetic or numeric": N_("a value that begins with `&` or `*`"),
    "undefined alias": N_("a value that begins with `&` or `*`"),
    "tag": N_("a value that begins with `!`"),
    "expected key": N_("a line that is neither `key: value` nor part of the value above it"),
    "could not find expected ':'": N_("a line without a colon"),
    "another document": N_("a second `---` within it"),
    "node content": N_("a bracket, brace or comma where a value should stand, or one that is not closed"),
    "expected ',' or": N_("a bracket or brace that is opened and not closed"),
    "mapping keys are not allowed": N_("a value that begins with `?`"),
    "block sequence entries": N_("a `-` of a list behind a key on the same line"),
    "directive": N_("a line that begins with `%`"),
    "digit or '.'": N_("a line that begins with `%`"),
    "version number": N_("a line that begins with `%`")}
"""A part of what libyaml says -> what that is; the first that fits counts."""
_XML: Mapping[int, str] = {
    3: N_("it holds nothing, or ends too early"), 4: N_("a sign where none may stand, such as `&` or `<` in text"),
    5: N_("a mark that is opened and not closed"), 7: N_("a mark is closed by another than opened it"),
    8: N_("an attribute that stands twice in one mark"), 9: N_("something behind the end of the drawing"),
    11: N_("a name between `&` and `;` that XML does not know"), 27: N_("a name with a prefix that is not declared")}
"""Expat's error code -> what that is."""
_FILES: Mapping[int, str] = {
    errno.EACCES: N_("nobody but its owner may read it"), errno.EPERM: N_("nobody but its owner may read it"),
    errno.ENOENT: N_("it is gone"), errno.EIO: N_("the disk failed")}


def of_yaml(problem: str | None) -> Said:
    """What libyaml found."""
    words = next((words for part, words in _YAML.items() if part in (problem or "")), None)
    return said(words) if words else quoted(problem or "")


def of_xml(code: int | None, problem: str) -> Said:
    """What expat found; None as its code for what another part of the reading says."""
    words = _XML.get(code or 0)
    return said(words) if words else quoted(problem)


def of_file(error: OSError) -> Said:
    """Why the system does not give a file."""
    words = _FILES.get(error.errno or 0)
    return said(words) if words else quoted(error.strerror or type(error).__name__)


def quoted(problem: str) -> Said:
    """A parser's own words, as such."""
    return said("the program that reads it says “%(problem)s”", problem=problem)
