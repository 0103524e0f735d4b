"""What shows several packages at once: home pages, what is held of a person, and its end."""
