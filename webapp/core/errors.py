"""Errors that services raise and `web.py` turns into a status. A message names the thing and the remedy."""


def N_(message: str) -> str:
    """Marks a message for the catalogue: it is translated when it is shown, by `web.py`."""
    return message


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
