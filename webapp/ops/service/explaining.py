"""Why a reader gets a page, or does not: the decision that serving makes, step by step and in words."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from urllib.parse import unquote, urlsplit

from sqlmodel import Session

from webapp.articles import queries as articles
from webapp.articles.service.admitting import Admission, admit
from webapp.core import pages
from webapp.core.languages import Language, Place, place_of
from webapp.core.models import StoredPage
from webapp.core.platform import Platform
from webapp.core.render import show_date, translations
from webapp.ops import queries, rules
from webapp.people.rules import Role
from webapp.policy import rules as policy

PATH_LENGTH = 2000
"""Characters of the longest address that is looked up: as the edge has it."""


@dataclass(frozen=True)
class Step:
    """One step of a decision: what was asked, and the answer. `quotes` are laws."""

    asks: str
    answers: str
    quotes: tuple[str, ...] = ()


@dataclass
class Explanation:
    """The steps in their order, and what comes of them. `status` is what the reader gets; 0 where it is no page for
    readers and its own route decides."""

    steps: list[Step] = field(default_factory=list)
    status: int = 0
    outcome: str = ""
    account_key: str = ""
    path: str = ""

    @property
    def verdict(self) -> str:
        """Which mark stands beside the outcome."""
        return {200: "allow", 403: "gate", 0: "gate"}.get(self.status, "deny")


def explain(session: Session, platform: Platform, who: str, address: str, on: date,
            language: Language) -> Explanation:
    """Explains for an account (e-mail address or key; empty is a stranger) and an address. Never fails: what is not
    known is named."""
    return _Explainer(session, platform, on, language).explain(who, address)


class _Explainer:
    def __init__(self, session: Session, platform: Platform, on: date, language: Language) -> None:
        self._session, self._platform, self._on, self._language = session, platform, on, language
        self.words: Callable[[str], str] = translations(language).gettext
        self._names = market_names(session, language)
        self._made = Explanation()

    def explain(self, who: str, address: str) -> Explanation:
        reader = self._reader(who.strip())
        place, page = self._page(address)
        if page is not None and place is not None:
            rest = page.path.lstrip("/").partition("/")[2]
            self._access(page)
            if page.access != "gone":
                self._ruling(page, place.market, admit(self._session, page, place, rest, reader, self._on), reader)
        return self._made

    def _reader(self, who: str) -> policy.Reader:
        asks, words = self.words("Who is reading?"), self.words
        account = queries.account_named(self._session, who) if who else None
        if not who:
            self._step(asks, words("A stranger: nobody who is signed in. A stranger's market is the address's."))
        elif account is None:
            self._step(asks, words("There is no account %(who)s. What follows is what a stranger gets."), who=who)
        elif not account.active:
            self._step(asks, words("The account %(key)s is out of use and cannot sign in. It gets what a stranger "
                                   "gets."), key=account.key)
        else:
            self._made.account_key = account.key
            is_verified = Role.HCP in account.roles
            self._step(asks, words("The account %(key)s, signed in. Its market is its own: %(market)s."),
                       key=account.key, market=self._market(account.market))
            self._step(words("Is it a verified professional?"),
                       words("Yes: it holds the role hcp, which verification gives.") if is_verified else
                       words("No: it does not hold the role hcp, which verification gives. It counts as the public."))
            return policy.reader_of(account.market, account.roles)
        return policy.STRANGER

    def _page(self, address: str) -> tuple[Place | None, StoredPage | None]:
        path, asks, words = _path(address), self.words("Which page is it?"), self.words
        self._made.path = path
        place = place_of(path.split("/")[1], self._platform.homes) if _is_address(path) else None
        if place is None:
            self._step(asks, words("%(path)s is no address for readers: they begin with a language, such as /en/."),
                       path=path)
            self._end(0, words("Policy is not asked here. Who may open this address, if it exists, is a matter of "
                               "roles."))
            return None, None
        page = self._stored(path)
        if page is None:
            self._step(asks, words("No page is stored at %(path)s, and none was withdrawn from there."), path=path)
            self._end(404, words("Everybody gets “not found” (404)."))
            return place, None
        self._step(asks, words("%(path)s: written in %(language)s for the market %(market)s."), path=page.path,
                   language=place.language.name, market=self._market(place.market))
        return place, page

    def _stored(self, path: str) -> StoredPage | None:
        """The page, or the one that its address leads on to: with a final slash or without."""
        other = path.removesuffix("/") if path.endswith("/") else f"{path}/"
        return pages.find(self._session, path) or pages.find(self._session, other)

    def _access(self, page: StoredPage) -> None:
        words = self.words
        told = {
            "open": words("Open: it is the same for everybody, and policy is not asked again when it is served."),
            pages.STRANGERS: words("Open to strangers. Of whoever is signed in, policy is asked, since some market "
                                   "keeps such pages from some readers."),
            "gated": words("Gated: policy is asked of everybody, each time."),
            "gone": words("It was withdrawn, or its clearance ended.")}
        self._step(words("How is it stored?"), told[page.access])
        if page.access == "gone":
            self._end(410, words("Everybody gets “withdrawn” (410)."))

    def _ruling(self, page: StoredPage, here: str, admission: Admission, reader: policy.Reader) -> None:
        words = self.words
        if admission.ruled_by is None:
            self._step(words("What is it, and who paid?"),
                       words("A list or a start page: it names open pages only.") if admission.is_admitted else
                       words("No published document stands behind it, so it stays closed."))
            self._outcome(page, admission, reader)
            return
        content_class, funding = admission.ruled_by
        self._step(words("What is it, and who paid?"), words("Class: %(kind)s. Funding: %(funding)s."),
                   kind=self._named(rules.CLASSES, content_class), funding=self._named(rules.FUNDINGS, funding))
        for market in dict.fromkeys((here, reader.market or here)):
            self._cell(market, policy.decide(market, content_class, reader.audience, funding, self._on), reader,
                       is_own=market != here)
        if reader.market not in (None, here):
            self._step(words("Which of the two counts?"),
                       words("The stricter: %(verdict)s."), verdict=words(rules.verdict_name(admission.ruling)))
        self._outcome(page, admission, reader)

    def _cell(self, market: str, ruling: policy.Ruling, reader: policy.Reader, *, is_own: bool) -> None:
        words = self.words
        asks = words("What does policy say in the account's market?") if is_own else words(
            "What does policy say in the address's market?")
        verdict = words("%(market)s, %(audience)s, on %(day)s: %(verdict)s.") % {
            "market": self._market(market), "audience": words(rules.AUDIENCES[reader.audience]).lower(),
            "day": show_date(self._on, self._language), "verdict": words(rules.verdict_name(ruling))}
        if market not in policy.TABLE.markets:
            verdict += self._gap + words("No row names this market, so it has the strictest ruling of all.")
        if ruling.row is None:
            verdict += self._gap + words("No row of the table allows it, and what none allows is denied.")
            self._step(asks, verdict)
            return
        origin = words("Row %(number)s, since %(day)s.") % {
            "number": ruling.row.number, "day": show_date(ruling.row.effective, self._language)}
        self._made.steps.append(Step(asks, verdict + self._gap + origin, (ruling.row.source_in(self._language.tag),)))

    def _outcome(self, page: StoredPage, admission: Admission, reader: policy.Reader) -> None:
        words = self.words
        is_unasked = page.access == "open" or (page.access == pages.STRANGERS and reader == policy.STRANGER)
        would_pass = admission.ruled_by is None or reader.passes(admission.ruling)
        if is_unasked or admission.is_admitted:
            late = "" if would_pass else self._gap + words(
                "Policy has changed since it was published: it is taken down within the hour.")
            self._end(200, words("This reader gets the page (200).") + late)
        else:
            self._end(403, words("This reader gets the gate page (403), which says: “%(why)s”") % {
                "why": policy.reason(admission.ruling, self._language.tag, self._on)})

    def _market(self, market: str) -> str:
        name = self._names.get(market)
        return f"{name} ({market})" if name else market

    def _named(self, names: Mapping[Any, str], value: str) -> str:
        return self.words(names[value]) if value in names else value

    @property
    def _gap(self) -> str:
        """Between two sentences: Chinese sets none."""
        return " " if self._language.tag == "en" else ""

    def _step(self, asks: str, answers: str, **values: str) -> None:
        self._made.steps.append(Step(asks, answers % values if values else answers))

    def _end(self, status: int, outcome: str) -> None:
        self._made.status, self._made.outcome = status, outcome


def market_names(session: Session, language: Language) -> dict[str, str]:
    """Market -> its name in a language, of those whose file names one."""
    return {market: about["name"][language.tag] for market, about in articles.markets(session).items()
            if language.tag in about.get("name", {})}


def _path(address: str) -> str:
    """The path of what was typed or pasted: a path or a whole address, with or without a query."""
    try:
        path = unquote(urlsplit(address.strip()).path)
    except ValueError:
        path = address.strip()
    return path if path.startswith("/") else f"/{path}"


def _is_address(path: str) -> bool:
    return not set("\0\ufffd\\") & set(path) and len(path) <= PATH_LENGTH
