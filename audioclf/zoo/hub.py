"""Download files from the Hugging Face Hub, with huggingface_hub and its cache; `publish` uploads.

A name is `hf-hub:owner/repo[@revision]`. A revision is resolved once and its commit cached; if all files are cached,
no request is made. huggingface_hub is imported only when a hub is used.
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
from audioclf.zoo.files import read_bounded

PREFIX = "hf-hub:"
NAME = re.compile(r"hf-hub:(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w.-]+(?:/[\w.-]+)*))?", re.ASCII)
BARE = re.compile(r"[\w-][\w.-]*/[\w.-]+(?:@[\w./-]+)?", re.ASCII)
PATIENCE_SECONDS = 10.0  # time limit for the first byte of a file
ETAG_SECONDS = 5.0
Report = Callable[[int], None]  # called with the bytes of the file received so far
T = TypeVar("T")


class HubUnavailable(ZooError):
    """The hub cannot be reached or gives no answer; another try later may succeed."""


@dataclass(frozen=True)
class Snapshot:
    """A repository at one commit, in the cache of huggingface_hub; files are downloaded one by one.

    root: <cache>/models--owner--repo/snapshots/<commit>.
    anonymous: use no token, and a cache that holds only files downloaded without one.
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
        """Repository and commit, with the branch or tag that led to it."""
        found_by = "" if self.commit.startswith(self.revision) else f"{self.revision}, "
        return f"{self.repo_id} ({found_by}{self.commit[:8]})"

    def fetch(self, file: str, report: Report | None = None) -> None:
        """Download a file; a cached one is damaged and is replaced. ZooError says why it failed."""
        path = self.root / file
        # A cache without links has copies, which the client does not replace.
        if not path.is_symlink():
            path.unlink(missing_ok=True)
        download(self.repo_id, self.commit, file, report, self.anonymous)

    def ensure(self, file: str, report: Report | None = None) -> None:
        """Download a file if it is missing, and once more if it does not match the hub's hash."""
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
    """Whether a name has the prefix of a hub; `parse` checks the rest."""
    return isinstance(name, str) and name.startswith(PREFIX)


def parse(name: str) -> tuple[str, str]:
    """Repository and revision (default: "main") of a `hf-hub:` name."""
    found = NAME.fullmatch(name)
    if not found or ".." in name:
        raise ZooError(
            f"{name!r} is no name on the Hub; write {PREFIX}owner/repo or {PREFIX}owner/repo@revision"
        )
    return found["repo"], found["revision"] or "main"


def check_not_bare(name: str) -> None:
    """ZooError for owner/repo without prefix if no such folder exists: it could mean either."""
    if BARE.fullmatch(name) and not Path(name).exists():
        raise ZooError(
            f"{name!r} is no folder here; write {PREFIX}{name} for the Hub, or ./{name} for a folder"
        )


def open_snapshot(name: str, file: str, update: bool = False, anonymous: bool = False) -> Snapshot:
    """The repository of a `hf-hub:` name at its cached commit, with `file` downloaded.

    The hub is asked for the commit of a branch or tag only if none is cached, or with `update`.
    """
    repo_id, revision = parse(name)
    find = partial(client().try_to_load_from_cache, repo_id, file, cache(anonymous), revision)
    known = None if update else find()
    path = Path(known) if isinstance(known, str) else download(repo_id, revision, file, anonymous=anonymous)
    snapshot = Snapshot(repo_id, revision, path.parent, anonymous)
    snapshot.ensure(file)
    return snapshot


def cache(anonymous: bool = False) -> Path:
    """Folder of the cache. Anonymous downloads have their own, since only they may be shown to visitors."""
    constants = client().constants
    return Path(constants.HF_ASSETS_CACHE) / "audioclf" if anonymous else Path(constants.HF_HUB_CACHE)


