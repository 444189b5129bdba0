"""Evaluation results as rows of text, for cards, the zoo's page, the command line and the documents.

A row is (name, value); a table is (caption, head, rows).
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from audioclf.wording import NONE, percent, readable
from audioclf.zoo.verification_tables import conditions, error_rate, verification_tables

MAX_FOLDS_ABREAST = 6

Metrics = Mapping[str, Any]
Row = Sequence[str]
Table = tuple[str, Row, Sequence[Row]]

FAMILIES = {
    "gmm": "Gaussian mixture models (one for each label)",
    "cnn": "A convolutional neural network",
    "rnn": "A recurrent neural network",
}
FEATURES = {
    "spectrogram": "spectrograms",
    "log_mel": "log-mel spectrograms",
    "mfcc": "MFCC sequences",
    "mfcc_deltas": "sequences of MFCCs and their deltas",
    "wavelet_cepstra": "wavelet-packet cepstra",
}


# Key in the metrics, name, format of the value.
OTHER_NUMBERS: tuple[tuple[str, str, Callable[[Any], str]], ...] = (
    ("not_calibrated", "Calibration", str),
    ("ece", "Expected calibration error", "{:.3f}".format),
    ("ece_uncalibrated", "Expected calibration error without temperature scaling", "{:.3f}".format),
    ("ece_floor", "Expected calibration error of perfectly calibrated scores, by chance", "{:.3f}".format),
    ("nll", "Negative log-likelihood of the true label", "{:.3f}".format),
    ("nll_uncalibrated", "Negative log-likelihood without temperature scaling", "{:.3f}".format),
    ("unknown_auroc", "AUROC, unknown against known sounds", "{:.3f}".format),
    ("unknown_rejected", "Unknown sounds rejected", percent),
    ("true_acceptance", "Known sounds accepted", percent),
    ("known_threshold", "Rejection threshold (background against the likeliest label)", "{:.3f}".format),
    ("latency_ms", "Median time per window", "{:.1f} ms".format),
    ("latency_clip_seconds", "Length of a window", "{:g} s".format),
)

STRESS_WORDS = {
    "snr_white": ("white noise", "signal-to-noise ratio", "dB"),
    "snr_pink": ("pink noise", "signal-to-noise ratio", "dB"),
    "snr_babble": ("babble", "signal-to-noise ratio", "dB"),
    "reverb": ("reverberation", "reverberation time", "s"),
    "low_pass": ("a low-pass filter", "cut-off", "Hz"),
}


def protocols(metrics: Metrics) -> list[Metrics]:
    """The result of each protocol, the headline first."""
    return list((metrics.get("protocols") or {}).values())


def headline(metrics: Metrics) -> Metrics:
    """The result of the first protocol, which listings show; empty if there is none."""
    return next(iter(protocols(metrics)), {})


def numbers(metrics: Metrics) -> list[tuple[str, str]]:
    """(name, value) of every single number in a config's metrics, accuracies first."""
    accuracies = [(f"accuracy, {p['title']}", accuracy(p)) for p in protocols(metrics)]
    errors = [(f"EER, {title}", error_rate(found)) for title, found in conditions(metrics).items()]
    return accuracies + errors + leaky_numbers(metrics) + other_numbers(metrics)


def accuracy(protocol: Metrics) -> str:
    """Accuracy, with its interval if there is one."""
    value = percent(protocol["accuracy"])
    return f"{value} ({interval(protocol)})" if protocol.get("interval") else value


def interval(protocol: Metrics) -> str:
    """The 95 % interval of accuracy."""
    low, high = protocol["interval"]
    return f"{100 * low:.1f} to {100 * high:.1f} %"


def quoted(protocol: Metrics) -> str:
    """Accuracy and interval as the documents quote them."""
    return _with_interval(protocol["accuracy"], protocol.get("interval"))


def _with_interval(share: float, ends: Sequence[float] | None) -> str:
    """A share with its interval, if there is one; one percent sign for both."""
    return f"{percent(share)} ({100 * ends[0]:.1f} to {100 * ends[1]:.1f})" if ends else percent(share)


