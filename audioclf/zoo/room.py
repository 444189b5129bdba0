"""How much a download may take: bytes of the file, room on the disk, and the cache of visitors' downloads."""

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Event
from time import monotonic, time

from audioclf.disk import folder_size, free_bytes
from audioclf.types import ZooError

QUOTA = "AUDIOCLF_CACHE_MB"  # environment variable: size of the cache of visitors' downloads
DEFAULT_QUOTA_MB = 2000
FREE_BYTES = 200_000_000  # that stay free on the disk
UNFINISHED_SECONDS = 3600.0  # without a new byte; then the process that downloaded a file was killed
REFUSED_SECONDS = 60.0  # in which a refused file is not asked for again


class Refusal(ZooError):
    """A file that must not be downloaded."""


@dataclass(frozen=True)
class Budget:
    """What one download may take.

    file: its name in messages. folder: the cache. visited: the repository's folder in a cache that has a quota.
    """

    file: str
    limit: int
    folder: Path
    visited: Path | None
    _stopped: Event = field(default_factory=Event)

    def admit(self, total: int | None) -> None:
        """Before the first byte. total: bytes that the hub promises. Refusal unless there is room for them."""
        needed = self.limit if total is None else int(total)
        self.count(needed)
        if self.visited:
            make_room(self.folder, self.visited, needed)
        if (free := free_bytes(self.folder)) < needed + FREE_BYTES:
            raise Refusal(
                f"{self.file} needs {needed / 1e6:.1f} MB, and the disk has {free / 1e6:.0f} MB left; "
                f"{FREE_BYTES / 1e6:.0f} MB must stay free: make room in the cache of the Hub"
            )

    def count(self, n_bytes: int) -> None:
        """After each part. Refusal if the file is larger than its limit, or nobody waits for it."""
        if n_bytes > self.limit:
            raise Refusal(f"{self.file} is larger than the limit of {self.limit / 1e6:g} MB; refused")
        if self._stopped.is_set():
            raise Refusal(f"{self.file} came too slowly")

    def stop(self) -> None:
        """End the download at its next part."""
        self._stopped.set()


@dataclass
class Refused:
    """Whether a file was refused a moment ago."""

    until: float = 0.0
    sentence: str = ""

    def check(self) -> None:
        if monotonic() < self.until:
            raise Refusal(self.sentence)

    def remember(self, sentence: str) -> None:
        self.until, self.sentence = monotonic() + REFUSED_SECONDS, sentence


@lru_cache(maxsize=1024)
def refusal_of(folder: Path, repo_id: str, revision: str, file: str) -> Refused:
    """What is remembered of one file."""
    return Refused()


def quota() -> int:
    """Bytes of the cache of visitors' downloads. ZooError for a value of the environment that is no number."""
    value = os.environ.get(QUOTA) or str(DEFAULT_QUOTA_MB)
    if not value.isdecimal():
        raise ZooError(f"{QUOTA} is {value!r}; give a number of megabytes, such as {DEFAULT_QUOTA_MB}")
    return int(value) * 1_000_000


def make_room(cache: Path, visited: Path, n_bytes: int) -> None:
    """Delete the repositories that were not used for longest, until n_bytes more fit into the quota.

    visited: the repository that is downloaded; Refusal if it does not fit even alone.
    """
    sizes = {repo: folder_size(repo) for repo in cache.glob("models--*")}
    others = sorted((repo for repo in sizes if repo != visited), key=_last_use)
    while sum(sizes.values()) + n_bytes > quota() and others:
        oldest = others.pop(0)
        shutil.rmtree(oldest, ignore_errors=True)
        del sizes[oldest]
    if sum(sizes.values()) + n_bytes > quota():
        raise Refusal(
            f"{visited.name.removeprefix('models--').replace('--', '/')} needs more than the {quota() / 1e6:.0f} MB "
            f"that are kept of other registries; use a smaller one (the owner of this page can raise {QUOTA})"
        )


def remove_unfinished(repo: Path) -> None:
    """Delete the parts of files in a repository's folder whose download was killed."""
    for part in repo.glob("blobs/*.incomplete"):
        with suppress(OSError):  # somebody else has removed it, or it belongs to another user
            if time() - part.stat().st_mtime > UNFINISHED_SECONDS:
                part.unlink()


def _last_use(repo: Path) -> float:
    try:
        return repo.stat().st_mtime
    except OSError:
        return 0.0
