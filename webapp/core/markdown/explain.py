"""Words explained: the first mention of each in a body is a link to a list at its end, which links back.

Links alone do it, so that keyboard, touch and a screen reader reach an explanation without a script.
"""

from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from webapp.core.markdown.finish import Task
from webapp.core.markdown.terms import Term
from webapp.core.markdown.values import Heading

WORDS_LIST = '<dl class="words">'
"""How the list begins in a body, behind its heading."""
_APART = frozenset({"a", "code", "dt", "h1", "h2", "h3", "h4", "h5", "h6", "pre", "summary", "sup", "th"})
_KEPT_WHOLE = frozenset({"box box-isi", "box box-boxed", "box-title", "footnotes", "missing-picture"})
"""Elements of these classes keep the wording that law or a label gives them, or are no part of the text's flow."""


class Explainer(Treeprocessor):
    """Marks first mentions, in reading order, and lists what they mean."""

    task: Task

    def run(self, root: Element) -> None:
        words = self.task.terms
        if words is None:
            return
        self._words = words
        self._told = {term.id for name in root.iter("dt") for _, term in words.found_in("".join(name.itertext()))}
        self._used: list[Term] = []
        self._within(root)
        if self._used:
            self._list(root)
        self.task.explained = tuple(term.id for term in self._used)

    def _within(self, parent: Element) -> None:
        at = self._after(parent, None, 0)
        while at < len(parent):
            child = parent[at]
            if child.tag not in _APART and child.get("class") not in _KEPT_WHOLE:
                self._within(child)
            at += 1 + self._after(parent, child, at + 1)

    def _after(self, parent: Element, before: Element | None, at: int) -> int:
        """Marks words in the text that stands in `parent` after `before`; how many links it put there, from `at`."""
        text = (parent.text if before is None else before.tail) or ""
        links: list[Element] = []
        rest = 0
        for mention, term in self._words.found_in(text):
            if term.id in self._told:
                continue
            self._told.add(term.id)
            self._used.append(term)
            self._end(parent, before, links, text[rest:mention.start()])
            links.append(Element("a", {"class": "term", "id": f"term--{term.id}", "href": f"#word--{term.id}"}))
            links[-1].text = mention.group()
            rest = mention.end()
        if links:
            self._end(parent, before, links, text[rest:])
            parent[at:at] = links
        return len(links)

    @staticmethod
    def _end(parent: Element, before: Element | None, links: list[Element], text: str) -> None:
        if links:
            links[-1].tail = text
        elif before is None:
            parent.text = text
        else:
            before.tail = text

    def _list(self, root: Element) -> None:
        labels, level = self.task.labels, 3 if _ends_in_a_list_of_words(root) else 2
        name = labels.more_words if level == 3 else labels.words
        heading = SubElement(root, f"h{level}", {"id": self.task.anchor(name)})
        heading.text = name
        self.task.headings.append(Heading(level, heading.get("id", ""), name))
        entries = SubElement(root, "dl", {"class": "words"})
        for term in self._used:
            SubElement(entries, "dt", {"id": f"word--{term.id}"}).text = term.word
            meaning = SubElement(entries, "dd")
            meaning.text = f"{term.explanation} "
            source = SubElement(meaning, "span", {"class": "word-source"})
            source.text = labels.source
            link = SubElement(source, "a", {"href": term.url, **({"lang": term.language} if term.language else {})})
            link.text, link.tail = f"{term.title}{', ' if term.language else labels.by}{term.issuer}", " "
            back = SubElement(source, "a", {"class": "word-back", "href": f"#term--{term.id}",
                                            "aria-label": f"{labels.back_to_text}: {term.word}"})
            back.text = "\u21a9"


def _ends_in_a_list_of_words(root: Element) -> bool:
    """Whether the last section of level 2 explains words itself: what is added then goes on with it."""
    for element in reversed(root):
        if element.tag in ("dl", "h2"):
            return element.tag == "dl"
    return False


class TermsExtension(Extension):
    """Registers the pass after the one that gives headings and links their shape."""

    def extendMarkdown(self, md: Markdown) -> None:
        self.explainer = Explainer(md)
        md.treeprocessors.register(self.explainer, "explain", -20)
