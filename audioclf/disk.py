"""What folders take on the disk, and what is left of it."""

import os
import shutil
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

REMOVE = "import shutil, sys; shutil.rmtree(sys.argv[1], ignore_errors=True)"


def folder_size(folder: Path, least: int = 0) -> int:
    """Bytes of all files and folders below a folder; links are not followed. least: what each counts at least."""
    total = 0
    for parent, folders, files in os.walk(folder):
        for name in (*folders, *files):
            with suppress(OSError):  # deleted meanwhile
                total += max(least, os.lstat(os.path.join(parent, name)).st_size)
    return total


def free_bytes(folder: Path) -> int:
    """Free bytes of the disk on which the folder is, or will be made."""
    there = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
    return shutil.disk_usage(there).free


def remove_apart(folder: Path) -> None:
    """Remove a folder in a process that outlives this one, and in a session of its own, which no Ctrl-C ends."""
    nothing: Any = {name: subprocess.DEVNULL for name in ("stdin", "stdout", "stderr")}
    subprocess.Popen([sys.executable, "-c", REMOVE, str(folder)], start_new_session=True, **nothing)
