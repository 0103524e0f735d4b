"""How long a last mail is tried."""

from datetime import timedelta

FAREWELL_LASTS = timedelta(days=7)
"""How long the last mail to somebody who was erased is tried, and its address kept, at most: our choice, longer than a
relay is ever down."""
