"""Who runs the provider's pages: an activity that can be begun, and the account that decides on its people."""

import pytest
from sqlmodel import Session
from werkzeug.test import Client

from tests import builders, copies
from tests.cme import activities
from tests.cme.disclosed import NOW
from webapp.core.audit import By
from webapp.core.platform import Platform
from webapp.people.models import Account
from webapp.people.rules import Role


@pytest.fixture
def casey(platform: Platform) -> Account:
    """Of the provider."""
    return copies.filled(platform.database, (__name__,), with_activity)


def with_activity(session: Session) -> Account:
    activities.publish(session, NOW)
    return builders.account(session, Role.CME_PROVIDER, now=NOW)


@pytest.fixture
def by(casey: Account) -> By:
    """What Casey does, at that moment."""
    return By(casey.id or 0, NOW)


@pytest.fixture
def as_casey(client: Client, casey: Account) -> Client:
    """A browser in which Casey is signed in."""
    builders.sign_in(client, casey.email)
    return client
