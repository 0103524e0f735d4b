"""The reference library: the sources that claims are anchored to, page by page, for those who write and review.

A *document* is one version of a source: the bytes of a PDF, of a saved page of the web or of a plain text, kept by
their digest, with who issued it, when, and under which licence it is here. Its *pages* are plain text, taken from the
bytes once, when it comes in. A *name* such as `exemplora-data-on-file` is that of all its versions. Documents never
change: what is new has a version of its own, and the newest one is the *current* one.

An *anchor* names a version, a page and a *passage*, which is a run of words on that page; it holds if they stand there,
however blanks and line ends fall. Whose anchors they are this package does not know. No reader is handed a document.
(What `articles` calls the library is another: the files that pages are made from.)
"""
