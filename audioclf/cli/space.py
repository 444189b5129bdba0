"""`audioclf space`: build and push a Space that serves the demo."""

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
Write and check the folder of a Space: its page with the metadata of space.yaml, its requirements, app.py,
the package and the bundled models. `python app.py` in this folder serves the demo."""

PUSH = """\
Create or update a Space in one commit and wait until it runs. Files that are no longer needed are removed.
Log in first: `hf auth login`, or set HF_TOKEN."""


def add_parser(chosen: Any) -> None:
    """Add `space` and its subcommands to the commands of the command line."""
    parser = make_parser(chosen.add_parser, "space", WORDS, EXAMPLES, help="host the demo on the Hub")
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    verb = make_parser(verbs.add_parser, "build", BUILD, EXAMPLES, help="write the folder of a Space")
    verb.add_argument("--out", metavar="DIR", required=True, help="folder to write: new, or an earlier build")
    verb.add_argument("--dry-run", action="store_true", help="check and list the files, but write nothing")
    verb.set_defaults(run=build)
    verb = make_parser(verbs.add_parser, "push", PUSH, EXAMPLES, help="create or update a Space")
    verb.add_argument("name", metavar="OWNER/NAME", help="name of the Space")
    verb.add_argument("--private", action="store_true", help="make a new Space private")
    verb.add_argument("--no-wait", action="store_true", help="do not wait until it runs")
    verb.add_argument("--dry-run", action="store_true", help="check and list the files, but upload nothing")
    verb.set_defaults(run=push)


def build(args: Namespace) -> int:
    """Write the folder of a Space, or only list its files."""
    files = space.render() if args.dry_run else space.build(Path(args.out))
    _print_files(files)
    print(f"nothing was written to {args.out}" if args.dry_run else f"written to {args.out}")
    return 0


def push(args: Namespace) -> int:
    """Upload the folder of a Space and wait until it runs, or only list its files."""
    repo_id, _ = hub.parse(hub.PREFIX + args.name.removeprefix(hub.PREFIX))
    if args.dry_run:
        _print_files(space.render())
        print(f"nothing was uploaded to {hub.endpoint()}/spaces/{repo_id}")
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        _print_files(space.build(Path(scratch)))
        commit = space.push(Path(scratch), repo_id, args.private)
    print(f"pushed as commit {commit[:12]}", flush=True)
    if args.no_wait:
        print(f"it will be at {hub.endpoint()}/spaces/{repo_id}")
        return 0
    address = space.wait(repo_id, commit, lambda stage: print(f"  {stage}", flush=True))
    print(f"the demo is at {address}")
    return 0


def _print_files(files: space.Files) -> None:
    """Print number and size of the files in each folder."""
    n_files: Counter[str] = Counter()
    n_bytes: Counter[str] = Counter()
    for name, data in files.items():
        top = name.split("/")[0] + ("/" if "/" in name else "")
        n_files[top] += 1
        n_bytes[top] += len(data)
    for top, count in n_files.items():
        print(f"  {top:<18} {count:>4} {'file ' if count == 1 else 'files'} {n_bytes[top] / 1000:>9,.0f} kB")
    print(f"  {'all':<18} {len(files):>4} files {sum(n_bytes.values()) / 1000:>9,.0f} kB")
