"""How well a model compares voices, as rows of text: the part of metric_tables for verification."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from audioclf.wording import percent

Metrics = Mapping[str, Any]
Row = Sequence[str]
Table = tuple[str, Row, Sequence[Row]]

HEADLINE = "all · 10 s · 3 s · same channel"  # the condition that listings quote
HEAD = (
    "Condition",
    "EER (95 % interval)",
    "minDCF",
    "actDCF",
    "FAR",
    "FRR",
    "Undecided",
    "Target trials",
    "Impostor trials",
)


def conditions(metrics: Metrics) -> Mapping[str, Metrics]:
    """The results of a model that compares voices, by condition; empty for other models."""
    return (metrics.get("verification") or {}).get("conditions") or {}


def error_rate(found: Metrics) -> str:
    """The equal error rate with its interval: "2.9 % (1.9 to 4.1)"."""
    low, high = found["interval"]
    return f"{percent(found['eer'])} ({100 * low:.1f} to {100 * high:.1f})"


def quoted_error(metrics: Metrics) -> str:
    """The equal error rate that listings quote; "" if it was not measured."""
    found = conditions(metrics).get(HEADLINE)
    return f"EER {error_rate(found)}" if found else ""


def verification_tables(metrics: Metrics) -> Iterator[Table]:
    """One table of all conditions."""
    if not (found := conditions(metrics)):
        return
    prior = metrics["verification"]["target_prior"]
    caption = (
        "Trials of people that neither trained nor calibrated the model, as “data set · enrolment · test · channel”. "
        "FAR and FRR are those at the model's own threshold, Undecided is the share of trials within its band; "
        f"the costs (DCF) are for a prior of {prior:g} and equal costs of both errors:"
    )
    yield caption, HEAD, [_row(title, one) for title, one in found.items()]


def _row(title: str, found: Metrics) -> Row:
    return (
        title,
        error_rate(found),
        f"{found['min_dcf']:.2f}",
        f"{found['act_dcf']:.2f}",
        *(percent(found[name]) for name in ("far", "frr", "unsure")),
        *(f"{found[name]:,}" for name in ("n_targets", "n_impostors")),
    )
