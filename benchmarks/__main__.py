"""Measure side by side: python -m benchmarks [scalogram] [analysis] [page] [sweep] [voices]."""

import argparse
import os
import platform
from datetime import UTC, datetime
from importlib import import_module

SECTIONS = ("scalogram", "analysis", "page", "sweep", "voices")


def main() -> None:
    """Print the chosen sections as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "sections", nargs="*", metavar="section", help=f"one of {', '.join(SECTIONS)}; default: all"
    )
    chosen = parser.parse_args().sections or SECTIONS
    if wrong := sorted(set(chosen) - set(SECTIONS)):
        parser.error(f"no section {wrong[0]!r}; there are {', '.join(SECTIONS)}")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}), "
        f"{platform.system()}, Python {platform.python_version()}, load when starting {load:.1f}\n"
    )
    for name in chosen:
        print(import_module(f"benchmarks.{name}").report(), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
