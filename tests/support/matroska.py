"""Matroska files with any number of silent tracks and of packets, each of one sample."""

import struct


def _element(name: str, data: bytes) -> bytes:
    return bytes.fromhex(name) + (len(data) | 1 << 56).to_bytes(8, "big") + data


def _number(name: str, value: int) -> bytes:
    return _element(name, value.to_bytes(4, "big"))


def silent_packets(n_tracks: int, n_packets: int, sample_rate: float = 192_000.0) -> bytes:
    """A file whose packets are dealt to its tracks in turn."""
    sound = _element("b5", struct.pack(">d", sample_rate)) + _number("9f", 1) + _number("6264", 16)
    tracks = b"".join(
        _element(
            "ae",
            _number("d7", n)
            + _number("73c5", n)
            + _number("83", 2)
            + _element("86", b"A_PCM/INT/LIT")
            + _element("e1", sound),
        )
        for n in range(1, n_tracks + 1)
    )
    packets = b"".join(
        _element("a3", (0x4000 | 1 + i % n_tracks).to_bytes(2, "big") + b"\0\0\x80\0\0")
        for i in range(n_packets)
    )
    head = _element("1a45dfa3", _element("4282", b"matroska") + _number("4287", 4) + _number("4285", 2))
    about = _element("1549a966", _number("2ad7b1", 1_000_000))
    cluster = _element("1f43b675", _number("e7", 0) + packets)
    return head + _element("18538067", about + _element("1654ae6b", tracks) + cluster)
