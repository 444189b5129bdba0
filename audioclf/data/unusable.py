"""Decode every recording of a folder once, before hours of training, and say which cannot be used."""

import json
import os
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from pathlib import Path

from audioclf import audio
from audioclf.atomic import write_whole
from audioclf.types import AudioError, Progress

VERSION = 1  # of the decoder; a new version checks every file again


def find_unusable(files: Sequence[Path], cache: Path, progress: Progress) -> Mapping[Path, str]:
    """The files that cannot be decoded, with the reason. Files that `cache` lists as usable are not read again."""
    known = _known(cache)
    names = {file: _identity(file) for file in files}
    new = [file for file in files if names[file] not in known]
    with ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as workers:
        found: dict[Path, str] = {}
        for i, (file, problem) in enumerate(zip(new, workers.map(_problem, new), strict=True)):
            progress(i + 1, len(new), "checking the recordings")
            if problem:
                found[file] = problem
    if len(found) < len(new):
        usable = known | {names[file] for file in new if file not in found}
        write_whole(cache, json.dumps([VERSION, *sorted(usable)]).encode())
    return found


def _known(cache: Path) -> set[str]:
    """Identities of the files that were usable before; none if the list cannot be used."""
    try:
        version, *known = json.loads(cache.read_bytes())
    except (OSError, ValueError, TypeError):
        return set()
    return set(known) if version == VERSION else set()


def _identity(file: Path) -> str:
    """Path, size and time of change; empty, which is never known, for a file that is not there."""
    try:
        stat = file.stat()
    except OSError:
        return ""
    return f"{file.resolve()} {stat.st_size} {stat.st_mtime_ns}"


def _problem(file: Path) -> str:
    try:
        stat = file.stat()
    except OSError:
        return "there is no such file"
    return _decoding_problem(file, stat.st_size, stat.st_mtime_ns)


@lru_cache(maxsize=100_000)  # an evaluation with several seeds asks again for each
def _decoding_problem(file: Path, size: int, changed_ns: int) -> str:
    try:
        audio.load_clip(file)
    except AudioError as error:
        return str(error)
    return ""
