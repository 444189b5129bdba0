"""The command line; the only package that prints, and the one that opens the registry. Imports all others."""

from __future__ import annotations

from collections.abc import Sequence


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted."""
    from audioclf.cli.entry import main

    return main(argv)
