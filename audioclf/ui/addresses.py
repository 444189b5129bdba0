"""Whose request or event is handled, so that each address gets its share of what all visitors share."""

from collections import Counter
from collections.abc import Iterable
from contextvars import ContextVar
from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Any

HOUSEHOLD = 64  # bits of an IPv6 address that name the network of a household
ASKING: ContextVar[str] = ContextVar("ASKING", default="")  # the household of the request or event in hand


@lru_cache(maxsize=4096)
def household(host: str) -> str:
    """An address as it is counted. Of IPv6 the network of a household, which has all addresses in it."""
    try:
        address = ip_address(host.partition("%")[0])
    except ValueError:
        return host
    if address.version == 4:
        return str(address)
    return str(address.ipv4_mapped or ip_network((address, HOUSEHOLD), strict=False))


def address_of(event: Any) -> str:
    """Where an event of Gradio's queue comes from; empty if nobody knows."""
    client = getattr(event.request, "client", None)
    return household(client.host) if client else ""


def loses_first(kept: Iterable[tuple[str, str, int]]) -> str:
    """Of what is kept for visitors, the key of what makes room: the largest of the address that keeps most.

    kept: key, address and size of each piece, oldest first; of equal ones, the oldest makes room.
    """
    pieces = tuple(kept)
    sums: Counter[str] = Counter()
    for _, address, size in pieces:
        sums[address] += size
    most = max(sums, key=sums.__getitem__)
    return max((piece for piece in pieces if piece[1] == most), key=lambda piece: piece[2])[0]
