"""The audio door: what comes in is heard as it is; what cannot be used is refused in one clear sentence."""

from __future__ import annotations

import os
import struct
import tracemalloc

import numpy as np
import pytest
import sounds
from hypothesis import given
from hypothesis import strategies as st

from audioclf import audio, decode
from audioclf.audio import cut, encode_wav, is_silent, load_clip, loudest_window, resample, windows
from audioclf.types import AudioError, Clip

SAMPLES = sounds.tone().samples

# Largest RMS error against the original, at full scale 1: about a third of a step.
EXACT = {
    "wav u8": 5e-3,
    "wav 16": 2e-5,
    "wav 24": 1e-7,
    "wav 32": 1e-7,
    "wav float32": 0.0,
    "wav float64": 0.0,
}
EXACT |= {"flac": 2e-5, "aiff": 2e-5}


def frequency(clip: Clip) -> float:
    spectrum = np.abs(np.fft.rfft(clip.samples * np.hanning(len(clip.samples))))
    return float(spectrum.argmax() * clip.sample_rate / len(clip.samples))


def refusal(source: object, name: str | None = None) -> str:
    with pytest.raises(AudioError) as caught:
        load_clip(source, name)
    message = str(caught.value)
    assert "\n" not in message and "Traceback" not in message
    return message


