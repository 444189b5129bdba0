"""Download files from the Hugging Face Hub, with huggingface_hub and its cache; `publish` uploads.

A name is `hf-hub:owner/repo[@revision]`. A revision is resolved once and its commit cached; if all files are cached,
no request is made. huggingface_hub is imported only when a hub is used.
"""

import hashlib
import os
import re
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any, TypeVar

from audioclf.types import ZooError
from audioclf.zoo.files import limit_of, read_bounded
from audioclf.zoo.hub_answers import watch_answers
from audioclf.zoo.hub_errors import HubUnavailable as HubUnavailable
from audioclf.zoo.hub_errors import RequestContext as RequestContext
from audioclf.zoo.hub_errors import error_for
from audioclf.zoo.room import Budget, Refusal, refusal_of, remove_unfinished

PREFIX = "hf-hub:"
NAME = re.compile(r"hf-hub:(?P<repo>[\w.-]+/[\w.-]+)(?:@(?P<revision>[\w.-]+(?:/[\w.-]+)*))?", re.ASCII)
ADDRESS = re.compile(
    r"(?:https?://[^/]*|huggingface\.co|hf\.co)(?:/(?P<repo>[\w.-]+/[\w.-]+))?(?:/.*)?", re.ASCII
)
BARE = re.compile(r"[\w-][\w.-]*/[\w.-]+(?:@[\w./-]+)?", re.ASCII)
PATIENCE_SECONDS = 10.0  # time limit for the first byte of a file
ETAG_SECONDS = 5.0
DEADLINE_SECONDS, SLOWEST_BYTES = (
    60.0,
    100_000,
)  # for a whole file: a minute, and a second for each of so many bytes
Report = Callable[[int], None]  # called with the bytes of the file received so far
T = TypeVar("T")


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

    def fetch(self, file: str, report: Report | None = None, limit: int | None = None) -> None:
        """Download a file; a cached one is damaged and is replaced. ZooError says why it failed.

        limit: bytes that it may have; default: the limit of its kind.
        """
        path = self.root / file
        # A cache without links has copies, which the client does not replace.
        if not path.is_symlink():
            path.unlink(missing_ok=True)
        about = RequestContext(self.repo_id, self.commit, file, self.anonymous)
        download(about, report, limit_of(path.name) if limit is None else limit)

    def refuse(self, file: str, sentence: str) -> None:
        """Delete a damaged file from the cache, and do not ask for it again for a while."""
        self.discard(file)
        refusal_of(cache(self.anonymous), self.repo_id, self.commit, file).remember(sentence)

    def discard(self, file: str) -> None:
        """Delete a file from the cache."""
        path = self.root / file
        for copy in (path.resolve(), path):
            copy.unlink(missing_ok=True)

    def ensure(self, file: str, report: Report | None = None) -> None:
        """Download a file if it is missing, and once more if it does not match the hub's hash."""
        path = self.root / file
        if not path.exists():
            self.fetch(file, report)
        if not intact(path):
            self.fetch(file, report)
        if not intact(path):
            self.discard(file)
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


def check_folder_name(name: str) -> None:
    """ZooError for the address of a web page, and for owner/repo without prefix if no such folder exists."""
    if found := ADDRESS.fullmatch(name):
        repo = found["repo"] or "owner/repo"
        raise ZooError(f"{name!r} is an address; write {PREFIX}{repo} for a repository on the Hub")
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
    about = RequestContext(repo_id, revision, file, anonymous)
    path = Path(known) if isinstance(known, str) else download(about)
    snapshot = Snapshot(repo_id, revision, path.parent, anonymous)
    snapshot.ensure(file)
    if anonymous:
        with suppress(OSError):
            os.utime(path.parents[2])  # the repository was used just now: see room.make_room
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


def download(about: RequestContext, report: Report | None = None, limit: int | None = None) -> Path:
    """Download one file into the cache, even if it is cached, and return its path. ZooError says why it failed.

    limit: bytes that it may have; default: the limit of its kind. A file that was refused is not asked for again
    for a while.
    """
    limit = limit_of(Path(about.file).name) if limit is None else limit
    folder, answered = cache(about.anonymous), Event()
    refusal = refusal_of(folder, about.repo_id, about.revision, about.file)
    refusal.check()
    repo = folder / ("models--" + about.repo_id.replace("/", "--"))
    remove_unfinished(repo)
    budget = Budget(f"{about.repo_id}/{about.file}", limit, folder, repo if about.anonymous else None)
    watch_answers(client().utils.get_session())
    # Without force_download the client would try an unreachable hub for 23 s.
    call = partial(
        client().hf_hub_download,
        about.repo_id,
        about.file,
        revision=about.revision,
        endpoint=endpoint(),
        token=False if about.anonymous else None,
        cache_dir=folder,
        etag_timeout=ETAG_SECONDS,
        force_download=True,
        tqdm_class=_bar(answered, report or (lambda n_bytes: None), budget),
    )
    try:
        return Path(call_hub(call, about, Clock(answered, budget, deadline_of(limit))))
    except Refusal as error:
        refusal.remember(str(error))
        raise


def deadline_of(limit: int) -> float:
    """Seconds for the download of a file that may have `limit` bytes."""
    return DEADLINE_SECONDS + limit / SLOWEST_BYTES


def _bar(answered: Event, report: Report, budget: Budget) -> type:
    """A progress-bar class for huggingface_hub, which makes one at the hub's first response.

    It tells the bar the size of the file, and every part before it is written; an error here ends the download.
    """
    from tqdm import tqdm

    class Bar(tqdm):
        def __init__(self, *args: Any, **settings: Any) -> None:
            super().__init__(*args, **{**settings, "disable": True})
            answered.set()
            budget.admit(settings.get("total"))

        def update(self, n: float | None = 1) -> None:
            self.n += n or 0
            budget.count(int(self.n))
            report(int(self.n))

    return Bar


@dataclass(frozen=True)
class Clock:
    """Time limits of a download. answered: set at its first byte. seconds: for all of it."""

    answered: Event
    budget: Budget
    seconds: float


def call_hub(call: Callable[[], T], about: RequestContext, clock: Clock | None = None) -> T:
    """The result of `call`; its errors become ZooErrors. HubUnavailable if it takes longer than the clock allows."""
    import httpx2

    try:
        return _with_time_limit(call, clock) if clock else call()
    except (OSError, ValueError, RuntimeError, httpx2.HTTPError) as error:
        # A forced download that fails raises a ValueError; its cause is the actual error.
        cause = error.__cause__ if type(error) is ValueError and error.__cause__ else error
        raise error_for(cause, about, endpoint()) from error


def _with_time_limit(call: Callable[[], T], clock: Clock) -> T:
    """Run `call` in a thread that can be abandoned: the client has no time limit over all its attempts."""
    outcome: Future[T] = Future()

    def work() -> None:
        try:
            outcome.set_result(call())
        except BaseException as error:
            outcome.set_exception(error)

    Thread(target=work, name="hub", daemon=True).start()
    first = min(PATIENCE_SECONDS, clock.seconds)
    if not wait([outcome], first).done and not clock.answered.is_set():
        clock.budget.stop()
        raise HubUnavailable(f"{endpoint()} has not answered for {first:g} s; try again later")
    if not wait([outcome], clock.seconds - first).done:
        clock.budget.stop()
        raise HubUnavailable(
            f"{endpoint()} has not sent {clock.budget.file} whole in {clock.seconds:.0f} s; try again later"
        )
    return outcome.result()
