"""Which pages there are, for links between topics."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial

from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.rules.lint import Link
from webapp.articles.rules.lint.products import named, product_pattern
from webapp.articles.rules.locate import Problem, Severity
from webapp.articles.service.documents import Document, Topic
from webapp.articles.service.folder import LinkUse, Page, Reading, page_name, read_head, read_topic
from webapp.articles.service.stacks import Stack
from webapp.core.errors import N_, said
from webapp.policy.rules import names_no_product


class Catalogue:
    """Looks links up: in what this run has read, and else in the heads of the files linked to, read when asked for."""

    def __init__(self, stacks: Mapping[str, Stack], readings: Sequence[Reading]) -> None:
        self._stacks, self._readings = stacks, readings
        self._read = {reading.address: reading.pages for reading in readings
                      if len({page[:2] for page in reading.pages}) == len(stacks[reading.address].pages)}
        self._links: dict[str, list[Link]] = {}
        for use in (use for reading in readings for use in reading.links):
            self._links.setdefault(use.path, []).append(use.link)
        self._pages_of = cache(partial(_pages_of, stacks))
        self._product: re.Pattern[str] | None = None

    def linked(self, document: Document) -> Document:
        """The document, told which of its links lead somewhere for its audience, language and market."""
        links = self._links.get(document.path)
        if not links:
            return document
        found = {link.target: self._exists(document.address, link, (document.audience, document.language,
                                                                    document.market)) for link in links}
        return replace(document, links=tuple(sorted(found.items())))

    def problems(self) -> Iterator[Problem]:
        """Links and related topics that lead nowhere. What exists elsewhere only is plain text, with a warning."""
        for reading in self._readings:
            for use in reading.links:
                yield from self._broken(reading.address, use)
            if reading.topic:
                yield from self._unrelated(reading.topic)
            for document in reading.documents:
                if names_no_product(document.front_matter.content_class, document.front_matter.funding.kind):
                    yield from self._products_in(document)

    def _broken(self, address: str, use: LinkUse) -> Iterator[Problem]:
        target = use.link.topic or address
        if target not in self._stacks:
            yield Problem(use.path, use.link.line, "broken-link",
                          said("there is no topic `%(target)s`", target=target),
                          N_("Link to a topic that has a folder"))
            return
        if not any(self._exists(address, use.link, (*use.page, market)) for market in use.markets):
            yield Problem(use.path, use.link.line, "link-nowhere",
                          said("`%(target)s` has no readable page for these readers", target=use.link.target),
                          N_("Readers will see plain text; write or mend that page, or remove the link"),
                          Severity.WARNING)

    def _products_in(self, document: Document) -> Iterator[Problem]:
        """Where a page that may name no product names or links to one: a medicine that has a topic here."""
        if self._product is None:
            self._product = product_pattern(name for stack in self._stacks.values() if stack.kind is Kind.DRUG
                                            for name in _names(stack))
        found = named(document.source, document.lines, self._product)
        for line, name in dict.fromkeys(found):
            yield Problem(document.path, line, "product-named",
                          said("a page on a disease that %(company)s paid for names `%(name)s`",
                               company=document.front_matter.funding.company, name=name),
                          N_("Name the class of medicines, and link to no product"))

    def _unrelated(self, topic: Topic) -> Iterator[Problem]:
        for address, line in zip(topic.file.related, topic.related_lines, strict=True):
            if address not in self._stacks or address == topic.address:
                yield Problem(topic.path, line, "broken-related",
                              said("`related` names `%(address)s`", address=address),
                              N_("Name another topic that has a folder"))

    def _exists(self, address: str, link: Link, page: Page) -> bool:
        audience, language, market = page
        wanted = (audience if link.topic else Audience.PATIENT, language, market)
        return wanted in self._pages(link.topic or address)

    def _pages(self, address: str) -> frozenset[Page]:
        return self._read[address] if address in self._read else self._pages_of(address)


def _names(stack: Stack) -> Iterator[str]:
    read = read_topic(stack.topic or b"")
    if isinstance(read, tuple):
        yield from read[0].titles.values()
        yield from (name for names in read[0].synonyms.values() for name in names)


def _pages_of(stacks: Mapping[str, Stack], address: str) -> frozenset[Page]:
    stack = stacks.get(address)
    return frozenset() if stack is None else frozenset(_head_pages(stack))


def _head_pages(stack: Stack) -> Iterator[Page]:
    for name, content in stack.pages.items():
        place, head = page_name(name), read_head(content)
        if isinstance(place, tuple) and isinstance(head, tuple):
            yield from ((*place, market) for market in head[0].markets)
