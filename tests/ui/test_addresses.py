"""Each address has its share: a household's addresses count as one, and who keeps most makes room."""

from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audioclf.ui.addresses import address_of, household, loses_first
from audioclf.ui.connections import MAX_CONNECTIONS, Connections
from audioclf.ui.fair_queue import FairList


@pytest.mark.parametrize("host", ["10.0.0.1", "no address", "", "2001:db8::/64"])
def test_other_addresses_count_as_they_are(host):
    assert household(host) == host


def test_the_addresses_of_one_household_count_as_one_everywhere():
    one, other, far = "2001:db8::1", "2001:db8::ffff:2", "2001:db8:0:1::1"
    assert household(one) == household(other) != household(far)
    assert household("::ffff:10.0.0.1") == "10.0.0.1" and household("fe80::1%eth0") == household("fe80::2")
    assert address_of(
        SimpleNamespace(request=SimpleNamespace(client=SimpleNamespace(host=one)))
    ) == household(other)
    connections = Connections((), total=10 * MAX_CONNECTIONS)
    assert all(connections.take(f"2001:db8::{i:x}") for i in range(MAX_CONNECTIONS))
    assert not connections.take(other) and connections.take(far)
    waiting = FairList()
    for i, host in enumerate([*(f"2001:db8::{i:x}" for i in range(20)), far]):
        waiting.append(
            SimpleNamespace(session_hash=i, request=SimpleNamespace(client=SimpleNamespace(host=host)))
        )
    assert waiting[1].session_hash == 20


PIECES = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 9)), min_size=1)


@given(PIECES)
def test_who_keeps_most_makes_room_with_the_largest_piece(pieces):
    kept = [(str(i), *piece) for i, piece in enumerate(pieces)]
    _, address, size = kept[int(loses_first(kept))]

    def total(who):
        return sum(piece[2] for piece in kept if piece[1] == who)

    assert total(address) == max(map(total, "abc"))
    assert size == max(piece[2] for piece in kept if piece[1] == address)


def test_of_equal_pieces_the_oldest_makes_room():
    assert loses_first([("old", "a", 1), ("new", "a", 1), ("other", "b", 1)]) == "old"
