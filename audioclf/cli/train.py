"""The commands that need data sets, from `train` to `data`: what can be typed, and what is done then."""

from __future__ import annotations

import argparse
import os
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from audioclf.cli.classify import UsageError, aligned, progress_bar
from audioclf.cli.options import add_zoo, make_parser, natural, positive
from audioclf.tasks import TASKS, Protocol
from audioclf.zoo.registry import Registry, open_registry, root_of
from audioclf.zoo.results import markdown, tables
from audioclf.zoo.summary import summary_tables

# Data sets that are made on this machine -> what they are.
MADE = {
    "voices": "digits and other words by speech synthesisers",
    "renders": "phrases of instruments, played from soundfonts",
    "games": "weather, animals and engines, out of games and desktops of Debian",
    "people": "digits by people whom no model has met, out of packages of Debian",
    "studios": "instruments that other studios recorded, out of packages of Debian and npm",
}

TRAIN_EXAMPLES = """\
examples:
  audioclf train digits-cnn --data ~/data
  audioclf train digits-gmm --data ~/data --out my-zoo --seed 1
  audioclf train my-birds-cnn --data ~/birds --like environment --out my-zoo

The data folder holds <task>/manifest.csv, as `audioclf data get` makes it; for digits it may also be the
Free Spoken Digit Dataset, AudioMNIST or Google Speech Commands as published. With --like it is a folder of
your own with one folder of sounds for each label: the named task's recipes are used, and the id is free.
A training that was interrupted goes on where it stopped when the same command is given again."""

EVALUATE_EXAMPLES = """\
examples:
  audioclf evaluate digits-cnn --data ~/data --seeds 0,1,2
  audioclf evaluate instruments-gmm --data ~/data --stress
  audioclf evaluate --table             what was measured of all models, as Markdown

Every fold is trained without the recordings it is judged on; folds that are done are kept in --runs.
The results are printed and written beside the model, if it is in --out: numbers into config.json and the
card, every answer to a recording that was held out into predictions.json."""

JUDGE_EXAMPLES = """\
examples:
  audioclf judge digits-cnn people --data ~/data
  audioclf judge instruments-rnn studios --data ~/data --zoo hf-hub:owner/zoo

Nothing is trained and nothing is written. `audioclf evaluate` judges every seed of a recipe by the same data,
and keeps what it finds."""

GET = """\
Download a data set from its official home, check it, and write the folder that `audioclf train` reads."""

GET_EXAMPLES = """\
examples:
  audioclf data get digits --to ~/data
  audioclf data get voices --to ~/data  synthetic speech, made on this machine
  audioclf data get renders --to ~/data instruments, likewise
  audioclf data get games --to ~/data   environmental sounds, out of packages of Debian
  audioclf data get people --to ~/data  people to judge digits by, likewise
  audioclf data get studios --to ~/data recordings to judge instruments by, likewise, and of npm
  audioclf data list                    what there is, its size and licence

A download that was interrupted goes on where it stopped when the same command is given again."""


def add_parsers(chosen: Any) -> None:
    """Add `train`, `evaluate`, `judge` and `data` to the commands of the command line."""
    _train(chosen)
    _evaluate(chosen)
    _judge(chosen)
    _data(chosen)


def _train(chosen: Any) -> None:
    words = "Train a model of the zoo from its data set. On a CPU the same seed gives the same model."
    parser = make_parser(
        chosen.add_parser, "train", words, TRAIN_EXAMPLES, help="train a model from its data set"
    )
    parser.add_argument("model", metavar="ID", help="what to train, as <task>-<family>: digits-cnn")
    _add_training(parser)
    parser.add_argument("--seed", type=natural, default=0, help="seed of everything random (default: 0)")
    parser.add_argument("--fresh", action="store_true", help="start again instead of resuming")
    parser.set_defaults(run=train)


