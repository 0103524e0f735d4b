"""Pages made for whoever asks: every room gives them the same frame, with what is the caller's own."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from flask import g, request

from webapp.core.frame import Frame, frame_at, language_switch, ways_without
from webapp.core.languages import Language, Place
from webapp.core.render import translations
from webapp.people.guards import own_language, own_links

AS_ALWAYS: Mapping[str, Any] = MappingProxyType({})


def frame_for(language: Language, title: str, **fields: Any) -> Frame:
    """The frame of a page whose address names no language and no market: the switch chooses one by `?language`, the
    links are the caller's own. `title` is in that language; `fields` are the frame's that differ."""
    here = {"path": request.path, "noindex": True, "is_sample": g.platform.is_demo,
            "languages": language_switch(request.path, request.args, language), "own": own_links(language)}
    place = Place(language, g.platform.homes[language.url])
    return frame_at(place, g.platform.homes, title=title, **{**here, **ways_without(g.platform.rooms), **fields})


def show(template: str, title: str, language: Language | None = None, *, is_words: bool = True,
         frame: Mapping[str, Any] = AS_ALWAYS, **context: Any) -> str:
    """A page in the language given, which public routes must give, else in the caller's own. `is_words`: the title is
    for the catalogue, and not a piece's own. `frame` holds what differs in it. After an act the page knows `is_done`.
    """
    language = language or own_language()
    name = translations(language).gettext(title) if is_words else title
    html: str = g.platform.renderer.render(
        template, language, page=frame_for(language, name, **frame),
        **{"is_done": request.args.get("notice") == "done", **context})
    return html
