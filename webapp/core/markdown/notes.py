"""Footnotes, numbered by their first mention."""

from xml.etree.ElementTree import Element, SubElement

from markdown.extensions.footnotes import FootnoteExtension


class NotesExtension(FootnoteExtension):
    """Python-Markdown's footnotes, which fail on one without text: it gets its link back all the same."""

    def __init__(self) -> None:
        super().__init__(USE_DEFINITION_ORDER=False)

    def makeFootnotesDiv(self, root: Element) -> Element | None:
        notes = super().makeFootnotesDiv(root)
        for key, item in zip(self.footnotes, [] if notes is None else notes.iterfind("ol/li"), strict=False):
            if item.find(".//a[@class='footnote-backref']") is None:
                link = SubElement(SubElement(item, "p"), "a", {"class": "footnote-backref"})
                link.set("href", f"#{self.makeFootnoteRefId(key)}")
                link.text = "\u21a9"
        return notes