def intact(path: Path) -> bool:
    """Whether a cached file matches the git or LFS hash in the name of its blob.

    True if there is no hash to check: the cache holds a copy instead of a link, or a mirror uses other names.
    """
    blob = Path(os.readlink(path)).name if path.is_symlink() else ""
    data = read_bounded(path)
    if re.fullmatch("[0-9a-f]{64}", blob):
        return hashlib.sha256(data).hexdigest() == blob
    if re.fullmatch("[0-9a-f]{40}", blob):
        return hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest() == blob
    return True


def cached(file: str) -> list[str]:
    """`hf-hub:` names of the cached repositories that have `file` at their root."""
    folders = cache().glob(f"models--*--*/snapshots/*/{file}")
    return sorted({PREFIX + "/".join(path.parts[-4].split("--")[1:]) for path in folders})


def endpoint() -> str:
    """The hub's address."""
    return os.environ.get("HF_ENDPOINT", "").rstrip("/") or str(client().constants.ENDPOINT)


def disable_telemetry() -> None:
    """Disable the telemetry of huggingface_hub, unless the user set it. Call this before the import."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")


def client() -> Any:
    """The module huggingface_hub, without telemetry."""
    disable_telemetry()
    import huggingface_hub

    return huggingface_hub


def download(
    repo_id: str, revision: str, file: str, report: Report | None = None, anonymous: bool = False
) -> Path:
    """Download one file into the cache, even if it is cached, and return its path. ZooError says why it failed."""
    answered = Event()
    # Without force_download the client would try an unreachable hub for 23 s.
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
    """A progress-bar class for huggingface_hub, which makes one at the hub's first response."""
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
    """What is requested from a hub; error messages name it."""

    repo_id: str
    revision: str = "main"
    file: str = ""
    anonymous: bool = False


def call_hub(call: Callable[[], T], about: RequestContext, answered: Event | None = None) -> T:
    """The result of `call`; its errors become ZooErrors. HubUnavailable if `answered` is not set in time."""
    import httpx2

    try:
        return _with_time_limit(call, answered) if answered else call()
    except (OSError, ValueError, RuntimeError, httpx2.HTTPError) as error:
        # A forced download that fails raises a ValueError; its cause is the actual error.
        raise error_for(
            error.__cause__ if type(error) is ValueError and error.__cause__ else error, about
        ) from error


def _with_time_limit(call: Callable[[], T], answered: Event) -> T:
    """Run `call` in a thread that can be abandoned: the client has no time limit over all its attempts."""
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
    "LocalTokenNotFoundError": "authentication required: run `hf auth login` or set HF_TOKEN",
    "FileMetadataError": "{endpoint} does not answer as a hub does; check HF_ENDPOINT and the proxy",
}
ANONYMOUS_SENTENCES = {
    "GatedRepoError": "{repo} is gated, and this demo opens only repositories that are open to all; use another",
    "RepositoryNotFoundError": "the Hub has no {repo} that is open to all; check the name",
}
HINTS = {
    "index.json": ", so it is no registry; a single model is named with --model",
    "config.json": ", so it is no single model; a registry is named with --zoo",
}
STATUSES = {
    401: "{endpoint} does not know your token; run `hf auth login` or set HF_TOKEN",
    402: "{endpoint} requires a paid plan for this; see its pricing, or choose an owner who has one",
    403: "{endpoint} does not allow this for {repo}; use a token with that right, or another repository",
    409: "{endpoint} reports a conflict: {repo} exists or was just changed; try again, or use another name",
    429: "{endpoint} has had too many requests from here; try again in a few minutes, or run `hf auth login`",
}


def error_for(error: BaseException, about: RequestContext) -> ZooError:
    """What an error of the client means and what to do. HubUnavailable if another try may succeed."""
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
    # Subclasses come first: GatedRepoError is a RepositoryNotFoundError, and almost all are OSErrors.
    for name, sentence in {**SENTENCES, **(ANONYMOUS_SENTENCES if about.anonymous else {})}.items():
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
