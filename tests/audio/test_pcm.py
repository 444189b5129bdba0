"""Sound that arrives bit by bit is the sound that a file would have."""

import io
import struct

import numpy as np
import pytest
import soundfile
from fakes import swell

from audioclf.audio import encode_wav, load_clip, resample
from audioclf.audio.pcm import Resampler, pcm16, read_stream
from audioclf.types import AudioError

SAID = swell(seconds=1.0)


class Pipe(io.RawIOBase):
    """Gives at most a few bytes at once, as a pipe may."""

    def __init__(self, data: bytes) -> None:
        self.rest = io.BytesIO(data)

    def read(self, n: int = -1) -> bytes:
        return self.rest.read(min(n, 7))


def wav(subtype: str, n_channels: int = 1, kind: str = "WAV") -> bytes:
    file = io.BytesIO()
    samples = np.repeat(SAID.samples[:, None], n_channels, axis=1)
    soundfile.write(file, samples, SAID.sample_rate, subtype, format=kind)
    return file.getvalue()


@pytest.mark.parametrize(
    "data",
    [wav("PCM_16"), wav("PCM_32"), wav("FLOAT"), wav("PCM_16", 2), wav("PCM_16", kind="WAVEX")],
    ids=["16 bit", "32 bit", "float", "stereo", "extensible"],
)
def test_a_wav_from_a_pipe_is_the_sound_of_the_file(data):
    rate, blocks = read_stream(Pipe(data))
    clip = load_clip(data)
    assert rate == clip.sample_rate
    np.testing.assert_allclose(np.concatenate(list(blocks)), clip.samples, atol=1e-6)


def test_raw_samples_need_their_rate():
    data = encode_wav(SAID)[44:]
    rate, blocks = read_stream(Pipe(data + b"\0"), 8000)  # half a sample at the end is left out
    np.testing.assert_array_equal(np.concatenate(list(blocks)), pcm16(data))
    assert rate == 8000
    with pytest.raises(AudioError, match="--rate"):
        read_stream(Pipe(data))


def header(kind: int = 1, n_channels: int = 1, rate: int = 8000, bits: int = 16) -> bytes:
    form = struct.pack("<HHIIHH", kind, n_channels, rate, 2 * rate, 2, bits)
    return b"RIFF\0\0\0\0WAVEfmt " + struct.pack("<I", len(form)) + form + b"data\xff\xff\xff\x7f"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"RIFF",
        b"RIFF\0\0\0\0WAVEdata\0\0\0\0",
        b"RIFF\0\0\0\0WAVEjunk\xff\xff\xff\x7f",
        header(bits=12),
        header(kind=85),
        header(n_channels=0),
        header(rate=10),
    ],
)
def test_what_is_no_stream_is_refused(data):
    with pytest.raises(AudioError, match="stream"):
        read_stream(Pipe(data))


def test_a_stream_may_claim_any_length():
    _, blocks = read_stream(Pipe(header() + b"\0\x40" * 10))
    assert np.concatenate(list(blocks)).tolist() == [0.5] * 10


@pytest.mark.parametrize("wanted", [8000, 16_000, 5000])
def test_a_change_of_rate_bit_by_bit_is_that_of_the_whole(wanted):
    resampler = Resampler(SAID.sample_rate, wanted)
    parts = [resampler(SAID.samples[at : at + 333]) for at in range(0, len(SAID.samples), 333)]
    found = np.concatenate([*parts, resampler(np.zeros(0, np.float32), last=True)])
    expected = resample(SAID, wanted).samples
    assert len(found) == len(expected)
    np.testing.assert_allclose(found, expected, atol=1e-3)
