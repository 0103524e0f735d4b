"""The writers' desk: drafts of content's files, looked at as they are written, and handed in."""
