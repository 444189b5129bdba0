"""The folder of visitors' recordings and uploads: private, swept by age, removed when the server ends."""

import math
import os
import tempfile
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from threading import Event, Lock, Thread

from audioclf.atomic import write_whole
from audioclf.disk import folder_size, free_bytes, remove_apart
from audioclf.types import AudioclfError
from audioclf.ui.addresses import loses_first

VARIABLE = "GRADIO_TEMP_DIR"
KEPT_SECONDS = 3000  # with the time between two sweeps, nothing is kept longer than an hour
SWEEP_SECONDS = 600
PREFIX = "audioclf-visitors-"
ENDED = f"{PREFIX}ended-"  # of the folder of a server that has ended: whatever is left in it is removed at any age
END_SECONDS = 2.0  # for the removal when the server ends; a process of its own removes the rest
MAX_BYTES = 2_000_000_000  # of all kept files; no more is taken until older ones are removed
MADE_BYTES = MAX_BYTES // 4  # of files made for visitors: 2 MB of FLAC can be 58 MB to play
MIN_FREE_BYTES = 500_000_000  # of the disk
LEAST_BYTES = 50_000  # what each file or folder counts, since many small ones are a burden, too
MAX_ADDRESSES = 10_000  # whose share is remembered
MEASURED_SECONDS = 2.0  # at most so often the folder is measured
MEASURED_SHARE = 0.05  # of the time, at most, is spent on measuring


@contextmanager
def recordings_folder() -> Iterator[Path]:
    """A new folder that only this user can read, where Gradio keeps visitors' files from now on.

    It lies in $GRADIO_TEMP_DIR, else in the system's folder for temporary files. Old files that earlier servers left
    there are removed, and all files of servers that have ended. AudioclfError if there is no place to write to. Enter
    it before Gradio is imported.
    """
    root = Path(os.environ.get(VARIABLE) or tempfile.gettempdir())
    try:
        root.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=root))
    except OSError as error:
        raise AudioclfError(
            f"no folder for visitors' sounds can be made in {root.name or root} ({error.strerror}); "
            f"set {VARIABLE} to a folder that can be written to"
        ) from error
    given, ended = os.environ.get(VARIABLE), Event()
    os.environ[VARIABLE] = str(folder)
    Thread(target=_delete_regularly, args=(root, ended), name="delete-old", daemon=True).start()
    try:
        yield folder
    finally:
        ended.set()
        _remove_ended(folder)
        if given is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = given


@dataclass(eq=False)
class Room:
    """Whether a folder may take more files."""

    folder: Path
    _due: float = float("-inf")
    _left: float = 0.0  # bytes, when measured, less what has been promised since

    def is_full(self, coming: int = 0) -> bool:
        """Whether so many more bytes would fill the folder, MAX_BYTES, or leave the disk less than MIN_FREE_BYTES."""
        began = time.monotonic()
        if began >= self._due:
            free = free_bytes(self.folder) - MIN_FREE_BYTES
            self._left = min(free, MAX_BYTES - folder_size(self.folder, LEAST_BYTES))
            ended = time.monotonic()
            self._due = ended + max(MEASURED_SECONDS, (ended - began) / MEASURED_SHARE)
        if self._left <= coming:
            return True
        self._left -= coming
        return False


@dataclass(eq=False)
class Shares:
    """How much each address has taken of something; it gets it back evenly within some seconds.

    limit: how much one address may take; by default bytes, half of what is kept of all. least: what it takes each
    time, at the least. `clock` gives seconds.
    """

    limit: int = MAX_BYTES // 2
    least: int = LEAST_BYTES
    seconds: float = KEPT_SECONDS
    clock: Callable[[], float] = time.monotonic
    _taken: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)  # how much, and when

    def take(self, address: str, n: int) -> bool:
        """Whether the address may take so many more; then they count as taken."""
        now = self.clock()
        before, since = self._taken.get(address, (0.0, now))
        taken = max(0.0, before - (now - since) * self.limit / self.seconds) + max(n, self.least)
        if taken > self.limit:
            return False
        self._taken[address] = (taken, now)
        self._taken.move_to_end(address)
        if len(self._taken) > MAX_ADDRESSES:
            self._taken.popitem(last=False)
        return True


@dataclass(eq=False)
class Made:
    """Files that were made of visitors' sounds. Too many would leave no room for sounds, which nobody can make again.

    limit: bytes of all of them. Beyond it, files are removed: the largest of the address that has most.
    """

    limit: int = MADE_BYTES
    _files: dict[str, tuple[str, int]] = field(default_factory=dict)  # address and bytes
    _lock: Lock = field(default_factory=Lock)

    def keep(self, file: Path, data: bytes, address: str) -> None:
        """Write a file for an address unless it is there, and let it be as young as a new one."""
        size = max(len(data), LEAST_BYTES)
        with self._lock:
            self._files.pop(str(file), None)
            self._make_room(size)
            if not file.exists():
                write_whole(file, data)  # another visitor's browser may be fetching the same file just now
            file.touch()  # files are deleted by age
            self._files[str(file)] = address, size

    def _make_room(self, coming: int) -> None:
        if self._n_bytes + coming > self.limit:
            self._files = {path: kept for path, kept in self._files.items() if Path(path).exists()}
        while self._files and self._n_bytes + coming > self.limit:
            gone = loses_first((path, *kept) for path, kept in self._files.items())
            del self._files[gone]
            _remove(Path(gone), math.inf)
            _remove_empty(Path(gone).parent, math.inf)

    @property
    def _n_bytes(self) -> int:
        return sum(size for _, size in self._files.values())


@lru_cache(maxsize=1)
def made_in(folder: str) -> Made:
    """The files that were made in the folder of this server."""
    return Made()


def _delete_regularly(root: Path, ended: Event) -> None:
    while True:
        delete_old(root, time.time() - KEPT_SECONDS)
        if ended.wait(SWEEP_SECONDS):
            return


def delete_old(root: Path, before: float) -> None:
    """Remove files below the folders of all servers in `root` that were made before this time, then empty folders.

    A file or folder that cannot be removed does not keep the others. Of a server that has ended, all are removed.
    """
    for folder in root.glob(f"{PREFIX}*"):
        if not folder.is_symlink() and folder.is_dir():
            _sweep(folder, math.inf if folder.name.startswith(ENDED) else before)


def _sweep(folder: Path, before: float, seconds: float = math.inf) -> bool:
    """As `delete_old` for one folder. Whether it was done within so many seconds; it stops after them."""
    end = time.monotonic() + seconds
    for parent, folders, files in os.walk(folder, topdown=False):
        for names, remove in ((files, _remove), (folders, _remove_empty)):
            for name in names:
                if time.monotonic() > end:
                    return False
                remove(Path(parent, name), before)
    _remove_empty(folder, before)
    return True


def _remove_ended(folder: Path) -> None:
    """Remove the folder of this server; what takes longer than END_SECONDS goes on after its end."""
    with suppress(OSError):
        folder = folder.rename(folder.with_name(ENDED + folder.name.removeprefix(PREFIX)))
    if not _sweep(folder, math.inf, END_SECONDS):
        remove_apart(folder)


def _remove(file: Path, before: float) -> None:
    with suppress(OSError):  # somebody else removed it, or it belongs to another user
        if file.lstat().st_ctime < before:
            file.unlink()


def _remove_empty(folder: Path, before: float) -> None:
    with suppress(OSError):
        if folder.lstat().st_ctime < before:
            folder.rmdir()
