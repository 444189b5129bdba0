"""Decode damaged files in a process of their own: `python fuzz_worker.py FIRST END`.

Prints "start SEED" and "end SEED OUTCOME" for each; ends itself at the first hang and at the first peak of memory.
"""

import faulthandler
import signal
import sys

import mutations
from peak import peak_megabytes

from audioclf.audio import load_clip
from audioclf.types import AudioError

HANG_SECONDS = 5  # of processor time: a busy machine is no fault of a file
WAIT_SECONDS = 60
MAX_MEGABYTES = 512


def outcome(data: bytes) -> str:
    try:
        load_clip(data, "take")
    except AudioError:
        return "refused"
    except Exception as error:
        return f"traceback {type(error).__name__}"
    return "clip"


def main(first: int, end: int) -> None:
    for seed in range(first, end):
        _, data = mutations.numbered(seed)
        print("start", seed, flush=True)
        signal.setitimer(signal.ITIMER_PROF, HANG_SECONDS)  # ends the process
        faulthandler.dump_traceback_later(WAIT_SECONDS, exit=True)
        found = outcome(data)
        faulthandler.cancel_dump_traceback_later()
        signal.setitimer(signal.ITIMER_PROF, 0)
        too_much = peak_megabytes() > MAX_MEGABYTES
        print("end", seed, "memory" if too_much else found, flush=True)
        if too_much:  # the peak never falls again: the next file needs a fresh process
            return


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
