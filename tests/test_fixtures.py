"""The fixtures themselves: no test may pass because what it stands on was not there."""

import socket
from pathlib import Path

import pytest
from sqlalchemy import text
from werkzeug.test import Client

from tests import builders
from tests.conftest import OutsideSocket
from webapp import schema
from webapp.core.db import Database
from webapp.core.platform import Platform


@pytest.mark.parametrize("host", ["192.0.2.1", "8.8.8.8"])
def test_a_connection_to_another_machine_is_refused(host: str) -> None:
    with socket.socket() as outside, pytest.raises(OutsideSocket):
        outside.connect((host, 443))


def test_a_datagram_to_another_machine_is_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as outside, pytest.raises(OutsideSocket):
        outside.sendto(b"x", ("192.0.2.1", 53))


def test_a_name_of_another_machine_is_not_looked_up() -> None:
    with pytest.raises(OutsideSocket):
        socket.create_connection(("materia.example", 25))


def test_this_machine_may_be_spoken_to() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        assert client.getpeername() == server.getsockname()


@pytest.mark.postgresql
def test_a_database_is_at_head_and_of_the_engine_asked_for(database: Database, engine: str) -> None:
    assert (schema.current(database), database.writer.dialect.name) == (schema.head(), engine)


@pytest.mark.postgresql
@pytest.mark.parametrize("life", [1, 2])
def test_each_test_has_a_database_of_its_own(database: Database, life: int) -> None:
    with database.writing() as session:
        assert session.execute(text("SELECT count(*) FROM company")).scalar() == 0
        builders.company(session, "Left behind")


def test_a_published_document_is_read_through_the_edge(client: Client, platform: Platform, tmp_path: Path) -> None:
    builders.published_document(platform, tmp_path, slug="sampleitis", text="It heals by itself")
    answer = client.get("/en/diseases/sampleitis")
    assert (answer.status_code, "It heals by itself" in answer.text) == (200, True)


def test_another_host_name_is_refused_by_the_client_too(client: Client) -> None:
    assert client.get("/en/", base_url="http://evil.test").status_code == 400
