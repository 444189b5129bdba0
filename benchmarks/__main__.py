"""Measure side by side: python -m benchmarks [section ...]; see SECTIONS."""

import argparse
import os
import platform
from datetime import UTC, datetime
from importlib import import_module

SECTIONS = ("scalogram", "analysis", "page", "browser", "explore", "sweep", "load", "live", "voices")
WITH_OPTIONS = ("load", "live")


def main() -> None:
    """Print the chosen sections as Markdown."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument(
        "sections", nargs="*", metavar="section", help=f"one of {', '.join(SECTIONS)}; default: all"
    )
    load_options(parser.add_argument_group("load"))
    options = parser.parse_args()
    chosen = options.sections or SECTIONS
    if wrong := sorted(set(chosen) - set(SECTIONS)):
        parser.error(f"no section {wrong[0]!r}; there are {', '.join(SECTIONS)}")
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    print(
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores ({platform.machine()}), "
        f"{platform.system()}, Python {platform.python_version()}, load when starting {load:.1f}\n"
    )
    for name in chosen:
        report = import_module(f"benchmarks.{name}").report
        print(report(options) if name in WITH_OPTIONS else report(), end="\n\n", flush=True)


def load_options(group: argparse._ArgumentGroup) -> None:
    """What the section load can be told."""
    group.add_argument("--clients", type=int, nargs="+", default=[1, 10, 50], metavar="N")
    group.add_argument("--seconds", type=float, default=60.0, help="for each row, also of live (default: 60)")
    group.add_argument("--workers", type=int, help="of the first server (default: one for each core)")
    group.add_argument("--against", metavar="COMMIT", help="also measure an earlier commit")
    group.add_argument("--answers", type=int, help="measure memory over so many answers instead")


if __name__ == "__main__":
    main()
