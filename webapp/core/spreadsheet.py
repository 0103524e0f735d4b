"""Text that is safe as a cell of a CSV file. Pure."""

FORMULA_STARTS = tuple("=+-@＝＋－＠|%")
"""A spreadsheet takes a cell that begins so for a formula, spaces before it or not."""


def cell(text: str) -> str:
    """The text, with an apostrophe before it where a spreadsheet would take it for a formula."""
    is_risky = text.lstrip().startswith(FORMULA_STARTS) or text[:1] in ("\t", "\r", "\n")
    return f"'{text}" if is_risky else text
