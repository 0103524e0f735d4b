"""What people type in their own words."""

from contextvars import ContextVar

_heard: ContextVar[list["FreeText"] | None] = ContextVar("heard", default=None)


class FreeText(str):
    """Words of somebody's own, which may tell of a side effect wherever they are typed. A form hands them on as this
    alone: what was made of them in a request is screened before the request commits."""

    def __new__(cls, words: str = "") -> "FreeText":
        made = super().__new__(cls, words)
        heard = _heard.get()
        if heard is not None and words.strip():
            heard.append(made)
        return made

    @classmethod
    def of_learner(cls, words: str = "") -> "FreeText":
        """A learner's, which the room of accredited education screens itself: nothing of theirs, and not who they are,
        reaches a company unless they agree (ACCME, Standard 2.3)."""
        return str.__new__(cls, words)


def listen() -> None:
    """Begins anew to note what is typed, as for a request."""
    _heard.set([])


def heard() -> list[FreeText]:
    """What was typed since then, each once and in order."""
    return list(dict.fromkeys(_heard.get() or ()))
