"""Campaigns: planned, cleared, scheduled, written to the outbox, and counted.

A *campaign* is one message of a sponsor, in each language, to an audience, at one time, with a landing article. Its
*deliveries* are rows of the one outbox. An *occurrence* is one sending of it. A *click* is a link of one mail
being followed. A campaign is released only if review has cleared its digest and policy allows what it lands on, and
each delivery asks again, for consent and clearance, at the moment it is sent.

Promises: a fault of ours or of the campaign that can be mended puts its mail off, and cancels none; what is stored of a
click leads to nobody.
"""
