"""A limit on the memory of this process."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

STATUS = Path("/proc/self/statm")


@contextmanager
def limited_memory(spare_bytes: int) -> Iterator[None]:
    """Limit the memory of this process to `spare_bytes` more than it uses now."""
    if not STATUS.exists():
        pytest.skip("needs the memory use of this process, which Linux reports")
    used = int(STATUS.read_text().split()[0]) * resource.getpagesize()
    before = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (used + spare_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
