"""Makes the home page of each place."""

from webapp.articles.service.pages import Press, items, place_switches
from webapp.core.frame import Switch
from webapp.core.languages import Place, prefix
from webapp.core.pages import Page


def home_pages(made: Press, place: Place) -> list[Page]:
    """The home page of one place: its diseases and medicines."""
    words = made.words(place)
    path = f"/{prefix(place, made.shelf.homes)}/"
    editions = [Switch(words("For patients"), path, is_current=True), Switch(words("For doctors"), f"{path}pro/")]
    frame = made.frame(
        place, "patient", title="Materia", path=path, noindex=made.platform.is_demo, is_sample=made.platform.is_demo,
        description=words("Diseases and medicines, explained"), editions=editions, **place_switches(made, place, ""))
    html = made.platform.renderer.render(
        "site/home.html", place.language, page=frame, diseases=items(made, place, "patient", "disease"),
        drugs=items(made, place, "patient", "drug"), pro_url=f"{path}pro/")
    return [Page(path, html, "home", place.language.tag, is_noindex=made.platform.is_demo)]
