"""Market x content class x audience x funding -> deny, gate or allow, with the texts that must stand beside it.

Asked when a page is published, when it is served, and when a campaign is released. Default deny. The law is data:
`table.toml` holds every row and every wording with its source and the day from which it counts, and nothing else in
the program knows a market's law. An account's market is its own, a stranger's is the address's.
"""
