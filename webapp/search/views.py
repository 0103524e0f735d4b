"""The search page of each place and edition.

A form sends the query by POST, so that it stands in no address; the answer leads to an address in which it is sealed.
A page that answered the POST itself could not be gone back to without sending the form again, and one asked for by
`?q=` would leave the words in the history of a shared browser and in the logs of every proxy. An address with `?q=`
that somebody made by hand is led to the sealed one.
"""

from collections.abc import Iterator
from typing import Any

from flask import Blueprint, Response, abort, current_app, g, redirect, request

from webapp.core.clock import now
from webapp.core.errors import N_
from webapp.core.frame import Switch, frame_at, ways_without
from webapp.core.languages import LANGUAGES, Place, all_places, place_of, prefix
from webapp.core.render import translations
from webapp.people.guards import own_links, public, signed_in
from webapp.people.rules import MARKET_NAMES
from webapp.policy import rules as policy
from webapp.search.rules import asking
from webapp.search.service.finding import Found, Search, Seat, find
from webapp.search.service.index import NotReady
from webapp.search.service.presenting import aid_for
from webapp.search.service.sealing import opened, sealed

blueprint = Blueprint("search", __name__)
EDITIONS = {"patient": "", "hcp": "pro/"}
"""Audience -> what stands before `search` in its addresses."""
SECRET = {"Referrer-Policy": "strict-origin", "Cache-Control": "private, no-store"}
"""The next page learns at most which site one came from. Not `no-referrer`: browsers then send forms without an origin,
and they would be refused."""


@blueprint.get("/<place:head>/search")
@blueprint.get("/<place:head>/pro/search")
@public
def results(head: str) -> Any:
    """The box, and the pages that fit the query of the address."""
    place, token = place_of(head, g.platform.homes), request.args.get("s", "")
    if "q" in request.args:
        return _led_to(request.args["q"])
    if place is None:
        abort(404)
    return _page(_seat(place), opened(g.platform.ring, token, now()) if token else "")


@blueprint.post("/<place:head>/search")
@blueprint.post("/<place:head>/pro/search")
@public
def ask(head: str) -> Any:
    """Seals what was typed, and leads to it."""
    return _led_to(request.form.get("q", ""))


def _led_to(typed: str) -> Any:
    words = asking.plain(typed)
    answer = redirect(f"{request.path}?s={sealed(g.platform.ring, words, now())}" if words else request.path, 303)
    answer.headers.update(SECRET)
    return answer


def _seat(place: Place) -> Seat:
    """Who is asking, as policy sees it, and which edition the address is of."""
    person, audience = signed_in(), "hcp" if "/pro/" in request.path else "patient"
    reader = policy.STRANGER if person is None else policy.reader_of(person.market, person.roles)
    return Seat(place, audience, reader, now().date())


def _page(seat: Seat, words: str | None) -> Response:
    """`words` is None of an address whose time is over."""
    found, is_ready, aid = Found(), True, aid_for(g.reader, seat.place, words or "")
    if words:
        try:
            found = find(Search(g.reader, current_app.extensions["finder"], asking.read(words), seat, g.platform.homes),
                         is_all_alone=aid.is_crisis)
        except NotReady:
            is_ready = False
    html = g.platform.renderer.render(
        "search/search.html", seat.place.language, page=_frame(seat, found, aid.number), found=found,
        is_ready=is_ready, words=words or "", is_over=words is None, is_cut=len(words or "") == asking.MOST_SIGNS,
        audience=seat.audience, market_name=MARKET_NAMES[seat.place.market], aid=aid,
        authority=aid.way.authority if aid.way else ())
    return Response(html, headers={**SECRET, "Content-Language": seat.place.language.tag})


def _frame(seat: Seat, found: Found, emergency: str) -> Any:
    place, homes = seat.place, g.platform.homes
    words = translations(place.language)
    count = len(found.results)
    title = words.ngettext("%(count)s page found", "%(count)s pages found", count) % {"count": count}
    return frame_at(
        place, homes, "pro" if seat.audience == "hcp" else "patient", path=request.path, noindex=True,
        title=title if count else words.gettext(N_("Search")), is_sample=g.platform.is_demo, emergency=emergency,
        languages=[_switch(Place(one, place.market), seat.audience, one.name, one == place.language, lang=one.tag)
                   for one in LANGUAGES],
        markets=[_switch(other, seat.audience, words.gettext(MARKET_NAMES[other.market]), other == place,
                         short=other.market.upper()) for other in all_places() if other.language == place.language],
        editions=list(_editions(seat)), own=own_links(place.language), **ways_without(g.platform.rooms))


def _editions(seat: Seat) -> Iterator[Switch]:
    words = translations(seat.place.language).gettext
    for audience, label in (("patient", N_("For patients")), ("hcp", N_("For doctors"))):
        yield _switch(seat.place, audience, words(label), audience == seat.audience)


def _switch(place: Place, audience: str, label: str, is_current: bool, **more: str) -> Switch:
    """The same query there."""
    path = f"/{prefix(place, g.platform.homes)}/{EDITIONS[audience]}search"
    token = request.args.get("s", "")
    return Switch(label, f"{path}?s={token}" if token.replace("-", "").replace("_", "").isalnum() else path, is_current,
                  **more)