def other_numbers(metrics: Metrics) -> list[tuple[str, str]]:
    """(name, value) of the single numbers other than accuracy that were measured."""
    present = ((words, written, metrics.get(key)) for key, words, written in OTHER_NUMBERS)
    return [(words, written(value)) for words, written, value in present if value is not None]


def leaky_numbers(metrics: Metrics) -> list[tuple[str, str]]:
    """Accuracy on the leaky split, and on honest splits for comparison."""
    if not (leaky := metrics.get("leaky")):
        return []
    return [
        (f"accuracy, {leaky['title']} (leaky)", accuracy(leaky)),
        ("accuracy of single windows, clips held out", percent(leaky["honest_windows"])),
        ("accuracy of whole clips, clips held out", percent(leaky["honest_clips"])),
    ]


def tables(metrics: Metrics, labels: Sequence[str]) -> Iterator[Table]:
    """Every table of a model's metrics, the most important first."""
    if found := protocols(metrics):
        head = ("Protocol", "Accuracy", "95 % interval", "Macro F1", "Recordings")
        yield "", head, [_protocol_row(p) for p in found]
    yield from verification_tables(metrics)
    yield from _field(metrics)
    yield from _home(metrics)
    yield from _strings(metrics)
    yield from (_folds(p) for p in found if len(p.get("folds") or {}) > 1)
    yield from _seeds(found)
    if others := other_numbers(metrics):
        yield "", ("Number", "Value"), list(others)
    yield from _unknowns(metrics)
    if leaky := leaky_numbers(metrics):
        yield "Leaky split against honest split:", ("Number", "Value"), list(leaky)
    yield from _stresses(metrics)
    if recall := metrics.get("per_class"):
        rows = [(label, percent(value)) for label, value in recall.items()]
        yield "Recall of each label:", ("Label", "Recall"), rows
    if confusion := metrics.get("confusion"):
        # A row or column beyond the labels is the background class.
        names = [*labels, NONE]
        counts = [
            (name, *map(str, row)) for name, row in zip(names[: len(confusion)], confusion, strict=True)
        ]
        yield (
            f"Confusion matrix: true label (rows), predicted label (columns){by_seeds(metrics)}:",
            ("", *names[: len(confusion[0])]),
            counts,
        )


def _field(metrics: Metrics) -> Iterator[Table]:
    """What to expect of people that the model never learnt from."""
    field = metrics.get("field") or {}
    if digits := field.get("digits"):
        head = (
            "Digits of strangers",
            "Right, mean over the digits",
            "Called unknown",
            "Recordings",
            "People",
        )
        rows: list[Row] = [
            (name, *field_digits(kind), f"{kind['n']:,}", f"{kind['n_speakers']:,}")
            for name, kind in digits.items()
        ]
        yield (
            "Digits of people that the model never learnt from, with 95 % intervals over people:",
            head,
            rows,
        )
    if others := field.get("others"):
        rejected: list[Row] = [
            (name, field_rejected(kind), f"{kind['n']:,}") for name, kind in others.items()
        ]
        yield "Other words of such people:", ("Words", "Called unknown", "Recordings"), rejected
    if made := field.get("made"):
        levels = next(iter(made.values()))["levels"]
        columns = ("Around the word", *(f"{level:g} dB louder" for level in levels), "all")
        cases: list[Row] = [
            (name, *map(percent, kind["accuracy"]), _with_interval(kind["mean"], kind["interval"]))
            for name, kind in made.items()
        ]
        yield "Words with louder sounds before and after them, share that is right:", columns, cases


def _home(metrics: Metrics) -> Iterator[Table]:
    """Strangers whom the recipe learns from, each answered by the fold without him or her."""
    if home := metrics.get("home"):
        head = ("Right, mean over the digits", "Called unknown", "Other words called unknown", "People")
        shares = (percent(home[name]) for name in ("called_unknown", "others_rejected"))
        yield (
            "Home microphones, people of Speech Commands held out by folds; they also set the rejection threshold:",
            head,
            [(quoted(home), *shares, f"{home['n_speakers']:,}")],
        )


