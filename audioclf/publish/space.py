"""The Space that serves this demo: build its folder, check it, push it to the Hub.

Its metadata is in space.yaml; everything else comes from the checkout.
"""

import hashlib
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from audioclf.types import AudioclfError, ZooError
from audioclf.zoo import hub
from audioclf.zoo.registry import Registry

ROOT = Path(__file__).resolve().parents[2]
METADATA, PAGE, REQUIREMENTS = "space.yaml", "README.md", "requirements.txt"
PLAIN = ("app.py", "LICENSE", METADATA)
SUFFIXES = (
    ".py",
    ".toml",
    ".css",
    ".js",
    ".svg",
    ".json",
    ".csv",
    ".wav",
    ".flac",
)  # of files needed at run time
MAX_BYTES = 500_000_000  # the models of a larger Space should have their own repository
PYTHONS = ("3.11", "3.12", "3.13")
COLOURS = ("red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray")
MAX_DESCRIPTION = 60  # characters; the Hub refuses more
MADE = "Made by `audioclf space build`"
# Free Spaces have no GPU, and the default build of PyTorch includes gigabytes of CUDA. "2.11.0+cpu" from this index
# also satisfies ==2.11.0 and counts as newer, so pip takes it.
CPU_ONLY = "--extra-index-url https://download.pytorch.org/whl/cpu\n"
FAILED = ("BUILD_ERROR", "CONFIG_ERROR", "RUNTIME_ERROR", "NO_APP_FILE", "PAUSED", "STOPPED", "DELETING")

Files = Mapping[str, bytes]
Say = Callable[[str], None]

BODY = """\
# {title}

Three classifiers on the same sound: a Gaussian mixture model on wavelet features, a convolutional network on
spectrograms and a recurrent network on MFCCs. The page shows each model's answer and a picture of its input.

Sounds stay on this server and are removed within two hours. Programs can call the endpoints `/analyse` and `/models`;
“Use via API” at the foot of the page shows how.

{made}; the models in `zoo/` have their own cards.
"""


class SpaceError(AudioclfError):
    """The folder of a Space cannot be built, or the Space does not start."""


@dataclass(frozen=True)
class Patience:
    """How long to wait for a Space, and the pause between requests, in seconds."""

    limit: float = 1800.0
    pause: float = 5.0
    sleep: Callable[[float], None] = time.sleep
    clock: Callable[[], float] = time.monotonic


def render(root: Path = ROOT) -> dict[str, bytes]:
    """All files of the Space by name. SpaceError if the checkout lacks one, or one fails a check."""
    files = {name: _read(root, name) for name in PLAIN}
    files[REQUIREMENTS] = CPU_ONLY.encode() + _read(root, REQUIREMENTS)
    files[PAGE] = _page(files[METADATA].decode())
    for path in sorted((root / "audioclf").rglob("*")):
        if path.is_file() and path.suffix in SUFFIXES and "__pycache__" not in path.parts:
            files[path.relative_to(root).as_posix()] = path.read_bytes()
    files.update(_models(root / "zoo"))
    check(files)
    return files


def check(files: Files) -> None:
    """SpaceError for the first error in metadata or size that would stop the Space from running."""
    card = metadata(files[PAGE].decode())
    pins = dict(line.split("==") for line in files[REQUIREMENTS].decode().splitlines() if "==" in line)
    rules = (
        (card.get("sdk") == "gradio", "sdk", "gradio"),
        (card.get("sdk_version") == pins.get("gradio"), "sdk_version", f"{pins.get('gradio')}, as pinned"),
        (card.get("app_file") in files, "app_file", "one of the files"),
        (str(card.get("python_version")) in PYTHONS, "python_version", f"one of {', '.join(PYTHONS)}"),
        (card.get("colorFrom") in COLOURS, "colorFrom", ", ".join(COLOURS)),
        (card.get("colorTo") in COLOURS, "colorTo", ", ".join(COLOURS)),
        (
            0 < len(card.get("short_description") or "") <= MAX_DESCRIPTION,
            "short_description",
            f"1 to {MAX_DESCRIPTION} characters",
        ),
        (
            bool(card.get("title") and card.get("emoji") and card.get("license")),
            "title, emoji, license",
            "set",
        ),
    )
    for holds, key, wanted in rules:
        if not holds:
            raise SpaceError(f"{METADATA}: {key} is {card.get(key)!r}; it must be {wanted}")
    total = sum(map(len, files.values()))
    if total > MAX_BYTES:
        raise SpaceError(
            f"the Space would be {total / 1e6:.0f} MB large, over {MAX_BYTES / 1e6:g} MB; push the models to a "
            "separate repository with `audioclf zoo push`"
        )


