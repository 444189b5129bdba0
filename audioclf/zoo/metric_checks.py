"""Checks of metrics and predictions: the type and the range of every value that `evaluate` writes, as tables."""

from collections.abc import Callable, Mapping
from typing import Any

from audioclf.zoo.values import MAX_TITLE, is_number, is_word, quoted

MAX_LABELS = 1000  # of one model
MAX_LIST = 1000  # entries of a list or object
MAX_CURVE = 20_000  # points
MAX_DEPTH = 6  # of nested values
MAX_PREDICTIONS = 100_000
LARGEST_NUMBER = 1e12
# A check raises ValueError, naming the value, for a value of another type or out of range.
Check = Callable[[Any, str], None]


def check_metrics(metrics: Any, n_labels: int) -> None:
    """ValueError for the first value that cannot be used.

    A confusion matrix has n_labels or n_labels + 1 rows and columns; the last one is the background.
    """
    _fields(METRICS)(metrics, "metrics")
    for owner in (metrics, *(metrics.get("protocols") or {}).values()):
        if matrix := owner.get("confusion"):
            _check_shape(matrix, n_labels)
    for name, curve in (metrics.get("stress") or {}).items():
        if len(curve["levels"]) != len(curve["accuracy"]):
            raise ValueError(f"metrics.stress.{name} needs one accuracy for each level")
    for name, family in ((metrics.get("field") or {}).get("made") or {}).items():
        if not len(family["levels"]) == len(family["accuracy"]) == len(family["called_unknown"]):
            raise ValueError(f"metrics.field.made.{name} needs two shares for each level")
    for name, found in ((metrics.get("verification") or {}).get("conditions") or {}).items():
        drawn = [len(found.get(part, ())) for part in ("edges", "targets", "impostors")]
        if any(drawn) and drawn != [drawn[1] + 1, drawn[1], drawn[1]]:
            raise ValueError(
                f"metrics.verification.{name} needs two shares for each bin and one edge more than bins"
            )


def check_predictions(stored: Any) -> None:
    """ValueError for the first value of predictions.json that cannot be used."""
    _fields(PREDICTIONS)(stored, "predictions")


def _check_shape(matrix: list[list[int]], n_labels: int) -> None:
    widths, usable = {len(row) for row in matrix}, (n_labels, n_labels + 1)
    if len(matrix) not in usable or len(widths) > 1 or widths.pop() not in usable:
        raise ValueError(
            f"metrics.confusion has {len(matrix)} rows and {len(matrix[0])} columns; "
            f"{n_labels} labels need {n_labels} of both, or one more for the background"
        )


def _refusal(name: str, value: object, needs: str) -> ValueError:
    return ValueError(f"{name} {quoted(value)} must be {needs}")


def _number(low: float, high: float, whole: bool = False) -> Check:
    def check(value: Any, name: str) -> None:
        if not is_number(value, low, high) or (whole and not isinstance(value, int)):
            raise _refusal(name, value, f"a {'whole ' if whole else ''}number from {low:g} to {high:g}")

    return check


def _word(value: Any, name: str) -> None:
    if not is_word(value, MAX_TITLE):
        raise _refusal(name, value, f"printable text of 1 to {MAX_TITLE} characters")


def _numeral(low: float, high: float) -> Check:
    """A number as text, which is how JSON keeps a number that names a value."""

    def check(value: str, name: str) -> None:
        try:
            _number(low, high)(float(value), name)
        except ValueError as error:
            raise _refusal(name, value, f"a number from {low:g} to {high:g}") from error

    return check


def _list(check: Check, at_most: int = MAX_LIST, exactly: int | None = None) -> Check:
    def check_all(value: Any, name: str) -> None:
        if not isinstance(value, (list, tuple)) or len(value) > at_most or exactly not in (None, len(value)):
            raise _refusal(name, value, f"a list of {exactly or f'up to {at_most}'} values")
        for item in value:
            check(item, name)

    return check_all


