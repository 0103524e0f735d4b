"""Product labels, as their makers filed them.

A *label* is one version of a Structured Product Labeling document (SPL, HL7's XML that the FDA publishes), named by its
*set id* and version. A *section* is a part of it that carries a LOINC code, as plain text. Labels never change once
they are in: a newer version is another label, and the newest version of a set is the *current* one, whichever came in
last. Claims of articles lean on sections; this package does not know them.
"""