def _strings(metrics: Metrics) -> Iterator[Table]:
    if strings := metrics.get("strings"):
        head = (
            "Strings",
            "Digit errors",
            "Wrong · added · missed",
            "Strings right",
            "Strings",
            "Digits",
            "People",
        )
        rows: list[Row] = [
            (
                name,
                string_errors(kind),
                string_kinds(kind),
                percent(kind["strings_right"]),
                *(f"{kind[key]:,}" for key in ("n_strings", "n_digits", "n_speakers")),
            )
            for name, kind in strings.items()
        ]
        yield "Strings of digits by people that the model never learnt from, for each digit said:", head, rows


def string_errors(kind: Metrics) -> str:
    """Errors for each digit said, with the interval over people."""
    return _with_interval(kind["error_rate"], kind["interval"])


def string_kinds(kind: Metrics) -> str:
    """Wrong, added and missed digits for each digit said."""
    shares = (percent(kind[name]) for name in ("substitutions", "insertions", "deletions"))
    return " · ".join(shares)


def field_digits(kind: Metrics) -> tuple[str, str]:
    """Accuracy and share called unknown of digits of one kind of recording, with their intervals."""
    return (
        _with_interval(kind["accuracy"], kind["interval"]),
        _with_interval(kind["called_unknown"], kind["called_unknown_interval"]),
    )


def field_rejected(kind: Metrics) -> str:
    """Share of other words that are called unknown, with its interval."""
    return _with_interval(kind["rejected"], kind["interval"])


def by_seeds(metrics: Metrics) -> str:
    """End of a title: the number of seeds that a confusion matrix is summed over; "" for one."""
    n = len(metrics.get("seeds") or ())
    return f", summed over {n} seeds" if n > 1 else ""


def _protocol_row(protocol: Metrics) -> Row:
    f1, n = protocol.get("macro_f1"), protocol.get("n")
    return (
        protocol["title"],
        percent(protocol["accuracy"]),
        interval(protocol) if protocol.get("interval") else "",
        "" if f1 is None else _with_interval(f1, protocol.get("macro_f1_interval")),
        "" if n is None else f"{n:,}",
    )


def _folds(protocol: Metrics) -> Table:
    """Folds side by side, or one per row if there are too many for the width of a page."""
    cells = {name: percent(value) for name, value in protocol["folds"].items()}
    what = readable(protocol.get("held_out", "fold"))
    caption = f"Accuracy on each {what} of “{protocol['title']}”:"
    if len(cells) > MAX_FOLDS_ABREAST:
        return caption, (what.capitalize(), "Accuracy"), list(cells.items())
    return caption, tuple(cells), [tuple(cells.values())]


def _seeds(found: Iterable[Metrics]) -> Iterator[Table]:
    rows = [(p["title"], p["seeds"]) for p in found if len(p.get("seeds") or {}) > 1]
    seeds = sorted({seed for _, values in rows for seed in values}, key=int)
    if rows:
        cells: list[Row] = [
            (title, *(percent(values[s]) if s in values else "" for s in seeds)) for title, values in rows
        ]
        yield "Accuracy with each seed:", ("Protocol", *seeds), cells


def _unknowns(metrics: Metrics) -> Iterator[Table]:
    if kinds := metrics.get("unknown_kinds"):
        rows: list[Row] = [
            (kind, f"{k['n']:,}", f"{k['auroc']:.3f}", percent(k["rejected"])) for kind, k in kinds.items()
        ]
        yield "Unknown sounds, by kind:", ("Kind", "Clips", "AUROC", "Rejected"), rows
    if shares := metrics.get("unknown_rejected_at"):
        costs: list[Row] = [(percent(float(share)), percent(value)) for share, value in shares.items()]
        yield "Rejection trade-off:", ("Known sounds accepted", "Unknown sounds rejected"), costs


def _stresses(metrics: Metrics) -> Iterator[Table]:
    for name, curve in (metrics.get("stress") or {}).items():
        words, quantity, unit = STRESS_WORDS.get(name, (name, "level", ""))
        clean, n = curve.get("clean"), curve.get("n")
        head = ("clean", *(f"{level:g} {unit}" for level in curve["levels"]))
        row = ("" if clean is None else percent(clean), *map(percent, curve["accuracy"]))
        which = f" ({n} recordings, first seed)" if n else ""
        yield f"Accuracy under {words}, by {quantity}{which}:", head, [row]


def markdown(head: Row, rows: Iterable[Row]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)
