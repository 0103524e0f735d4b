"""What every page's frame is filled with: its edition, its switches and its ways out. Knows no domain."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from webapp.core.languages import LANGUAGES, Language, Place, prefix


@dataclass(frozen=True)
class Switch:
    """One choice of a switch in the frame; `lang` is the tag of the language it is written in, `short` what a narrow
    screen shows in its place."""

    label: str
    url: str
    is_current: bool = False
    lang: str = ""
    short: str = ""


@dataclass(frozen=True)
class Frame:
    """The context `page` of `base.html`. Empty addresses leave their link out."""

    title: str
    edition: str = "plain"
    path: str = ""
    description: str = ""
    canonical: str = ""
    noindex: bool = False
    is_sample: bool = False
    home_url: str = "/"
    diseases_url: str = ""
    drugs_url: str = ""
    search_url: str = ""
    pro_url: str = ""
    account_url: str = ""
    """My account, which asks strangers to sign in: the same for everyone, so that stored pages may show it."""
    side_effect_url: str = ""
    """Where one tells of a side effect, in the page's language and, where it has one, for its market."""
    privacy_url: str = ""
    """What is counted of readers."""
    own: Sequence[Switch] = ()
    """What one person finds of their own; never in a stored page."""
    emergency: str = ""
    languages: Sequence[Switch] = ()
    markets: Sequence[Switch] = ()
    editions: Sequence[Switch] = ()


def frame_at(place: Place, homes: Mapping[str, str], edition: str = "plain", *, title: str, **more: Any) -> Frame:
    """A frame with the ways out of a place; the doctors' edition leads to its own lists."""
    root = f"/{prefix(place, homes)}"
    lists = f"{root}/pro" if edition == "pro" else root
    ways = {"home_url": f"{root}/", "diseases_url": f"{lists}/diseases/", "drugs_url": f"{lists}/drugs/",
            "search_url": f"{lists}/search", "pro_url": f"{root}/pro/", "account_url": "/account/",
            "side_effect_url": f"/side-effect?language={place.language.tag}",
            "privacy_url": f"/privacy?language={place.language.tag}"}
    return Frame(title=title, edition=edition, **{**ways, **more})


def ways_without(rooms: Collection[str]) -> dict[str, str]:
    """What a frame leaves out in a copy without the rooms of articles, search or engagement: it leads to nothing of
    theirs."""
    without = {"articles": {"home_url": "/", "diseases_url": "", "drugs_url": "", "pro_url": "", "search_url": ""},
               "search": {"search_url": ""}, "engagement": {"privacy_url": ""}}
    return {name: url for room, ways in without.items() if room not in rooms for name, url in ways.items()}


def language_switch(path: str, query: Mapping[str, str], current: Language) -> list[Switch]:
    """The languages of a page whose address names none: each is chosen by `?language`, the rest of the query kept."""
    here = quote(path)  # as it was asked for: decoded, it may hold marks that lead to another site
    return [Switch(language.name, f"{here}?{urlencode({**query, 'language': language.tag})}", language == current,
                   language.tag) for language in LANGUAGES]
