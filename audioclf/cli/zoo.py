"""`audioclf zoo`: list, show, check, download and publish models."""

import json
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from audioclf.cli.choosing import found
from audioclf.cli.options import add_zoo, make_parser
from audioclf.cli.printing import aligned, progress_bar
from audioclf.types import ZooError
from audioclf.wording import family_name, megabytes
from audioclf.zoo.index import Entry
from audioclf.zoo.metric_tables import numbers, quoted
from audioclf.zoo.registry import open_registry, root_of

EXAMPLES = """\
examples:
  audioclf zoo list
  audioclf zoo list --zoo hf-hub:owner/repo
  audioclf zoo info digits-cnn
  audioclf zoo verify                   check every file of every model"""

PUSH = """\
Publish a registry, or the folder of a single model, as a repository of the Hugging Face Hub.
Everything is checked, then uploaded in one commit. Log in first: `hf auth login`, or set HF_TOKEN."""

PUSH_EXAMPLES = """\
examples:
  audioclf zoo push my-zoo owner/my-zoo --dry-run
  audioclf zoo push my-zoo owner/my-zoo --tag v1
  audioclf zoo push my-zoo/digits-cnn owner/digits-cnn"""

ADD = """\
Copy a model into a registry, from a folder or from the Hub. It is checked first; then its card, the index
and the registry's page are rewritten."""

ADD_EXAMPLES = """\
examples:
  audioclf zoo add downloads/digits-cnn --to my-zoo
  audioclf zoo add hf-hub:owner/digits-cnn --to my-zoo"""

PULL = """\
Download models of a registry on the Hub, all by default, so that they work offline.
A branch or tag stays at its cached commit; --update asks the Hub for the current one."""

PULL_EXAMPLES = """\
examples:
  audioclf zoo pull --zoo hf-hub:owner/repo
  audioclf zoo pull digits-cnn --zoo hf-hub:owner/repo@v1
  audioclf zoo pull --update --zoo hf-hub:owner/repo"""


def add_parser(chosen: Any) -> None:
    """Add `zoo` and its subcommands to the commands of the command line."""
    words = "List, show, check, download, add and publish models."
    parser = make_parser(
        chosen.add_parser, "zoo", words, EXAMPLES, help="list, show, check and publish models"
    )
    verbs = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name, run, models, words in (
        ("list", list_models, None, "list the models with their size and accuracy"),
        ("info", info, "+", "show a model's settings, training data and evaluation results"),
        ("verify", verify, "*", "check hashes, sizes, weights and self-tests (default: of all models)"),
    ):
        verb = verbs.add_parser(name, help=words, description=words.capitalize() + ".", allow_abbrev=False)
        if models:
            _add_models(verb, models)
        verb.add_argument("--json", action="store_true", help="print JSON, one object per line")
        _finish(verb, run)
    verb = make_parser(verbs.add_parser, "pull", PULL, PULL_EXAMPLES, help="download models of a registry")
    _add_models(verb, "*")
    verb.add_argument("--update", action="store_true", help="use the current commit of the branch or tag")
    _finish(verb, pull)
    _writing(verbs)


def _writing(verbs: Any) -> None:
    verb = make_parser(verbs.add_parser, "add", ADD, ADD_EXAMPLES, help="copy a model into a registry")
    verb.add_argument("model", metavar="MODEL", help="a model's folder, or hf-hub:owner/name[@revision]")
    verb.add_argument(
        "--to", metavar="FOLDER", help="the registry (default: $AUDIOCLF_ZOO, else the bundled zoo)"
    )
    verb.add_argument("--replace", action="store_true", help="overwrite a model with the same id")
    verb.set_defaults(run=add)
    words = "Rewrite all cards, the index and the page of a registry from the configs of its models."
    verb = make_parser(verbs.add_parser, "card", words, "", help="rewrite cards and index")
    verb.add_argument(
        "--check", action="store_true", help="write nothing; exit status 1 if something is stale"
    )
    _finish(verb, card)
    verb = make_parser(verbs.add_parser, "push", PUSH, PUSH_EXAMPLES, help="publish a registry on the Hub")
    verb.add_argument("folder", metavar="FOLDER", help="a registry, or a single model's folder")
    verb.add_argument("repo", metavar="OWNER/REPO", help="the repository; created if it does not exist")
    verb.add_argument("--private", action="store_true", help="create a private repository")
    verb.add_argument("--create-pr", action="store_true", help="open a pull request instead of committing")
    verb.add_argument("--tag", metavar="NAME", default="", help="tag for the commit, such as v1")
    verb.add_argument("--dry-run", action="store_true", help="check and list the files, but upload nothing")
    verb.set_defaults(run=push)


def _add_models(verb: Any, count: str) -> None:
    verb.add_argument("models", nargs=count, metavar="ID", help="a model, as `zoo list` names it")


