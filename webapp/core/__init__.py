"""What every part stands on and that knows no domain.

The database and its two kinds of session, the group-committing writer, stored pages, the key ring, languages and
markets, the one Jinja environment, Markdown, charts, cell release, and the leader lock. Imports nothing from above.
"""
