"""What medicines are called by those who read of cases."""

from collections.abc import Callable

from sqlmodel import Session

from webapp.core.languages import Language
from webapp.medicines import queries as medicines
from webapp.safety.rules.hand_over import product_name


def namer(session: Session, language: Language) -> Callable[[str], str]:
    """Slug -> the medicine's name in a language, as the library has it; where it has none, the slug as words."""
    titles = {slug: about.titles.get(language.tag, "") for slug, about in medicines.known(session).items()}
    return lambda slug: titles.get(slug) or product_name(slug)
