"""The release of a campaign into the outbox, against one bare INSERT..SELECT of the same rows."""

import shutil
import time
from collections.abc import Callable
from pathlib import Path
from unittest import mock

from sqlalchemy import func, select, text

from tests import builders
from tests.benchmarks.measuring import Ratio, Report, Scale, at_most, interleave
from tests.benchmarks.site import Site, add_sponsor, make_site, schedule_campaign
from webapp.campaigns import rules
from webapp.campaigns.service import planning
from webapp.channels.models import Outgoing
from webapp.core import clock
from webapp.core.db import Database

BARE = text("""
INSERT INTO outgoing (key, subject_kind, subject_id, occurrence, channel, account_id, address, language, "values",
                      not_before, state, attempts, holder, token, reason, changed_at)
SELECT '0123abcd' || lower(hex(randomblob(8))), 'campaign', :campaign, '1', 'email', account.id, '',
       account.language, '{}', :now, 'queued', 0, '', '', '', :now
FROM account JOIN consent ON consent.account_id = account.id
WHERE consent.company_id = :company AND consent.purpose = 'company-mail' AND consent.channel = 'email'
  AND consent.is_granted AND account.active AND account.is_adult AND account.kind = 'hcp' AND account.market = 'us'
  AND EXISTS (SELECT 1 FROM account_grant WHERE account_id = account.id AND role = 'hcp')
""")


def measure(folder: Path, scale: Scale) -> Report:
    """The bench's size."""
    return compare(folder, people=scale.pick(200_000, 20_000), rounds=scale.pick(7, 3))


def compare(folder: Path, *, people: int, rounds: int) -> Report:
    """Seconds to write the deliveries of all people, each time into a fresh copy of the database."""
    site = make_site(folder)
    with site.platform() as parts:
        builders.landing_page(parts, folder / "content", now=clock.now())
        sponsor = add_sponsor(parts, people)
        campaign = schedule_campaign(parts, sponsor, "Bench")
    figures = interleave(rounds, {
        "release": _side(site, people, lambda database: planning.release(
            database, campaign.id or 0, builders.POSTAL_ADDRESS, clock.now())),
        "bare": _side(site, people, lambda database: _insert(database, campaign.id or 0, sponsor.id or 0))})
    return Report([Ratio("outbox rows / bare INSERT..SELECT", figures["release"], figures["bare"], "s", at_most(2))],
                  [f"{people:,} people in slices of {rules.SLICE:,}; the pauses between slices are left out"])


def _insert(database: Database, campaign_id: int, company_id: int) -> None:
    with database.writing() as session:
        session.execute(BARE, {"campaign": campaign_id, "company": company_id, "now": str(clock.now())})


def _side(site: Site, people: int, write: Callable[[Database], object]) -> Callable[[], float]:
    def measure_once() -> float:
        copy = site.folder / "copy.db"
        shutil.copy(site.folder / "materia.db", copy)
        database = Database(f"sqlite:///{copy}")
        with mock.patch.object(rules, "PAUSE_SECONDS", 0):
            start = time.perf_counter()
            write(database)
            seconds = time.perf_counter() - start
        with database.reading() as session:
            written = session.scalar(select(func.count()).select_from(Outgoing))
        if written != people:
            raise RuntimeError(f"{written} deliveries for {people} people")
        database.close()
        return seconds
    return measure_once
