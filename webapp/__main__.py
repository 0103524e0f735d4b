"""`python -m webapp` is the `materia` command."""

from webapp.cli import main

if __name__ == "__main__":  # worker processes import this module too
    main()
