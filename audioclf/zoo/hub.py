"""Files from the Hugging Face Hub, through its own client and its own cache; publish.py is the way back.

A name is `hf-hub:owner/repo[@revision]`. Its revision is resolved once; the cache remembers the commit, and with
all files there no request is made. Nothing of huggingface_hub is imported before a hub is needed.
"""

import hashlib
import os
import re
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeVar

from audioclf.types import ZooError

PREFIX = "hf-hub:"
NAME = re.compile(r"hf-hub:(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w.-]+(?:/[\w.-]+)*))?", re.ASCII)
BARE = re.compile(r"[\w-][\w.-]*/[\w.-]+(?:@[\w./-]+)?", re.ASCII)
PATIENCE_SECONDS = 10.0  # for the first byte of a file; a server that says nothing until then is given up
ETAG_SECONDS = 5.0
Report = Callable[[int], None]  # bytes of the file that have come so far
T = TypeVar("T")


class HubUnavailable(ZooError):
    """The hub cannot be asked now; what it would have said is not known."""


@dataclass(frozen=True)
class Snapshot:
    """A repository at one commit, in the cache of huggingface_hub: files come when they are fetched.

    root: <cache>/models--owner--repo/snapshots/<commit>.
    anonymous: as anybody sees it: the hub is asked without a token, and the cache has nothing that a token opened.
    """

    repo_id: str
    revision: str
    root: Path
    anonymous: bool = False

    @property
    def commit(self) -> str:
        return self.root.name

    @property
    def words(self) -> str:
        """Repository and commit, and the branch or tag it was found by."""
        found_by = "" if self.commit.startswith(self.revision) else f"{self.revision}, "
        return f"{self.repo_id} ({found_by}{self.commit[:8]})"

    def fetch(self, file: str, report: Report | None = None) -> None:
        """Download a file, also if there is one: what is there is damaged. ZooError says why it did not work."""
        path = self.root / file
        # Where the cache cannot link, it has copies, and the client would leave them as they are.
        if not path.is_symlink():
            path.unlink(missing_ok=True)
        download(self.repo_id, self.commit, file, report, self.anonymous)

    def ensure(self, file: str, report: Report | None = None) -> None:
        """Fetch a file if it is missing, and once more if it is not what the hub's own hash says."""
        path = self.root / file
        if not path.exists():
            self.fetch(file, report)
        if not intact(path):
            self.fetch(file, report)
        if not intact(path):
            raise ZooError(
                f"{self.repo_id}/{file} arrives damaged from {endpoint()}; ask its owner to push it again"
            )


def is_hub(name: object) -> bool:
    """Whether a name is meant for a hub; `parse` says whether it can be one."""
    return isinstance(name, str) and name.startswith(PREFIX)


def parse(name: str) -> tuple[str, str]:
    """Repository and revision of a `hf-hub:` name; "main" where it names none."""
    found = NAME.fullmatch(name)
    if not found or ".." in name:
        raise ZooError(
            f"{name!r} is no name on the Hub; write {PREFIX}owner/repo or {PREFIX}owner/repo@revision"
        )
    return found["repo"], found["revision"] or "main"


def check_not_bare(name: str) -> None:
    """ZooError for owner/repo without prefix, where no such folder exists: it may be meant in two ways."""
    if BARE.fullmatch(name) and not Path(name).exists():
        raise ZooError(
            f"{name!r} is no folder here; write {PREFIX}{name} for the Hub, or ./{name} for a folder"
        )


def open_snapshot(name: str, file: str, update: bool = False, anonymous: bool = False) -> Snapshot:
    """The repository of a `hf-hub:` name, with `file` in place, at the commit that the cache has of it.

    The hub is asked which commit a branch or tag is only where the cache has none, or with `update`.
    """
    repo_id, revision = parse(name)
    find = partial(client().try_to_load_from_cache, repo_id, file, cache(anonymous), revision)
    known = None if update else find()
    path = Path(known) if isinstance(known, str) else download(repo_id, revision, file, anonymous=anonymous)
    snapshot = Snapshot(repo_id, revision, path.parent, anonymous)
    snapshot.ensure(file)
    return snapshot


def cache(anonymous: bool = False) -> Path:
    """Where files are kept. What came without a token is kept apart: it alone may be shown to anybody."""
    constants = client().constants
    return Path(constants.HF_ASSETS_CACHE) / "audioclf" if anonymous else Path(constants.HF_HUB_CACHE)


def intact(path: Path) -> bool:
    """Whether a cached file is what its name says: the cache calls each by its git or LFS hash.

    True where the cache holds a copy instead of a link, or a mirror made up the name: then nothing can be said.
    """
    blob = Path(os.readlink(path)).name if path.is_symlink() else ""
    data = path.read_bytes()
    if re.fullmatch("[0-9a-f]{64}", blob):
        return hashlib.sha256(data).hexdigest() == blob
    if re.fullmatch("[0-9a-f]{40}", blob):
        return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest() == blob
    return True


def cached(file: str) -> list[str]:
    """Names of the repositories in the cache that have `file` at their root."""
    folders = cache().glob(f"models--*--*/snapshots/*/{file}")
    return sorted({PREFIX + "/".join(path.parts[-4].split("--")[1:]) for path in folders})


def endpoint() -> str:
    """The hub that is asked."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or str(client().constants.ENDPOINT)


def disable_telemetry() -> None:
    """Have huggingface_hub report nothing about us; what the user set stays. Before it is imported."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


def client() -> Any:
    """The module huggingface_hub."""
    disable_telemetry()
    import huggingface_hub

    return huggingface_hub


