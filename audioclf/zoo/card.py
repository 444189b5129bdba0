"""Model cards (the README.md of a checkpoint) and the zoo's page, rendered from the configs alone."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from audioclf.wording import family_name, megabytes
from audioclf.zoo import verification_card
from audioclf.zoo.config import SPEAKERS, ModelConfig
from audioclf.zoo.metric_tables import FAMILIES, FEATURES, Row, headline, markdown, protocols, quoted, tables
from audioclf.zoo.verification_tables import HEADLINE, quoted_error

POOLINGS = {
    "loudest": "only one window counts: of those around loud sounds, the one that is least likely none of the labels",
    "mean": "geometric mean over the windows that are not silent",
}

AUGMENTED = "The recordings are augmented with changes of speed, simulated rooms and microphones, and noise."
OWN_TRAINING = f"{AUGMENTED} The unknown class is trained on synthetic sounds."
SOUNDS_TRAINING = OWN_TRAINING.removesuffix(".") + " and some recordings of the other tasks."
TRAINING = {
    "digits": "The recordings are augmented with changed voices, simulated rooms and microphones, and noise. "
    "Synthetic speech is added. The unknown class is trained on synthetic sounds and rearranged recordings.",
    "instruments": f"{SOUNDS_TRAINING} The instruments are also trained on phrases played from soundfonts.",
    "environment": f"{SOUNDS_TRAINING} The networks are also trained on sound effects of games.",
}

HOME = "speech-commands"  # the data set
# Of a model that learns from recordings by home microphones.
AT_HOME = (
    "It also learns digits and other words from recordings by home microphones (half of the people of a part of "
    "Google Speech Commands v0.02, CC-BY-4.0; the other half only judges)."
)
# Of a model that evaluation.adaptation adapted.
ADAPTED = (
    "Then the output for unknown sounds and its threshold were fitted again, also on recordings of people with home "
    "microphones (half of the people of a part of Google Speech Commands v0.02, CC-BY-4.0). This step does not touch "
    "the outputs of the labels. Accuracy by the protocols, calibration, unknown sounds and stress above were "
    "measured before it; strangers and made cases after it, with this model."
)


def render_card(config: ModelConfig) -> str:
    """Text of a model's README.md: YAML front matter and Markdown. The same config gives the same text."""
    voices = (
        verification_card.what,
        _results,
        verification_card.data,
        verification_card.limits,
        verification_card.use,
    )
    classes = (_what, _results, _data, _limits, _use)
    sections = (_front_matter, *(voices if config.task == SPEAKERS else classes))
    return "\n\n".join(section(config).strip() for section in sections) + "\n"


def render_root(configs: Mapping[str, ModelConfig], sizes: Mapping[str, int] | None = None) -> str:
    """Text of a zoo's README.md. configs, sizes (bytes): by model id; without sizes the column is left out."""
    ordered = [configs[name] for name in sorted(configs)]
    return "\n\n".join([_root_matter(ordered), _root_text(ordered, sizes or {})]) + "\n"


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def _front_matter(config: ModelConfig) -> str:
    tags = ["audio", "audio-classification", config.task, config.family]
    return _matter([config], config.license.lower(), tags)


def _root_matter(configs: Sequence[ModelConfig]) -> str:
    licences = _unique(c.license.lower() for c in configs)
    listed = licences[0] if len(licences) == 1 else f"[{', '.join(licences)}]"
    tasks, families = _unique(c.task for c in configs), _unique(c.family for c in configs)
    return _matter(configs, listed, ["audio", "audio-classification", *tasks, *families])


def _matter(configs: Sequence[ModelConfig], licence: str, tags: Iterable[str]) -> str:
    measured = [config for config in configs if protocols(config.metrics)]
    lines = [
        "---",
        f"license: {licence}",
        "library_name: audioclf",
        "pipeline_tag: audio-classification",
        f"tags: [{', '.join(tags)}]",
        f"datasets: [{', '.join(_unique(_slug(c.dataset) for c in configs))}]",
    ]
    if measured:
        lines += ["metrics: [accuracy]", "model-index:"]
    for config in measured:
        lines += [f"- name: {config.id}", "  results:", *_index_results(config)]
    return "\n".join([*lines, "---"])


def _index_results(config: ModelConfig) -> Iterable[str]:
    for protocol in protocols(config.metrics):
        name = json.dumps("accuracy, " + protocol["title"])
        yield "  - task: {type: audio-classification}"
        dataset = protocol.get("dataset", config.dataset)
        yield f"    dataset: {{name: {json.dumps(dataset)}, type: {_slug(dataset)}}}"
        yield f"    metrics: [{{type: accuracy, name: {name}, value: {protocol['accuracy']}}}]"


