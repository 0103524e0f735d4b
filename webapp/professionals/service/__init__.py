"""Verbs. `export_person` and `erase_person` are what every package with personal columns offers."""

from webapp.professionals.service.personal import erase_person, export_person

__all__ = ["erase_person", "export_person"]
