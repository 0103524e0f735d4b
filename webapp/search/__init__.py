"""Search of the published pages.

The *index* is a folder of each node, derived from the database and made anew from it at will; it holds no truth. It is
asked which pages may fit, and nothing is shown before the database has said that it is published, and policy that this
reader may see it. One process writes it at a time; readers notice a change by themselves.

What is searched for is a *query*: words that may tell of somebody's health. Promises: a query is stored nowhere and
written to no log; it stands in no address in the clear, for it is sealed there, and opens for two hours alone. Lists
name what policy lets a reader see; what promotes a product is found by its address only, as everywhere.
"""
