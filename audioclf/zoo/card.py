"""The model card: README.md of a checkpoint, rendered from its config and from nothing else; and the zoo's page."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from audioclf.wording import family_name, megabytes
from audioclf.zoo.config import ModelConfig
from audioclf.zoo.results import FAMILIES, FEATURES, Row, headline, markdown, protocols, quoted, tables

POOLINGS = {
    "loudest": "the window around the loudest moment",
    "mean": "the mean over all windows in which something is heard",
}

OWN_LEARNT = (
    "The recordings are also heard faster and slower, in other rooms and by other microphones, all imitated. "
    "Made sounds teach what is none of the labels."
)
SOUNDS_LEARNT = (
    "The recordings are also heard faster and slower, in other rooms and by other microphones, all imitated. "
    "Made sounds, and some of the other tasks' recordings, teach what is none of the labels."
)
LEARNT = {
    "digits": "The recordings are also heard in other voices, rooms and microphones, all imitated, and the digits "
    "by synthetic voices. Foreign sounds are synthesised, or put together from pieces of the recordings.",
    "instruments": f"{SOUNDS_LEARNT} It also learnt from what soundfonts play.",
    "environment": f"{SOUNDS_LEARNT} The networks also learn from sound effects of games.",
}


def render_card(config: ModelConfig) -> str:
    """The text of README.md: YAML front matter and Markdown. The same config gives the same text."""
    sections = (_front_matter, _what, _results, _data, _limits, _use)
    return "\n\n".join(section(config).strip() for section in sections) + "\n"


def render_root(configs: Mapping[str, ModelConfig], sizes: Mapping[str, int] | None = None) -> str:
    """The README.md of a whole zoo, by model id. sizes: bytes of each model; without them they are not told."""
    ordered = [configs[name] for name in sorted(configs)]
    return "\n\n".join([_root_matter(ordered), _root_text(ordered, sizes or {})]) + "\n"


def _slug(words: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def _front_matter(config: ModelConfig) -> str:
    tags = ["audio", "audio-classification", config.task, config.family]
    return _matter([config], config.license.lower(), tags)


def _root_matter(configs: Sequence[ModelConfig]) -> str:
    licences = _unique(c.license.lower() for c in configs)
    told = licences[0] if len(licences) == 1 else f"[{', '.join(licences)}]"
    tasks, families = _unique(c.task for c in configs), _unique(c.family for c in configs)
    return _matter(configs, told, ["audio", "audio-classification", *tasks, *families])


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
        yield f"    dataset: {{name: {json.dumps(config.dataset)}, type: {_slug(config.dataset)}}}"
        yield f"    metrics: [{{type: accuracy, name: {name}, value: {protocol['accuracy']}}}]"


def _unique(words: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(words))


def _root_text(configs: Sequence[ModelConfig], sizes: Mapping[str, int]) -> str:
    rows = [_root_row(config, sizes) for config in configs]
    head: Row = ("Model", "Task", "Family", "Accuracy (95 % interval)", "Parameters", "Size", "Licence")
    if not sizes:
        head, rows = _without(head, 5), [_without(row, 5) for row in rows]
    first = configs[0].id if configs else "ID"
    return (
        "# Models of audioclf\n\n"
        "Small classifiers of sound, three families for every task, made to be compared on the same sound. "
        "The accuracy is that on recordings each model never met, by the first protocol on its card; the card "
        "has all the others, and what it was trained on.\n\n"
        + markdown(head, rows)
        + "\n\n## Use\n\n```python\nimport audioclf\n\n"
        + f'prediction = audioclf.load("{first}")("sound.wav")\n'
        + "print(prediction.label, prediction.certainty)\n```\n\n"
        + f"```sh\naudioclf classify --model {first} sound.wav\naudioclf zoo list\n```\n\n"
        + "Every model is a folder of `config.json`, `model.safetensors` and its card; `index.json` holds the "
        "size and sha256 of each file. Nothing in them is code, and nothing is pickled."
    )


def _root_row(config: ModelConfig, sizes: Mapping[str, int]) -> Row:
    record, size = headline(config.metrics), sizes.get(config.id)
    return (
        f"[`{config.id}`]({config.id}/README.md)",
        config.task,
        f"{family_name(config.family)} on {FEATURES.get(config.feature['type'], config.feature['type'])}",
        f"{quoted(record)}, {record['title']}" if record else "not measured yet",
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
        ("Hears", f"{config.clip_seconds:g} s at {config.sample_rate / 1000:g} kHz, one channel"),
        ("Of a longer clip counts", POOLINGS.get(config.pooling, config.pooling)),
        *_speeds(config),
        ("Feature", f"{feature} ({settings})" if settings else feature),
        ("Parameters", f"{config.n_parameters:,}"),
    ]
    return (
        f"# {config.id}\n\n{FAMILIES.get(config.family, config.family)} on {feature}, "
        f"for the task “{config.task}”. "
        "It is made to be compared with other families on the same sound.\n\n"
        + markdown(("", ""), rows)
        + "\n\nBesides its labels the model has one output for everything else. "
        "When that takes too large a share, the answer is marked as unknown."
    )


def _speeds(config: ModelConfig) -> list[tuple[str, str]]:
    if config.speeds == (1.0,):
        return []
    speeds = ", ".join(f"{speed:g}" for speed in config.speeds)
    return [("Each window is heard", f"{speeds} times as fast; the answers are pooled")]


def _results(config: ModelConfig) -> str:
    if not set(config.metrics) - {"training_curve"}:
        return "## How good it is\n\nNot measured yet."
    parts = ["## How good it is"]
    for caption, head, rows in tables(config.metrics, config.labels):
        parts.append((f"{caption}\n\n" if caption else "") + markdown(head, rows))
    return "\n\n".join(parts)


def _data(config: ModelConfig) -> str:
    # A task of one's own borrows the recipe of another, which its config does not name.
    data = "DATA" if config.task in LEARNT else "DATA --like TASK"
    return (
        f"## Training data\n\n{config.dataset}, licence of data and weights: {config.license}. "
        f"{LEARNT.get(config.task, OWN_LEARNT)}\n\n"
        "## Reproduce\n\n```sh\n"
        f"audioclf train {config.id} --data {data} --seed {config.seed}\n"
        f"audioclf evaluate {config.id} --data {data}{_seeds(config)}\n```\n\n"
        f"Made with audioclf {config.library_version}."
    )


def _seeds(config: ModelConfig) -> str:
    return " --seeds " + ",".join(map(str, config.metrics.get("seeds") or [config.seed]))


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
