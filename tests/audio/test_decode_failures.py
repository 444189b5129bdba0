"""What a library raises becomes a sentence, what we raise does not; headers cannot ask for much memory."""

import os
import struct
import subprocess
import sys

import av
import matroska
import mutations
import pytest
import soundfile
import sounds
from paths import ROOT

from audioclf.audio import decode, load_clip, readers
from audioclf.types import AudioError

SAMPLES = sounds.tone().samples
RAISED = (
    ValueError, TypeError, IndexError, KeyError, OverflowError, ZeroDivisionError, MemoryError, OSError,
    AttributeError, SystemError, AssertionError, NotImplementedError, soundfile.SoundFileRuntimeError,
)  # fmt: skip
MAX_MEGABYTES = 512


@pytest.mark.parametrize("error", RAISED)
@pytest.mark.parametrize("container, owner, step", [
    ("wav 16", soundfile.SoundFile, "read"),
    ("wav 16", soundfile, "SoundFile"),
    ("m4a", av, "open"),
    ("m4a", readers, "_frames"),
    ("m4a", readers, "frame_samples"),
])  # fmt: skip
def test_whatever_a_library_raises_is_a_sentence(error, container, owner, step, monkeypatch):
    data = sounds.CONTAINERS[container][1](SAMPLES)

    def fail(*args, **kwargs):
        raise error("negative dimensions are not allowed")

    monkeypatch.setattr(owner, step, fail)
    monkeypatch.setattr(readers, "FFMPEG_FORMATS", "none" if container == "wav 16" else "mp4")
    with pytest.raises(AudioError, match=r"^clip begins like an? (WAV|MP4) file but is cut off or damaged"):
        load_clip(data)


def test_packets_cost_no_more_than_the_sound_in_them(monkeypatch):
    monkeypatch.setattr(readers, "SPARE_PACKETS", 1000)
    for n_tracks in (1, 5):
        with pytest.raises(AudioError, match="packets a second"):
            load_clip(matroska.silent_packets(n_tracks, 3000))
    assert load_clip(matroska.silent_packets(1, 600, 4000.0)).seconds == 0.15


def test_only_a_few_tracks_are_searched_for_sound(monkeypatch):
    walks, walk = [], readers._frames
    monkeypatch.setattr(readers, "_frames", lambda *given: walks.append(1) or walk(*given))
    monkeypatch.setattr(readers, "SPARE_PACKETS", 1_000_000)
    load_clip(matroska.silent_packets(40, 40 * 450, 4000.0))
    assert len(walks) == readers.MAX_TRACKS


@pytest.mark.parametrize("container", sounds.CONTAINERS)
def test_no_usual_file_has_too_many_packets(container, monkeypatch):
    monkeypatch.setattr(readers, "SPARE_PACKETS", 50)
    assert load_clip(sounds.CONTAINERS[container][1](SAMPLES)).seconds > 0.5


def test_sound_before_a_failure_is_kept(monkeypatch):
    read, n_reads = soundfile.SoundFile.read, []

    def fail_later(*args, **kwargs):
        n_reads.append(1)
        if len(n_reads) > 2:
            raise ValueError("negative dimensions are not allowed")
        return read(*args, **kwargs)

    monkeypatch.setattr(readers, "BLOCK_SAMPLES", 4_000)
    monkeypatch.setattr(soundfile.SoundFile, "read", fail_later)
    assert load_clip(sounds.CONTAINERS["wav 16"][1](SAMPLES)).seconds == 0.5


def test_an_error_of_our_own_is_not_called_a_damaged_file(monkeypatch):
    def broken(sink, sample_rate, block):
        raise TypeError("a mistake in our code")

    monkeypatch.setattr(decode._Sink, "add", broken)
    for container in ("wav 16", "m4a"):
        with pytest.raises(TypeError, match="a mistake in our code"):
            load_clip(sounds.CONTAINERS[container][1](SAMPLES))


# --- headers that promise much

HUGE = 0x7FFFFFFF


def after(container: str, mark: bytes, offset: int, put: bytes, replace: bool = False) -> bytes:
    """The container's bytes with `put` at `offset` from the first `mark`."""
    data = sounds.CONTAINERS[container][1](SAMPLES)
    at = data.index(mark) + offset
    return data[:at] + put + data[at + (len(put) if replace else 0) :]


def chunk(name: bytes, text: bytes = b"") -> bytes:
    return name + struct.pack("<I", HUGE) + text


