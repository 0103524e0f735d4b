"""Pages of accredited education."""
