"""The verbs of articles: read the library of content, build bodies, import, publish."""
