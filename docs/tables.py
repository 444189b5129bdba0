"""Tables in README.md and docs/*.md, made from the bundled models' numbers: `python -m docs.tables` writes them.

A table stands between the lines `<!-- table: NAME -->` and `<!-- end of table -->`. NAME is a key of TABLES.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from audioclf.data.manifest import known_clips
from audioclf.data.other_sources import recordings
from audioclf.models import FAMILIES
from audioclf.tasks import TASKS
from audioclf.wording import family_name, megabytes, percent
from audioclf.zoo.files import PREDICTIONS
from audioclf.zoo.metric_tables import field_digits, field_rejected, markdown, quoted
from audioclf.zoo.registry import BUNDLED, Registry
from docs import strings, voices
from docs.lessons import steps

ROOT = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"(?<=<!-- table: )([\w-]+)( -->\n).*?(?=<!-- end of table -->)", re.DOTALL)
METHODS = {"gmm": "GMM on wavelet cepstra", "cnn": "CNN on log-mels", "rnn": "RNN on MFCCs"}
SIBLING_DISTANCE = 100  # numbers at Freesound: closer clips come from one upload session
# What the data sets' recordings of other studios and people are.
STUDIOS = {
    "vsco": "violin, double bass, clarinet, flute (Versilian)",
    "karoryfer": "saxophone",
    "scratch": "seven instruments of Scratch",
    "bja": "drums, a Hydrogen kit",
    "forzee": "drums, a Hydrogen kit",
    "iowa": "guitar (University of Iowa)",
    "millo": "drums, three Hydrogen kits",
    "belofilms": "strummed guitar, for Hydrogen",
    "colombo": "drums, a Hydrogen kit",
    "rumpf": "drums, a Hydrogen kit",
    "menegass": "drums of Sonic Pi",
    "lmms": "violin, flute, cello of LMMS",
    "zajo": "a bass drum of Sonic Pi",
}
# Row -> task, metric, goals for GMM, CNN and RNN.
GOALS = {
    "digits, leave-one-speaker-out": ("digits", "loso", "95 %, 99 %, 98.5 %"),
    "digits, official split": ("digits", "official", "99 %, 99.8 %, 99.7 %"),
    "digits, unseen people": ("digits", "people", "88 %, 97 %, 95 %"),
    "instruments, other studios": ("instruments", "studios", "–, 80 %, –"),
    "instruments, folds by clip": ("instruments", "folds", "88 %, 95 %, 92 %"),
    "ESC-10, official folds": ("environment", "folds", "90 %, 96.5 %, 94 %"),
    "unknown sounds (AUROC), digits": ("digits", "unknown_auroc", "0.950, 0.980, 0.970"),
    "unknown sounds (AUROC), instruments": ("instruments", "unknown_auroc", "0.950, 0.980, 0.970"),
    "unknown sounds (AUROC), ESC-10": ("environment", "unknown_auroc", "0.950, 0.980, 0.970"),
    "calibration error, digits": ("digits", "ece", "3 %, 3 %, 3 %"),
    "calibration error, instruments": ("instruments", "ece", "3 %, 3 %, 3 %"),
    "calibration error, ESC-10": ("environment", "ece", "3 %, 3 %, 3 %"),
}

ZOO = Registry(BUNDLED)
Table = tuple[Sequence[str], list[Sequence[str]]]


def metrics(task: str, family: str) -> dict:
    return dict(ZOO.config(f"{task}-{family}").metrics)


def protocol(task: str, family: str, name: str) -> dict | None:
    return metrics(task, family)["protocols"].get(name)


def cell(found: dict | None) -> str:
    return quoted(found) if found else "–"


def models() -> Table:
    head = ("model", "method", "recordings from other sources", "cross-validation", "size")
    other, own = {"digits": "people", "instruments": "studios"}, {"digits": "loso"}
    rows = []
    for task in TASKS:
        for family in FAMILIES:
            config = ZOO.config(f"{task}-{family}")
            found = [
                protocol(task, family, kind.get(task, "folds" if kind is own else ""))
                for kind in (other, own)
            ]
            rows.append(
                (f"`{config.id}`", METHODS[family], *map(cell, found), megabytes(ZOO.entry(config.id).size))
            )
    return head, rows


def expect() -> Table:
    """What to expect of one's own voice at home, of recordings from other sources, and of unknown sounds."""
    lines = {
        "digits by other people": ("digits", "people"),
        "instruments by other studios": ("instruments", "studios"),
        "environmental sounds, only within ESC-10": ("environment", "folds"),
    }
    rows = [
        (words, *(cell(protocol(task, f, name)) for f in FAMILIES)) for words, (task, name) in lines.items()
    ]
    for task in TASKS:
        rejected = (percent(metrics(task, f)["unknown_rejected"]) for f in FAMILIES)
        rows.append((f"unknown sounds rejected, {task}", *rejected))
    return ("", *map(family_name, FAMILIES)), [*field()[1], *rows]


