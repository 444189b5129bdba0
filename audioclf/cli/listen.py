"""`audioclf listen`: what sounds in a stream, as it sounds."""

import json
import sys
from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from audioclf.cli.choosing import UsageError, chosen
from audioclf.cli.options import TASK_HELP, add_zoo, make_parser, positive
from audioclf.cli.printing import progress_bar
from audioclf.wording import NONE, model_names, probability, readable, text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from audioclf.service.listening import Ear, Listening

STDIN = "-"

DESCRIPTION = """\
Listen to a stream with every model of a task: a line for each sound as soon as it has ended, with the
answer of every model. The stream comes from standard input, as a WAV or as raw samples, or is a file
that is replayed."""

EXAMPLES = """\
examples:
  arecord -q -f S16_LE -r 16000 | audioclf listen -
  ffmpeg -i rtsp://camera -f s16le -ac 1 -ar 32000 - | audioclf listen - --rate 32000 --task environment
  audioclf listen --json long-recording.wav > sounds.jsonl

--json prints one object per line, for each sound and model:
  {"kind": "sound", "start", "end", "task", "model", "heard", "label", "known", "certainty", "probability",
   "probabilities": {label: probability}}
--windows adds lines of the kind "window" for what the models say four times a second while something sounds.

exit status: 0 the stream has ended, 1 it cannot be used, 2 wrong usage"""


def add_parser(commands: Any) -> None:
    """Add `listen` to the commands of the command line."""
    parser = make_parser(
        commands.add_parser, "listen", DESCRIPTION, EXAMPLES, help="name the sounds of a stream as they come"
    )
    parser.add_argument("source", metavar="FILE", help="a sound file, or - for standard input")
    parser.add_argument("--task", help=TASK_HELP)
    parser.add_argument(
        "--model", action="append", metavar="ID", help="use only this model; may be given several times"
    )
    parser.add_argument(
        "--rate", type=positive, metavar="HZ", help="standard input is raw mono 16-bit PCM at this rate"
    )
    parser.add_argument("--windows", action="store_true", help="also print every window")
    parser.add_argument("--json", action="store_true", help="print JSON, one object per line")
    add_zoo(parser)
    parser.set_defaults(run=listen)


def listen(args: Namespace) -> int:
    """Print what sounds until the stream ends."""
    from audioclf.service.listening import Listening, ears, listened

    if args.rate and args.source != STDIN:
        raise UsageError(f"--rate is for raw samples from standard input; {args.source} tells its own rate")
    selection = chosen(args)
    with progress_bar():
        own = ears(selection)
    sample_rate, pieces = _opened(args.source, args.rate)
    listening = Listening(own, sample_rate)
    for last, piece in _with_last(pieces):
        listening.feed(piece, last)
        for record in listened(selection, listening):
            if args.windows or record["kind"] == "sound":
                _print(record, selection.task, listening, args.json)
    return 0


def _opened(source: str, rate: int | None) -> "tuple[int, Iterator[NDArray[np.float32]]]":
    """The rate of the source and its samples in pieces."""
    from audioclf.audio import load_clip
    from audioclf.audio.pcm import read_stream
    from audioclf.inference.stream import Hearing, pieces

    if source == STDIN:
        return read_stream(sys.stdin.buffer, rate)
    clip = load_clip(source)
    return clip.sample_rate, pieces(clip.samples, clip.sample_rate, Hearing())


def _with_last(
    pieces: "Iterator[NDArray[np.float32]]",
) -> "Iterator[tuple[bool, NDArray[np.float32]]]":
    """Each piece at once, then an empty one that is the last."""
    import numpy as np

    for piece in pieces:
        yield False, piece
    yield True, np.zeros(0, np.float32)


def _print(record: dict[str, Any], task: str, listening: "Listening", as_json: bool) -> None:
    """A record as lines."""
    if as_json:
        where = {key: record[key] for key in ("kind", "start", "end") if key in record}
        for ear, answer in zip(listening.ears, record["answers"], strict=True):
            if answer["heard"]:
                print(json.dumps({**where, "task": task, "model": ear.model, **answer}), flush=True)
        return
    times = (
        f"{record['start']:8.2f} –{record['end']:7.2f} s" if "start" in record else f"{record['end']:18.2f} s"
    )
    if any(answer["heard"] for answer in record["answers"]):
        print(f"{times}  {_said(listening.ears, record['answers'])}", flush=True)


def _said(own: "tuple[Ear, ...]", answers: list[dict[str, Any]]) -> str:
    names = model_names((ear.model, ear.family) for ear in own)
    said = []
    for name, answer in zip(names, answers, strict=True):
        if not answer["heard"]:
            said.append(f"{name} {text('live.nothing')}")
            continue
        label = readable(answer["label"]) if answer["known"] else NONE
        share = answer["probability"] if answer["known"] else answer["probabilities"][NONE]
        said.append(f"{name} {label} {probability(share)}")
    return "   ".join(f"{one:22}" for one in said).rstrip()
