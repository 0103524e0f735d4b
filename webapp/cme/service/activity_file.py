"""The activity file, as accreditors ask for when they look at performance in practice: one archive an activity.

Each version has a folder: how it was planned, who was in control of content, who reviewed it, who paid, what learners
were shown, a certificate of nobody's, what came of it. `disclosures.pdf` is what its people disclosed and what was
decided; `money.csv` what came in and was paid; `agreements` the signed ones on support; `index.json` lists every file
with its digest, and what is missing: agreements, and for the newest version to be published. Nothing in it names a
learner. ACCME: performance-in-practice structured abstract.
"""

import io
import json
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from sqlmodel import Session

from webapp.cme import queries
from webapp.cme.models import CmeActivity, CmeVersion
from webapp.cme.queries import activity_file as file_queries
from webapp.cme.queries import provider as provider_queries
from webapp.cme.rules.certificates import Claimed, Issuer, facts_of
from webapp.cme.service import activity_parts as parts
from webapp.cme.service import (
    agreements,
    claiming,
    faculty_file,
    money,
    outcome_figures,
    outcome_files,
    readiness,
    versions,
)
from webapp.cme.service.activity_parts import Writer
from webapp.cme.service.claiming import Provider
from webapp.core import pdf
from webapp.core.errors import N_, NotFound
from webapp.core.languages import Language, by_tag
from webapp.core.subject import Subject
from webapp.review import queries as reviews

FORMAT = 1
"""Of `index.json`."""
TEMPLATE = "cme/activity_file.typ"


def of_activity(session: Session, slug: str, language: Language, provider: Provider, now: datetime) -> dict[str, bytes]:
    """Its files by name, `index.json` the last. What is the activity's own stands in `language` where it has it.
    NotFound."""
    activity = queries.activity(session, slug)
    if activity is None:
        raise NotFound(N_("There is no such activity."))
    made: dict[str, bytes] = {}
    held = provider_queries.versions_of(session, activity.id or 0)
    for version in held:
        of_one = _version(session, version, language, provider, now)
        made |= {f"version-{version.number}/{name}": content for name, content in of_one.items()}
    told = faculty_file.document(session, activity, language, now)
    made["disclosures.pdf"] = pdf.render(TEMPLATE, language, now, told)
    made["money.csv"] = money.as_csv(money.entries(session, activity.id or 0))
    signed = file_queries.agreements(session, activity.id or 0)
    made |= agreements.files(signed)
    index = {"v": FORMAT, "activity": slug, "made_at": now.isoformat(), "provider": provider.name,
             "ended_at": activity.ended_at.isoformat() if activity.ended_at else None,
             "versions": _told(session, activity, {version.id or 0: version for version in held}),
             "agreements": [{"company": one.company, "sha256": one.sha256, "brought_in_at": one.at.isoformat()}
                            for one in signed],
             "agreements_lacking": agreements.lacking(session, activity.id or 0),
             "missing": readiness.obstacles(session, activity, versions.about(held[-1]), provider.accredited_for,
                                            now.date()),
             "files": [{"path": name, "sha256": sha256(content).hexdigest(), "bytes": len(content)}
                       for name, content in made.items()]}
    return made | {"index.json": _json(index)}


def _told(session: Session, activity: CmeActivity, held: Mapping[int, CmeVersion]) -> list[dict[str, Any]]:
    log = file_queries.published(session, activity.id or 0)
    return [{"number": version.number, "digest": version.digest, "came_in_at": version.at.isoformat(),
             "log": [{"action": one.action, "clearance": one.clearance, "at": one.at.isoformat()}
                     for one in log if one.version_id == number]} for number, version in held.items()]


def _version(session: Session, version: CmeVersion, language: Language, provider: Provider,
             now: datetime) -> dict[str, bytes]:
    writer, file = Writer(version, language), versions.about(version)
    signatures = [one for _, _, one in reviews.signed(
        session, Subject(versions.SUBJECT, version.activity_id), version.digest)]
    documents = {"1-planning.pdf": (N_("Planning"), parts.planning(writer)),
                 "2-people.pdf": (N_("People and their relationships"), parts.people(writer)),
                 "3-peer-review.pdf": (N_("Review of the content"), parts.review(writer, signatures)),
                 "4-support.pdf": (N_("Support"), parts.support(writer))}
    made = {name: _document(writer, title, passages, now) for name, (title, passages) in documents.items()}
    for tag in file.languages:
        own = Writer(version, by_tag(tag))
        made[f"5-shown/{tag}/disclosures.pdf"] = _document(
            own, N_("What learners are told first"), parts.shown(own, provider, now), now)
    made |= {f"5-shown/{one.language}/{one.name}.md": one.source.encode()
             for one in file_queries.all_sections(session, version.id or 0)}
    return made | {
        "5-shown/assessment.json": _json(version.assessment), "activity.json": _json(version.about),
        "6-certificate.json": _json(_specimen(version, provider)),
        "7-outcomes.pdf": outcome_files.as_document(outcome_figures.of_version(session, version, now), language)}


def _document(writer: Writer, title: str, passages: list[parts.Passage], now: datetime) -> bytes:
    return pdf.render(TEMPLATE, writer.language, now, writer.document(title, now, passages))


def _specimen(version: CmeVersion, provider: Provider) -> Mapping[str, Any]:
    """What the certificate of somebody says who claims the most that is offered on the activity's last day."""
    file = versions.about(version)
    claimed = [Claimed(system.key, maximum, is_credit)
               for system, maximum, is_credit in claiming.designated(file, provider)]
    on: date = file.valid.last
    return facts_of(file, claimed, Issuer(provider.name, provider.accredited_for), version=version.number,
                    language=file.languages[0], completed_on=on)


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode() + b"\n"


def as_zip(made: Mapping[str, bytes], now: datetime) -> bytes:
    """The files as one archive; the same files at the same moment give the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in made.items():
            archive.writestr(zipfile.ZipInfo(name, now.timetuple()[:6]), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
