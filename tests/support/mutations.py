"""Damage sound files at random, reproducibly: a seed is a file."""

import random
import struct
from functools import cache

import sounds

SOURCE = sounds.burst(0.1, seconds=0.5).samples


def flip_bits(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 4, 32))):
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)


def damage_header(data: bytearray, rng: random.Random) -> None:
    for _ in range(rng.randint(1, 4)):
        data[rng.randrange(min(64, len(data)))] = rng.choice((0, 1, 0x7F, 0x80, 0xFF, rng.randrange(256)))


def edit_length(data: bytearray, rng: random.Random) -> None:
    """Write an extreme 16-, 32- or 64-bit number where lengths, rates and counts are."""
    code = rng.choice(("<H", "<I", "<Q", ">H", ">I", ">Q"))
    bits = 8 * struct.calcsize(code)
    value = rng.choice((0, 1, 2 ** (bits - 1), 2 ** (bits - 1) - 1, 2**bits - 1, 2**bits - 16, len(data) * 2))
    at = rng.randrange(max(1, min(512, len(data)) - 8))
    data[at : at + bits // 8] = struct.pack(code, value % 2**bits)


def truncate(data: bytearray, rng: random.Random) -> None:
    del data[rng.randrange(len(data)) :]


def insert(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    data[at:at] = rng.randbytes(rng.choice((1, 7, 300)))


def delete(data: bytearray, rng: random.Random) -> None:
    at = rng.randrange(len(data))
    del data[at : at + rng.choice((1, 5, 200, 2000))]


def duplicate(data: bytearray, rng: random.Random) -> None:
    first, at = rng.randrange(len(data)), rng.randrange(len(data))
    data[at:at] = data[first : first + rng.choice((4, 64, 1024))]


def splice(data: bytearray, rng: random.Random) -> None:
    """Put the beginning of another container in front."""
    other = whole(rng.choice(sorted(sounds.CONTAINERS)))
    data[: rng.choice((0, 12, 64))] = other[: rng.choice((12, 64, 1000))]


MUTATIONS = (flip_bits, damage_header, edit_length, truncate, insert, delete, duplicate, splice)


@cache
def whole(container: str) -> bytes:
    return sounds.CONTAINERS[container][1](SOURCE)


def mutant(container: str, rng: random.Random) -> bytes:
    """A damaged file; in half of them the checksums of Ogg pages are right again, so that decoders read on."""
    data = bytearray(whole(container))
    for mutate in rng.choices(MUTATIONS, k=rng.choice((1, 1, 2, 3))):
        if data:
            mutate(data, rng)
    return repaired(bytes(data)) if rng.random() < 0.5 else bytes(data)


def numbered(seed: int) -> tuple[str, bytes]:
    """The name of a container and a damaged file of it."""
    rng, names = random.Random(seed), sorted(sounds.CONTAINERS)
    container = names[seed % len(names)]
    return container, mutant(container, rng)


def repaired(data: bytes) -> bytes:
    """The same with the right checksum on every Ogg page that is all there."""
    fixed, at = bytearray(data), data.find(b"OggS")
    while at >= 0:
        n_segments = data[at + 26] if at + 26 < len(data) else 0
        end = at + 27 + n_segments + sum(data[at + 27 : at + 27 + n_segments])
        if at + 27 + n_segments <= end <= len(data):
            fixed[at + 22 : at + 26] = bytes(4)
            fixed[at + 22 : at + 26] = struct.pack("<I", ogg_checksum(fixed[at:end]))
        at = data.find(b"OggS", at + 4)
    return bytes(fixed)


@cache
def _checksum_table() -> tuple[int, ...]:
    table = []
    for byte in range(256):
        value = byte << 24
        for _ in range(8):
            value = (value << 1) ^ (0x04C11DB7 if value & 0x80000000 else 0)
        table.append(value & 0xFFFFFFFF)
    return tuple(table)


def ogg_checksum(page: bytes) -> int:
    """CRC-32 of RFC 3533: most significant bit first, neither inverted nor reflected."""
    table, value = _checksum_table(), 0
    for byte in page:
        value = (value << 8 & 0xFFFFFFFF) ^ table[value >> 24 ^ byte]
    return value
