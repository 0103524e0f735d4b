"""Imports every package's tables, for migrations."""

from sqlmodel import SQLModel

from webapp.articles import models as articles
from webapp.campaigns import models as campaigns
from webapp.channels import models as channels
from webapp.cme import models as cme
from webapp.consents import models as consents
from webapp.core import models as core
from webapp.engagement import models as engagement
from webapp.library import models as library
from webapp.medicines import models as medicines
from webapp.people import models as people
from webapp.professionals import models as professionals
from webapp.reports import models as reports
from webapp.review import models as review
from webapp.safety import models as safety
from webapp.sponsors import models as sponsors

PACKAGES = (core, channels, sponsors, people, consents, professionals, medicines, library, safety, engagement,
            review, articles, cme, campaigns, reports)
METADATA = SQLModel.metadata
APPEND_ONLY = ("consent_entry", "dossier", "signature", "revision", "publish_entry", "export_entry",
               "verification_event", "audit_entry", "label", "label_section", "material", "change_request",
               "library_file", "library_document", "library_page", "checklist", "safety_report", "safety_receipt",
               "safety_hand_over_event", "safety_month", "safety_month_case", "safety_month_signature", "cme_version",
               "cme_section", "cme_publish_entry", "cme_step", "cme_claim", "cme_certificate", "cme_certificate_event",
               "cme_report_event", "cme_report_year", "cme_release", "cme_release_export", "cme_money",
               "safety_judgement", "cme_disclosure", "cme_disclosure_decision", "cme_agreement")
"""Tables whose rows never change: a trigger refuses it on both engines."""
