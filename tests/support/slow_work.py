"""Work for processes of their own, in a module that is imported quickly."""

import time

from audioclf.types import AudioError


def rest(seconds):
    time.sleep(seconds)


def one_step(progress):
    progress(1, 2, "at work")


def slow_or_refused(path, selection, pictures):
    """In place of `analyse`."""
    if path == "slow.wav":
        time.sleep(600)
    raise AudioError(f"{path} is empty")
