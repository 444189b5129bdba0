"""From folders to others: putting models into a registry, keeping its pages true, and pushing it to a hub."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from audioclf.atomic import write_whole
from audioclf.types import ZooError
from audioclf.zoo import hub
from audioclf.zoo.card import render_card
from audioclf.zoo.checkpoint import CARD, CONFIG, load_folder, read_bounded
from audioclf.zoo.index import INDEX, render_index
from audioclf.zoo.registry import Registry, build_index, open_model, root_of


@dataclass(frozen=True)
class Wish:
    """How something is to be pushed. create_pr: as a proposal to its owners. tag: a name for the new commit."""

    private: bool = False
    create_pr: bool = False
    tag: str = ""


@dataclass(frozen=True)
class Pushed:
    """Where something is on the hub now. link: `hf-hub:` with the commit; request: the pull request's address."""

    commit: str
    link: str
    request: str | None = None


def stale(root: Path) -> list[str]:
    """Which cards, and which of index and root page, are not what the models' configs say."""
    if not root.is_dir():
        raise ZooError(f"{root} is no folder; check --zoo or AUDIOCLF_ZOO")
    cards = {f"{name}/{CARD}": text for name, text in _cards(root).items()}
    return [
        name
        for name, data in {**cards, **render_index(root)}.items()
        if not (root / name).is_file() or (root / name).read_bytes() != data
    ]


def write_cards(root: Path) -> Registry:
    """Write every card, the index and the root page anew."""
    for name, text in _cards(root).items():
        write_whole(root / name / CARD, text)
    return build_index(root)


def _cards(root: Path) -> dict[str, bytes]:
    folders = sorted(path.parent for path in root.glob(f"*/{CONFIG}"))
    return {folder.name: render_card(load_folder(folder)[0]).encode() for folder in folders}


def add(where: str, to: str | None = None, replace: bool = False) -> str:
    """Put the single model at `where`, a folder or `hf-hub:` name, into the registry folder `to`. Its id."""
    root, source = root_of(to), open_model(where)
    (model_id,) = source.ids()
    source.verify(model_id)
    target = root / model_id
    if target.exists() and not replace:
        raise ZooError(
            f"{root.name or root} has a {model_id} already; say --replace to put this in its place"
        )
    target.mkdir(parents=True, exist_ok=True)
    for name in source.entry(model_id).files:
        write_whole(target / name, read_bounded(source.root / name))
    write_cards(root)
    return model_id


def check(root: Path) -> Registry:
    """A registry, or a model that stands alone, all of it as it should be. ZooError for the first fault."""
    alone = (root / CONFIG).is_file()
    registry = Registry(root, alone=alone)
    for model_id in registry.ids():
        registry.verify(model_id)
    if not registry.ids():
        raise ZooError(f"{root.name} holds no model; put one in with `audioclf zoo add`")
    if not alone and (old := stale(root)):
        raise ZooError(f"{', '.join(old)}: not what the models say; run `audioclf zoo card --zoo {root}`")
    return registry


def files(registry: Registry) -> dict[str, int]:
    """What a push uploads: names within the registry's folder, and their bytes."""
    names = [] if registry.alone else [CARD, INDEX]
    sizes = {name: (registry.root / name).stat().st_size for name in names}
    for model_id in registry.ids():
        folder = "" if registry.alone else f"{model_id}/"
        sizes.update({folder + name: file.size for name, file in registry.entry(model_id).files.items()})
    return sizes


def push(registry: Registry, repo_id: str, wish: Wish) -> Pushed:
    """Upload a checked registry in one commit; the repository is made if there is none. ZooError says what failed."""
    repo_id, _ = hub.parse(hub.PREFIX + repo_id.removeprefix(hub.PREFIX))
    api, about = hub.client().HfApi(endpoint=hub.endpoint()), hub.About(repo_id)
    # Nothing below has a limit of time, so ask first whether anybody is there.
    if not hub.asking(partial(_exists, api, repo_id), about):
        hub.asking(partial(api.create_repo, repo_id, private=wish.private, exist_ok=True), about)
    done = hub.asking(
        partial(
            api.upload_folder,
            repo_id=repo_id,
            folder_path=registry.root,
            allow_patterns=list(files(registry)),
            commit_message=f"Publish {', '.join(registry.ids())}",
            create_pr=wish.create_pr,
        ),
        about,
    )
    link = f"{hub.PREFIX}{repo_id}@{done.oid}"
    if wish.tag:
        try:
            hub.asking(partial(api.create_tag, repo_id, tag=wish.tag, revision=done.oid), about)
        except ZooError as error:
            raise ZooError(f"pushed as {link}, but without the tag {wish.tag!r}: {error}") from error
    return Pushed(done.oid, link, done.pr_url)


def _exists(api: Any, repo_id: str) -> bool:
    try:
        api.model_info(repo_id, timeout=hub.ETAG_SECONDS)
    except hub.client().errors.RepositoryNotFoundError as error:
        return isinstance(error, hub.client().errors.GatedRepoError)
    return True