def strangers(*keys: str) -> dict[str, dict]:
    """Family -> a part of its results on strangers, of the families that were tested."""
    found = {}
    for family in FAMILIES:
        value = metrics("digits", family).get("field")
        for key in keys if value else ():
            value = value[key]
        if value:
            found[family] = value
    return found


def by_family(words: Sequence[str], found: dict[str, dict], show: Callable[[dict], str]) -> Sequence[str]:
    return (*words, *(show(found[f]) if f in found else "–" for f in FAMILIES))


def field() -> Table:
    """Strangers and their other words; intervals are over people."""
    rows: list[Sequence[str]] = []
    for name in next(iter(strangers("digits").values()), ()):
        found = strangers("digits", name)
        rows.append(by_family((f"digits of strangers: {name}",), found, lambda kind: field_digits(kind)[0]))
        rows.append(by_family(("… called unknown",), found, lambda kind: field_digits(kind)[1]))
    for name in next(iter(strangers("others").values()), ()):
        rows.append(by_family((f"called unknown: {name}",), strangers("others", name), field_rejected))
    return ("", *map(family_name, FAMILIES)), rows


def made() -> Table:
    """Accuracy on made cases, at each level of the other sounds."""
    rows: list[Sequence[str]] = []
    for name, kind in next(iter(strangers("made").values()), {}).items():
        for i, level in enumerate(kind["levels"]):
            shares = strangers("made", name, "accuracy")
            rows.append(by_family((name, f"{level:g}"), shares, lambda found, i=i: percent(found[i])))
    return ("around the word", "dB louder than it", *map(family_name, FAMILIES)), rows


def strangers_by_digit() -> Table:
    """Share of each digit of strangers with home microphones that is right, and that is called unknown."""
    home = next(iter(next(iter(strangers("digits").values()), ())), "")
    found = strangers("digits", home) if home else {}
    head = (home, *(f"{family_name(f)}: right · called unknown" for f in FAMILIES))
    return head, [
        by_family(
            (label,),
            found,
            lambda kind, label=label: (
                f"{percent(kind['per_class'][label])} · {percent(kind['per_class_unknown'][label])}"
            ),
        )
        for label in next(iter(found.values()), {"per_class": ()})["per_class"]
    ]


def protocols(task: str, **titles: str) -> Table:
    """One row a model. titles: protocol -> column."""
    head = ("model", *titles.values())
    return head, [
        (f"`{task}-{family}`", *(cell(protocol(task, family, name)) for name in titles))
        for family in FAMILIES
    ]


def folds(task: str, name: str, families: Sequence[str] = tuple(FAMILIES)) -> Table:
    """Accuracy on each fold, speaker, person or voice."""
    names = list(metrics(task, families[0])["protocols"][name]["folds"])
    rows = []
    for family in families:
        found = metrics(task, family)["protocols"][name]["folds"]
        rows.append((family_name(family), *(percent(found[fold]) for fold in names)))
    return ("", *names), rows


def trust(task: str) -> Table:
    """Calibration, rejection of unknown sounds, and time."""
    head = ("model", "calibration error", "before calibration", "of perfect scores", "unknown: AUROC", "rejected",
            "known accepted", "ms a window")  # fmt: skip
    rows = []
    for family in FAMILIES:
        m = metrics(task, family)
        shares = (percent(m[name]) for name in ("ece", "ece_uncalibrated", "ece_floor"))
        unknown = (f"{m['unknown_auroc']:.3f}", percent(m["unknown_rejected"]), percent(m["true_acceptance"]))
        rows.append((f"`{task}-{family}`", *shares, *unknown, f"{m['latency_ms']:.1f}"))
    return head, rows


def unknown_kinds(task: str) -> Table:
    head = ("unknown sounds", "clips", *(f"{family_name(f)}, AUROC (rejected)" for f in FAMILIES))
    found = {family: metrics(task, family)["unknown_kinds"] for family in FAMILIES}
    return head, [
        (
            kind,
            str(first["n"]),
            *(f"{k[kind]['auroc']:.3f} ({percent(k[kind]['rejected'], 0)})" for k in found.values()),
        )
        for kind, first in next(iter(found.values())).items()
    ]


