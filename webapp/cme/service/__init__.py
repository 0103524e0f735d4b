"""Verbs of accredited education."""
