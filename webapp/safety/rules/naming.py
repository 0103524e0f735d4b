"""What pages call what was done to a case."""

from collections.abc import Mapping

from webapp.core.errors import N_

ACTS: Mapping[str, str] = {
    "safety-received": N_("Side effect reported"), "safety-assessed": N_("Case assessed"),
    "safety-product-set": N_("Medicine of a case set"), "safety-duplicate": N_("Case marked as a duplicate"),
    "safety-reopened": N_("Case reopened"), "safety-downgrade-asked": N_("Second officer asked for"),
    "safety-downgrade-agreed": N_("Second officer agreed"),
    "safety-downgrade-refused": N_("Second officer refused")}
"""Action of the audit -> its name."""