def studios() -> Table:
    counts: dict[str, int] = {}
    for note in recordings("studios"):
        counts[note.studio] = counts.get(note.studio, 0) + 1
    found = [metrics("instruments", family)["protocols"]["studios"] for family in FAMILIES]
    if any(p["n"] != sum(counts.values()) for p in found):
        raise ValueError("the models were tested on another list of studios; evaluate them again")
    rows = [
        (name, STUDIOS[name], str(n), *(percent(p["folds"][name]) for p in found))
        for name, n in sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    ]
    return ("studio", "recordings of", "n", *map(family_name, FAMILIES)), rows


def leaky() -> Table:
    head = ("instruments", "windows, split at random", "windows, split by clip", "clips, split by clip")
    rows = []
    for family in FAMILIES:
        m = metrics("instruments", family)["leaky"]
        rows.append(
            (family_name(family), quoted(m), percent(m["honest_windows"]), percent(m["honest_clips"]))
        )
    return head, rows


def correct(task: str, family: str) -> dict[str, bool]:
    """File stem -> whether the first seed's model classified the held-out recording correctly."""
    stored = json.loads((BUNDLED / f"{task}-{family}" / PREDICTIONS).read_text("utf-8"))
    labels = stored["labels"]
    items = stored["items"]
    return {Path(i["file"]).stem: labels[int(np.argmax(i["scores"]))] == i["label"] for i in items}


def siblings() -> Table:
    """Instrument clips with and without a clip of the same label and upload session in another fold."""
    clips = known_clips("instruments")
    close = {
        name
        for name, a in clips.items()
        for b in clips.values()
        if a["label"] == b["label"] and a["fold"] != b["fold"]
        if abs(int(a["freesound_id"]) - int(b["freesound_id"])) <= SIBLING_DISTANCE
    }
    rows = []
    for words, chosen in (("with a sibling", True), ("without", False)):
        shares = [np.mean([ok for name, ok in correct("instruments", f).items() if (name in close) == chosen])
                  for f in FAMILIES]  # fmt: skip
        n = len(close) if chosen else len(clips) - len(close)
        rows.append((words, str(n), *(percent(float(share)) for share in shares)))
    return ("instrument clips", "n", *map(family_name, FAMILIES)), rows


def goals() -> Table:
    rows = []
    for words, (task, name, wanted) in GOALS.items():
        found = [metrics(task, family) for family in FAMILIES]
        if name == "unknown_auroc":
            reached = [f"{m[name]:.3f}" for m in found]
        else:
            reached = [percent(m[name] if name in m else m["protocols"][name]["accuracy"]) for m in found]
        rows.append((words, wanted, ", ".join(reached)))
    return ("", "goal: GMM, CNN, RNN", "reached"), rows


TABLES: dict[str, Callable[[], Table]] = {
    "models": models,
    "expect": expect,
    "digits": lambda: protocols(
        "digits",
        loso="leave-one-speaker-out",
        official="official split",
        people="unseen people",
        voices="unseen synthesiser",
    ),
    "digits-speakers": lambda: folds("digits", "loso"),
    "digits-people": lambda: folds("digits", "people"),
    "digits-voices": lambda: folds("digits", "voices"),
    "digits-field": field,
    "digits-field-labels": strangers_by_digit,
    "digits-made": made,
    "digits-trust": lambda: trust("digits"),
    "digits-unknown": lambda: unknown_kinds("digits"),
    "instruments": lambda: protocols(
        "instruments",
        folds="folds by clip",
        sources="folds by source",
        studios="other studios",
        renders="unseen soundfont",
    ),
    "instruments-folds": lambda: folds("instruments", "folds"),
    "instruments-siblings": siblings,
    "instruments-studios": studios,
    "instruments-leaky": leaky,
    "instruments-trust": lambda: trust("instruments"),
    "environment": lambda: protocols("environment", folds="five official folds"),
    "environment-folds": lambda: folds("environment", "folds"),
    "environment-trust": lambda: trust("environment"),
    "goals": goals,
    "steps": steps,
    "strings": strings.errors,
    "strings-kinds": strings.kinds,
    "strings-right": strings.right,
    "voices": voices.errors,
    "voices-thresholds": voices.thresholds,
}  # fmt: skip


def rendered(text: str) -> str:
    """The document with every table as the bundled models have it."""
    return BLOCK.sub(lambda block: f"{block[1]}{block[2]}\n{markdown(*TABLES[block[1]]())}\n\n", text)


def documents() -> Iterator[Path]:
    yield ROOT / "README.md"
    yield from sorted((ROOT / "docs").glob("*.md"))


if __name__ == "__main__":
    for path in documents():
        path.write_text(rendered(path.read_text("utf-8")), "utf-8")
