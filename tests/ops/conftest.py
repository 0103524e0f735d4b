"""An operator who is signed in."""

import pytest
from werkzeug.test import Client

from tests import builders
from webapp.core.db import Database
from webapp.people.models import Account
from webapp.people.rules import AccountKind, Role


@pytest.fixture
def olli(database: Database) -> Account:
    """The operator's account, the only one of its role."""
    with database.writing() as session:
        return builders.account(session, Role.OPERATOR, email="olli@materia.example", kind=AccountKind.STAFF)


@pytest.fixture
def operator(client: Client, olli: Account) -> Client:
    """The operator's browser."""
    builders.sign_in(client, olli.email)
    return client
