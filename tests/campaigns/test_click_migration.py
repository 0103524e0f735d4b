"""Clicks that were stored with their delivery's key are kept, and lead to no delivery any more."""

import pytest
from sqlalchemy import text

from tests.builders import NOW
from webapp import schema
from webapp.core.db import Database

PARENTS = (
    "INSERT INTO company (id, key, name, is_fictional) VALUES (1, 'c', 'Company', TRUE)",
    "INSERT INTO campaign (id, key, company_id, name, account_kind, market, languages, landing_kind, landing_slug,"
    " landing_audience, local_time, zone, send_at, state, blocked_because, is_simulated, created_at) VALUES (1, 'k', 1,"
    " 'First', 'hcp', 'us', '[]', 'disease', 's', 'patient', '', 'UTC', :now, 'released', '', FALSE, :now)",
    "INSERT INTO campaign_link (id, key, campaign_id, language, target) VALUES (1, 'l', 1, 'en', '/en/')")
CLICK = ("INSERT INTO click (id, campaign_id, link_id, delivery_key, kind, at)"
         " VALUES (:id, 1, 1, :delivery, 'human', :now)")
DELIVERIES = ["delivery-1", "delivery-2", "delivery-1"]


@pytest.mark.postgresql
def test_old_clicks_stay_apart_and_lose_their_delivery(empty_database: Database) -> None:
    schema.upgrade(empty_database, "0002")
    now = str(NOW) if empty_database.is_sqlite else NOW
    with empty_database.writing() as session:
        for statement in PARENTS:
            session.execute(text(statement), {"now": now} if ":now" in statement else {})
        for number, delivery in enumerate(DELIVERIES, 1):
            session.execute(text(CLICK), {"id": number, "delivery": delivery, "now": now})
    schema.upgrade(empty_database, "0004")
    with empty_database.reading() as session:
        first, second, third = session.scalars(text("SELECT mail_key FROM click ORDER BY id"))
    assert first == third != second and not {first, second} & set(DELIVERIES)
    schema.downgrade(empty_database, "0002")
    with empty_database.reading() as session:
        assert session.scalar(text("SELECT count(delivery_key) FROM click")) == 3
