"""What sponsors read: fixed tables for fixed periods, in which no reader can be found.

A report is about one campaign and its landing article, for one closed week. A *cell* is a count of people; cells of
1-10 are withheld, and others with them where they could be worked out. Periods are whole ISO weeks in UTC, opened once
nothing can arrive for them any more, and never summed up. A report is made when it is first asked for and kept as a
*snapshot*: neither two weeks, nor two campaigns' reports, nor yesterday's and today's can be subtracted.
"""
