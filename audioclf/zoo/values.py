"""Checks of single values that strangers write, and how an error message quotes them."""

MAX_WORD = 100  # characters of a task, a family, a licence, an id or a label
MAX_TITLE = 200  # characters of the name of a data set, a protocol or a fold
MAX_QUOTED = 100  # characters of a value in an error message
MAX_NAMES = 20  # in an error message


def is_word(value: object, limit: int = MAX_WORD) -> bool:
    """Whether a value is printable text of one to `limit` characters."""
    return isinstance(value, str) and 0 < len(value) <= limit and value.isprintable()


def is_number(value: object, low: float, high: float) -> bool:
    """Whether a value is a number in a range, so not NaN; true and false are no numbers."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and low <= value <= high


def quoted(value: object) -> str:
    """The start of a value, as Python writes it."""
    written = repr(value)
    return written if len(written) <= MAX_QUOTED else f"{written[:MAX_QUOTED]}…"


def refuse_constant(name: str) -> float:
    """For json.loads: NaN and infinities are no JSON. ValueError."""
    raise ValueError(f"{name} is not a number in JSON")
