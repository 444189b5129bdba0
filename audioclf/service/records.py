"""Answers, sweeps and explanations as JSON objects, and tables as CSV: for command line, API and bundles."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from audioclf.types import Analysis, Prediction
from audioclf.wording import NONE

if TYPE_CHECKING:
    from audioclf.inference.loading import Selection
    from audioclf.inference.verification import Score
    from audioclf.lab.explain import Explanation
    from audioclf.lab.sweep import Sweep
    from audioclf.service.analysis import Source
    from audioclf.service.transcription import Strings

FORMULA = ("=", "+", "-", "@")  # with one of these, a cell is a formula for spreadsheets
NUMBER = re.compile(r"[+-]?[\d.]+(e[+-]?\d+)?", re.ASCII)


def analysed(source: Source, selection: Selection) -> list[dict[str, Any]]:
    """The records of an analysis that does no more than they need. Raises what `analyse` raises."""
    from audioclf.service.analysis import analyse

    found = analyse(source, selection, pictures=False, windows=False)
    return to_records(found, found.clip.name)


def to_records(analysis: Analysis, file: str) -> list[dict[str, Any]]:
    """One JSON object per model, as the command line prints and the API returns them.

    Probabilities keep full precision. For a silent clip, label is null, they are zero and a note says so.
    """
    # No key may be called "path": Gradio's client takes such an object for a file and tries to download it.
    return [_record(analysis, prediction, file) for prediction in analysis.predictions]


def _record(analysis: Analysis, prediction: Prediction, file: str) -> dict[str, Any]:
    record = {
        "file": file,
        "task": analysis.task,
        "model": prediction.model,
        "label": prediction.label,
        "known": prediction.known,
        "certainty": prediction.certainty,
        "probabilities": dict(
            zip((*prediction.labels, NONE), prediction.probabilities.tolist(), strict=True)
        ),
        "scores": dict(zip(prediction.labels, prediction.scores.tolist(), strict=True)),  # deprecated
        "clip_seconds": prediction.clip_seconds,
        "model_seconds": prediction.model_seconds,
    }
    return record if prediction.heard else {**record, "note": analysis.verdict}


def string_records(found: Strings, file: str, grammar: str = "digits") -> list[dict[str, Any]]:
    """One JSON object per model for the string that it reads; a note says why a string is empty."""
    from audioclf.service.transcription import spoken

    return [
        {
            "file": file,
            "task": found.task,
            "model": one.model,
            "string": spoken(one.labels, grammar),
            "share": one.share,
            "labels": [
                {
                    "label": part.label,
                    "probability": part.probability,
                    "start": part.start,
                    "end": part.end,
                    "others": dict(part.others),
                }
                for part in one.parts
            ],
            "alternatives": [
                {"string": spoken(other.labels, grammar), "share": other.share} for other in one.alternatives
            ],
            "clip_seconds": one.clip_seconds,
            "model_seconds": one.model_seconds,
            **({} if one.parts else {"note": found.sentence}),
        }
        for one in found.transcripts
    ]


def sweep_record(found: Sweep, task: str) -> dict[str, Any]:
    """A sweep as a JSON object."""
    from audioclf.lab.stress import STRESSES

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
            {
                **vars(curve),
                "scores": curve.scores.tolist(),
                "answers": list(curve.answers),
                "heard": list(curve.heard),
            }
            for curve in found.curves
        ],
    }


def explanation_record(found: Explanation) -> dict[str, Any]:
    """An explanation as a JSON object; drops and scores have one row per band, lowest first."""
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


def voice_record(score: Score, problems: Sequence[dict[str, str]]) -> dict[str, Any]:
    """The JSON object of one model's comparison of voices. problems: file, kind and words of each."""
    names = ("model", "llr", "threshold", "band", "same", "seconds", "enrolled_seconds")
    return {**{name: getattr(score, name) for name in names}, "problems": list(problems)}


def to_csv(table: Sequence[Sequence[str]]) -> str:
    """A table as CSV text. A spreadsheet takes no cell for a formula: such a label begins with an apostrophe."""
    text = io.StringIO()
    csv.writer(text).writerows([_no_formula(cell) for cell in row] for row in table)
    return text.getvalue()


def _no_formula(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) and not NUMBER.fullmatch(cell) else cell
