"""A zip about one sound: the audio, all numbers and pictures, and the commands that reproduce the numbers."""

import io
import json
import shlex
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from audioclf import audio
from audioclf.inference.classifier import Classifier
from audioclf.inference.loading import Selection, load_models
from audioclf.inference.pooling import model_input
from audioclf.lab.explain import Explanation, explain_all
from audioclf.lab.stress import STRESSES
from audioclf.lab.sweep import Plan, Sweep, degraded_excerpt, sweep
from audioclf.plotting import explanation
from audioclf.plotting.clip import png
from audioclf.plotting.comparison import sweep_chart
from audioclf.service.analysis import MAX_PLAYED_RATE, Source, analyse
from audioclf.service.records import explanation_record, sweep_record, to_csv, to_records
from audioclf.types import Analysis, Clip, Progress, no_progress
from audioclf.version import __version__
from audioclf.zoo import hub
from audioclf.zoo.registry import BUNDLED, Registry

MAX_SECONDS = 60.0  # of sound in a bundle: below the file-size limit at every sample rate
RECORDED = (1980, 1, 1, 0, 0, 0)  # a fixed time stamp, so that the same content makes the same file
ANSWERS = "answers.csv"  # the table of all probabilities
Files = dict[str, bytes]


def pack(
    source: Source, plan: Plan, selection: Selection, progress: Progress = no_progress
) -> tuple[bytes, bytes]:
    """The zip, and its table of all probabilities as CSV. Everything in it is computed from the packed sound.

    A sound longer than MAX_SECONDS is cut to its loudest part. Raises what `analyse` raises.
    """
    clip, classifiers = _excerpt(source), load_models(selection)
    analysis = analyse(clip, selection)
    swept = sweep(clip, plan, classifiers, progress)
    sound, _ = degraded_excerpt(clip, plan.settings, classifiers, plan.seed)
    why = [] if audio.is_silent(sound) else list(explain_all(sound, classifiers, progress=progress))
    progress(0, 1 + len(why), "drawing")
    chart = sweep_chart(swept)
    records = to_records(analysis, "clip.wav")
    again = commands(plan, selection, [one.model for one in why])
    files: Files = {
        "README.txt": _readme(again, plan, analysis, swept),
        "clip.wav": audio.encode_exact(clip),
        "answers.json": _json(records),
        ANSWERS: to_csv(_answers(records)).encode(),
        "sweep.json": _json(sweep_record(swept, selection.task)),
        "sweep.csv": to_csv(_levels(swept)).encode(),
        "models.json": _json(_hashes(selection)),
        "features.npz": _features(sound, classifiers),
        "pictures/clip.png": png(analysis.pictures),
        "pictures/sweep.png": chart.png,
    }
    if plan.settings:
        stressed = analyse(sound, selection)
        files["stressed.wav"] = audio.encode_exact(sound)
        files["answers-stressed.json"] = _json(to_records(stressed, "stressed.wav"))
    return _zip({**files, **_explained(sound, why, progress)}), files[ANSWERS]


def _explained(sound: Clip, why: Sequence[Explanation], progress: Progress) -> Files:
    files: Files = {}
    for i, one in enumerate(why):
        progress(1 + i, 1 + len(why), f"{one.model}, drawing")
        files[f"explain/{one.model}.json"] = _json(explanation_record(one))
        files[f"pictures/explain-{one.model}.png"] = png(explanation.pictures(sound, one))
    return files


def commands(plan: Plan, selection: Selection, explained: Sequence[str]) -> list[str]:
    """The command lines that reproduce the numbers of a bundle, run in the folder of its clip.wav."""
    models = [word for name in selection.models for word in ("--model", name)]
    settings = [word for name, level in plan.settings.items() for word in ("--with", f"{name}={level!r}")]
    levels = ",".join(f"{level!r}" for level in plan.levels)
    seed = str(plan.seed)
    asked = ["--task", selection.task, *models]
    lines = [
        ["classify", "clip.wav", *asked, "--json"],
        [
            "compare", "clip.wav", *asked, "--stress", plan.stress, f"--levels={levels}", *settings,
            "--seed", seed, "--json",
        ],
        *(["explain", "clip.wav", "--model", name, *settings, "--seed", seed, "--json"] for name in explained),
    ]  # fmt: skip
    return [shlex.join(["python", "-m", "audioclf", *line, *_zoo_flag(selection.registry)]) for line in lines]


