"""Adverse events: overheard, taken in, kept, and handed over to whoever must act on them.

A *concern* is what a safety desk wants to hear of: a reaction, an exposure in pregnancy, an overdose, an error and the
rest of `rules.screening.Concern`. A *term* is one medical concept of our own short list, by which an officer codes a
reaction. A text is *suspect* when a medicine and a concern that may have happened both stand in it.

Promises: a suspected event is rather heard twice than missed; what was matched is shown in the words as written; and
nothing that a person reported is lost, changed or shown to a company without a record of it.
"""
