"""Decoding of sound files, and error messages for files that cannot be used."""

import os
import struct
import tracemalloc

import av
import numpy as np
import pytest
import sounds

from audioclf import audio
from audioclf.audio import decode, load_clip, readers, reading
from audioclf.types import AudioError

SAMPLES = sounds.tone().samples

# Largest RMS error against the original, at full scale 1: about a third of a step.
EXACT = {"wav u8": 5e-3, "wav 24": 1e-7, "wav 32": 1e-7, "wav float32": 0.0, "wav float64": 0.0}
EXACT |= dict.fromkeys(("wav 16", "flac", "aiff"), 2e-5)


def refusal(source: object, name: str | None = None) -> str:
    with pytest.raises(AudioError) as caught:
        load_clip(source, name)
    message = str(caught.value)
    assert "\n" not in message and "Traceback" not in message
    return message


@pytest.mark.parametrize("container", sounds.CONTAINERS)
def test_every_container_gives_its_tone_whatever_the_file_name(container, tmp_path):
    data = sounds.CONTAINERS[container][1](SAMPLES)
    path = tmp_path / "misleading.txt"
    path.write_bytes(data)
    clip = load_clip(path)
    assert clip.name == "misleading.txt"
    assert clip.samples.dtype == np.float32
    assert clip.sample_rate == {"webm": 48_000, "amr": 8_000}.get(container, 16_000)
    assert 0.98 < clip.seconds < 1.1  # AAC adds up to two frames of 64 ms
    assert sounds.frequency(clip) == pytest.approx(440, abs=1.5)  # a bin and a half
    middle = clip.samples[len(clip.samples) // 8 : -len(clip.samples) // 8]  # codecs ring at abrupt ends
    assert np.abs(middle).max() == pytest.approx(0.5, rel=0.1)
    if container in EXACT:
        error = np.sqrt(np.mean((clip.samples - SAMPLES) ** 2))
        assert error <= EXACT[container]


NOT_SOUND = {"avif", "heic", "heif", "mj2", "mks"}  # pictures and subtitles in the same containers
RARE = {"f4v", "ism", "isma", "ismv", "m2a", "mk3d", "mpa", "psp"}


def test_a_search_for_sounds_knows_the_suffixes_of_what_is_read():
    made = {suffix for suffix, _ in sounds.CONTAINERS.values()}
    ffmpeg = set().union(
        *(av.format.ContainerFormat(name, "r").extensions for name in readers.FFMPEG_FORMATS.split(","))
    )
    assert {f".{suffix}" for suffix in (made | ffmpeg) - NOT_SOUND - RARE} <= decode.SUFFIXES


@pytest.mark.parametrize("container", ["wav 16", "m4a"])
def test_bytes_and_file_give_the_same_clip(container, tmp_path):
    data = sounds.CONTAINERS[container][1](SAMPLES)
    (tmp_path / "a").write_bytes(data)
    np.testing.assert_array_equal(load_clip(str(tmp_path / "a")).samples, load_clip(data).samples)


@pytest.mark.parametrize("sample_rate", [4_000, 8_000, 11_025, 22_050, 44_100, 96_000, 192_000])
def test_the_native_rate_is_kept(sample_rate):
    clip = load_clip(sounds.sndfile_bytes(sounds.tone(sample_rate=sample_rate).samples, sample_rate, "WAV"))
    assert clip.sample_rate == sample_rate
    assert sounds.frequency(clip) == pytest.approx(440, abs=1.5)


@pytest.mark.parametrize("n_channels", [1, 2, 6, 64])
def test_channels_are_averaged(n_channels):
    rng = np.random.default_rng(0)
    channels = rng.uniform(-0.5, 0.5, (8000, n_channels)).astype(np.float32)
    clip = load_clip(sounds.sndfile_bytes(channels, 8000, "WAV", "FLOAT"))
    np.testing.assert_allclose(clip.samples, channels.mean(axis=1), atol=1e-6)


@pytest.mark.parametrize("format_name, scale", [("u8", 128), ("s16", 2**15), ("s32", 2**31), ("s16p", 2**15)])
def test_ffmpeg_frames_of_any_layout_have_full_scale_one(format_name, scale):
    left, right = np.full(64, 0.25), np.full(64, -0.5)
    kind = {"u8": np.uint8, "s16": np.int16, "s32": np.int32, "s16p": np.int16}[format_name]
    values = np.stack([left, right]) * scale + (128 if format_name == "u8" else 0)
    planar = format_name.endswith("p")
    shaped = values if planar else values.T.reshape(1, -1)
    frame = av.AudioFrame.from_ndarray(shaped.astype(kind), format=format_name, layout="stereo")
    np.testing.assert_allclose(readers.frame_samples(frame), np.stack([left, right], axis=1), atol=1e-6)


# --- errors and their messages

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
    "channels that cancel": (
        lambda: sounds.sndfile_bytes(np.stack([SAMPLES, -SAMPLES], axis=1), 16_000, "WAV"),
        "channels that cancel each other out",
    ),
    "16-bit numbers as floats": (lambda: float_wav(20_000), "as large as 2e+04 where full scale is 1"),
    "20 ms": (lambda: sounds.sndfile_bytes(SAMPLES[:320], 16_000, "WAV"), "lasts 20 ms; at least 100 ms"),
    "more than 25 MB": (lambda: TOO_BIG, "is larger than 25 MB"),
    "rate too low": (lambda: with_sample_rate(3_999), "sample rate is 3999 Hz; 4 to 192 kHz"),
    "rate too high": (lambda: with_sample_rate(192_001), "sample rate is 192001 Hz; 4 to 192 kHz"),
    "absurd rate": (lambda: with_sample_rate(2**31 - 1), "Hz; 4 to 192 kHz"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_each_unusable_file_has_its_own_error_message(case, tmp_path):
    make, words = REFUSED[case]
    path = tmp_path / "my take.wav"
    path.write_bytes(make())
    message = refusal(path)
    assert words in message
    assert message.startswith("my take.wav ")
    assert str(tmp_path) not in message and "/" not in message
    assert len(message) < 250


def test_paths_that_are_not_files_are_refused(tmp_path):
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


# --- limits apply while decoding


@pytest.mark.parametrize("format, subtype", [("FLAC", "PCM_16"), ("OGG", "VORBIS"), ("OGG", "OPUS")])
def test_a_small_file_that_unpacks_to_hours_stops_early(format, subtype, monkeypatch):
    bomb = sounds.sndfile_bytes(np.zeros(8_000 * 700), 8_000, format, subtype)
    assert len(bomb) < 1e6
    seen = []
    add = decode._Sink.add
    monkeypatch.setattr(
        decode._Sink, "add", lambda sink, rate, block: (add(sink, rate, block), seen.append(len(block)))
    )
    assert "lasts more than 10 minutes" in refusal(bomb)
    assert 500 * 8_000 < sum(seen) <= 600 * 8_000


def test_an_ffmpeg_bomb_stops_early(monkeypatch):
    monkeypatch.setattr(reading, "MAX_SECONDS", 0.5)
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


# --- damaged files that still hold sound


@pytest.mark.parametrize("container", ["wav 16", "flac", "aiff", "mp3", "aac", "webm"])
def test_a_truncated_file_gives_the_sound_up_to_the_cut(container):
    x = np.concatenate([SAMPLES] * 6)
    data = sounds.CONTAINERS[container][1](x)
    clip = load_clip(data[: len(data) * 2 // 3])
    assert 2.5 < clip.seconds < 4.6
    assert sounds.frequency(clip) == pytest.approx(440, abs=3)


@pytest.mark.parametrize("n_bytes", [0xFFFFFFFF, 0x7FFFFFFF, 0])
def test_a_wav_header_with_a_wrong_length_gives_all_samples(n_bytes):
    lie = bytearray(TONE_WAV)
    lie[4:8] = lie[40:44] = struct.pack("<I", n_bytes)
    assert load_clip(bytes(lie)).seconds == pytest.approx(1.0, abs=0.01)


def test_a_flac_header_with_a_wrong_length_gives_all_samples():
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
    assert sounds.printed(capfd) == ""


@pytest.mark.parametrize("speed", [0.8, 1.0, 1.25])
def test_at_speed_raises_the_pitch_and_keeps_the_window_length(speed):
    window = audio.cut(sounds.tone(500, 1.0, 8000), -0.5, 2.0)
    played = audio.at_speed(window, speed)
    assert (len(played.samples), played.sample_rate) == (16_000, 8000)
    spectrum = np.abs(np.fft.rfft(played.samples))
    assert spectrum.argmax() / 2 == pytest.approx(500 * speed, abs=2)
    sounding = np.flatnonzero(np.abs(played.samples) > 0.01 * np.abs(played.samples).max()) / 8000
    assert sounding[0] == pytest.approx(1 - 0.5 / speed, abs=0.02)
    assert sounding[-1] == pytest.approx(1 + 0.5 / speed, abs=0.02)
