"""Verbs: hear a report, read what was told, keep or take away whose it was."""
