"""Verbs: hear a report, read what was told, hand it over, keep or take away whose it was."""
