"""Verbs of the outbox: add, lease, move on, release; and the senders that use them."""