def vorbis_of_large_codebooks(n_books: int = 250) -> bytes:
    """Three header packets of Vorbis; each book says, in 12 bytes, that it has 2**23 - 1 entries of 24 bits."""
    n_entries = 2**23 - 1
    bits, length = n_books - 1, 8
    fields = [(0x564342, 24), (1, 16), (n_entries, 24), (1, 1), (23, 5), (n_entries, 23), (0, 4)]
    for value, width in fields * n_books:
        bits |= value << length
        length += width
    packets = [
        b"\x01vorbis" + struct.pack("<IBIiii", 0, 1, 16_000, 0, 64_000, 0) + b"\xb8\x01",
        b"\x03vorbis" + struct.pack("<II", 0, 0) + b"\x01",
        b"\x05vorbis" + bits.to_bytes(length // 8 + 1, "little") + bytes(300),
    ]
    pages = b""
    for n, packet in enumerate(packets):
        lacing = bytes([255] * (len(packet) // 255) + [len(packet) % 255])
        pages += b"OggS\0" + bytes([2 if n == 0 else 0]) + struct.pack("<qIII", 0, 7, n, 0)
        pages += bytes([len(lacing)]) + lacing + packet
    return mutations.repaired(pages)


PROMISES = {
    "vorbis books": vorbis_of_large_codebooks(),
    "wav list": after("wav 16", b"data", 0, chunk(b"LIST", b"INFOISFT\x0e\x00\x00\x00")),
    "wav list item": after("wav 16", b"data", 0, b"LIST\xff\xff\xff\xffINFO" + chunk(b"ISFT")),
    **{f"wav {name}": after("wav 16", b"data", 0, chunk(name.encode()))
       for name in ("bext", "id3 ", "cart", "fmt ", "smpl", "cue ", "iXML", "fact", "SMV0")},
    "rf64": after("wav 16", b"RIFF", 0, b"RF64\xff\xff\xff\xffWAVEds64\xff\xff\xff\x7f", replace=True),
    "aiff name": after("aiff", b"COMM", 0, b"NAME\x7f\xff\xff\xf0"),
    "aiff id3": after("aiff", b"COMM", 0, b"ID3 \x7f\xff\xff\xf0ID3\x03\0\0\x7f\x7f\x7f\x7f"),
    **{f"caf {name}": after("caf", b"desc", 44, name.encode() + struct.pack(">Q", HUGE))
       for name in ("kuki", "info", "chan", "pakt", "strg")},
    **{f"mp4 {name}": after("m4a", name.encode(), -4, struct.pack(">I", HUGE), replace=True)
       for name in ("stsd", "udta", "ilst", "meta", "moov", "mp4a", "stco", "stsz", "stts", "esds")},
    "mp4 samples": after("m4a", b"stsz", 8, struct.pack(">II", 1, 150_000_000), replace=True),
    "mp4 times": after("m4a", b"stts", 8, struct.pack(">III", 1, HUGE, 1), replace=True),
    "mp4 chunks": after("m4a", b"stsc", 8, struct.pack(">IIII", 1, 1, HUGE, 1), replace=True),
    "webm codec data": after("webm", b"\x63\xa2", 2, b"\x08\x7f\xff\xff\xff"),
    "webm codec name": after("webm", b"\x86", 1, b"\x08\x7f\xff\xff\xff"),
    "flac metadata": after("flac", b"fLaC", 4, b"\x04\xff\xff\xff"),
    "mp3 tag": b"ID3\x03\0\0\x7f\x7f\x7f\x7fTXXX\x0f\xff\xff\xff\0\0" + sounds.CONTAINERS["mp3"][1](SAMPLES),
}  # fmt: skip

MEASURE = """
import pathlib, sys
from peak import peak_megabytes
from audioclf.audio import load_clip
from audioclf.types import AudioError
for path in sorted(pathlib.Path(sys.argv[1]).iterdir()):
    try:
        load_clip(path)
    except AudioError:
        pass
    print(path.name, peak_megabytes(), sep=",")
"""


def test_a_header_that_promises_much_costs_little_memory(tmp_path):
    for name, data in PROMISES.items():
        (tmp_path / name).write_bytes(data)
    path = os.pathsep.join((str(ROOT), str(ROOT / "tests" / "support")))
    out = subprocess.run(
        [sys.executable, "-c", MEASURE, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    peaks = {name: float(peak) for name, peak in (line.split(",") for line in out.splitlines())}
    assert len(peaks) == len(PROMISES)
    assert {name: peak for name, peak in peaks.items() if peak > MAX_MEGABYTES} == {}
