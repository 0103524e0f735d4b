"""What axe finds on a page that keeps somebody out."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from playwright.sync_api import Page

CONTRAST = {"runOnly": {"type": "rule", "values": ["color-contrast"]}}
LOADED = "'axe' in window"
LOOK = "options => axe.run({ ...options, reporter: 'no-passes' }).then(({ violations }) => ({ violations }))"
"""Asks for the barriers alone: axe tells of all that it looked at as well, and it takes long to hand that over."""


def find_barriers(page: Page, options: dict[str, Any] | None = None) -> AxeResults:
    """What every rule of axe has against the page as it stands, or those rules that `options` name."""
    if not page.evaluate(LOADED):
        page.evaluate(AXE_SCRIPT)
    return AxeResults(page.evaluate(LOOK, options or {}))
