"""What shows several packages at once: the home page, and where one goes after signing in."""
