"""What can be refused is refused before the first second of training, and all of it at once."""

import os
import re
import tempfile
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from audioclf.data import datasets
from audioclf.data.sound_files import is_litter
from audioclf.data.unusable import find_unusable
from audioclf.disk import free_bytes
from audioclf.tasks import task_of
from audioclf.training.job import Job, make_job
from audioclf.training.sound_pool import bytes_to_make
from audioclf.types import AudioclfError, Progress, ZooError, no_progress
from audioclf.wording import gigabytes, together
from audioclf.zoo.config import MODEL_ID
from audioclf.zoo.files import CONFIG
from audioclf.zoo.index import INDEX, read_model
from audioclf.zoo.registry import root_of

MAX_ID_LENGTH = 64
MAX_SEED = 2**31 - 1  # of every library's generator
MAX_EPOCHS = 100_000
SPARE_BYTES = 200_000_000  # for checkpoints and answers


@dataclass(frozen=True)
class Order:
    """What to train, on which recordings and where to put it; the parameters of `train` and `evaluate`."""

    model_id: str
    data: str | Path | None = None
    out: str | Path | None = None
    seeds: Sequence[int] = (0,)
    epochs: int | None = None
    runs: str | Path = "runs"
    like: str = ""
    progress: Progress = no_progress

    @property
    def root(self) -> Path:
        return root_of(self.out)


def make_jobs(order: Order, is_stored: bool = True) -> tuple[Job, ...]:
    """The jobs of an order, one for each seed. AudioclfError lists all that is wrong with it.

    is_stored: whether a model will be written into the registry.
    """
    checks = [_check_id, _check_numbers, _check_runs, *([_check_out] if is_stored else [])]
    problems = [problem for check in checks if (problem := _problem_of(partial(check, order)))]
    if problems:
        # Of the data, what is seen without decoding it.
        unread = _problem_of(partial(datasets.choose, order.model_id, order.data, order.like))
        raise AudioclfError(together(list(dict.fromkeys([*problems, *([unread] if unread else [])]))))
    first = make_job(
        order.model_id,
        order.data,
        order.seeds[0],
        order.epochs,
        order.runs,
        order.like,
        order.progress,
        partial(find_unusable, cache=Path(order.runs) / "cache" / "usable.json", progress=order.progress),
    )
    _check_space(first)
    return tuple(replace(first, seed=seed) for seed in order.seeds)


def _problem_of(check: Callable[[], object]) -> str:
    try:
        check()
    except AudioclfError as error:
        return str(error)
    return ""


def _check_id(order: Order) -> None:
    if order.like:
        datasets.own_name(order.model_id, order.like)
    else:
        task_of(order.model_id)
    if not MODEL_ID.fullmatch(order.model_id) or len(order.model_id) > MAX_ID_LENGTH:
        better = re.sub(r"[^a-z0-9]+", "-", order.model_id.lower()).strip("-")[-MAX_ID_LENGTH:].strip("-")
        raise AudioclfError(
            f"{order.model_id!r} cannot be the id of a model: use lower-case letters and digits, joined by single "
            f"- . or _, and at most {MAX_ID_LENGTH} characters, such as {better}"
        )


def _check_numbers(order: Order) -> None:
    seeds, epochs = order.seeds, order.epochs
    if not seeds or len(set(seeds)) < len(seeds) or not all(0 <= seed <= MAX_SEED for seed in seeds):
        listed = ", ".join(map(str, seeds)) or "none"
        raise AudioclfError(f"the seeds {listed} cannot be used; give different numbers from 0 to {MAX_SEED}")
    if epochs is not None and not 1 <= epochs <= MAX_EPOCHS:
        raise AudioclfError(f"{epochs} epochs cannot be trained; give a number from 1 to {MAX_EPOCHS}")


def _check_runs(order: Order) -> None:
    _check_place(order, Path(order.runs), "--runs")


def _check_out(order: Order) -> None:
    root = order.root
    _check_place(order, root, "--out")
    _check_writable(root / order.model_id, "--out")
    above = root.absolute().parent
    if (above / INDEX).is_file() and any(above.glob(f"*/{CONFIG}")):
        raise AudioclfError(
            f"{root} lies in the registry {above.name}; name {above.name} itself, or a folder outside it, with --out"
        )
    if not root.is_dir() or not any(not is_litter(path.name) for path in root.iterdir()):
        return
    if not (root / INDEX).is_file() and not any(root.glob(f"*/{CONFIG}")):
        raise AudioclfError(
            f"{root} holds other files and is no model registry; name a new or empty folder with --out"
        )
    for folder in sorted(path.parent for path in root.glob(f"*/{CONFIG}")):
        # What is damaged there would stop the index from being written at the end.
        if folder.name != order.model_id and (of := read_model(folder)[0].id) != folder.name:
            raise ZooError(
                f"{folder} holds the model {of}; rename the folder, or choose another one with --out"
            )


def _check_place(order: Order, folder: Path, option: str) -> None:
    _check_writable(folder, option)
    data = order.data or os.environ.get(datasets.DATA_VARIABLE)
    if order.like and data and folder.resolve().is_relative_to(Path(data).resolve()):
        raise AudioclfError(
            f"{folder} lies in the folder of your sounds, where it would be taken for a label; "
            f"name a folder outside it with {option}"
        )


def _check_writable(folder: Path, option: str) -> None:
    """Write a file without a name there, or in the nearest folder above that exists."""
    try:
        if not os.path.lexists(folder):
            with suppress(FileNotFoundError):
                os.lstat(folder)  # OSError for a name that is too long
        there = next(path for path in (folder, *folder.absolute().parents) if os.path.lexists(path))
        with tempfile.TemporaryFile(dir=there):
            pass
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise AudioclfError(
            f"{folder} cannot be written to ({reason}); choose another folder with {option}"
        ) from error


def _check_space(job: Job) -> None:
    needed = SPARE_BYTES + bytes_to_make(job.dataset, job.recipe.feature, job.recipe.copies, 0, job.cache)
    if (free := free_bytes(job.runs)) < needed:
        raise AudioclfError(
            f"the training sounds need {gigabytes(needed)} below {job.runs}, where {gigabytes(free)} are free; "
            "free some space, or choose another disk with --runs"
        )
