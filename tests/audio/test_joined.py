"""Sound files one after the other, and files of several tracks, are read without loss."""

import io
import re
from time import process_time

import av
import numpy as np
import pytest
import sounds

from audioclf.audio import joined, load_clip
from audioclf.types import AudioError, Clip

FIRST, SECOND = sounds.tone(500).samples, sounds.tone(900, seconds=0.7).samples


def loudest_hz(clip: Clip, start: float) -> float:
    first = round(start * clip.sample_rate)
    return sounds.frequency(Clip(clip.samples[first : first + clip.sample_rate // 4], clip.sample_rate))


@pytest.mark.parametrize("container", sounds.CONTAINERS)
def test_two_files_of_a_kind_give_the_sound_of_both(container):
    make = sounds.CONTAINERS[container][1]
    both = load_clip(make(FIRST) + make(SECOND))
    assert 1.69 < both.seconds < 1.95  # codecs pad each part by up to two frames
    assert loudest_hz(both, 0.3) == pytest.approx(500, abs=8)  # two bins of a quarter of a second
    assert loudest_hz(both, both.seconds - 0.5) == pytest.approx(900, abs=8)


@pytest.mark.parametrize("subtype", ["VORBIS", "OPUS"])
def test_links_of_a_chain_may_differ_in_rate_and_channels(subtype):
    parts = [
        sounds.sndfile_bytes(sounds.tone(500, sample_rate=16_000).samples, 16_000, "OGG", subtype),
        sounds.sndfile_bytes(np.stack([sounds.tone(900, 1, 48_000).samples] * 2, 1), 48_000, "OGG", subtype),
    ]
    clip = load_clip(b"".join(parts))
    assert clip.sample_rate == 48_000 and clip.seconds == pytest.approx(2.0, abs=0.02)
    assert loudest_hz(clip, 0.3) == pytest.approx(500, abs=8)
    assert loudest_hz(clip, 1.4) == pytest.approx(900, abs=8)


@pytest.mark.parametrize("container", ["vorbis", "opus", "flac"])
def test_each_part_is_decoded_as_it_is_alone(container):
    make = sounds.CONTAINERS[container][1]
    alone = [load_clip(make(part)).samples for part in (FIRST, SECOND)]
    np.testing.assert_array_equal(load_clip(make(FIRST) + make(SECOND)).samples, np.concatenate(alone))


def test_a_damaged_part_does_not_lose_the_others():
    make = sounds.CONTAINERS["opus"][1]
    damaged = make(FIRST)[:100]
    assert load_clip(make(FIRST) + damaged + make(SECOND)).seconds == pytest.approx(1.7, abs=0.05)


def test_two_tracks_in_one_ogg_stream_are_not_two_files():
    """Both begin on the first pages, so the second beginning is not that of another file."""
    pages = [b"OggS\x00\x02" + bytes(30), b"OggS\x00\x02" + bytes(40), b"OggS\x00\x00" + bytes(50)]
    assert joined.separate(b"".join(pages), "clip") == [b"".join(pages)]
    assert len(joined.separate(b"".join(pages) * 2, "clip")) == 2


def test_a_file_of_thousands_of_files_is_refused():
    with pytest.raises(AudioError, match="holds 2000 sound files one after the other; at most 200"):
        load_clip(sounds.CONTAINERS["opus"][1](FIRST[:800]) * 2000)


@pytest.mark.parametrize("inside", [b"", b"\xff", b"\xff" * 5, b"\xff" * 28, bytes(22) + b"\xff" * 6])
@pytest.mark.parametrize("start", [b"", b"ID3\x04\0\0\0\0\0\0"])
def test_a_file_of_pages_within_pages_is_refused_at_once(inside, start):
    """Each of them claims up to 65 kB, and a reader would sum all of these."""
    unit = b"OggS" + inside
    data = start + sounds.CONTAINERS["opus"][1](FIRST) + unit * (2_000_000 // len(unit))
    began = process_time()
    with pytest.raises(AudioError, match="more than 1000 of its Ogg pages begin within others; record"):
        load_clip(data)
    assert process_time() - began < 1.0


def test_pages_that_hide_others_are_read_on():
    """The length of every tenth page is damaged, so that it seems to hold the next."""
    data = bytearray(sounds.CONTAINERS["opus"][1](np.tile(FIRST, 60)))
    starts = [found.start() for found in re.finditer(b"OggS", data)]
    for at in starts[10::10]:
        data[at + 27] = 255
    assert load_clip(bytes(data)).seconds > 30


def two_tracks(first: np.ndarray, second: np.ndarray) -> bytes:
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="matroska") as file:
        streams = [file.add_stream("pcm_s16le", rate=16_000, layout="mono") for _ in range(2)]
        for stream, samples in zip(streams, (first, second), strict=True):
            pcm = (samples * 32767).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout="mono")
            frame.sample_rate = 16_000
            file.mux(stream.encode(frame))
            file.mux(stream.encode(None))
    return buffer.getvalue()


def test_the_first_track_with_sound_is_heard():
    silent = np.zeros(16_000, np.float32)
    assert loudest_hz(load_clip(two_tracks(silent, SECOND)), 0.2) == pytest.approx(900, abs=8)
    assert loudest_hz(load_clip(two_tracks(FIRST, SECOND)), 0.2) == pytest.approx(500, abs=8)
    assert not load_clip(two_tracks(silent, silent)).samples.any()
