"""Pages of other houses, read into our grammar: their heads, their markup, and what is left out on the way.

Nothing goes unseen: whatever is changed or left out is told in the page's `notes`, with its words.
"""