def _unique(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _root_text(configs: Sequence[ModelConfig], sizes: Mapping[str, int]) -> str:
    rows = [_root_row(config, sizes) for config in configs]
    head: Row = ("Model", "Task", "Family", "Accuracy (95 % interval)", "Parameters", "Size", "Licence")
    if not sizes:
        head, rows = _without(head, 5), [_without(row, 5) for row in rows]
    first = next((config.id for config in configs if config.task != SPEAKERS), "ID")
    return (
        "# Models of audioclf\n\n"
        "Small audio models: three families for each task, to be compared on the same sound. Those for the task "
        f"{SPEAKERS} compare voices and have an equal error rate (EER; {HEADLINE}) in place of an accuracy. "
        "Accuracy is measured on recordings that were not used in training, by the first protocol on each card. "
        "The cards list all protocols and the training data.\n\n"
        + markdown(head, rows)
        + "\n\n## Use\n\n```python\nimport audioclf\n\n"
        + f'prediction = audioclf.load("{first}")("sound.wav")\n'
        + "print(prediction.label, prediction.certainty)\n```\n\n"
        + f"```sh\naudioclf classify --model {first} sound.wav\naudioclf zoo list\n```\n\n"
        + "Every model is a folder of `config.json`, `model.safetensors`, its card and, if it was evaluated, "
        "`predictions.json`; `index.json` holds the size and sha256 of each file. "
        "They contain no code and no pickles."
    )


def _root_row(config: ModelConfig, sizes: Mapping[str, int]) -> Row:
    record, size, error = headline(config.metrics), sizes.get(config.id), quoted_error(config.metrics)
    return (
        f"[`{config.id}`]({config.id}/README.md)",
        config.task,
        f"{family_name(config.family)} on {FEATURES.get(config.feature['type'], config.feature['type'])}",
        f"{quoted(record)}, {record['title']}" if record else error or "not measured yet",
        f"{config.n_parameters:,}",
        "" if size is None else megabytes(size),
        config.license,
    )


def _without(row: Row, column: int) -> Row:
    return (*row[:column], *row[column + 1 :])


def _what(config: ModelConfig) -> str:
    settings = ", ".join(f"{key} {value}" for key, value in config.feature.items() if key != "type")
    feature = FEATURES.get(config.feature["type"], config.feature["type"])
    rows = [
        ("Labels", ", ".join(config.labels)),
        ("Input", f"{config.clip_seconds:g} s at {config.sample_rate / 1000:g} kHz, one channel"),
        ("Pooling over windows", POOLINGS.get(config.pooling, config.pooling)),
        *_speeds(config),
        ("Feature", f"{feature} ({settings})" if settings else feature),
        ("Parameters", f"{config.n_parameters:,}"),
    ]
    return (
        f"# {config.id}\n\n{FAMILIES.get(config.family, config.family)} on {feature}, "
        f"for the task “{config.task}”. "
        "It is meant to be compared with the other families on the same sound.\n\n"
        + markdown(("", ""), rows)
        + "\n\nBesides its labels the model has one output for all other sounds. "
        "Calibration divides the odds of that output by those of a threshold; a clip is marked as unknown if none of "
        "the labels is then likelier."
    )


def _speeds(config: ModelConfig) -> list[tuple[str, str]]:
    if config.speeds == (1.0,):
        return []
    speeds = ", ".join(f"{speed:g}" for speed in config.speeds)
    return [("Playback speeds", f"{speeds}; each window is scored at all of them, and the scores are pooled")]


def _results(config: ModelConfig) -> str:
    if not set(config.metrics) - {"training_curve"}:
        return "## Evaluation\n\nNot measured yet."
    parts = ["## Evaluation"]
    for caption, head, rows in tables(config.metrics, config.labels):
        parts.append((f"{caption}\n\n" if caption else "") + markdown(head, rows))
    return "\n\n".join(parts)


def _data(config: ModelConfig) -> str:
    # A user's own task uses the recipe of a bundled task; the config does not record which.
    data = "DATA" if config.task in TRAINING else "DATA --like TASK"
    stress = " --stress" if config.metrics.get("stress") else ""
    return (
        f"## Training data\n\n{config.dataset}, licence of data and weights: {config.license}. "
        f"{TRAINING.get(config.task, OWN_TRAINING)}{_at_home(config)}{_adapted(config)}\n\n"
        "## Reproduce\n\n```sh\n"
        f"audioclf train {config.id} --data {data} --seed {config.seed} --out ZOO\n"
        f"audioclf evaluate {config.id} --data {data}{_seeds(config)}{stress} --out ZOO\n"
        f"{_adapting(config)}```\n\n"
        f"Made with audioclf {config.library_version}."
    )


def _at_home(config: ModelConfig) -> str:
    extras = config.training.get("extras") or ()
    return f" {AT_HOME}" if any(extra.get("dataset") == HOME for extra in extras) else ""


def _adapted(config: ModelConfig) -> str:
    return f" {ADAPTED}" if "adapted" in config.training else ""


def _adapting(config: ModelConfig) -> str:
    if "adapted" not in config.training:
        return ""
    return (
        f"audioclf train {config.id} --adapt --data DATA --out ZOO\n"
        f"audioclf evaluate {config.id} --field --data DATA --out ZOO\n"
    )


def _seeds(config: ModelConfig) -> str:
    return " --seeds " + ",".join(map(str, config.metrics.get("seeds") or [config.seed]))


def _limits(config: ModelConfig) -> str:
    return (
        "## Limits\n\n"
        f"- The model knows {len(config.labels)} labels. It should report other sounds as unknown, but misses some.\n"
        f"- It uses frequencies up to {config.sample_rate / 2000:g} kHz "
        f"and at most {config.clip_seconds:g} s at once.\n"
        "- Its probabilities are calibrated on its own data set; on other recordings they may be over-confident.\n"
        "- It is intended for teaching and comparison. Do not use it for decisions that affect people."
    )


def _use(config: ModelConfig) -> str:
    return (
        "## Use\n\n```python\nimport audioclf\n\n"
        f'prediction = audioclf.load("{config.id}")("sound.wav")\n'
        "print(prediction.label, prediction.certainty)\n```\n\n"
        f"```sh\naudioclf classify --model {config.id} sound.wav\n```"
    )
