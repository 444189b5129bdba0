"""Check a registry or a single model, and push it to the Hugging Face Hub."""

from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from audioclf.types import ZooError
from audioclf.zoo import hub
from audioclf.zoo.files import CARD, CONFIG, INDEX
from audioclf.zoo.registry import Registry
from audioclf.zoo.writing import stale


@dataclass(frozen=True)
class PushOptions:
    """Options of a push. create_pr: open a pull request instead. tag: a name for the new commit."""

    private: bool = False
    create_pr: bool = False
    tag: str = ""


@dataclass(frozen=True)
class Pushed:
    """Result of a push. link: `hf-hub:` name with the commit. request: address of the pull request."""

    commit: str
    link: str
    request: str | None = None


def check(root: Path) -> Registry:
    """Verify a registry or a single model, and return its registry. ZooError for the first error."""
    alone = (root / CONFIG).is_file()
    registry = Registry(root, alone=alone)
    for model_id in registry.ids():
        registry.verify(model_id)
    if not registry.ids():
        raise ZooError(f"{root.name} holds no model; put one in with `audioclf zoo add`")
    if not alone and (old := stale(root)):
        raise ZooError(f"{', '.join(old)}: out of date; run `audioclf zoo card --zoo {root}`")
    return registry


def files(registry: Registry) -> dict[str, int]:
    """Files that a push uploads: path in the registry's folder -> bytes."""
    names = [] if registry.alone else [CARD, INDEX]
    sizes = {name: (registry.root / name).stat().st_size for name in names}
    for model_id in registry.ids():
        folder = "" if registry.alone else f"{model_id}/"
        sizes.update({folder + name: file.size for name, file in registry.entry(model_id).files.items()})
    return sizes


def push(registry: Registry, repo_id: str, wish: PushOptions) -> Pushed:
    """Upload a checked registry in one commit, to a new repository if needed. ZooError says what failed."""
    repo_id, _ = hub.parse(hub.PREFIX + repo_id.removeprefix(hub.PREFIX))
    api, about = hub.client().HfApi(endpoint=hub.endpoint()), hub.RequestContext(repo_id)
    # The calls below have no time limit: check first that the hub answers.
    if not hub.call_hub(partial(_exists, api, repo_id), about):
        hub.call_hub(partial(api.create_repo, repo_id, private=wish.private, exist_ok=True), about)
    done = hub.call_hub(
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
            hub.call_hub(partial(api.create_tag, repo_id, tag=wish.tag, revision=done.oid), about)
        except ZooError as error:
            raise ZooError(f"pushed as {link}, but without the tag {wish.tag!r}: {error}") from error
    return Pushed(done.oid, link, done.pr_url)


def _exists(api: Any, repo_id: str) -> bool:
    try:
        api.model_info(repo_id, timeout=hub.ETAG_SECONDS)
    except hub.client().errors.RepositoryNotFoundError as error:
        return isinstance(error, hub.client().errors.GatedRepoError)
    return True
