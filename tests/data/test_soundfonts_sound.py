"""The soundfont that judges holds no recording of an instrument that one of the others teaches."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from audioclf.data.soundfonts import SOUNDFONTS, Soundfont

HELD_OUT = SOUNDFONTS[-1]
TEACHING = [font for font in SOUNDFONTS if font.role == "train" and font.file.suffix == ".sf2"]
# What the two have in common all the same; no phrase of the one that judges is played with any of it.
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
    """Where the sound itself says that a window begins, and a number for what is in it; whatever lies before it."""
    windows = np.lib.stride_tricks.sliding_window_view(samples, WINDOW)
    first = windows[:, 0] * np.int16(31) + windows[:, 1] * np.int16(17) + windows[:, 2]  # wraps, to no harm
    at = np.flatnonzero(first & 15 == 0)
    at = at[np.abs(windows[at, WINDOW // 2].astype(int)) > LOUD]
    factors = np.random.default_rng(0).integers(1, 2**63, WINDOW, dtype=np.uint64)
    return at, (windows[at].astype(np.uint64) * factors).sum(axis=1)


def in_common(judging: Path, teaching: Path) -> set[str]:
    """The names that the first soundfont has for recordings which the second holds, too (SoundFont 2.04, 7.10)."""
    data = judging.read_bytes()
    samples = np.frombuffer(chunk(data, b"smpl"), "<i2")
    _, known = prints(np.frombuffer(chunk(teaching.read_bytes(), b"smpl"), "<i2"))
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


@pytest.mark.parametrize("font", TEACHING, ids=lambda font: font.name)
def test_what_judges_shares_no_instrument_with_what_teaches(font: Soundfont):
    if not font.file.is_file():
        pytest.skip(f"needs {font.package}")
    assert in_common(HELD_OUT.file, font.file) <= IN_COMMON
