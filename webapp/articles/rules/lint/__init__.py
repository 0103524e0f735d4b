"""What is wrong in a page, found by line and without rendering: `rules` names every rule there is, with its reason."""

from webapp.articles.rules.lint.body import UNUSED_PICTURE, Link, Linted, lint, unused_pictures

__all__ = ["UNUSED_PICTURE", "Link", "Linted", "lint", "unused_pictures"]
