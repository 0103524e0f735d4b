"""The pages of accredited education."""
