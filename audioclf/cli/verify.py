"""`audioclf verify`: compare the voices of recordings."""

from __future__ import annotations

import json
from argparse import Namespace
from typing import Any

from audioclf.cli.options import add_zoo, make_parser
from audioclf.cli.printing import aligned, say

DESCRIPTION = """\
Compare a recording with the voice of one or more others, with every model that compares voices.
This is a lesson and no access control: a replayed recording or a good imitation can pass."""

EXAMPLES = """\
examples:
  audioclf verify --enrol anna-1.wav anna-2.wav --test who.wav
  audioclf verify --enrol anna.wav --test who.wav --model speakers-gmm --json

--json prints one object per line, for each model:
  {"model", "llr", "threshold", "band", "same", "seconds", "enrolled_seconds",
   "problems": [{"file", "kind", "words"}]}
llr: log-likelihood ratio in nats, above the threshold for the same voice. same: true, false, or null
if the ratio lies within the band or there is too little speech. seconds, enrolled_seconds: of speech in
the test, and in all recordings enrolled.

exit status: 0 all models answered, 1 a recording cannot be used, 2 wrong usage"""

ANSWERS = {True: "same voice", False: "another voice", None: "cannot tell"}


def add_parser(commands: Any) -> None:
    """Add `verify` to the commands of the command line."""
    parser = make_parser(
        commands.add_parser, "verify", DESCRIPTION, EXAMPLES, help="compare the voices of recordings"
    )
    parser.add_argument(
        "--enrol",
        action="extend",
        nargs="+",
        required=True,
        metavar="FILE",
        help="recordings of the voice",
    )
    parser.add_argument("--test", required=True, metavar="FILE", help="the recording to compare with it")
    parser.add_argument("--model", metavar="ID", help="use only this model")
    parser.add_argument("--json", action="store_true", help="print JSON, one object per line")
    add_zoo(parser)
    parser.set_defaults(run=verify)


def verify(args: Namespace) -> int:
    """Print the score of every model, and what is wrong with the recordings."""
    from audioclf.audio import load_clip
    from audioclf.inference import verification
    from audioclf.inference.takes import check_takes, too_little
    from audioclf.service.records import voice_record

    takes, test = [load_clip(file) for file in args.enrol], load_clip(args.test)
    scores = verification.verify(takes, test, args.model, args.zoo)
    files = [*args.enrol, args.test]
    checked = zip(files, check_takes([*takes, test], files), strict=True)
    problems = [(file, problem) for file, found in checked for problem in found]
    if args.json:
        told = [{"file": file, "kind": p.kind, "words": p.words} for file, p in problems]
        for score in scores:
            print(json.dumps(voice_record(score, told)))
        return 0
    for file, problem in problems:
        say(f"{file}: {problem.words}")
    if words := too_little(min(score.enrolled_seconds for score in scores)):
        say(words)
    rows = [
        (
            s.model,
            ANSWERS[s.same],
            f"{s.llr:+.2f} nats",
            f"threshold {s.threshold:+.2f}",
            f"{s.seconds:.1f} s of speech",
        )
        for s in scores
    ]
    print("\n".join(aligned(rows)))
    return 0
