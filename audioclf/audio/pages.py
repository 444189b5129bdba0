"""Count the beginnings of Ogg pages that lie within other pages. Private to `audio`.

A reader that has lost its place checks the sum of a page from each beginning on, up to 65 kB: a file full of them
keeps it busy for a minute.
"""

BEGINNING = b"OggS"
N_LENGTHS = 26  # offset of the number of lengths, which stand behind it
MAX_WITHIN = 1_000  # a damaged page hides one, chance one in 4 GB


def is_entangled(data: bytes) -> bool:
    """Whether more than MAX_WITHIN pages begin within others."""
    n_within, end = 0, 0
    at = data.find(BEGINNING)
    while at >= 0 and n_within <= MAX_WITHIN:
        if at < end:
            n_within += 1
        else:
            lengths = at + N_LENGTHS + 1
            after = lengths + sum(data[lengths - 1 : lengths])
            end = after + sum(data[lengths:after])
        at = data.find(BEGINNING, at + len(BEGINNING))
    return n_within > MAX_WITHIN
