"""Damaged and hostile files give a valid clip or an AudioError, soon, and print nothing."""

import faulthandler
import random

import numpy as np
import pytest
import sounds
from hypothesis import given
from hypothesis import strategies as st
from mutations import SOURCE, damage_header, delete, flip_bits, mutant, whole

from audioclf.audio import MAX_SECONDS, MIN_SECONDS, load_clip
from audioclf.audio.decode import MAX_PEAK, MAX_SAMPLE_RATE, MIN_SAMPLE_RATE, SIGNATURES
from audioclf.types import AudioError

N_MUTANTS = 2_000  # over all containers; `make fuzz` tries many more
HANG_SECONDS = 20  # decoding one of these takes milliseconds
PER_CONTAINER = N_MUTANTS // len(sounds.CONTAINERS)


def check(data: bytes) -> bool:
    """True for a clip, False for an AudioError; anything else fails the test, a hang kills it."""
    # Unlike an alarm, this also ends a loop inside a decoder's C code, and says where it was.
    faulthandler.dump_traceback_later(HANG_SECONDS, exit=True)
    try:
        clip = load_clip(data, "/some/folder/take.wav")
    except AudioError as error:
        message = str(error)
        assert message.startswith("take.wav ") and "\n" not in message and "/" not in message
        return False
    finally:
        faulthandler.cancel_dump_traceback_later()
    assert np.isfinite(clip.samples).all() and np.abs(clip.samples).max() <= MAX_PEAK
    assert MIN_SAMPLE_RATE <= clip.sample_rate <= MAX_SAMPLE_RATE
    assert MIN_SECONDS <= clip.seconds <= MAX_SECONDS
    return True


@pytest.mark.parametrize("container", sounds.CONTAINERS)
def test_mutated_files_give_a_clip_or_an_error(container, capfd):
    rng = random.Random(container)
    assert check(whole(container))
    n_clips = sum(check(mutant(container, rng)) for _ in range(PER_CONTAINER))
    assert 0 < n_clips < PER_CONTAINER, "the mutations are all harmless or all fatal: they test nothing"
    assert sounds.printed(capfd) == ""


@pytest.mark.parametrize("container", sounds.CONTAINERS)
def test_truncated_headers_give_a_clip_or_an_error(container):
    for n in range(0, 200, 3):
        check(whole(container)[:n])


@given(st.binary(max_size=2000))
def test_arbitrary_bytes_give_a_clip_or_an_error(data):
    check(data)


@given(st.sampled_from(SIGNATURES), st.binary(max_size=2000))
def test_arbitrary_bytes_after_a_known_signature_give_a_clip_or_an_error(signature, data):
    offset, start, _ = signature
    check(bytes(offset) + start + data)


@given(st.text(min_size=1, max_size=500))
def test_text_is_never_decoded(text):
    assert not check(text.encode("utf-8", "surrogatepass"))


def test_a_damaged_sample_dump_is_refused_and_nothing_printed(capfd):
    """The libsndfile reader of this format prints when the first block is damaged."""
    data = bytearray(sounds.sndfile_bytes(SOURCE, 16_000, "SDS", "PCM_16"))
    data[21:23] = b"\x00\x00"
    assert not check(bytes(data))
    assert sounds.printed(capfd) == ""


@pytest.mark.parametrize("format", ["SVX", "IRCAM", "MAT5", "W64"])
def test_rarer_formats_give_a_clip_or_an_error(format):
    rng = random.Random(format)
    sound = sounds.sndfile_bytes(SOURCE, 16_000, format, "PCM_16")
    for _ in range(50):
        data = bytearray(sound)
        rng.choice((flip_bits, damage_header, delete))(data, rng)
        check(bytes(data))


# Each was slow in one of the decoders; 25 MB, the limit, of the worst take eight seconds.
HEADERS = {
    "empty AAC frames": b"\xff\xf1\x60\x40\x01\x1f\xfc",
    "AAC frames without content": b"\xff\xf1\x60\x40\x01\x3f\xfc\x00\x00",
    "MP3 headers": b"\xff\xfb\x90\x00",
    "OGG page marks": b"OggS",
    "WebM marks": b"\x1a\x45\xdf\xa3",
}


@pytest.mark.parametrize("kind", HEADERS)
def test_a_file_of_nothing_but_headers_is_refused(kind, capfd):
    assert not check(HEADERS[kind] * (2_000_000 // len(HEADERS[kind])))
    assert sounds.printed(capfd) == ""


def test_a_wav_of_a_hundred_thousand_empty_chunks_is_refused():
    assert not check(b"RIFF\xff\xff\xff\xffWAVE" + b"JUNK\x00\x00\x00\x00" * 100_000)
