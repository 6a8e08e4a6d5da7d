"""`python -m aciwizard`: the same as the `aciwizard` command."""

from __future__ import annotations

from aciwizard.cli import main

if __name__ == "__main__":
    main()
