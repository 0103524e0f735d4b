"""The sample world: accounts, a fictional sponsor, simulated reading and learning, a local mail server. In demo mode.

Everything here goes through the services that the real thing uses: the brand's piece is signed by three reviewers, the
readings pass admission, the learners take each step in order, the campaign is released by the worker. Simulated rows
are marked and shown as such.
"""
