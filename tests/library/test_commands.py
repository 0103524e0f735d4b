"""`materia library`, as an operator types it."""

from pathlib import Path
from types import SimpleNamespace

from click.testing import CliRunner, Result

from tests.library.documents import pdf
from webapp.core.errors import Invalid
from webapp.core.platform import Platform
from webapp.library.cli import library

ABOUT = ["--name", "trial-2024", "--title", "A trial", "--issuer", "Northwind", "--date", "2024-05-06",
         "--licence", "CC BY 4.0"]


def run(platform: Platform, *words: str) -> Result:
    return CliRunner().invoke(library, words, obj=SimpleNamespace(platform=platform))


def test_a_file_comes_in_once_and_is_listed_with_what_its_licence_allows(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "trial.pdf"
    file.write_bytes(pdf("A line of words that is long enough"))
    said = [run(platform, "import", str(file), *ABOUT, "--for-readers").output for _ in range(2)]
    assert said == ["trial-2024, version 1, 1 pages: came in.\n", "trial-2024, version 1, 1 pages: is here already.\n"]
    listed = run(platform, "list").output
    assert "trial-2024 · version 1 of 2024-05-06 · A trial" in listed
    assert "CC BY 4.0 (may be shown to readers)\n1 documents." in listed


def test_a_file_that_is_no_source_is_refused(platform: Platform, tmp_path: Path) -> None:
    file = tmp_path / "picture.png"
    file.write_bytes(b"\x89PNG\r\n\x1a\n\x00")
    answer = run(platform, "import", str(file), *ABOUT)
    assert isinstance(answer.exception, Invalid) and "Save it as one of these" in str(answer.exception)
