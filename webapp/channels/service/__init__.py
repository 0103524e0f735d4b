"""Verbs of the outbox: add, lease, move on, release; and the senders that use them."""

from webapp.channels.service.personal import erase_person, export_person

__all__ = ["erase_person", "export_person"]
