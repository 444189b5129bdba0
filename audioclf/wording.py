"""Wording of numbers, labels and lists in every text, and the catalogue of the page's sentences."""

import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

NONE = "none of these"  # how texts name the background class


def text(key: str, /, **values: Any) -> str:
    """A sentence of the catalogue, texts.toml. key: "section.name". values: for the {placeholders} in it."""
    part, name = key.split(".")
    return section(part)[name].format(**values)


def section(name: str) -> dict[str, str]:
    """All sentences of a section of the catalogue, with their {placeholders}."""
    return _catalogue()[name]


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    return tomllib.loads(Path(__file__).with_name("texts.toml").read_text("utf-8"))


def signed(value: float) -> str:
    """One decimal, always with a sign."""
    return f"{value:+.1f}".replace("-", "−")


def percent(share: float, decimals: int = 1) -> str:
    """A share in [0, 1]: "97.5 %"."""
    return f"{100 * share:.{decimals}f} %"


def probability(p: float) -> str:
    """A probability in [0, 1] in whole percent; 0 % and 100 % only for exactly 0 and 1."""
    if 0 < p < 0.01:
        return "<1 %"
    if 0.99 < p < 1:
        return ">99 %"
    return percent(p, 0)


def readable(label: str | None) -> str:
    """A label with spaces for underscores; NONE for None (no label of the task)."""
    return NONE if label is None else label.replace("_", " ")


def listed(items: Sequence[str]) -> str:
    """Join one or more items: "a", "a and b", "a, b and c"."""
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"


def family_name(family: str) -> str:
    """The acronym of any family: "GMM"."""
    return family.upper()


def model_names(models: Iterable[tuple[str, str]]) -> list[str]:
    """Names of models given as (id, family): the acronyms if all families differ, else the ids."""
    ids, families = zip(*models, strict=True)
    return [family_name(family) for family in families] if len(set(families)) == len(families) else list(ids)


def megabytes(n_bytes: int) -> str:
    """A size in bytes: "1.3 MB"."""
    return f"{n_bytes / 1e6:.1f} MB"


def gigabytes(n_bytes: int) -> str:
    """A size in bytes: "1.3 GB"."""
    return f"{n_bytes / 1e9:.1f} GB"


FIRST = "{} things must be put right first:"
NEXT = "\n  - "


def together(problems: Sequence[str]) -> str:
    """One or more problems as a message: each on a line of its own if there are several.

    A problem that is such a message itself adds its lines.
    """
    lines = [line for problem in problems for line in _lines(problem)]
    return lines[0] if len(lines) == 1 else NEXT.join([FIRST.format(len(lines)), *lines])


def _lines(problem: str) -> list[str]:
    head, *lines = problem.split(NEXT)
    return lines if lines and head == FIRST.format(len(lines)) else [problem]


def some_of(names: Iterable[str], most: int = 5) -> str:
    """The first names of a list, and how many more there are: "a, b and 3 more"."""
    every = list(names)
    more = f" and {len(every) - most:,} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def counted(n: int, noun: str) -> str:
    """A number of things whose plural ends in s: "1 file", "3 files"."""
    return f"{n:,} {noun}" if n == 1 else f"{n:,} {noun}s"
