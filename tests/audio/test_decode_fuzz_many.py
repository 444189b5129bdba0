"""`make fuzz`: a hundred thousand damaged files; counts tracebacks, crashes, hangs and memory.

FUZZ_FILES is their number, FUZZ_FIRST the first seed: `mutations.numbered(seed)` is the file again.
"""

import os
import signal
import subprocess
import sys
from collections import defaultdict

import fuzz_worker
import mutations
import pytest
from paths import ROOT

N_FILES = int(os.environ.get("FUZZ_FILES", 0))
FIRST = int(os.environ.get("FUZZ_FIRST", 1_000_000))


def outcomes(first: int, end: int) -> dict[str, list[int]]:
    """Outcome -> seeds. A process that died at a seed is followed by another that begins behind it."""
    found: dict[str, list[int]] = defaultdict(list)
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests" / "support")))
    while first < end:
        done = subprocess.run(
            [sys.executable, fuzz_worker.__file__, str(first), str(end)],
            env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        lines = [line.split(maxsplit=2) for line in done.stdout.splitlines() if line[:4] in ("star", "end ")]
        assert lines, done.stderr
        for kind, seed, *result in lines:
            if kind == "end":
                found[result[0]].append(int(seed))
        first = int(lines[-1][1]) + 1
        if lines[-1][0] == "start":
            hangs = done.returncode == -signal.SIGPROF or "Timeout" in done.stderr
            found["hang" if hangs else f"crash {done.returncode}"].append(first - 1)
    return found


def report(found: dict[str, list[int]]) -> str:
    lines = [f"{sum(map(len, found.values()))} damaged files"]
    for outcome, seeds in sorted(found.items()):
        shown = "" if outcome in ("clip", "refused") else f": seeds {seeds[:20]}"
        lines.append(f"  {outcome}: {len(seeds)}{shown}")
    return "\n".join(lines)


@pytest.mark.skipif(not N_FILES, reason="run by `make fuzz`")
@pytest.mark.timeout(0)
def test_many_damaged_files_give_a_clip_or_a_sentence():
    found = outcomes(FIRST, FIRST + N_FILES)
    print("\n" + report(found))
    assert set(found) <= {"clip", "refused"}, report(found)


def test_the_run_goes_on_after_each_kind_of_fault(tmp_path, monkeypatch):
    worker = tmp_path / "worker.py"
    worker.write_text(
        "import sys, fuzz_worker\n"
        "from audioclf.types import AudioError\n"
        "def load(data, name):\n"
        "    seed = int(data)\n"
        "    if seed == 1: raise AudioError('no sound')\n"
        "    if seed == 2: raise ValueError\n"
        "    if seed == 3: import os; os.abort()\n"
        "    while seed == 4: pass\n"
        "    if seed == 5: bytearray(600 * 2**20)\n"
        "fuzz_worker.HANG_SECONDS = 2\n"
        "fuzz_worker.load_clip = load\n"
        "fuzz_worker.mutations.numbered = lambda seed: ('x', str(seed).encode())\n"
        "fuzz_worker.main(int(sys.argv[1]), int(sys.argv[2]))\n"
    )
    monkeypatch.setattr(fuzz_worker, "__file__", str(worker))
    assert dict(outcomes(0, 7)) == {
        "clip": [0, 6], "refused": [1], "traceback ValueError": [2], "crash -6": [3], "hang": [4], "memory": [5],
    }  # fmt: skip


def test_a_repaired_page_has_the_checksum_that_libogg_wrote():
    data = mutations.whole("opus")
    assert mutations.repaired(data) == data
    at = data.index(b"OggS", 1)
    damaged = data[: at + 22] + b"abcd" + data[at + 26 :]
    assert damaged != data and mutations.repaired(damaged) == data
