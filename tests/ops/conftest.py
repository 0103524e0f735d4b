"""An operator who is signed in, and those whom they act on."""

import pytest
from werkzeug.test import Client

from tests import builders, copies
from webapp.core.db import Database
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role
from webapp.sponsors.models import Company


@pytest.fixture
def olli(database: Database) -> Account:
    """The operator's account, the only one of its role."""
    return copies.filled(database, (__name__, "olli"), lambda session: builders.account(
        session, Role.OPERATOR, email="olli@materia.example", kind=AccountKind.STAFF))


@pytest.fixture
def operator(client: Client, database: Database, olli: Account) -> Client:
    """The operator's browser."""
    builders.signed_in(client, database, (__name__, "olli"), lambda _: olli)
    return client


@pytest.fixture
def ann(database: Database) -> Account:
    """A reader."""
    with database.writing() as session:
        return builders.account(session, Role.READER, email="ann@clinic.example")


@pytest.fixture
def wanda(database: Database) -> Account:
    """A writer, who needs a second factor."""
    with database.writing() as session:
        return builders.account(session, Role.WRITER, email="wanda@materia.example")


@pytest.fixture
def company(database: Database) -> Company:
    """A sponsor."""
    with database.writing() as session:
        return builders.company(session, "Northwind")
