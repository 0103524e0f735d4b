"""Market x content class x audience x funding -> deny, gate or allow, with the texts that must stand beside it.

Asked when a page is published, when it is served, and when a campaign is released. Default deny.
"""
