"""How tests search: through the service, or as a browser does."""

from dataclasses import dataclass

from bs4 import BeautifulSoup
from werkzeug.test import Client, TestResponse

from tests.builders import BASE_URL, NOW
from tests.conftest import HOMES
from webapp.core.languages import place_of
from webapp.core.platform import Platform
from webapp.policy import rules as policy
from webapp.search.rules import asking
from webapp.search.service.finding import Found, Search, Seat, find
from webapp.search.service.index import Finder


@dataclass(frozen=True)
class Shipped:
    """The samples, and who finds in them."""

    platform: Platform
    finder: Finder

    def find(self, words: str, head: str = "en", audience: str = "patient") -> Found:
        """What a stranger finds in a place, by the first segment of its addresses."""
        place = place_of(head, HOMES)
        assert place is not None
        seat = Seat(place, audience, policy.STRANGER, NOW.date())
        with self.platform.database.reading() as session:
            return find(Search(session, self.finder, asking.read(words), seat, HOMES))

    def addresses(self, words: str, head: str = "en", audience: str = "patient") -> list[str]:
        """Where the results lead, without the place."""
        return [result.url.split("/", 2)[2] for result in self.find(words, head, audience).results]


def send(client: Client, words: str, path: str = "/en/search") -> TestResponse:
    """The form, sent as a browser does, and the page that it leads to."""
    answer = client.post(path, base_url=BASE_URL, data={"q": words}, headers={"Origin": BASE_URL})
    assert answer.status_code == 303
    return client.get(answer.location, base_url=BASE_URL)


def shown(answer: TestResponse) -> list[str]:
    """The titles of the results."""
    return [title.get_text() for title in BeautifulSoup(answer.text, "html.parser").select(".found .topic-title")]


def said(answer: TestResponse) -> str:
    """The main part of a page, as text on one line."""
    main, = BeautifulSoup(answer.text, "html.parser").select("main")
    return " ".join(main.get_text(" ").split())
