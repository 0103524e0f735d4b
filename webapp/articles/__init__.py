"""Topics, documents, immutable revisions, the publish log, and the readers' pages.

A *topic* is a disease or a drug. A *document* is one topic for one audience, in one language, for one market. A
*revision* is what a document said at one time, keyed by the digest of all that can change what is read; it never
changes. Publishing moves the document's pointer to a revision, if review has cleared exactly that digest and policy
allows it, appends to the *publish log*, and stores the page's bytes. A deleted file unpublishes nothing.

A *draft* is one file of content as writers write it at the *desk*. Files and desk are one truth: what is handed in
comes into the library by the way of a sync, an export writes the library back to the byte, and a folder that is behind
the desk takes nothing back.
"""
