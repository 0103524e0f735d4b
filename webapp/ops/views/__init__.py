"""The operators' pages."""

from webapp.ops.views import companies, mail, people, policy, publishing, records, system
from webapp.ops.views.pages import blueprint

__all__ = ["blueprint", "companies", "mail", "people", "policy", "publishing", "records", "system"]
