"""Words, queries and snippets. Pure."""
