"""The index, who keeps it, what is found in it, and whom a query is shown the way to."""
