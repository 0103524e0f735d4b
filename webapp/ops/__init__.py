"""The operators' pages: what is going on, and why. Its words and rules are those of the packages that it shows.

The policy pages only read, and so leave no line in the audit trail. They name no gated page by its title: an operator
is not its reader either.
"""
