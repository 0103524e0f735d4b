"""Lint and types, as tests: they run beside the others, where a step before them would leave a core idle."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("words", [("mypy", "webapp"), ("ruff", "check", "webapp", "tests", "migrations")],
                         ids=lambda words: words[0])
def test_nothing_is_found_by(words: tuple[str, ...]) -> None:
    ran = subprocess.run([sys.executable, "-m", *words], cwd=ROOT, text=True, capture_output=True, check=False)

    assert ran.returncode == 0, ran.stdout + ran.stderr
