"""The consent ledger: what a person agreed to, in which words, and whether it may be done now.

A *purpose* is asked for by itself, by one *channel*, for purposes of others' by one *company*. Each answer is a line of
the ledger, append-only, and names the *wording* that was shown: its version, its language and the digest of its words.
The current state of each consent stands beside the lines. The words are data (`wordings.toml`): whoever changes them
gives them another version, and old versions stay readable. A *code* opens the preference centre of a person's mail
from companies, from any mail, without signing in.

Whoever counts, remembers, writes or shares asks `service.may` of one person, or `queries.contactable` of all: the same
rule, at the moment it is done.

Promises: nothing is agreed to by not answering. A consent withdrawn a second ago stops the next beacon and the next
send. A code never expires, and never grants anything.
"""