def _named(check: Check, check_name: Check = _word) -> Check:
    """An object with any names."""

    def check_all(value: Any, name: str) -> None:
        if not isinstance(value, dict) or len(value) > MAX_LIST:
            raise _refusal(name, value, f"an object of up to {MAX_LIST} values")
        for key, item in value.items():
            check_name(key, f"a name in {name}")
            check(item, f"{name}.{key}")

    return check_all


def _fields(checks: Mapping[str, Check], needed: tuple[str, ...] = ()) -> Check:
    """An object with these names; other names may come from a newer version, and are never drawn."""

    def check_all(value: Any, name: str) -> None:
        _named(lambda item, at: None)(value, name)
        if missing := [key for key in needed if key not in value]:
            raise _refusal(name, value, f"an object with {', '.join(missing)}")
        for key, item in value.items():
            checks.get(key, _plain)(item, f"{name}.{key}")

    return check_all


def _plain(value: Any, name: str, depth: int = MAX_DEPTH) -> None:
    """Any value that JSON can hold, of limited size."""
    if isinstance(value, (dict, list, tuple)):
        if not depth or len(value) > MAX_CURVE:
            raise _refusal(name, value, f"at most {MAX_CURVE} values, nested at most {MAX_DEPTH} times")
        for item in (*value, *value.values()) if isinstance(value, dict) else value:
            _plain(item, name, depth - 1)
    elif not (value is None or is_word(value, MAX_TITLE) or isinstance(value, bool)):
        _number(-LARGEST_NUMBER, LARGEST_NUMBER)(value, name)


def _optional(check: Check) -> Check:
    return lambda value, name: None if value is None else check(value, name)