def _evaluate(chosen: Any) -> None:
    words = "Measure how good a model's recipe is, by the protocols of its task."
    parser = make_parser(
        chosen.add_parser, "evaluate", words, EVALUATE_EXAMPLES, help="measure a recipe's accuracy"
    )
    parser.add_argument("model", metavar="ID", nargs="?", help="what to measure: digits-cnn")
    _add_training(parser)
    parser.add_argument(
        "--seeds", type=_seeds, default=(0,), metavar="0,1,2", help="train with each of them (default: 0)"
    )
    parser.add_argument("--stress", action="store_true", help="also accuracy under noise, rooms and filters")
    parser.add_argument(
        "--table", action="store_true", help="measure nothing: print what is known of all models in --out"
    )
    parser.set_defaults(run=evaluate)


def _judge(chosen: Any) -> None:
    words = "Judge a model, as it is, by a data set that no model learns from."
    parser = make_parser(
        chosen.add_parser, "judge", words, JUDGE_EXAMPLES, help="judge a model by data it never met"
    )
    names = sorted({p.name for task in TASKS.values() for p in task.protocols if p.other})
    parser.add_argument("model", metavar="ID", help="model to judge: digits-cnn")
    parser.add_argument("protocol", metavar="DATA", help=f"by what: {', '.join(names)}")
    parser.add_argument("--data", metavar="FOLDER", help="where the data sets are (default: $AUDIOCLF_DATA)")
    add_zoo(parser)
    parser.set_defaults(run=judge)


