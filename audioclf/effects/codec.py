"""Audio codecs as an effect: encode and decode in memory, through PyAV."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import soxr
from numpy.typing import NDArray

from audioclf.types import Clip

Samples = NDArray[np.float32]

MP3_RATES = (8000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000)
OPUS_RATES = (8000, 12_000, 16_000, 24_000, 48_000)


@dataclass(frozen=True)
class Coding:
    """Settings of an encoder. pick_rate: (the clip's rate in Hz, kbit/s) -> the rate to encode at."""

    container: str
    encoder: str
    pick_rate: Callable[[int, float], int]
    has_bit_rate: bool = True


def _mp3_rate(sample_rate: int, kbps: float) -> int:
    # LAME needs at least one bit a sample.
    return max((r for r in MP3_RATES if r <= min(sample_rate, 1000 * kbps)), default=MP3_RATES[0])


def _opus_rate(sample_rate: int, kbps: float) -> int:
    return min((r for r in OPUS_RATES if r >= sample_rate), default=OPUS_RATES[-1])


def _companded_rate(sample_rate: int, kbps: float) -> int:
    return min(sample_rate, round(1000 * kbps / 8))


CODINGS = {
    "mp3": Coding("mp3", "libmp3lame", _mp3_rate),
    "opus": Coding("ogg", "libopus", _opus_rate),
    "mulaw": Coding("wav", "pcm_mulaw", _companded_rate, has_bit_rate=False),
    "alaw": Coding("wav", "pcm_alaw", _companded_rate, has_bit_rate=False),
}


@dataclass(frozen=True)
class Codec:
    """Encode and decode the clip at about `kbps` kbit/s; length and timing are kept.

    mp3 and opus choose their own bandwidth. mulaw and alaw (ITU-T G.711) use 8 bits a sample, so the bit rate
    sets the sample rate: 64 is a telephone line.
    """

    name: str
    kbps: float

    def __post_init__(self) -> None:
        if self.name not in CODINGS:
            raise ValueError(f"codec {self.name!r} is not one of {', '.join(CODINGS)}")
        if not 1 <= self.kbps <= 512:
            raise ValueError(f"a codec takes 1 to 512 kbit/s, not {self.kbps:g}")

    def __call__(self, clip: Clip, rng: np.random.Generator) -> Clip:
        return self.decoded(self.encoded(clip), clip)

    def encoded(self, clip: Clip) -> bytes:
        """The clip as a file of this codec."""
        coding = CODINGS[self.name]
        rate = coding.pick_rate(clip.sample_rate, self.kbps)
        return _encode(_resample(clip.samples, clip.sample_rate, rate), rate, coding, self.kbps)

    def decoded(self, coded: bytes, clip: Clip) -> Clip:
        """What is heard of such a file, with the rate and length of the clip that it was made from."""
        samples = _resample(*_decode(coded), clip.sample_rate)[: len(clip.samples)]
        padded = np.pad(samples, (0, len(clip.samples) - len(samples)))
        return Clip(padded, clip.sample_rate, clip.name)


def _resample(samples: Samples, rate: int, wanted: int) -> Samples:
    return samples if rate == wanted else soxr.resample(samples, rate, wanted)


def _encode(samples: Samples, rate: int, coding: Coding, kbps: float) -> bytes:
    import av  # slow to import, and rarely needed

    file = io.BytesIO()
    with av.open(file, "w", format=coding.container) as container:
        stream: Any = container.add_stream(coding.encoder, rate=rate)
        stream.layout = "mono"
        if coding.has_bit_rate:
            stream.bit_rate = round(1000 * kbps)
        plane = samples[None] if len(samples) else np.zeros((1, 1), np.float32)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(plane), format="fltp", layout="mono")
        frame.sample_rate = rate
        converter = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate)
        for part in [*converter.resample(frame), *converter.resample(None)]:
            container.mux(stream.encode(part))
        container.mux(stream.encode(None))
    return file.getvalue()


def _decode(data: bytes) -> tuple[Samples, int]:
    """Samples and their rate, which is always 48 kHz for Opus."""
    import av

    with av.open(io.BytesIO(data), "r") as container:
        stream = container.streams.audio[0]
        converter = av.AudioResampler(format="flt", layout="mono", rate=stream.rate)
        parts = [part for frame in container.decode(stream) for part in converter.resample(frame)]
        parts += converter.resample(None)
        blocks = [part.to_ndarray()[0] for part in parts]
        return np.concatenate(blocks) if blocks else np.zeros(1, np.float32), stream.rate
