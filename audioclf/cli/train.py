"""`audioclf train`: a model from its data set."""

from argparse import Namespace
from typing import Any

from audioclf.cli.options import add_training, make_parser, natural
from audioclf.cli.printing import progress_bar

EXAMPLES = """\
examples:
  audioclf train digits-cnn --data ~/data
  audioclf train digits-gmm --data ~/data --out my-zoo --seed 1
  audioclf train my-birds-cnn --data ~/birds --like environment --out my-zoo

The data folder holds <task>/manifest.csv, as `audioclf data get` makes it; for digits it may also be the
Free Spoken Digit Dataset, AudioMNIST or Google Speech Commands as published. With --like it is a folder of
your own with one folder of sounds for each label: the named task's recipes are used, and the id is free.
A training that was interrupted goes on where it stopped when the same command is given again."""


def add_parser(chosen: Any) -> None:
    """Add `train` to the commands of the command line."""
    words = "Train a model of the zoo from its data set. On a CPU the same seed gives the same model."
    parser = make_parser(chosen.add_parser, "train", words, EXAMPLES, help="train a model from its data set")
    parser.add_argument("model", metavar="ID", help="what to train, as <task>-<family>: digits-cnn")
    add_training(parser)
    parser.add_argument("--seed", type=natural, default=0, help="seed of everything random (default: 0)")
    parser.add_argument("--fresh", action="store_true", help="start again instead of resuming")
    parser.set_defaults(run=train)


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
