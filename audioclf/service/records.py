"""Sweeps and explanations as JSON objects, and tables as CSV: what the command line prints and a bundle holds."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from audioclf.lab.explain import Explanation
from audioclf.lab.stress import STRESSES
from audioclf.lab.sweep import Sweep


def sweep_record(found: Sweep, task: str) -> dict[str, Any]:
    """One JSON object for a sweep."""
    return {
        "task": task,
        "stress": found.plan.stress,
        "unit": STRESSES[found.plan.stress].unit,
        "levels": list(found.plan.levels),
        "settings": dict(found.plan.settings),
        "seed": found.plan.seed,
        "seconds": list(found.seconds),
        "sentence": found.sentence,
        "notices": list(found.notices),
        "models": [
            {**vars(curve), "scores": curve.scores.tolist(), "answers": list(curve.answers)}
            for curve in found.curves
        ],
    }


def explanation_record(found: Explanation) -> dict[str, Any]:
    """One JSON object for an explanation; scores and drops are rows of bands, lowest first."""
    return {
        "model": found.model,
        "label": found.label,
        "score": found.score,
        "start": found.start,
        "end": found.end,
        "seconds": found.grid.seconds.tolist(),
        "hz": found.grid.hz.tolist(),
        "drops": found.values.tolist(),
        "scores": found.scores.tolist(),
        "region": vars(found.region) if found.region else None,
        "score_without": found.score_without,
        "sentence": found.sentence,
    }


def to_csv(table: Sequence[Sequence[str]]) -> str:
    """A picture's or chart's table as text for spreadsheets."""
    text = io.StringIO()
    csv.writer(text).writerows(table)
    return text.getvalue()
