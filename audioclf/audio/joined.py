"""Find where one sound file ends and another of its kind begins. Private to `audio`.

Radio recorders write Ogg streams one after the other, and `cat` joins any files. Decoders stop after the first
of them without a word, or lose the place. MP3 and AAC need no help: their frames simply go on.
"""

import re

from audioclf.audio.pages import MAX_WITHIN, is_entangled
from audioclf.types import AudioError

MAX_JOINED = 200  # opening one costs up to 5 ms

# First bytes of a file -> how another of its kind begins. Long enough not to occur within compressed sound.
BEGINNINGS = {
    start: re.compile(pattern, re.DOTALL)
    for start, pattern in {
        b"OggS": rb"OggS\x00[\x02\x06]",
        b"fLaC": rb"fLaC[\x00\x80]\x00\x00\x22",
        b"RIFF": rb"RIFF.{4}WAVE",
        b"RIFX": rb"RIFX.{4}WAVE",
        b"RF64": rb"RF64.{4}WAVEds64",
        b"riff": rb"riff\x2e\x91\xcf\x11\xa5\xd6\x28\xdb\x04\xc1\x00\x00",
        b"FORM": rb"FORM.{4}AIF[FC]",
        b"caff": rb"caff\x00\x01\x00\x00desc",
        b".snd": rb"\.snd\x00\x00.{6}\x00\x00\x00",
        b"#!AMR": rb"#!AMR(?:-WB)?\n",
        b"\x1a\x45\xdf\xa3": rb"\x1a\x45\xdf\xa3.{1,12}?\x42\x86\x81\x01",
        b"\x00\x00\x00": rb"\x00\x00[\x00-\x02].ftyp[ -~]{4}",
    }.items()
}  # fmt: skip


def separate(data: bytes, name: str) -> list[bytes]:
    """The files that `data` holds one after the other; [data] itself if it is one file or of an unknown kind.

    Raises AudioError for more than MAX_JOINED of them, and for Ogg pages that cannot be told apart.
    """
    if is_entangled(data):
        raise AudioError(
            f"{name} is damaged: more than {MAX_WITHIN} of its Ogg pages begin within others; "
            "record or export it again"
        )
    pattern = next((known for start, known in BEGINNINGS.items() if data.startswith(start)), None)
    if pattern is None:
        return [data]
    starts = [0, *(at for match in pattern.finditer(data) if _begins(data, at := match.start()))]
    if len(starts) > MAX_JOINED:
        raise AudioError(
            f"{name} holds {len(starts)} sound files one after the other; at most {MAX_JOINED} can be read: "
            "export it as one WAV, FLAC or MP3 file"
        )
    return [data[first:end] for first, end in zip(starts, [*starts[1:], len(data)], strict=True)]


def _begins(data: bytes, at: int) -> bool:
    """Whether a file begins at `at`: not the first one, nor the second track of an Ogg stream.

    The tracks of one stream all begin on its first pages.
    """
    before = data.rfind(b"OggS\x00", 0, at) if data.startswith(b"OggS", at) else at - 1
    return at > 0 and not (before < at - 1 and data[before + 5] & 2)