def _add_training(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", metavar="FOLDER", help="where the data sets are (default: $AUDIOCLF_DATA)")
    parser.add_argument(
        "--like", default="", metavar="TASK", help="--data is a folder of your own; use this task's recipes"
    )
    parser.add_argument(
        "--out", metavar="FOLDER", help="registry to write to (default: $AUDIOCLF_ZOO, else the bundled zoo)"
    )
    parser.add_argument("--epochs", type=positive, help="passes over the data (default: the recipe's)")
    parser.add_argument(
        "--runs", metavar="FOLDER", default="runs", help="folder for caches and checkpoints (default: runs)"
    )


def _data(chosen: Any) -> None:
    words = "List data sets and download them from their official homes."
    parser = make_parser(chosen.add_parser, "data", words, GET_EXAMPLES, help="download data sets")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    verb = verbs.add_parser(
        "list", help="what there is", description="List the data sets.", allow_abbrev=False
    )
    verb.set_defaults(run=data_list)
    verb = make_parser(verbs.add_parser, "get", GET, GET_EXAMPLES, help="download a data set and check it")
    verb.add_argument("set", metavar="SET", help="what to get, as `data list` names it")
    verb.add_argument(
        "--to",
        metavar="FOLDER",
        help="folder of all data sets; SET will be a folder in it (default: $AUDIOCLF_DATA)",
    )
    verb.add_argument("--seed", type=natural, default=0, help="of the sets that are made here (default: 0)")
    verb.set_defaults(run=data_get)


def _seeds(text: str) -> tuple[int, ...]:
    seeds = tuple(natural(part) for part in text.split(","))
    if len(set(seeds)) < len(seeds):
        raise argparse.ArgumentTypeError(f"{text!r} names a seed twice")
    return seeds


def train(args: Namespace) -> int:
    """Train a model and save it in a registry."""
    from audioclf.training.train import train

    with progress_bar(" steps", keep=True) as progress:
        folder = train(
            args.model,
            data=args.data,
            out=args.out,
            seed=args.seed,
            epochs=args.epochs,
            runs=args.runs,
            resume=not args.fresh,
            like=args.like,
            progress=progress,
        )
    print(f"saved in {folder}")
    return 0


def evaluate(args: Namespace) -> int:
    """Measure a recipe by its task's protocols, or print what was measured of all models."""
    if args.table:
        return _print_summary(open_registry(args.out))
    if not args.model:
        raise UsageError("say which model to measure, as in `audioclf evaluate digits-cnn`, or --table")
    from audioclf.evaluation import evaluate
    from audioclf.training.train import stored_config

    with progress_bar(" steps", keep=True) as progress:
        found = evaluate.evaluate(
            args.model,
            data=args.data,
            out=args.out,
            seeds=args.seeds,
            epochs=args.epochs,
            runs=args.runs,
            like=args.like,
            stress=args.stress,
            progress=progress,
        )
    _print_metrics(args.model, found)
    root = root_of(args.out)
    if config := stored_config(root, args.model):
        size = open_registry(root).entry(args.model).size
        print(f"\n{config.n_parameters:,} parameters; {size / 1e6:.1f} MB with its answers")
    for protocol in _missing(args.model, found) if not args.like else ():
        print(f"\nnot measured: {protocol.title}; it needs other data, `audioclf data get {protocol.other}`")
    return 0


def _missing(model_id: str, found: dict[str, Any]) -> list[Protocol]:
    """What would be judged by data that is not there; nothing of another data set, which has other protocols."""
    protocols = TASKS[model_id.rpartition("-")[0]].protocols
    if not any(p.primary and p.name in found["protocols"] for p in protocols):
        return []
    return [p for p in protocols if p.other and p.name not in found["protocols"]]


def judge(args: Namespace) -> int:
    """Judge a model as it is by other data than its own."""
    from audioclf.evaluation.evaluate import evaluate_on

    config, model = open_registry(args.zoo).load(args.model)
    _print_metrics(args.model, evaluate_on(config, model, args.protocol, args.data))
    return 0


def _print_metrics(model_id: str, found: dict[str, Any]) -> None:
    labels = tuple(found.get("per_class", ()))
    print(model_id)
    for caption, head, rows in tables(found, labels):
        print("\n".join(["", *([caption] if caption else []), *aligned([head, *rows])]))


def _print_summary(registry: Registry) -> int:
    configs = [registry.config(model_id) for model_id in registry.ids()]
    sizes = {model_id: registry.entry(model_id).size for model_id in registry.ids()}
    for task, head, rows in summary_tables(configs, sizes):
        print(f"**{task}**\n\n{markdown(head, rows)}\n")
    return 0


def data_list(args: Namespace) -> int:
    """Print the data sets that can be had."""
    from audioclf.data.published import SOURCES

    rows = [(name, source.title, source.size, source.license) for name, source in SOURCES.items()]
    rows += [(name, words, "made on this machine", "–") for name, words in MADE.items()]
    print("\n".join(aligned([("set", "what it is", "download", "licence"), *rows])))
    return 0


def data_get(args: Namespace) -> int:
    """Download a data set, or make it, below the folder of all data sets."""
    from audioclf.data.datasets import DATA_VARIABLE

    to = args.to or os.environ.get(DATA_VARIABLE)
    if not to:
        raise UsageError(f"say where to put it: --to FOLDER, or set {DATA_VARIABLE}")
    if args.set in MADE:
        return _make(args.set, Path(to) / args.set, args.seed)
    from audioclf.data import download

    with progress_bar() as progress:
        folder = download.get(args.set, Path(to), progress)
    print(f"{args.set} is in {folder}")
    return 0


def _make(name: str, folder: Path, seed: int) -> int:
    from audioclf.data.games import make_games
    from audioclf.data.judged_only import make_judged
    from audioclf.data.making import Made
    from audioclf.data.soundfonts import make_renders
    from audioclf.data.speech import make_voices

    makers: dict[str, Callable[..., Made]] = {
        "voices": partial(make_voices, seed=seed),
        "renders": partial(make_renders, seed=seed),
        "games": make_games,  # nothing random is in these three
        "people": partial(make_judged, "people"),
        "studios": partial(make_judged, "studios"),
    }
    with progress_bar(" clips") as progress:
        made = makers[name](folder, progress=progress)
    rows = [(engine, f"{n:,} clips") for engine, n in made.n_clips.items()]
    refused = [f"{engine}: {n:,} refused, no sound that can be used" for engine, n in made.n_refused.items()]
    print(
        "\n".join([f"{name} are in {folder}", *aligned(rows, numeric=(1,)), *refused, *made.skipped.values()])
    )
    return 0
