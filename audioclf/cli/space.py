"""The commands below `audioclf space`: what can be typed, and what is done and printed then."""

import tempfile
from argparse import Namespace
from collections import Counter
from pathlib import Path
from typing import Any

from audioclf.cli.options import make_parser
from audioclf.publish import space
from audioclf.zoo import hub

WORDS = "Host the demo as a Space of the Hugging Face Hub."

EXAMPLES = """\
examples:
  audioclf space build --out my-space
  audioclf space push owner/name --dry-run
  audioclf space push owner/name"""

BUILD = """\
Write the folder that a Space needs, and check it: the page of the Space with the metadata of space.yaml,
its requirements, app.py, the package and the bundled models. `python app.py` in it serves the demo."""

PUSH = """\
Make or update a Space in one commit, and wait until it runs. What is no longer needed there is removed.
Log in first: `hf auth login`, or set HF_TOKEN."""


def add_parser(chosen: Any) -> None:
    """Add `space` and what is below it to the commands of the command line."""
    parser = make_parser(chosen.add_parser, "space", WORDS, EXAMPLES, help="host the demo on the Hub")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    verb = make_parser(verbs.add_parser, "build", BUILD, EXAMPLES, help="write the folder of a Space")
    verb.add_argument(
        "--out", metavar="DIR", required=True, help="where to; a new folder, or an earlier build"
    )
    verb.add_argument("--dry-run", action="store_true", help="check and list the files, and write nothing")
    verb.set_defaults(run=build)
    verb = make_parser(verbs.add_parser, "push", PUSH, EXAMPLES, help="make or update a Space")
    verb.add_argument("name", metavar="OWNER/NAME", help="of the Space")
    verb.add_argument("--private", action="store_true", help="make a new Space private")
    verb.add_argument("--no-wait", action="store_true", help="do not wait until it runs")
    verb.add_argument("--dry-run", action="store_true", help="check and list the files, and upload nothing")
    verb.set_defaults(run=push)


def build(args: Namespace) -> int:
    """Write the folder of a Space, or only say what would be in it."""
    files = space.render() if args.dry_run else space.build(Path(args.out))
    _tell(files)
    print(f"nothing was written to {args.out}" if args.dry_run else f"written to {args.out}")
    return 0


def push(args: Namespace) -> int:
    """Upload the folder of a Space and wait for it, or only say what would be uploaded."""
    repo_id, _ = hub.parse(hub.PREFIX + args.name.removeprefix(hub.PREFIX))
    if args.dry_run:
        _tell(space.render())
        print(f"nothing was uploaded to {hub.endpoint()}/spaces/{repo_id}")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        _tell(space.build(Path(scratch)))
        commit = space.push(Path(scratch), repo_id, args.private)
    print(f"pushed as commit {commit[:12]}", flush=True)
    if args.no_wait:
        print(f"it will be at {hub.endpoint()}/spaces/{repo_id}")
        return 0
    address = space.wait(repo_id, commit, lambda stage: print(f"  {stage}", flush=True))
    print(f"the demo is at {address}")
    return 0


def _tell(files: space.Files) -> None:
    """How many files of which folder, and how large."""
    n_files: Counter[str] = Counter()
    n_bytes: Counter[str] = Counter()
    for name, data in files.items():
        top = name.split("/")[0] + ("/" if "/" in name else "")
        n_files[top] += 1
        n_bytes[top] += len(data)
    for top, count in n_files.items():
        print(f"  {top:<18} {count:>4} {'file ' if count == 1 else 'files'} {n_bytes[top] / 1000:>9,.0f} kB")
    print(f"  {'all':<18} {len(files):>4} files {sum(n_bytes.values()) / 1000:>9,.0f} kB")