def _zoo_flag(registry: Registry) -> list[str]:
    """The --zoo option: the exact commit of a Hub registry, or a folder's name, never its path; none if bundled."""
    if registry.snapshot:
        return ["--zoo", f"{hub.PREFIX}{registry.snapshot.repo_id}@{registry.snapshot.commit}"]
    return [] if registry.root.resolve() == BUNDLED else ["--zoo", registry.root.name]


def _excerpt(source: Source) -> Clip:
    clip = source if isinstance(source, Clip) else audio.load_clip(source)
    clip = audio.resample(clip, min(clip.sample_rate, MAX_PLAYED_RATE))
    if clip.seconds <= MAX_SECONDS:
        return clip
    return audio.cut(clip, audio.loudest_window(clip, MAX_SECONDS), MAX_SECONDS)


def _answers(records: Sequence[Mapping[str, Any]]) -> list[list[str]]:
    """A row per model. label: also of an unknown sound, as in the JSON."""
    head = ["model", "label", "known", "certainty", *records[0]["probabilities"]]
    rows = [
        [
            r["model"], r["label"] or "", str(r["known"]).lower(), r["certainty"],
            *map(repr, r["probabilities"].values()),
        ]
        for r in records
    ]  # fmt: skip
    return [head, *rows]


def _levels(found: Sweep) -> list[list[str]]:
    """A row per level: each model's probability of its first answer, and its answer at that level."""
    columns = [["level", "without", *(f"{level:g}" for level in found.plan.levels)]]
    for curve in found.curves:
        own = curve.label if curve.known else None
        answers = [answer or says for answer, says in zip((own, *curve.answers), curve.says, strict=True)]
        columns += [
            [f"{curve.model}: probability of {curve.label or curve.subject}", *map(repr, curve.shares)],
            [f"{curve.model}: answer", *answers],
        ]
    return [list(row) for row in zip(*columns, strict=True)]


def _hashes(selection: Selection) -> dict[str, dict[str, Any]]:
    """Model id -> the library version that wrote its config, and the sha256 of each of its files."""
    return {
        name: {
            "library_version": holder.config(name).library_version,
            "sha256": {file: entry.sha256 for file, entry in holder.entry(name).files.items()},
        }
        for holder, name in selection.found()
    }


def _features(clip: Clip, classifiers: Sequence[Classifier]) -> bytes:
    """Each model's features as NPZ: <id>.values (n_windows, n_bins, n_frames), .starts, .seconds and .hz.

    Only at the clip's own speed, even for a model that averages over several speeds.
    """
    arrays: dict[str, NDArray] = {}
    for classifier in classifiers:
        windows = model_input(clip, classifier.config, all_windows=False).windows
        maps = [classifier.feature(window) for _, window in windows]
        if maps:
            name = classifier.config.id
            arrays[f"{name}.values"] = np.stack([m.values for m in maps])
            arrays[f"{name}.starts"] = np.array([start for start, _ in windows])
            arrays[f"{name}.seconds"] = maps[0].seconds
            arrays[f"{name}.hz"] = np.zeros(0) if maps[0].hz is None else maps[0].hz
    file = io.BytesIO()
    np.savez_compressed(file, **arrays)  # type: ignore[arg-type]
    return file.getvalue()


def _json(content: Any) -> bytes:
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _readme(lines: Sequence[str], plan: Plan, analysis: Analysis, swept: Sweep) -> bytes:
    again = "\n".join(f"  {line}" for line in lines)
    return f"""\
Results of audioclf {__version__}

{analysis.verdict}
{STRESSES[plan.stress].title}: {swept.sentence}

clip.wav             the sound, as 32-bit floats
answers.json, .csv   every model's probability of every label and of none of these
sweep.json, .csv     the probability of each first answer at every level of {STRESSES[plan.stress].title.lower()}
explain/             how much each answer depends on every part of the sound
features.npz         the features that each model received
models.json          the sha256 of every file of each model
pictures/            pictures of the sound, the sweep and the explanations
stressed.wav         the degraded sound, with answers-stressed.json; only if settings were given

To reproduce the numbers, run these commands in the folder of these files, with the same models (if --zoo is given, it
names their registry):

{again}
""".encode()


def _zip(files: Files) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, RECORDED), data, zipfile.ZIP_DEFLATED)
    return file.getvalue()
