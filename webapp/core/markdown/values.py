"""What goes into the renderer and comes out of it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Image:
    """A picture as the page shall name it; sizes in pixels where they are known."""

    src: str
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of the body: its level (2 to 6), its anchor and its text without marks."""

    level: int
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A cited key, its number, and the ids of its marks in the body, for links back from the list of references."""

    key: str
    number: int
    anchors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Labels:
    """Words of ours in a body, in the reader's language. `reference` holds `{number}`; `source` stands before the title
    of a source, `by` between that and its issuer."""

    footnotes: str = "Footnotes"
    back_to_text: str = "Back to the text"
    reference: str = "Reference {number}"
    words: str = "Words explained"
    more_words: str = "More words explained"
    source: str = "Source: "
    by: str = ", "


@dataclass(frozen=True, slots=True)
class Rendered:
    """A body as it is stored. `words` counts words of alphabetic scripts, `han` Chinese characters, marks left out.
    `explained` are the ids of the terms that its list explains, in the order of their first mention."""

    html: str
    headings: tuple[Heading, ...]
    citations: tuple[Citation, ...]
    words: int
    han: int
    explained: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a source is not rendered: the line (from 1) it was seen on, a code, what it is and what to do."""

    line: int
    code: str
    message: str
    remedy: str


class MarkdownRefused(ValueError):
    """Raised by `render` for a source that `refusal` refuses."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"line {refusal.line}: {refusal.message}. {refusal.remedy}.")
        self.refusal = refusal