@pytest.mark.parametrize("container", sounds.CONTAINERS)
def test_every_container_gives_back_its_tone_whatever_the_file_is_called(container, tmp_path):
    data = sounds.CONTAINERS[container][1](SAMPLES)
    path = tmp_path / "misleading.txt"
    path.write_bytes(data)
    clip = load_clip(path)
    assert clip.name == "misleading.txt"
    assert clip.samples.dtype == np.float32
    assert clip.sample_rate == (48_000 if container == "webm" else 16_000)
    assert 0.98 < clip.seconds < 1.1  # AAC adds up to two frames of 64 ms
    assert frequency(clip) == pytest.approx(440, abs=1.5)  # a bin and a half
    middle = clip.samples[len(clip.samples) // 8 : -len(clip.samples) // 8]  # codecs ring at abrupt ends
    assert np.abs(middle).max() == pytest.approx(0.5, rel=0.1)
    if container in EXACT:
        error = np.sqrt(np.mean((clip.samples - SAMPLES) ** 2))
        assert error <= EXACT[container]


@pytest.mark.parametrize("container", ["wav 16", "m4a"])
def test_bytes_and_file_give_the_same_clip(container, tmp_path):
    data = sounds.CONTAINERS[container][1](SAMPLES)
    (tmp_path / "a").write_bytes(data)
    np.testing.assert_array_equal(load_clip(str(tmp_path / "a")).samples, load_clip(data).samples)


@pytest.mark.parametrize("sample_rate", [4_000, 8_000, 11_025, 22_050, 44_100, 96_000, 192_000])
def test_the_native_rate_is_kept(sample_rate):
    clip = load_clip(sounds.sndfile_bytes(sounds.tone(sample_rate=sample_rate).samples, sample_rate, "WAV"))
    assert clip.sample_rate == sample_rate
    assert frequency(clip) == pytest.approx(440, abs=1.5)


@pytest.mark.parametrize("n_channels", [1, 2, 6, 32])
def test_channels_are_averaged(n_channels):
    rng = np.random.default_rng(0)
    channels = rng.uniform(-0.5, 0.5, (8000, n_channels)).astype(np.float32)
    clip = load_clip(sounds.sndfile_bytes(channels, 8000, "WAV", "FLOAT"))
    np.testing.assert_allclose(clip.samples, channels.mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("format_name, scale", [("u8", 128), ("s16", 2**15), ("s32", 2**31), ("s16p", 2**15)])
def test_ffmpeg_frames_of_any_layout_have_full_scale_one(format_name, scale):
    import av

    left, right = np.full(64, 0.25), np.full(64, -0.5)
    kind = {"u8": np.uint8, "s16": np.int16, "s32": np.int32, "s16p": np.int16}[format_name]
    values = np.stack([left, right]) * scale + (128 if format_name == "u8" else 0)
    planar = format_name.endswith("p")
    shaped = values if planar else values.T.reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(shaped.astype(kind), format=format_name, layout="stereo")
    np.testing.assert_allclose(decode._frame_samples(frame), np.stack([left, right], axis=1), atol=1e-6)


# --- what is refused, and in which words

TONE_WAV = sounds.CONTAINERS["wav 16"][1](SAMPLES)
TOO_BIG = b"RIFF" + bytes(audio.MAX_BYTES)


def float_wav(*values: float) -> bytes:
    samples = SAMPLES.astype(np.float64)
    samples[100 : 100 + len(values)] = values
    return sounds.sndfile_bytes(samples, 16_000, "WAV", "DOUBLE")


def with_sample_rate(sample_rate: int) -> bytes:
    return TONE_WAV[:24] + struct.pack("<I", sample_rate) + TONE_WAV[28:]


REFUSED = {
    "empty": (lambda: b"", "is empty"),
    "text": (lambda: b"Dear teacher,\nplease find the recording attached.\n" * 9, "is text, not sound"),
    "unicode text": (lambda: "Grüße — die Aufnahme fehlt noch.\n".encode() * 200, "is text, not sound"),
    "random bytes": (lambda: bytes(range(256)) * 20, "is not a sound file"),
    "only a header": (lambda: TONE_WAV[:30], "begins like a WAV file but is cut off or damaged"),
    "header, no samples": (lambda: TONE_WAV[:44], "without a single sample"),
    "mp4 cut before its index": (
        lambda: sounds.CONTAINERS["mp4"][1](SAMPLES)[:4000],
        "begins like an MP4 file but is cut off or damaged",
    ),
    "no audio track": (sounds.video_bytes, "has no audio track"),
    "NaN": (lambda: float_wav(np.nan), "not finite numbers"),
    "infinity": (lambda: float_wav(-np.inf), "not finite numbers"),
    "beyond float32": (lambda: float_wav(1e300), "not finite numbers"),
    "16-bit numbers as floats": (lambda: float_wav(20_000), "as large as 2e+04 where full scale is 1"),
    "20 ms": (lambda: sounds.sndfile_bytes(SAMPLES[:320], 16_000, "WAV"), "lasts 20 ms; at least 100 ms"),
    "more than 25 MB": (lambda: TOO_BIG, "is larger than 25 MB"),
    "rate too low": (lambda: with_sample_rate(3_999), "sample rate is 3999 Hz; 4 to 192 kHz"),
    "rate too high": (lambda: with_sample_rate(192_001), "sample rate is 192001 Hz; 4 to 192 kHz"),
    "absurd rate": (lambda: with_sample_rate(2**31 - 1), "Hz; 4 to 192 kHz"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_used_is_refused_in_its_own_words(case, tmp_path):
    make, words = REFUSED[case]
    path = tmp_path / "my take.wav"
    path.write_bytes(make())
    message = refusal(path)
    assert words in message
    assert message.startswith("my take.wav ")
    assert str(tmp_path) not in message and "/" not in message
    assert len(message) < 250


def test_paths_that_are_no_files_are_refused(tmp_path):
    assert "there is no file gone.wav" in refusal(tmp_path / "gone.wav")
    assert "is a folder" in refusal(tmp_path)
    assert "there is no file" in refusal("nul\0byte.wav")
    assert "cannot be read" in refusal("x" * 400 + ".wav")
    os.mkfifo(tmp_path / "pipe")
    assert "is not an ordinary file" in refusal(tmp_path / "pipe")


@pytest.mark.parametrize(
    "given_name, shown",
    [
        ("/home/me/a.wav", "a.wav"),
        (r"C:\me\a.wav", "a.wav"),
        ("a\nb\x1b[31m", "a?b?[31m"),
        ("..", ".."),
        ("/", "clip"),
    ],
)
def test_names_show_no_folder_and_no_control_characters(given_name, shown):
    assert load_clip(TONE_WAV, given_name).name == shown
    assert refusal(b"", given_name).startswith(f"{shown} is empty")


# --- limits hold while decoding


@pytest.mark.parametrize("format, subtype", [("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS")])
def test_a_small_file_that_unpacks_to_hours_stops_early(format, subtype, monkeypatch):
    bomb = sounds.sndfile_bytes(np.zeros(8_000 * 700), 8_000, format, subtype)
    assert len(bomb) < 1e6
    seen = []
    add = decode._Take.add
    monkeypatch.setattr(decode._Take, "add", lambda take, block: (add(take, block), seen.append(len(block))))
    assert "lasts more than 10 minutes" in refusal(bomb)
    assert 500 * 8_000 < sum(seen) <= 600 * 8_000


def test_an_ffmpeg_bomb_stops_early(monkeypatch):
    monkeypatch.setattr(audio, "MAX_SECONDS", 0.5)
    assert "lasts more than" in refusal(sounds.CONTAINERS["m4a"][1](SAMPLES))


def test_many_channels_stop_at_their_total(monkeypatch):
    monkeypatch.setattr(decode, "MAX_CHANNEL_SAMPLES", 100_000)
    wide = sounds.sndfile_bytes(np.zeros((16_000, 8)), 16_000, "WAV", "PCM_16")
    assert "over its 8 channels" in refusal(wide)


def test_decoding_a_bomb_takes_no_more_memory_than_the_longest_clip():
    bomb = sounds.sndfile_bytes(np.zeros((8_000 * 1200, 2), np.int16), 8_000, "FLAC")
    tracemalloc.start()
    refusal(bomb)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 600 * 8_000 * 4 + 16e6  # float32 mono up to the limit, and a few blocks


def test_ten_minutes_are_accepted():
    clip = load_clip(sounds.sndfile_bytes(np.zeros(4_000 * 600), 4_000, "FLAC"))
    assert clip.seconds == 600


# --- damaged, but with sound in it


@pytest.mark.parametrize("container", ["wav 16", "flac", "aiff", "mp3", "aac", "webm"])
def test_a_truncated_file_gives_the_sound_up_to_the_cut(container):
    x = np.concatenate([SAMPLES] * 6)
    data = sounds.CONTAINERS[container][1](x)
    clip = load_clip(data[: len(data) * 2 // 3])
    assert 2.5 < clip.seconds < 4.6
    assert frequency(clip) == pytest.approx(440, abs=3)


@pytest.mark.parametrize("n_bytes", [0xFFFFFFFF, 0x7FFFFFFF, 0])
def test_a_wav_header_that_lies_about_its_length_gives_what_is_there(n_bytes):
    lie = (
        TONE_WAV[:4]
        + struct.pack("<I", n_bytes)
        + TONE_WAV[8:40]
        + struct.pack("<I", n_bytes)
        + TONE_WAV[44:]
    )
    assert load_clip(lie).seconds == pytest.approx(1.0, abs=0.01)


def test_a_flac_header_that_lies_about_its_length_gives_what_is_there():
    data = bytearray(sounds.CONTAINERS["flac"][1](SAMPLES))
    data[22:26] = struct.pack(">I", 16_000 * 3600)  # the low 32 bits of the number of samples
    assert load_clip(bytes(data)).seconds == pytest.approx(1.0, abs=0.3)


def test_nothing_is_printed_by_the_decoders(capfd):
    x = np.concatenate([SAMPLES] * 4)
    for _, make in sounds.CONTAINERS.values():
        data = make(x)
        for part in (data, data[: len(data) // 2], data[:200] + data[260:], data[: len(data) // 3] + data):
            try:
                load_clip(part)
            except AudioError:
                continue
    assert capfd.readouterr() == ("", "")


# --- silence


def test_silence_is_a_clip_with_nothing_to_hear():
    assert is_silent(load_clip(sounds.sndfile_bytes(np.zeros(16_000), 16_000, "WAV")))


@pytest.mark.parametrize("dbfs, silent", [(-70, True), (-62, True), (-58, False), (-20, False)])
def test_silence_begins_60_db_below_full_scale(dbfs, silent):
    assert is_silent(sounds.tone(amplitude=np.sqrt(2) * 10 ** (dbfs / 20))) is silent


def test_a_constant_offset_is_silent_and_one_loud_moment_is_not():
    offset = Clip(np.full(16_000, 0.3, np.float32), 16_000)
    assert is_silent(offset)
    with_event = np.array(offset.samples)
    with_event[8_000:8_400] += sounds.tone(seconds=0.025).samples * 0.1
    assert not is_silent(Clip(with_event, 16_000))


def test_a_full_scale_square_is_sound():
    square = np.sign(np.sin(2 * np.pi * 100 * np.arange(16_000) / 16_000 + 0.1))
    assert not is_silent(load_clip(sounds.sndfile_bytes(square, 16_000, "WAV")))


# --- resampling and writing


@pytest.mark.parametrize("sample_rate", [4_000, 8_000, 22_050, 48_000])
def test_resampling_keeps_the_tone_its_level_and_its_length(sample_rate):
    clip = resample(sounds.tone(hz=1000), sample_rate)
    assert clip.sample_rate == sample_rate
    assert clip.seconds == pytest.approx(1.0, abs=1 / sample_rate)
    assert frequency(clip) == pytest.approx(1000, abs=1.5)
    assert np.sqrt(np.mean(clip.samples**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.01)


def test_resampling_removes_what_the_new_rate_cannot_carry():
    clip = resample(sounds.tone(hz=6000), 8_000)  # would alias to 2 kHz
    middle = clip.samples[1000:-1000]
    assert np.abs(middle).max() < 0.5 * 10 ** (-90 / 20)


def test_resampling_to_its_own_rate_changes_nothing():
    clip = sounds.noise()
    assert resample(clip, clip.sample_rate) is clip


def test_a_written_wav_comes_back_within_half_a_step(tmp_path):
    clip = sounds.noise()
    data = encode_wav(clip, tmp_path / "out.wav")
    assert (tmp_path / "out.wav").read_bytes() == data
    np.testing.assert_allclose(load_clip(data).samples, clip.samples, atol=0.5 / 32768 + 1e-7)


def test_writing_clips_at_full_scale_instead_of_wrapping():
    back = load_clip(encode_wav(sounds.tone(amplitude=3.0)))
    assert back.samples.max() > 0.99 and back.samples.min() < -0.99
    assert np.abs(np.diff(back.samples)).max() < 0.6


# --- windows

lengths = st.integers(1, 4000)


@given(n=lengths, seconds=st.floats(0.001, 0.6), hop=st.none() | st.floats(0.01, 0.6))
def test_windows_are_of_equal_length_and_cover_the_clip(n, seconds, hop):
    clip = Clip(np.arange(1, n + 1, dtype=np.float32), 1000)
    parts = windows(clip, seconds, hop)
    size = max(1, round(seconds * 1000))
    assert {len(part.samples) for _, part in parts} == {size}
    seen = np.concatenate([part.samples for _, part in parts])
    starts = [start for start, _ in parts]
    if n < size:
        assert len(parts) == 1 and starts[0] < 0
        np.testing.assert_array_equal(np.trim_zeros(seen), clip.samples)
        left, right = np.flatnonzero(seen)[0], size - 1 - np.flatnonzero(seen)[-1]
        assert abs(left - right) <= 1
    else:
        assert starts[0] == 0 and starts == sorted(set(starts))
        assert starts[-1] + size / 1000 == pytest.approx(clip.seconds)
        if hop is None or round(hop * 1000) <= size:
            assert set(seen) == set(clip.samples)
        for start, part in parts:
            np.testing.assert_array_equal(cut(clip, start, seconds).samples, part.samples)


def test_windows_overlap_by_half_unless_told():
    assert [start for start, _ in windows(sounds.silence(3.2), 1.0)] == [0, 0.5, 1, 1.5, 2, 2.2]


def test_cut_puts_zeros_outside_the_clip():
    clip = Clip(np.ones(1000, np.float32), 1000)
    np.testing.assert_array_equal(cut(clip, -0.25, 0.5).samples, [0] * 250 + [1] * 250)
    np.testing.assert_array_equal(cut(clip, 0.9, 0.2).samples, [1] * 100 + [0] * 100)
    assert not cut(clip, 5.0, 0.2).samples.any() and not cut(clip, -5.0, 0.2).samples.any()


@pytest.mark.parametrize("start", [0.5, 0.9, 1.3, 1.77, 2.0])
def test_the_loudest_window_has_the_burst_in_its_middle(start):
    begin = loudest_window(sounds.burst(start), 1.0)
    assert begin + 0.5 == pytest.approx(start + 0.2, abs=0.02)


@pytest.mark.parametrize("start, expected", [(0.0, 0.0), (2.6, 2.0)])
def test_the_loudest_window_stays_inside_the_clip(start, expected):
    assert loudest_window(sounds.burst(start), 1.0) == pytest.approx(expected, abs=1e-6)


def test_the_loudest_window_of_a_short_clip_is_that_of_windows():
    clip = sounds.tone(seconds=0.4)
    assert loudest_window(clip, 1.0) == pytest.approx(windows(clip, 1.0)[0][0]) == pytest.approx(-0.3)


@given(n=lengths, seconds=st.floats(0.001, 3.0), seed=st.integers(0, 9))
def test_the_loudest_window_can_always_be_cut_from_a_longer_clip(n, seconds, seed):
    clip = Clip(np.random.default_rng(seed).normal(0, 0.1, n).astype(np.float32), 1000)
    begin = loudest_window(clip, seconds)
    if clip.seconds > seconds:
        assert 0 <= begin <= clip.seconds - seconds
    else:
        assert begin <= 0


@given(
    n=st.integers(1, 2000),
    old=st.sampled_from([4000, 11025, 44100]),
    new=st.sampled_from([4000, 8000, 48000]),
)
def test_resampled_clips_last_as_long(n, old, new):
    clip = resample(Clip(np.random.default_rng(n).uniform(-1, 1, n).astype(np.float32), old), new)
    assert abs(len(clip.samples) - n * new / old) <= 1
