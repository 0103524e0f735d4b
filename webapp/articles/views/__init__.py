"""Readers' addresses, and the writers' desk."""

from webapp.articles.views import desk, handing_in
from webapp.articles.views.reading import blueprint

__all__ = ["blueprint", "desk", "handing_in"]
