"""Verbs of reports: build one, present it, hand it out as CSV."""
