"""The `aciwizard` command, and `python -m aciwizard`, which is the same."""

from __future__ import annotations

import gc


def main() -> None:
    """What loads stays: looking through it for garbage again and again is a tenth of the start."""
    gc.set_threshold(150_000, 20, 50)
    from aciwizard.cli import main as command_line

    command_line()


if __name__ == "__main__":
    main()
