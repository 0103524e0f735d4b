"""Companies that pay, and their brands.

A *company* is a tenant: its people see its own campaigns and reports and nobody else's. A *brand* is a product name of
one company beside its generic name (INN).
"""
