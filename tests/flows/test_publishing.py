"""Markdown to reader: written, refused, mended, signed, published, edited, withdrawn; by command where there is one."""

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL, SECRET
from webapp.articles import queries
from webapp.articles.rules.shelf import Entry
from webapp.cli import main
from webapp.core import clock
from webapp.core.platform import Platform
from webapp.edge import Edge

PATH = "/en/diseases/sampleitis"
Materia = Callable[..., tuple[int, str]]


@pytest.fixture
def materia(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
            capsys: pytest.CaptureFixture[str]) -> Materia:
    """Runs a command; (exit code, all that it said)."""
    for name, value in {"SECRET_KEY": SECRET, "DATA_DIR": str(tmp_path / "var"), "BASE_URL": BASE_URL,
                        "DATABASE_URL": platform.database.url.render_as_string(hide_password=False)}.items():
        monkeypatch.setenv(f"MATERIA_{name}", value)

    def run(*words: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["materia", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out + said.err
    return run


def waiting(platform: Platform) -> list[Entry]:
    with platform.database.reading() as session:
        return queries.waiting(session)


def read(client: Client, edge: Edge) -> tuple[int, str]:
    edge.look_again()
    answer = client.get(PATH, base_url=BASE_URL)
    return answer.status_code, answer.text


def test_a_page_from_its_first_draft_to_its_end(
        materia: Materia, platform: Platform, client: Client, edge: Edge, tmp_path: Path) -> None:
    content = tmp_path / "content"
    builders.write_topic(content)
    page = content / "diseases" / "sampleitis" / "patient.en.md"
    good = page.read_text()
    page.write_text(good.replace("title:", "titel:", 1))
    code, said = materia("content", "sync", str(content))
    assert code == 1 and f"{Path('diseases/sampleitis/patient.en.md')}:2" in said
    assert waiting(platform) == []

    page.write_text(good)
    assert materia("content", "check", str(content))[0] == 0
    assert materia("content", "sync", str(content))[0] == 0
    assert read(client, edge)[0] == 404, "imported is not published"

    code, said = materia("content", "publish")
    assert "0 pages published, 1 wait" in said and "Review has not cleared" in said
    assert read(client, edge)[0] == 404, "published is not without clearance"

    builders.clear(platform, waiting(platform), clock.now())
    assert "1 pages published, 0 wait" in materia("content", "publish")[1]
    status, html = read(client, edge)
    assert status == 200 and "It heals by itself" in html
    assert PATH in client.get("/en/", base_url=BASE_URL).text
    for asked, meant in (("/en/diseases?a=b", "/en/diseases/?a=b"), (f"{PATH}/", PATH), ("/en", "/en/")):
        answer = client.get(asked, base_url=BASE_URL)
        assert (answer.status_code, answer.location.removeprefix(BASE_URL)) == (308, meant)

    page.write_text(good.replace("It heals", "It passes"))
    materia("content", "sync", str(content))
    assert "0 pages published, 1 wait" in materia("content", "publish")[1], "an edit voids the clearance"
    assert "It heals by itself" in read(client, edge)[1], "and what was signed stays"

    builders.clear(platform, waiting(platform), clock.now())
    materia("content", "publish")
    assert "It passes by itself" in read(client, edge)[1]

    page.unlink()
    materia("content", "sync", str(content), "--keep-going")
    assert read(client, edge)[0] == 200, "a deleted file withdraws nothing"

    assert "1 pages of diseases/sampleitis withdrawn" in materia(
        "content", "withdraw", "diseases/sampleitis", "--reason", "A mistake")[1]
    assert read(client, edge)[0] == 410
    assert PATH not in client.get("/en/", base_url=BASE_URL).text
    assert "0 pages published, 0 wait" in materia("content", "publish")[1], "and it does not come back by itself"
