"""Which names are one company's."""

import unicodedata


def compared(name: str) -> str:
    """A name as it is told from others: letter case, spaces and wide forms make no other company. Folding undoes what
    was composed, so it is composed again."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())
