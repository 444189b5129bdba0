"""The folder of visitors' recordings and uploads: private, swept by age, removed when the server ends."""

import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event, Thread

from audioclf.types import AudioclfError

VARIABLE = "GRADIO_TEMP_DIR"
KEPT_SECONDS = 3000  # with the time between two sweeps, nothing is kept longer than an hour
SWEEP_SECONDS = 600
PREFIX = "audioclf-visitors-"


@contextmanager
def recordings_folder() -> Iterator[Path]:
    """A new folder that only this user can read, where Gradio keeps visitors' files from now on.

    It lies in $GRADIO_TEMP_DIR, else in the system's folder for temporary files. Old files that earlier servers left
    there are removed. AudioclfError if there is no place to write to. Enter it before Gradio is imported.
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
    Thread(target=_sweep_regularly, args=(root, ended), name="sweep", daemon=True).start()
    try:
        yield folder
    finally:
        ended.set()
        shutil.rmtree(folder, ignore_errors=True)
        if given is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = given


def _sweep_regularly(root: Path, ended: Event) -> None:
    while True:
        sweep(root, time.time() - KEPT_SECONDS)
        if ended.wait(SWEEP_SECONDS):
            return


def sweep(root: Path, before: float) -> None:
    """Remove files below the folders of all servers in `root` that were made before this time, then empty folders.

    A file or folder that cannot be removed does not keep the others.
    """
    for folder in root.glob(f"{PREFIX}*"):
        if folder.is_symlink() or not folder.is_dir():
            continue
        for parent, folders, files in os.walk(folder, topdown=False):
            for name in files:
                _remove(Path(parent, name), before)
            for name in folders:
                _remove_empty(Path(parent, name), before)
        _remove_empty(folder, before)


def _remove(file: Path, before: float) -> None:
    try:
        if file.lstat().st_ctime < before:
            file.unlink()
    except OSError:
        pass  # somebody else removed it, or it belongs to another user


def _remove_empty(folder: Path, before: float) -> None:
    try:
        if folder.lstat().st_ctime < before:
            folder.rmdir()
    except OSError:
        pass
