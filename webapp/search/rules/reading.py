"""What stands in a page's body, as plain text: a line for each paragraph, heading and item."""

from html.parser import HTMLParser

INLINE = frozenset({"a", "abbr", "b", "bdi", "cite", "code", "del", "dfn", "em", "i", "ins", "kbd", "mark", "q", "ruby",
                    "s", "small", "span", "strong", "sub", "sup", "time", "u", "var", "wbr"})
"""Elements within a line; any other begins one."""
UNREAD = frozenset({"script", "style", "svg"})
UNREAD_CLASSES = frozenset({("sup", "cite"), ("span", "word-source")})
"""Numbers of references, and who explains a word of the glossary: both name sources, and say nothing of the page."""
BACK = "↩"
"""The sign that leads back from a note to its place."""


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []
        self._unread = ""
        self._depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self._depth:
            self._depth += tag == self._unread
        elif tag in UNREAD or any(name == "class" and (tag, value) in UNREAD_CLASSES for name, value in attrs):
            self._unread, self._depth = tag, 1
        elif tag not in INLINE:
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if self._depth:
            self._depth -= tag == self._unread
        elif tag not in INLINE:
            self.parts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._depth:
            self.parts.append(data.replace(BACK, ""))


def text_of(html: str) -> str:
    """The text of a rendered body."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.parts).split("\n"))
    return "\n".join(line for line in lines if line)
