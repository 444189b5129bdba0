"""`audioclf train`: train a model on its data set."""

from argparse import Namespace
from typing import Any

from audioclf.cli.options import add_training, make_parser, natural
from audioclf.cli.printing import progress_bar, say
from audioclf.types import AudioclfError
from audioclf.wording import percent
from audioclf.zoo.config import SPEAKERS

EXAMPLES = """\
examples:
  audioclf train digits-cnn --data ~/data
  audioclf train digits-gmm --data ~/data --out my-zoo --seed 1
  audioclf train my-birds-cnn --data ~/birds --like environment --out my-zoo
  audioclf train digits-cnn --adapt --data ~/data --out my-zoo

The data folder contains <task>/manifest.csv, as `audioclf data get` writes it; for digits it may also be the
Free Spoken Digit Dataset, AudioMNIST or Google Speech Commands as published. With --like, the recipes of the
named task are trained on your own data folder, with one folder of sounds per label; you choose the id.
To resume an interrupted training, give the same command again."""


def add_parser(chosen: Any) -> None:
    """Add `train` to the commands of the command line."""
    words = "Train a model on its data set. On a CPU the same seed gives the same model."
    parser = make_parser(chosen.add_parser, "train", words, EXAMPLES, help="train a model on its data set")
    parser.add_argument("model", metavar="ID", help="the model, as <task>-<family>, such as digits-cnn")
    add_training(parser)
    parser.add_argument("--seed", type=natural, default=0, help="random seed (default: 0)")
    parser.add_argument("--fresh", action="store_true", help="start again instead of resuming")
    parser.add_argument(
        "--adapt",
        action="store_true",
        help="train nothing: fit the background output and the threshold of the digit model in --out again, on "
        "strangers' recordings from speech-commands",
    )
    parser.set_defaults(run=train)


def train(args: Namespace) -> int:
    """Train a model and save it in a registry, or adapt a stored one."""
    if args.adapt:
        return _adapt(args)
    if is_speakers(args.model):
        return _speakers(args)
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
            notice=say,
        )
    print(f"saved in {folder}")
    return 0


def is_speakers(model_id: str) -> bool:
    """Whether an id is that of a model that compares voices."""
    return model_id.rpartition("-")[0] == SPEAKERS


def _speakers(args: Namespace) -> int:
    given = {"--like": args.like, "--epochs": args.epochs, "--fresh": args.fresh}
    if ignored := [name for name, value in given.items() if value]:
        raise AudioclfError(
            f"the recipe of {args.model} is fixed, and its training does not resume: leave out {', '.join(ignored)}"
        )
    from audioclf.data.datasets import given_folder
    from audioclf.training.speakers import train

    with progress_bar(" steps", keep=True) as progress:
        folder = train(args.model, given_folder(args.data), args.out, args.seed, progress)
    print(f"saved in {folder}; it is not calibrated until `audioclf evaluate {args.model}`")
    return 0


def _adapt(args: Namespace) -> int:
    from audioclf.evaluation.adaptation import adapt

    with progress_bar(" steps", keep=True) as progress:
        found = adapt(args.model, args.data, args.out, args.runs, progress)
    print(
        f"{args.model}: of {found['n_speakers']} people, each heard by a fit without them, "
        f"{percent(found['called_unknown'])} of the digits are called unknown and "
        f"{percent(found['others_rejected'])} of the other words rejected"
    )
    return 0
