"""The beacon, readings, and their daily sums.

A *reading* is one view of one page by one visitor. The page's beacon sends cumulative values under a view id that the
page made up, so a lost, doubled or reordered beacon changes nothing: the row keeps the maximum. A *visitor key* is a
keyed hash under a salt that lives for two days: within a UTC day it tells readers apart, afterwards nobody can.
A *reader* is therefore a reader-day, and reports say so. Who is signed in and agreed to it is counted under a
*pseudonym* instead, the same on every day; the ledger is asked for each beacon, and in the transaction that writes it.
When the consent is taken back the pseudonym goes, and what such a view still sends is dropped. A *history* is another
consent's: pages and times, for its owner alone. Seconds count only as far as they can have passed since the
view's first beacon. An address that sends more than a shared one would is a *crowd*: its readings are labelled, by its
own daily key, and stand in no sum. Admission is a list of named steps; what is not admitted is
counted under the name of the step that dropped it. A row is committed before the beacon is answered.
"""