def download(
    repo_id: str, revision: str, file: str, report: Report | None = None, anonymous: bool = False
) -> Path:
    """Download one file into the cache, whatever is there, and return its place. ZooError says why not."""
    answered = Event()
    # Without force_download the client would try an unreachable hub for 23 s; whoever calls knows it is needed.
    call = partial(
        client().hf_hub_download,
        repo_id,
        file,
        revision=revision,
        endpoint=endpoint(),
        token=False if anonymous else None,
        cache_dir=cache(anonymous),
        etag_timeout=ETAG_SECONDS,
        force_download=True,
        tqdm_class=_bar(answered, report or (lambda n_bytes: None)),
    )
    return Path(call_hub(call, RequestContext(repo_id, revision, file, anonymous), answered))


def _bar(answered: Event, report: Report) -> type:
    """What huggingface_hub takes for a progress bar; it is made when the first answer is there."""
    from tqdm import tqdm

    class Bar(tqdm):
        def __init__(self, *args: Any, **settings: Any) -> None:
            super().__init__(*args, **{**settings, "disable": True})
            answered.set()

        def update(self, n: float | None = 1) -> None:
            self.n += n or 0
            report(int(self.n))

    return Bar


@dataclass(frozen=True)
class RequestContext:
    """What a hub is asked for, for the sentence that says why it was not given."""

    repo_id: str
    revision: str = "main"
    file: str = ""
    anonymous: bool = False


def call_hub(call: Callable[[], T], about: RequestContext, answered: Event | None = None) -> T:
    """What `call` returns; its errors become sentences. It is given up if `answered` is not set in time."""
    import httpx2

    try:
        return _patiently(call, answered) if answered else call()
    except (OSError, ValueError, RuntimeError, httpx2.HTTPError) as error:
        # A forced download that fails is a ValueError whose cause is what happened.
        raise error_for(
            error.__cause__ if type(error) is ValueError and error.__cause__ else error, about
        ) from error


def _patiently(call: Callable[[], T], answered: Event) -> T:
    """The client has no limit for all of its attempts together, so it works in a thread that can be left behind."""
    outcome: Future[T] = Future()

    def work() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:
            outcome.set_exception(error)

    Thread(target=work, name="hub", daemon=True).start()
    if not wait([outcome], PATIENCE_SECONDS).done and not answered.is_set():
        raise HubUnavailable(f"{endpoint()} has not answered for {PATIENCE_SECONDS:g} s; try again later")
    return outcome.result()


SENTENCES = {
    "GatedRepoError": "{repo} is gated: accept its terms at {url}, then run `hf auth login` or set HF_TOKEN",
    "DisabledRepoError": "{repo} was switched off by the Hub; use another",
    "RepositoryNotFoundError": "the Hub has no {repo}, or it is private: check the name, or run `hf auth login`",
    "RevisionNotFoundError": "{repo} has no branch, tag or commit {revision!r}; see {url}/tree/main",
    "EntryNotFoundError": "{repo} has no {file} at {revision}{hint}",
    "HFValidationError": "{repo!r} is no name of a repository; write owner/repo",
    "LocalTokenNotFoundError": "the Hub wants to know who you are: run `hf auth login` or set HF_TOKEN",
    "FileMetadataError": "{endpoint} does not answer as a hub does; check HF_ENDPOINT and the proxy",
}
TO_ANYBODY = {
    "GatedRepoError": "{repo} is gated, and what is opened here must be open to all; use another",
    "RepositoryNotFoundError": "the Hub has no {repo} that is open to all; check the name",
}
HINTS = {
    "index.json": ", so it is no registry; a single model is named with --model",
    "config.json": ", so it is no single model; a registry is named with --zoo",
}
STATUSES = {
    401: "{endpoint} does not know your token; run `hf auth login` or set HF_TOKEN",
    402: "{endpoint} wants a paid plan for this; see its pricing, or choose an owner who has one",
    403: "{endpoint} does not allow this for {repo}; use a token that may, or another repository",
    409: "{endpoint} says that it is there already, or was changed just now; try again, or another name",
    429: "{endpoint} has had too many requests from here; try again in a few minutes, or run `hf auth login`",
}


def error_for(error: BaseException, about: RequestContext) -> ZooError:
    """What an error of the client means and what to do. HubUnavailable where another time may do."""
    import httpx2
    from huggingface_hub import errors

    words = {
        "repo": about.repo_id,
        "revision": about.revision,
        "file": about.file,
        "hint": HINTS.get(about.file, "; ask its owner to push it whole, or name another revision"),
        "endpoint": endpoint(),
        "url": f"{endpoint()}/{about.repo_id}",
    }
    # From the special to the general: almost all of them are OSErrors, and a gated repository is one not found.
    for name, sentence in {**SENTENCES, **(TO_ANYBODY if about.anonymous else {})}.items():
        if isinstance(error, getattr(errors, name)):
            return ZooError(sentence.format(**words))
    if isinstance(error, errors.OfflineModeIsEnabled):
        return HubUnavailable("HF_HUB_OFFLINE is set; unset it to download")
    if isinstance(error, errors.HfHubHTTPError):
        status = error.response.status_code
        if status in STATUSES:
            return (HubUnavailable if status == 429 else ZooError)(STATUSES[status].format(**words))
        kind = HubUnavailable if status >= 500 else ZooError
        return kind(f"{endpoint()} answers with status {status}; try again later")
    if isinstance(error, httpx2.TransportError):
        return HubUnavailable(
            f"{endpoint()} cannot be reached ({type(error).__name__}); check the network and HF_ENDPOINT"
        )
    reason = getattr(error, "strerror", None) or str(error).strip().split("\n")[0]
    return ZooError(f"{about.file or about.repo_id} could not be transferred ({reason}); try again")
