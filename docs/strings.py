"""Tables of docs/accuracy.md: how well the bundled models read strings of digits."""

from collections.abc import Callable
from typing import Any

from audioclf.models import FAMILIES
from audioclf.wording import family_name, percent
from audioclf.zoo.metric_tables import string_errors, string_kinds
from audioclf.zoo.registry import BUNDLED, Registry

LEAST_PEOPLE = 3  # with fewer, an interval over people says nothing

Table = tuple[tuple[str, ...], list[tuple[str, ...]]]
Kind = dict[str, Any]


def errors() -> Table:
    """Digit errors in every condition."""
    return _table(lambda kind: string_errors(kind) if _has_interval(kind) else percent(kind["error_rate"]))


def kinds() -> Table:
    """Wrong, added and missed digits in every condition."""
    return _table(string_kinds)


def right() -> Table:
    """Share of strings without an error in every condition."""
    return _table(lambda kind: percent(kind["strings_right"]))


def _table(cell: Callable[[Kind], str]) -> Table:
    found = [Registry(BUNDLED).config(f"digits-{family}").metrics["strings"] for family in FAMILIES]
    rows = [(name, *(cell(own[name]) for own in found)) for name in found[0]]
    return ("strings", *map(family_name, FAMILIES)), rows


def _has_interval(kind: Kind) -> bool:
    return int(kind["n_speakers"]) >= LEAST_PEOPLE
