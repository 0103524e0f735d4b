"""What a row is about, without knowing what that is."""

from typing import NamedTuple


class Subject(NamedTuple):
    """Names a thing of another package, e.g. `Subject("article", 12)`. Lower packages store it and never follow it."""

    kind: str
    id: int
