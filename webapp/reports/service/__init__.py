"""Verbs of reports: build one, present it, hand it out as CSV."""

from webapp.reports.service.personal import erase_person, export_person

__all__ = ["erase_person", "export_person"]
