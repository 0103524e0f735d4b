"""`materia registry import` as an operator types it."""

from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy import func, select

from tests.professionals.files import npis, row, write
from webapp.core.platform import Platform
from webapp.professionals.cli import registry
from webapp.professionals.models import RegistryEntry


class Context:
    """What commands are handed."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform


def run(platform: Platform, *words: str) -> Result:
    return CliRunner().invoke(registry, words, obj=Context(platform))


def test_a_file_is_imported_and_told(platform: Platform, tmp_path: Path) -> None:
    one, other = npis(2)
    path = write(tmp_path / "npidata.csv", [row(one), row("bad"), row(other, **{"Entity Type Code": "2"})])
    ran = run(platform, "import", "nppes", str(path))
    assert (ran.exit_code, ran.stdout) == (0, "1 individuals, 1 organisations left out, 1 bad rows.\n")
    assert f"{path}: line 3 holds no NPI; left out." in ran.stderr and "100%" in ran.stderr
    with platform.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(RegistryEntry)) == 1


def test_a_file_that_is_not_there_and_a_source_that_is_unknown_are_told(platform: Platform, tmp_path: Path) -> None:
    assert "does not exist" in run(platform, "import", "nppes", str(tmp_path / "none.csv")).stderr
    assert "'nppes'" in run(platform, "import", "other", str(tmp_path / "none.csv")).stderr
