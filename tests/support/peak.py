"""Peak memory of this process."""

import sys
from pathlib import Path
from resource import RUSAGE_SELF, getrusage


def peak_megabytes() -> float:
    status = Path("/proc/self/status")
    if status.exists():  # in Linux, ru_maxrss begins with the peak of the process that started this one
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 2**10
    return getrusage(RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)
