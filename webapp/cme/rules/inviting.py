"""Whom the provider asks to disclose, and for how long. Pure."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta

from webapp.cme.rules.activity import Part
from webapp.core.errors import N_, Invalid
from webapp.core.languages import LANGUAGES

LINK_LASTS = timedelta(days=30)
"""How long the page can be opened: our choice, time to look through two years of papers."""
REMIND_AFTER = timedelta(days=7)
"""When whoever has not answered is reminded, once: our choice."""
MAIL_LASTS = timedelta(days=7)
"""After so long in the outbox a mail goes no more: our choice."""
MOST_NAME = 120


@dataclass(frozen=True)
class Invitation:
    """Who is asked: the name as activity.yaml has it, and what they do."""

    name: str
    parts: tuple[Part, ...]
    email: str
    language: str


def read(form: Mapping[str, str], parts: Collection[str], name: str) -> Invitation:
    """An invitation as typed. Raises `Invalid`, which says what to write."""
    line, language = " ".join(name.split()), form.get("language", "")
    if not line or len(line) > MOST_NAME or not line.isprintable():
        raise Invalid(N_("Write the name as activity.yaml has it, in at most 120 characters."))
    if not parts or any(part not in list(Part) for part in parts):
        raise Invalid(N_("Choose what the person does."))
    if language not in {one.tag for one in LANGUAGES}:
        raise Invalid(N_("Choose the language of the mail."))
    return Invitation(line, tuple(part for part in Part if part in parts), form.get("email", "").strip(), language)