SHARE, COUNT, AMOUNT = _number(0, 1), _number(0, 1e9, whole=True), _number(-LARGEST_NUMBER, LARGEST_NUMBER)
POSITIVE, LARGEST_SEED = _number(0, LARGEST_NUMBER), 2**64
INTERVAL = _optional(_list(SHARE, exactly=2))
MATRIX = _list(_list(COUNT, MAX_LABELS + 1), MAX_LABELS + 1)
RESULT: dict[str, Check] = {"title": _word, "accuracy": SHARE, "interval": INTERVAL, "n": _optional(COUNT)}
PROTOCOL: dict[str, Check] = {
    **RESULT,
    "dataset": _word,
    "macro_f1": _optional(SHARE),
    "macro_f1_interval": INTERVAL,
    "seeds": _named(SHARE, _numeral(0, LARGEST_SEED)),
    "held_out": _word,
    "folds": _named(SHARE),
    "confusion": MATRIX,
}
LEAKY: dict[str, Check] = {**RESULT, "honest_windows": SHARE, "honest_clips": SHARE}
UNKNOWN_KIND: dict[str, Check] = {"n": COUNT, "auroc": SHARE, "rejected": SHARE}
STRESS: dict[str, Check] = {
    "levels": _list(AMOUNT),
    "accuracy": _list(SHARE),
    "clean": _optional(SHARE),
    "n": _optional(COUNT),
}
FIELD_DIGITS: dict[str, Check] = {
    **dict.fromkeys(("accuracy", "called_unknown"), SHARE),
    **dict.fromkeys(("interval", "called_unknown_interval"), INTERVAL),
    **dict.fromkeys(("per_class", "per_class_unknown"), _named(SHARE)),
    **dict.fromkeys(("n", "n_speakers"), COUNT),
}
FIELD_OTHERS: dict[str, Check] = {"rejected": SHARE, "interval": INTERVAL, "n": COUNT}
FIELD_MADE: dict[str, Check] = {
    "levels": _list(AMOUNT),
    **dict.fromkeys(("accuracy", "called_unknown"), _list(SHARE)),
    "mean": SHARE,
    "interval": INTERVAL,
    "n": COUNT,
}
HOME: dict[str, Check] = {
    **dict.fromkeys(("accuracy", "called_unknown", "others_rejected"), SHARE),
    "interval": INTERVAL,
    **dict.fromkeys(("n", "n_speakers"), COUNT),
}
ERRORS = _number(0, 100)  # for each digit said; added ones may be more than all that are said
STRINGS: dict[str, Check] = {
    **dict.fromkeys(("error_rate", "substitutions", "insertions", "deletions"), ERRORS),
    "interval": _list(ERRORS, exactly=2),
    "strings_right": SHARE,
    **dict.fromkeys(("n_strings", "n_digits", "n_speakers"), COUNT),
}
FIELD: dict[str, Check] = {
    "digits": _named(_fields(FIELD_DIGITS, tuple(FIELD_DIGITS))),
    "others": _named(_fields(FIELD_OTHERS, tuple(FIELD_OTHERS))),
    "made": _named(_fields(FIELD_MADE, tuple(FIELD_MADE))),
}
MAX_DET, MAX_BINS = 100, 100  # points of a curve, bins of a histogram
CONDITION: dict[str, Check] = {
    **dict.fromkeys(("eer", "far", "frr", "unsure"), SHARE),
    "interval": _list(SHARE, exactly=2),
    **dict.fromkeys(("min_dcf", "act_dcf"), _number(0, 1000)),
    **dict.fromkeys(("n_targets", "n_impostors", "n_people"), COUNT),
    "det": _list(_list(_number(-1000, 1000), exactly=3), MAX_DET),
    "edges": _list(_number(-1000, 1000), MAX_BINS + 1),
    **dict.fromkeys(("targets", "impostors"), _list(SHARE, MAX_BINS)),
}
CONDITION_NEEDS = tuple(set(CONDITION) - {"det", "edges", "targets", "impostors"})
VERIFICATION: dict[str, Check] = {
    "conditions": _named(_fields(CONDITION, CONDITION_NEEDS)),
    "people": _named(COUNT),
    "target_prior": _number(1e-6, 0.999999),
}
POINT: dict[str, Check] = {"step": POSITIVE, "loss": AMOUNT}
SHARES = ("ece", "ece_floor", "ece_uncalibrated", "unknown_auroc", "unknown_rejected", "true_acceptance")
METRICS: dict[str, Check] = {
    **dict.fromkeys((*SHARES, "known_threshold"), _optional(SHARE)),
    **dict.fromkeys(("nll", "nll_uncalibrated", "latency_ms", "latency_clip_seconds"), _optional(POSITIVE)),
    "protocols": _optional(_named(_fields(PROTOCOL, ("title", "accuracy")))),
    "seeds": _optional(_list(_number(0, LARGEST_SEED, whole=True))),
    "per_class": _optional(_named(SHARE)),
    "confusion": _optional(MATRIX),
    "unknown_kinds": _optional(_named(_fields(UNKNOWN_KIND, tuple(UNKNOWN_KIND)))),
    "unknown_rejected_at": _optional(_named(SHARE, _numeral(0, 1))),
    "leaky": _optional(_fields(LEAKY, ("title", "accuracy", "honest_windows", "honest_clips"))),
    "field": _optional(_fields(FIELD, tuple(FIELD))),
    "strings": _optional(_named(_fields(STRINGS, tuple(STRINGS)))),
    "home": _optional(_fields(HOME, tuple(HOME))),
    "verification": _optional(_fields(VERIFICATION, tuple(VERIFICATION))),
    "stress": _optional(_named(_fields(STRESS, ("levels", "accuracy")))),
    "training_curve": _optional(_list(_fields(POINT, tuple(POINT)), MAX_CURVE)),
}
PREDICTION: dict[str, Check] = {
    **dict.fromkeys(("file", "label"), _word),
    "scores": _list(SHARE, MAX_LABELS),
    "background": SHARE,
}
PREDICTIONS: dict[str, Check] = {"items": _list(_fields(PREDICTION, tuple(PREDICTION)), MAX_PREDICTIONS)}
