"""The model card: README.md of a checkpoint, rendered from its config and from nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from audioclf.config import ModelConfig

FAMILIES = {
    "gmm": "Gaussian mixture models, one for each label",
    "cnn": "A convolutional neural network",
    "rnn": "A recurrent neural network",
}
FEATURES = {
    "spectrogram": "spectrograms",
    "log_mel": "log-mel spectrograms",
    "mfcc": "MFCC sequences",
    "mfcc_deltas": "sequences of MFCCs and their deltas",
    "wavelet_cepstra": "wavelet-packet cepstra",
    "wavelet_bands": "wavelet band statistics",
}
POOLINGS = {
    "loudest": "the window around the loudest moment",
    "mean": "the mean over all windows in which something is heard",
}


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


# Key in the metrics, how it is called, and how its value is written.
OTHER_NUMBERS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("ece", "Expected calibration error", "{:.3f}".format),
    ("ece_uncalibrated", "The same without temperature scaling", "{:.3f}".format),
    ("unknown_auroc", "Area under ROC, foreign sounds against the labels' own", "{:.3f}".format),
    ("unknown_rejected", "Foreign sounds that count as unknown", _percent),
    ("true_acceptance", "The labels' own sounds that count as known", _percent),
    ("known_threshold", "Largest background probability that counts as known", "{:.3f}".format),
    ("latency_ms", "Median time for one clip", "{:.1f} ms".format),
    ("epochs", "Epochs", str),
)


def headline(config: ModelConfig) -> Mapping[str, Any] | None:
    """The result a listing shows: the first protocol of the metrics, or None for a model without any."""
    return next(iter(_protocols(config.metrics)), None)


def numbers(metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(what, how much) for every single number in a config's metrics, accuracies first."""
    accuracies = [(f"accuracy, {p['title']}", _accuracy(p)) for p in _protocols(metrics)]
    return accuracies + _other_numbers(metrics)


def render_card(config: ModelConfig) -> str:
    """The text of README.md: YAML front matter and Markdown. The same config gives the same text."""
    sections = (_front_matter, _what, _results, _data, _limits, _use)
    return "\n\n".join(section(config).strip() for section in sections) + "\n"


