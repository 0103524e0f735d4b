"""A query's address: sealed, so that no log, history or next page can be read for it, and short-lived."""

import base64
import binascii
import json
from datetime import datetime, timedelta

from webapp.core.sealing import CannotOpen, seal, unseal
from webapp.core.tokens import KeyRing
from webapp.search.rules.asking import MOST_SIGNS

LASTS = timedelta(hours=2)
"""How long going back shows the same results: our choice, as long as somebody reads what they found."""
ABOUT = "search"
LONGEST = 100 + 8 * MOST_SIGNS
"""Signs of the longest address that is looked at; a sign of a query takes four bytes at most."""


def sealed(ring: KeyRing, words: str, now: datetime) -> str:
    """The query as its address carries it."""
    told = json.dumps([int(now.timestamp()), words], ensure_ascii=False).encode()
    return base64.urlsafe_b64encode(seal(ring, told, about=ABOUT)).decode().rstrip("=")


def opened(ring: KeyRing, token: str, now: datetime) -> str | None:
    """The query of an address; None if it is none of ours or its time is over."""
    try:
        told = unseal(ring, base64.urlsafe_b64decode(token[:LONGEST] + "=" * (-len(token[:LONGEST]) % 4)), about=ABOUT)
    except (CannotOpen, binascii.Error, ValueError):
        return None
    at, words = json.loads(told)
    return str(words) if timedelta(0) <= timedelta(seconds=now.timestamp() - at) <= LASTS else None
