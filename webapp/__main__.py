"""The `materia` command, also as `python -m webapp`."""

import gc
import sys

from webapp.core.process import give_way

FIRST = ("serve", "demo")
"""The commands that answer readers. All others let these go first, and do so before a second of imports."""

if sys.argv[1:2] and sys.argv[1] not in FIRST:
    give_way()
gc.disable()  # nothing that is imported is garbage, and looking for some takes a fifth of the start
from webapp.cli import main  # noqa: E402

gc.freeze()  # nor is it looked at later: once after the start, and again at the end, took a third of a command
gc.enable()

if __name__ == "__main__":  # worker processes import this module too
    main()
