"""The verbs of articles: read the library of content, build bodies, import, publish, keep for a reader."""

from webapp.articles.service.personal import erase_person, export_person

__all__ = ["erase_person", "export_person"]
