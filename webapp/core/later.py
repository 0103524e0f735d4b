"""Libraries that few runs of the program need, loaded once something of them is asked for.

Every command, server and test pays for what is imported at the start: a dictionary of Chinese words or a solver of
linear programs takes a twentieth of it each. Only for what others made: imports of our own modules stand where the
order of tiers is read from.
"""

import importlib
from types import ModuleType
from typing import Any


class Later(ModuleType):
    """Stands for the module of this name. Safe in threads: whoever comes second waits until it is loaded."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what Python asks of any module says nothing of this one
            raise AttributeError(name)
        value = getattr(importlib.import_module(self.__name__), name)
        setattr(self, name, value)
        return value
