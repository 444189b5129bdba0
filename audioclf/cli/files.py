"""The files that a command is given, and what it writes for each: a file that fails is reported, the others go on."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from audioclf.types import AudioclfError, AudioError


@dataclass(frozen=True)
class Output:
    """What is written for one file, and where to."""

    text: str
    stream: TextIO
    has_failed: bool = False


def sounds_below(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(file, ""): the named files, and the sound files below the named folders.

    (folder, problem) for a folder that cannot be opened or that has no sounds below it.
    """
    from audioclf.data.sound_files import search

    for name in names:
        if not os.path.isdir(name):
            yield name, ""
            continue
        found = search(Path(name))
        yield from ((str(path), "") for path in found.sounds)
        for path, reason in found.closed:
            yield str(path), f"the folder {path.name} cannot be opened ({reason}); check that you may open it"
        if not (found.sounds or found.closed):
            yield name, f"{Path(name).name or name} is a folder without sound files; choose another one"


def output_for(file: str, problem: str, written: Callable[[str], str], as_json: bool) -> Output:
    """What `written` gives for a file, or the line that reports its failure. problem: as in `sounds_below`."""
    try:
        if problem:
            raise AudioError(problem)
        return Output(written(file), sys.stdout)
    except (AudioclfError, OSError, MemoryError) as error:
        return _failure(file, error, as_json)


def _failure(file: str, error: Exception, as_json: bool) -> Output:
    """The line that reports a file that failed."""
    sentence = _sentence(file, error)
    if as_json:
        return Output(json.dumps({"file": file, "error": sentence}), sys.stdout, True)
    where = f"{file}: " if os.path.dirname(file) else ""  # sentences do not name the folder
    return Output(f"audioclf: {where}{sentence}", sys.stderr, True)


def _sentence(file: str, error: Exception) -> str:
    if isinstance(error, AudioclfError):
        return str(error)
    reason = "not enough memory" if isinstance(error, MemoryError) else getattr(error, "strerror", error)
    return f"{Path(file).name} cannot be classified ({reason}); shorten it, or try it alone"
