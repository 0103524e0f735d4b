"""Errors that services raise and `web.py` turns into a status. A message names the thing and the remedy."""

import sys
from collections.abc import Callable, Mapping
from typing import Any


def N_(message: str) -> str:
    """Marks a message for the catalogue: it is translated when it is shown, by `web.py`."""
    return message


class Said(str):
    """A sentence with values in it: English as a string, and able to be said in another language. `said` makes it.

    A check of a large library keeps thousands: each holds but its values of its own.
    """

    __slots__ = ("values", "words")
    words: str
    values: Mapping[str, object]

    def __new__(cls, text: str, words: str, values: Mapping[str, object]) -> "Said":
        made = super().__new__(cls, text)
        made.words, made.values = sys.intern(words), values
        return made

    def __str__(self) -> "Said":
        """Itself, so that what an error says stays translatable."""
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        return Said, (str.__str__(self), self.words, self.values)


def said(words: str, /, **values: object) -> Said:
    """Marks a sentence for the catalogue and puts values into its `%(name)s`. A value that is itself said is translated
    with it, any other is shown as it is."""
    return Said(words % values if values else words, words, values)


def translated(message: str, gettext: Callable[[str], str]) -> str:
    """A marked message in the language of a catalogue's `gettext`. What was not marked stays as it is."""
    if not isinstance(message, Said):
        return gettext(message) if message else ""
    values = {name: translated(value, gettext) if isinstance(value, Said) else value
              for name, value in message.values.items()}
    return gettext(message.words) % values if values else gettext(message.words)


class MateriaError(Exception):
    """Root of all; `status` is the HTTP answer."""

    status = 500


class NotFound(MateriaError):
    """There is no such thing, or it is another tenant's: the answer is the same."""

    status = 404


class Refused(MateriaError):
    """The caller is known and may not do this."""

    status = 403


class Invalid(MateriaError):
    """The input cannot be taken; the message says what to change."""

    status = 422


class Conflict(MateriaError):
    """The thing changed meanwhile, or is not in the state the verb needs."""

    status = 409


class Busy(MateriaError):
    """Nothing was stored; the same call may succeed in a moment."""

    status = 503