def _protocols(metrics: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return list((metrics.get("protocols") or {}).values())


def _accuracy(protocol: Mapping[str, Any]) -> str:
    value = _percent(protocol["accuracy"])
    return f"{value} ({_interval(protocol)})" if protocol.get("interval") else value


def _interval(protocol: Mapping[str, Any]) -> str:
    low, high = protocol["interval"]
    return f"{100 * low:.1f} to {100 * high:.1f} %"


def _other_numbers(metrics: Mapping[str, Any]) -> list[tuple[str, str]]:
    present = ((words, written, metrics.get(key)) for key, words, written in OTHER_NUMBERS)
    return [(words, written(value)) for words, written, value in present if value is not None]


def _front_matter(config: ModelConfig) -> str:
    dataset = re.sub(r"[^a-z0-9]+", "-", config.dataset.lower()).strip("-")
    head = [
        "---",
        f"license: {config.license.lower()}",
        "library_name: audioclf",
        "pipeline_tag: audio-classification",
        f"tags: [audio, audio-classification, {config.task}, {config.family}]",
        f"datasets: [{dataset}]",
    ]
    if _protocols(config.metrics):
        head += ["metrics: [accuracy]", "model-index:", f"- name: {config.id}", "  results:"]
    for protocol in _protocols(config.metrics):
        head += [
            "  - task: {type: audio-classification}",
            f"    dataset: {{name: {json.dumps(config.dataset)}, type: {dataset}}}",
            f"    metrics: [{{type: accuracy, name: {json.dumps('accuracy, ' + protocol['title'])}, "
            f"value: {protocol['accuracy']}}}]",
        ]
    return "\n".join([*head, "---"])


def _what(config: ModelConfig) -> str:
    settings = ", ".join(f"{key} {value}" for key, value in config.feature.items() if key != "type")
    feature = FEATURES.get(config.feature["type"], config.feature["type"])
    rows = [
        ("Labels", ", ".join(config.labels)),
        ("Hears", f"{config.clip_seconds:g} s at {config.sample_rate / 1000:g} kHz, one channel"),
        ("Of a longer clip counts", POOLINGS.get(config.pooling, config.pooling)),
        ("Feature", f"{feature} ({settings})" if settings else feature),
        ("Parameters", f"{config.n_parameters:,}"),
    ]
    return (
        f"# {config.id}\n\n{FAMILIES.get(config.family, config.family)} on {feature}, "
        f"for the task “{config.task}”. "
        "It is made to be compared with other families on the same sound.\n\n"
        + _grid(("", ""), rows)
        + "\n\nBesides its labels the model has one output for everything else. "
        "When that takes too large a share, the answer is marked as unknown."
    )


def _results(config: ModelConfig) -> str:
    protocols, others = _protocols(config.metrics), _other_numbers(config.metrics)
    if not config.metrics:
        return "## How good it is\n\nNot measured yet."
    parts = ["## How good it is"]
    if protocols:
        head = ("Protocol", "Accuracy", "95 % interval", "Macro F1", "Recordings")
        parts.append(_grid(head, map(_protocol_row, protocols)))
    parts += [_folds(p) for p in protocols if len(p.get("folds") or {}) > 1]
    if others:
        parts.append(_grid(("Number", "Value"), others))
    if recall := config.metrics.get("per_class"):
        recalls = [(label, _percent(value)) for label, value in recall.items()]
        parts.append("Recall of each label:\n\n" + _grid(("Label", "Recall"), recalls))
    if confusion := config.metrics.get("confusion"):
        # Rows and columns beyond the labels are the background.
        names = [*config.labels, "none of these"][: len(confusion)]
        rows = [(name, *map(str, row)) for name, row in zip(names, confusion, strict=True)]
        columns = [*config.labels, "none of these"][: len(confusion[0])]
        parts.append("What was said (rows) and heard (columns):\n\n" + _grid(("", *columns), rows))
    return "\n\n".join(parts)


def _protocol_row(protocol: Mapping[str, Any]) -> Sequence[str]:
    f1, n = protocol.get("macro_f1"), protocol.get("n")
    return (
        protocol["title"],
        _percent(protocol["accuracy"]),
        _interval(protocol) if protocol.get("interval") else "",
        "" if f1 is None else _percent(f1),
        "" if n is None else f"{n:,}",
    )


def _folds(protocol: Mapping[str, Any]) -> str:
    folds = protocol["folds"]
    row = [_percent(value) for value in folds.values()]
    return f"Accuracy on each fold of “{protocol['title']}”:\n\n" + _grid(tuple(folds), [row])


def _data(config: ModelConfig) -> str:
    data = "DATA"
    return (
        f"## Training data\n\n{config.dataset}, licence of data and weights: {config.license}. "
        "The recordings are also heard in other voices, rooms and microphones, all imitated. "
        "Foreign sounds are synthesised, or put together from pieces of the recordings.\n\n"
        "## Reproduce\n\n```sh\n"
        f"audioclf train {config.id} --data {data} --seed {config.seed}\n"
        f"audioclf evaluate {config.id} --data {data} --seed {config.seed}\n```\n\n"
        f"Made with audioclf {config.library_version}."
    )


def _limits(config: ModelConfig) -> str:
    return (
        "## Limits\n\n"
        f"- It knows {len(config.labels)} labels. Other sounds should come out as unknown; some will not.\n"
        f"- It hears nothing above {config.sample_rate / 2000:g} kHz, "
        f"and at most {config.clip_seconds:g} s at once.\n"
        "- Its probabilities are calibrated on its own data; in other conditions they may promise too much.\n"
        "- It was made to teach and to compare. Do not let it decide what matters to somebody."
    )


def _use(config: ModelConfig) -> str:
    return (
        "## Use\n\n```python\nimport audioclf\n\n"
        f'prediction = audioclf.load("{config.id}")("sound.wav")\n'
        "print(prediction.label, prediction.certainty)\n```\n\n"
        f"```sh\naudioclf classify --model {config.id} sound.wav\n```"
    )


def _grid(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
