"""Adverse events: heard, kept, handed over.

A *report* is what somebody told, in their words. A *case* is what becomes of one: its first report, follow-ups, and
what safety officers made of them. A *desk* is where a company takes cases on one product in one market; without a desk
nobody is asked for a report, and pages name the authority. Day 0 is the first receipt. A *hand-over* is a case, as far
as it was told by then, given to its desk; the *ledger* says what became of it, line by line. A case is *due* when the
first clock runs out of what is left to do here with it: the officers' queue is in that order.

Promises: what was answered with a receipt is stored; a report that is sent twice is one case; what was told is never
changed, and read by safety officers and the product's desk alone; each case on a product with a desk is handed over,
or somebody is told that it was not.
"""
