"""`audioclf evaluate`: evaluate a recipe by the protocols of its task, or a stored model on another data set."""

import argparse
from argparse import Namespace
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from audioclf.cli.choosing import UsageError
from audioclf.cli.options import add_training, make_parser, natural
from audioclf.cli.printing import aligned, progress_bar, say
from audioclf.cli.train import is_speakers
from audioclf.tasks import TASKS, Protocol
from audioclf.wording import family_name, megabytes, percent
from audioclf.zoo.config import ModelConfig
from audioclf.zoo.metric_tables import FEATURES, Row, Table, markdown, protocols, quoted, tables
from audioclf.zoo.registry import Registry, open_registry, root_of
from audioclf.zoo.verification_tables import HEADLINE, quoted_error

EXAMPLES = """\
examples:
  audioclf evaluate digits-cnn --data ~/data --seeds 0,1,2
  audioclf evaluate instruments-gmm --data ~/data --stress
  audioclf evaluate digits-cnn --on people --data ~/data --out hf-hub:owner/zoo
  audioclf evaluate digits-cnn --strings --data ~/data
  audioclf evaluate digits-cnn --field --data ~/data
  audioclf evaluate --table             stored results of all models, as Markdown

Each fold is tested on recordings that were not used to train it. Finished folds are kept in --runs.
Results are printed and, if --out has the model, stored there: numbers in config.json and the card,
predictions for held-out recordings in predictions.json."""


def add_parser(chosen: Any) -> None:
    """Add `evaluate` to the commands of the command line."""
    words = "Measure the accuracy of a model's recipe by the protocols of its task."
    parser = make_parser(chosen.add_parser, "evaluate", words, EXAMPLES, help="measure a recipe's accuracy")
    parser.add_argument("model", metavar="ID", nargs="?", help="the model to evaluate, such as digits-cnn")
    add_training(parser)
    parser.add_argument(
        "--seeds", type=_seeds, default=(0,), metavar="0,1,2", help="train once per seed (default: 0)"
    )
    parser.add_argument("--stress", action="store_true", help="also test under noise, reverb and filters")
    parser.add_argument(
        "--table", action="store_true", help="only print the stored results of all models in --out"
    )
    names = sorted({p.name for task in TASKS.values() for p in task.protocols if p.other})
    parser.add_argument(
        "--on",
        metavar="SET",
        help=f"only test the model in --out (any registry) on another data set: {', '.join(names)}",
    )
    parser.add_argument(
        "--strings",
        action="store_true",
        help="only test how the model in --out reads strings, made of audiomnist and real ones of digit-strings; "
        "keeps the result if --out is a folder",
    )
    parser.add_argument(
        "--field",
        action="store_true",
        help="only test the model in --out on strangers, from speech-commands, audiomnist and other-speech, and on "
        "made cases; keeps the result if --out is a folder",
    )
    parser.set_defaults(run=evaluate)


def _seeds(text: str) -> tuple[int, ...]:
    seeds = tuple(natural(part) for part in text.split(","))
    if len(set(seeds)) < len(seeds):
        raise argparse.ArgumentTypeError(f"{text!r} names a seed twice")
    return seeds


def evaluate(args: Namespace) -> int:
    """Evaluate a recipe or a stored model, or print the stored results of all models."""
    if args.table:
        return _print_summary(open_registry(args.out))
    if not args.model:
        raise UsageError("name a model to evaluate, as in `audioclf evaluate digits-cnn`, or use --table")
    if is_speakers(args.model):
        return _speakers(args)
    from audioclf.evaluation import evaluate

    if args.on:
        stored, model = open_registry(args.out).load(args.model)
        _print_metrics(args.model, evaluate.evaluate_on(stored, model, args.on, args.data))
        return 0
    if args.strings or args.field:
        test = "strings" if args.strings else "field"
        with progress_bar(" sounds", keep=True) as progress:
            found = evaluate.evaluate_stored(args.model, test, args.data, args.out, progress)
        _print_metrics(args.model, found)
        return 0
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
            notice=say,
        )
    _print_metrics(args.model, found)
    root = root_of(args.out)
    if config := stored_config(root, args.model):
        size = open_registry(root).entry(args.model).size
        print(f"\n{config.n_parameters:,} parameters; {megabytes(size)} with stored predictions")
    for protocol in _missing(args.model, found) if not args.like else ():
        print(f"\nnot measured: {protocol.title}; it needs `audioclf data get {protocol.other}`")
    return 0


def _speakers(args: Namespace) -> int:
    from audioclf.data.datasets import given_folder
    from audioclf.evaluation.verification import evaluate

    with progress_bar(" tests", keep=True) as progress:
        found = evaluate(args.model, given_folder(args.data), args.out, progress)
    _print_metrics(args.model, found)
    return 0


def _missing(model_id: str, found: dict[str, Any]) -> list[Protocol]:
    """Protocols whose test data set is missing; none if --data has another data set, with its own protocols."""
    protocols = TASKS[model_id.rpartition("-")[0]].protocols
    if not any(p.primary and p.name in found["protocols"] for p in protocols):
        return []
    return [p for p in protocols if p.other and p.name not in found["protocols"]]


def _print_metrics(model_id: str, found: dict[str, Any]) -> None:
    labels = tuple(found.get("per_class", ()))
    print(model_id)
    for caption, head, rows in tables(found, labels):
        print("\n".join(["", *([caption] if caption else []), *aligned([head, *rows])]))


def _print_summary(registry: Registry) -> int:
    configs = [registry.config(model_id) for model_id in registry.ids()]
    sizes = {model_id: registry.entry(model_id).size for model_id in registry.ids()}
    for task, head, rows in _summary_tables(configs, sizes):
        print(f"**{task}**\n\n{markdown(head, rows)}\n")
    return 0


def _summary_tables(configs: Sequence[ModelConfig], sizes: Mapping[str, int]) -> Iterator[Table]:
    """One table per task, one row per model. sizes: bytes of each model by id."""
    for task in dict.fromkeys(config.task for config in configs):
        chosen = [config for config in configs if config.task == task]
        titles = list(dict.fromkeys(title for config in chosen for title in _results(config)))
        head = ("model", "what it is", *titles, "unknown, AUROC", "calibration error", "parameters", "size")
        yield task, head, [_summary_row(config, titles, sizes) for config in chosen]


def _results(config: ModelConfig) -> dict[str, str]:
    """The headline numbers of a model by what they are of."""
    if error := quoted_error(config.metrics):
        return {HEADLINE: error}
    return {p["title"]: quoted(p) for p in protocols(config.metrics)}


def _summary_row(config: ModelConfig, titles: Sequence[str], sizes: Mapping[str, int]) -> Row:
    found = _results(config)
    auroc, ece = config.metrics.get("unknown_auroc"), config.metrics.get("ece")
    return (
        f"`{config.id}`",
        f"{family_name(config.family)} on {FEATURES.get(config.feature['type'], config.feature['type'])}",
        *(found.get(title, "") for title in titles),
        "" if auroc is None else f"{auroc:.3f}",
        "" if ece is None else percent(ece),
        f"{config.n_parameters:,}",
        megabytes(sizes[config.id]),
    )
