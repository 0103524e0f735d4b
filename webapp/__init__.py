"""Materia: disease and drug education, its readers, and campaigns. A modular monolith; see the README's picture."""
