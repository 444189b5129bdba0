"""Which part of a file a request may ask for: one, in plain numbers. Other requests get the whole file."""

import re
from typing import Any

from audioclf.ui.exchange import Scope, path_of

FILE = "/gradio_api/file="
RANGE = re.compile(rb"bytes=(\d{1,15})-(\d{0,15})|bytes=-\d{1,15}")


def usable_range(scope: Scope) -> Scope:
    """The request without a Range that Gradio cannot read, and without any where no browser asks for parts.

    A usable one is written with a capital letter: Gradio then leaves it to Starlette, which also heeds If-Range. What
    Gradio does itself repeats the headers of the request, cookies too, in the answer.
    """
    given = [value.strip() for name, value in scope["headers"] if name == b"range"]
    if not given:
        return scope
    others = [(name, value) for name, value in scope["headers"] if name != b"range"]
    if len(given) == 1 and path_of(scope).startswith(FILE) and _is_usable(given[0]):
        others.append((b"range", given[0].capitalize()))
    usable: dict[str, Any] = {**scope, "headers": others}
    return usable


def _is_usable(value: bytes) -> bool:
    found = RANGE.fullmatch(value)
    if not found:
        return False
    first, last = found[1], found[2]
    return not last or int(first) <= int(last)
