"""Pure decisions about content: its schemas, slots, headings, digests and reading time. No database, Flask or clock."""