def _finish(verb: Any, run: Callable[[Namespace], int]) -> None:
    add_zoo(verb)
    verb.set_defaults(run=run)


def list_models(args: Namespace) -> int:
    """Print one line for every model, from the index alone."""
    registry = open_registry(args.zoo)
    if args.json:
        for name, entry in registry.entries.items():
            print(json.dumps({"model": name, **_summary(entry), "where": registry.whereabouts(name)}))
        return 0
    rows = [("model", "task", "size", "parameters", "accuracy", "licence of the data", "where")]
    for name, entry in registry.entries.items():
        accuracy = "–" if entry.accuracy is None else quoted(vars(entry))
        size = f"{entry.size / 1000:,.0f} kB"
        where = registry.whereabouts(name)
        rows.append((name, entry.task, size, f"{entry.n_parameters:,}", accuracy, entry.license, where))
    print("\n".join(aligned(rows, numeric=(2, 3, 4))))
    return 0


def _summary(entry: Entry) -> dict:
    names = ("task", "family", "dataset", "license", "n_parameters", "accuracy", "interval")
    return {**{name: getattr(entry, name) for name in names}, "bytes": entry.size}


def info(args: Namespace) -> int:
    """Print the models' configs."""
    for registry, name in found(args.models, open_registry(args.zoo)):
        config, entry = registry.config(name), registry.entry(name)
        if args.json:
            print(json.dumps(json.loads(config.to_json())))
            continue
        feature = {**config.feature}
        print(name)
        rows = [
            ("task", config.task),
            ("family", family_name(config.family)),
            ("labels", ", ".join(config.labels)),
            (
                "input",
                f"{config.clip_seconds:g} s at {config.sample_rate / 1000:g} kHz, {config.pooling} window",
            ),
            ("feature", f"{feature.pop('type')} {feature or ''}"),
            ("parameters", f"{config.n_parameters:,}"),
            ("data", f"{config.dataset} ({config.license})"),
            ("files", f"{entry.size / 1000:,.0f} kB"),
            ("seed", str(config.seed)),
            *numbers(config.metrics),
        ]
        print("\n".join(aligned(rows)), end="\n\n")
    return 0


def verify(args: Namespace) -> int:
    """Check models, all by default, and print a line for each. Status 1 if one fails."""
    opened, failures = open_registry(args.zoo), 0
    for registry, name in found(args.models or opened.ids(), opened):
        problem = None
        try:
            registry.verify(name)
        except ZooError as error:
            failures, problem = failures + 1, str(error)
        if args.json:
            print(json.dumps({"model": name, "ok": problem is None, "problem": problem}))
            continue
        remark = "" if problem or registry.config(name).self_test else "  (it has no self-test)"
        print(f"FAILED  {problem}" if problem else f"ok      {name}{remark}", flush=True)
    return 1 if failures else 0


def pull(args: Namespace) -> int:
    """Download models, all by default, and print a line for each."""
    registry = open_registry(args.zoo, update=args.update)
    print(registry.name)
    for _, name in found(args.models or registry.ids(), registry):
        with progress_bar() as progress:
            registry.pull(name, progress)
        print(f"{registry.whereabouts(name):8}{name}", flush=True)
    return 0


def add(args: Namespace) -> int:
    """Copy a single model into a registry."""
    from audioclf.zoo.writing import add

    model_id = add(args.model, args.to, args.replace)
    print(f"{model_id} is now in {root_of(args.to)}; cards and index are up to date")
    return 0


def card(args: Namespace) -> int:
    """Rewrite cards and index, or with --check only list the stale ones: status 1 if there are any."""
    from audioclf.zoo.writing import stale, write_cards

    root = root_of(args.zoo)
    old = stale(root)
    print("\n".join(f"stale   {name}" for name in old) or "nothing is stale")
    if old and not args.check:
        write_cards(root)
        print("rewritten")
    return 1 if old and args.check else 0


def push(args: Namespace) -> int:
    """Check a registry, upload it and print how to use it from the Hub."""
    from audioclf.publish import models as publish

    registry = publish.check(root_of(args.folder))
    sizes = publish.files(registry)
    print("\n".join(aligned([(name, f"{size:,} bytes") for name, size in sizes.items()], numeric=(1,))))
    whole = f"{len(sizes)} files, {megabytes(sum(sizes.values()))}"
    if args.dry_run:
        print(f"{whole} would be pushed to {args.repo}; all checks passed")
        return 0
    done = publish.push(registry, args.repo, publish.PushOptions(args.private, args.create_pr, args.tag))
    print(f"{whole} pushed to {args.repo} as commit {done.commit}")
    if done.request:
        print(f"pull request: {done.request}")
    print(f"audioclf classify --model {done.link}" if registry.alone else f"AUDIOCLF_ZOO={done.link}")
    return 0
