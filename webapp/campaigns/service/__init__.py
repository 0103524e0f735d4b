"""Verbs of campaigns: plan, submit, schedule, release, compose, count clicks."""

from webapp.campaigns.service.personal import export_person

__all__ = ["export_person"]
