"""What sponsors read: fixed tables for fixed periods, in which no reader can be found.

A report is about one campaign and its landing article, for one closed week. A *cell* counts reader-days, readings or
completions. It is withheld where it may be of 1-10 people: unless one day's sum of one edition, language and source in
it is of more. Others are withheld with it where it could be worked out. Periods are whole ISO weeks in UTC, opened once
nothing can arrive for them any more, and never summed up. A report is made when it is first asked for and kept as a
*snapshot*: neither two weeks, nor two campaigns' reports, nor yesterday's and today's can be subtracted.
"""
