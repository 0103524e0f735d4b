"""Verbs: read a file, bring it in; and what the pages show."""