def metadata(page: str) -> dict[str, Any]:
    """The front matter of a README.md, as the Hub reads it."""
    try:
        found: dict[str, Any] = hub.client().SpaceCard(page).data.to_dict()
    except ValueError as error:
        raise SpaceError(f"{METADATA} cannot be read ({error}); it holds one `key: value` a line") from error
    return found


def build(out: Path, root: Path = ROOT) -> dict[str, bytes]:
    """Write the Space's folder from scratch and return its files.

    SpaceError if `out` is neither empty nor an earlier build.
    """
    files = render(root)
    if out.exists() and any(out.iterdir()):
        page = out / PAGE
        if not (page.is_file() and MADE in page.read_text("utf-8", errors="replace")):
            raise SpaceError(
                f"{out.name} is neither empty nor an earlier build of a Space; name another folder"
            )
        shutil.rmtree(out)
    for name, data in files.items():
        path = out / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return files


def push(folder: Path, repo_id: str, private: bool = False) -> str:
    """Make the Space match the folder in one commit, and return that commit. ZooError says what failed."""
    api, about = _api(), hub.RequestContext(f"spaces/{repo_id}")
    # The calls below have no time limit: check first that the hub answers.
    if not hub.call_hub(partial(_exists, api, repo_id), about):
        made = partial(api.create_repo, repo_id, repo_type="space", space_sdk="gradio", private=private)
        hub.call_hub(partial(made, exist_ok=True), about)
    done = hub.call_hub(
        partial(
            api.upload_folder,
            repo_id=repo_id,
            repo_type="space",
            folder_path=folder,
            delete_patterns="*",  # removes files that the folder does not have
            commit_message="Update the demo",
        ),
        about,
    )
    return str(done.oid)


def wait(repo_id: str, commit: str, say: Say, patience: Patience | None = None) -> str:
    """Report stage changes until the Space runs this commit, and return its address. SpaceError if it fails."""
    patience, api = patience or Patience(), _api()
    page, stage = f"{hub.endpoint()}/spaces/{repo_id}", ""
    end = patience.clock() + patience.limit
    while patience.clock() < end:
        stage = _stage(api, repo_id, commit, stage, say)
        if stage == "RUNNING":
            return page
        if stage in FAILED:
            raise SpaceError(f"the Space is {stage}; its logs say why: {page}?logs=build")
        patience.sleep(patience.pause)
    raise SpaceError(
        f"the Space is still {stage or 'silent'} after {patience.limit / 60:.0f} minutes: {page}?logs=build"
    )


def _stage(api: Any, repo_id: str, commit: str, last: str, say: Say) -> str:
    """Report and return the stage of the Space; the last known one if the Hub does not answer."""
    try:
        runtime = hub.call_hub(
            partial(api.get_space_runtime, repo_id), hub.RequestContext(f"spaces/{repo_id}")
        )
    except hub.HubUnavailable:
        return last
    # Just after a push, the previous version still runs.
    is_old = runtime.stage == "RUNNING" and runtime.raw.get("sha") not in (None, commit)
    stage = "RUNNING the previous version" if is_old else str(runtime.stage)
    if stage != last:
        say(stage.lower().replace("_", " "))
    return stage


def _api() -> Any:
    return hub.client().HfApi(endpoint=hub.endpoint())


def _exists(api: Any, repo_id: str) -> bool:
    try:
        api.space_info(repo_id, timeout=hub.ETAG_SECONDS)
    except hub.client().errors.RepositoryNotFoundError:
        return False
    return True


def _page(text: str) -> bytes:
    matter = "".join(line for line in text.splitlines(keepends=True) if not line.startswith("#"))
    card = metadata(f"---\n{matter}---\n")
    return f"---\n{matter}---\n\n{BODY.format(title=card.get('title'), made=MADE)}".encode()


def _read(root: Path, name: str) -> bytes:
    path = root / name
    if not path.is_file():
        raise SpaceError(f"there is no {name} beside the package; build a Space from a checkout of audioclf")
    return path.read_bytes()


def _models(folder: Path) -> dict[str, bytes]:
    """The files in the index of the bundled zoo, each checked against its hash."""
    try:
        registry = Registry(folder)
    except ZooError as error:
        raise SpaceError(f"zoo: {error}") from error
    files = {f"zoo/{name}": _read(folder, name) for name in ("index.json", "README.md")}
    for model, entry in registry.entries.items():
        for name, expected in entry.files.items():
            data = _read(folder, f"{model}/{name}")
            if hashlib.sha256(data).hexdigest() != expected.sha256:
                raise SpaceError(f"zoo/{model}/{name} does not match the index; see `audioclf zoo verify`")
            files[f"zoo/{model}/{name}"] = data
    return files
