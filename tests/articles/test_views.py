"""Pictures by the digest of their bytes, under the ending that their kind has and no other."""

import hashlib
from pathlib import Path

import pytest
from werkzeug.test import Client

from tests import builders
from tests.builders import BASE_URL, NOW
from webapp.articles.service import sync
from webapp.core.platform import Platform

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 20"><path d="M0 0"/></svg>'
JPEG = b"\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x0b\x08\x00\x02\x00\x03\x01\x01\x11\x00\xff\xd9"


@pytest.mark.parametrize(("name", "content", "media_type"), [
    ("line.svg", SVG, "image/svg+xml"), ("line.jpg", JPEG, "image/jpeg"), ("line.jpeg", JPEG, "image/jpeg")])
def test_a_picture_is_served_as_what_it_is(
        platform: Platform, client: Client, tmp_path: Path, name: str, content: bytes, media_type: str) -> None:
    digest = hashlib.sha256(content).hexdigest()
    builders.write_topic(tmp_path)
    page = tmp_path / "diseases" / "sampleitis" / "patient.en.md"
    shown = f"![A line]({name})\n\n/// caption\nDrawn.\n///\n\nIt heals by itself"
    page.write_text(page.read_text().replace("It heals by itself", shown, 1))
    page.with_name(name).write_bytes(content)
    with platform.database.writing() as session:
        sync.store(session, sync.prepare(tmp_path, {}, style=b"", on=NOW.date()), NOW)

    ending = name.rpartition(".")[2]
    answer = client.get(f"/media/{digest}.{ending}", base_url=BASE_URL)
    assert (answer.status_code, answer.data, answer.content_type) == (200, content, media_type)
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"/media/{digest}.png", base_url=BASE_URL).status_code == 404
    assert client.get(f"/media/{'0' * 64}.{ending}", base_url=BASE_URL).status_code == 404
