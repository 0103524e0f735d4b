"""What the tests of counting stand on."""

import pytest

from webapp.core.platform import Platform
from webapp.engagement.service import Counter


@pytest.fixture
def counter(platform: Platform) -> Counter:
    """Counts beacons of pages that are live."""
    return Counter(platform, lambda _: None)
