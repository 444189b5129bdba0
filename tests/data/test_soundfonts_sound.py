"""The held-out soundfont shares no recording of an instrument with a training soundfont."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from audioclf.data.soundfonts import SOUNDFONTS, Soundfont

HELD_OUT = SOUNDFONTS[-1]
TRAINING = [font for font in SOUNDFONTS if font.role == "train" and font.file.suffix == ".sf2"]
# Recordings they share all the same; no phrase of the held-out soundfont uses them.
IN_COMMON = {
    "IceRain",
    "M Bongo Tone",
    "Ocarina F#6",
    "Shenai C3",
    "Sitar Eb3",
    "TriangleWave Db5",
    "Wood Block",
}
WINDOW = 16  # samples that tell a recording from all others
LOUD = 500
FEW = 20  # windows that two recordings may share by chance

pytestmark = pytest.mark.skipif(not HELD_OUT.file.is_file(), reason=f"needs {HELD_OUT.package}")


def chunk(data: bytes, name: bytes) -> bytes:
    start = data.index(name) + 4
    return data[start + 4 : start + 4 + int.from_bytes(data[start : start + 4], "little")]


def prints(samples: NDArray[np.int16]) -> tuple[NDArray[np.intp], NDArray[np.uint64]]:
    """Positions of windows, chosen by their content alone, and a hash of each window."""
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)
    first = windows[:, 0] * np.int16(31) + windows[:, 1] * np.int16(17) + windows[:, 2]  # may wrap
    at = np.flatnonzero(first & 15 == 0)
    at = at[np.abs(windows[at, WINDOW // 2].astype(int)) > LOUD]
    factors = np.random.default_rng(0).integers(1, 2**63, WINDOW, dtype=np.uint64)
    return at, (windows[at].astype(np.uint64) * factors).sum(axis=1)


def in_common(held_out: Path, training: Path) -> set[str]:
    """Names in the first soundfont of recordings that the second one also holds (SoundFont 2.04, 7.10)."""
    data = held_out.read_bytes()
    samples = np.frombuffer(chunk(data, b"smpl"), "<i2")
    _, known = prints(np.frombuffer(chunk(training.read_bytes(), b"smpl"), "<i2"))
    at, values = prints(samples)
    shared = at[np.isin(values, known)]
    headers = chunk(data, b"shdr")
    layout = np.dtype([("name", "S20"), ("start", "<u4"), ("end", "<u4"), ("rest", "V18")])
    names = set()
    for header in np.frombuffer(headers, layout)[:-1]:
        if ((shared >= header["start"]) & (shared < header["end"])).sum() >= FEW:
            names.add(header["name"].decode("latin1"))
    return names


def test_a_recording_is_found_again():
    assert len(in_common(HELD_OUT.file, HELD_OUT.file)) > 200


@pytest.mark.parametrize("font", TRAINING, ids=lambda font: font.name)
def test_the_held_out_soundfont_shares_no_instrument_with_a_training_soundfont(font: Soundfont):
    if not font.file.is_file():
        pytest.skip(f"needs {font.package}")
    assert in_common(HELD_OUT.file, font.file) <= IN_COMMON
