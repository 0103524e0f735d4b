"""Which pages there are, for links between topics."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from webapp.articles.rules.frontmatter import Audience, Kind
from webapp.articles.rules.lint import Link
from webapp.articles.rules.lint.products import named, onward, product_pattern, tells_of
from webapp.articles.rules.locate import Problem, Severity
from webapp.articles.service.documents import Document, Topic
from webapp.articles.service.folder import TOPIC_FILE, LinkUse, Page, Reading, page_name, read_head, read_topic
from webapp.articles.service.stacks import Stacks
from webapp.core.errors import N_, said
from webapp.policy.rules import names_no_product


class Catalogue:
    """Looks links up: in what was read, and else in the heads of the files linked to, read when asked for."""

    def __init__(self, stacks: Stacks) -> None:
        self._stacks, self._by_address = stacks, stacks.by_address
        self._pages: dict[str, frozenset[Page]] = {}

    def note(self, reading: Reading) -> None:
        """Remembers which pages a folder has, if all of them were read."""
        if len({page[:2] for page in reading.pages}) == len(self._by_address[reading.address].pages):
            self._pages[reading.address] = reading.pages

    def linked(self, reading: Reading) -> tuple[Document, ...]:
        """The documents, told which of their links lead somewhere for their audience, language and market."""
        links: dict[str, list[Link]] = {}
        for use in reading.links:
            links.setdefault(use.path, []).append(use.link)
        return tuple(self._linked(document, links.get(document.path, ())) for document in reading.documents)

    def _linked(self, document: Document, links: Iterable[Link]) -> Document:
        page = document.audience, document.language, document.market
        found = {link.target: self._exists(document.address, link, page) for link in links}
        return replace(document, links=tuple(sorted(found.items()))) if found else document

    def problems(self, reading: Reading) -> Iterator[Problem]:
        """Links and related topics that lead nowhere. What exists elsewhere only is plain text, with a warning."""
        for use in reading.links:
            yield from self._broken(reading.address, use)
        if reading.topic:
            yield from self._unrelated(reading.topic)
        for document in reading.documents:
            if names_no_product(document.front_matter.content_class, document.front_matter.funding.kind):
                yield from self._products_in(document)

    def _broken(self, address: str, use: LinkUse) -> Iterator[Problem]:
        target = use.link.topic or address
        if target not in self._by_address:
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
        """Where a page that may name no product names or links to one: a medicine that has a topic here. What its head
        names, its sources among it, is told at the first line."""
        head = document.front_matter
        shown = [head.title, head.summary, *(text for source in document.references
                                             for text in (source.title, source.detail, source.supports) if text)]
        found = [*named(" | ".join(shown).replace("\n", " "), [1], self.product),
                 *named(document.source, document.lines, self.product)]
        for line, name in dict.fromkeys(found):
            yield Problem(document.path, line, "product-named",
                          said("a page on a disease that %(company)s paid for names `%(name)s`",
                               company=document.front_matter.funding.company, name=name),
                          N_("Name the class of medicines, and link to no product"))
        for line, address in dict.fromkeys(onward(document.source, document.lines)):
            if self._tells_of_product(address, document):
                yield Problem(document.path, line, "product-named",
                              said("a page on a disease that %(company)s paid for links to `%(address)s`, which names "
                                   "a product", company=document.front_matter.funding.company, address=address),
                              N_("Link to pages that name no product, or to none"))

    def _tells_of_product(self, address: str, document: Document) -> bool:
        """Whether the page that the document's readers would come to names one."""
        wanted = (document.audience, document.language)
        return address in self._by_address and any(
            page_name(name) == wanted and tells_of(content.decode(errors="replace"), self.product)
            for name, content in self._stacks.pages_of(address).items())

    def _unrelated(self, topic: Topic) -> Iterator[Problem]:
        for address, line in zip(topic.file.related, topic.related_lines, strict=True):
            if address not in self._by_address or address == topic.address:
                yield Problem(topic.path, line, "broken-related",
                              said("`related` names `%(address)s`", address=address),
                              N_("Name another topic that has a folder"))

    def _exists(self, address: str, link: Link, page: Page) -> bool:
        audience, language, market = page
        wanted = (audience if link.topic else Audience.PATIENT, language, market)
        return wanted in self._pages_of(link.topic or address)

    def _pages_of(self, address: str) -> frozenset[Page]:
        if address not in self._pages:
            self._pages[address] = frozenset(self._head_pages(address))
        return self._pages[address]

    def _head_pages(self, address: str) -> Iterator[Page]:
        if address in self._by_address:
            for name, content in self._stacks.pages_of(address).items():
                place, head = page_name(name), read_head(content)
                if isinstance(place, tuple) and isinstance(head, tuple):
                    yield from ((*place, market) for market in head[0].markets)

    @cached_property
    def product(self) -> re.Pattern[str]:
        """Finds what medicines that have a topic are called."""
        drugs = (address for address, stack in self._by_address.items() if stack.kind is Kind.DRUG)
        return product_pattern(name for address in drugs for name in self._names(address))

    def _names(self, address: str) -> Iterator[str]:
        read = read_topic(self._stacks.files_of(address).get(TOPIC_FILE, b""))
        if isinstance(read, tuple):
            yield from read[0].titles.values()
            yield from (name for names in read[0].synonyms.values() for name in names)
