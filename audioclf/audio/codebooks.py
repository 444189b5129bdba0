"""Count what the codebooks of a Vorbis header ask libvorbis to allocate. Private to `audio`.

A book of 12 bytes can claim 8 million entries, and there can be 256 books: gigabytes from a file of 4 kB.
"""

import numpy as np

# Over all books: encoders write about 50,000, and a chance match of SYNC adds at most 2**24.
MAX_ENTRIES = 2**25
HEADER_BYTES = 2**18  # headers take 4 kB; more bytes would hold more chance matches
SETUP = b"\x05vorbis"
SYNC = 0x564342  # begins each book, at any bit: 24 bits, then 16 of dimensions and 24 of entries (Vorbis I, 3.2.1)


def asks_too_much(data: bytes) -> bool:
    """Whether the books of any setup header in an Ogg file claim more than MAX_ENTRIES."""
    at = data.find(SETUP)
    while at >= 0:
        if _n_entries(data[at : at + HEADER_BYTES]) > MAX_ENTRIES:
            return True
        at = data.find(SETUP, at + HEADER_BYTES // 2)
    return False


def _n_entries(header: bytes) -> int:
    octets = np.frombuffer(header + bytes(3), np.uint8).astype(np.uint32)
    words = octets[:-3] | octets[1:-2] << 8 | octets[2:-1] << 16 | octets[3:] << 24
    total = 0
    for shift in range(8):
        for at in np.flatnonzero((words >> shift & 0xFFFFFF) == SYNC):
            total += int.from_bytes(header[at : at + 9], "little") >> shift >> 40 & 0xFFFFFF
    return total
