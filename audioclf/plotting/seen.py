"""What each model receives: panels of its own feature, as its configuration sets it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from audioclf.features.scalogram import Scalogram
from audioclf.features.spectral import Deltas, LogMel, Mfcc, Spectrogram
from audioclf.features.wavelet import WaveletCepstra
from audioclf.plotting.panels import Panel
from audioclf.types import Feature
from audioclf.wording import listed, model_names, text

COLOURS = {"gmm": "viridis", "cnn": "magma", "rnn": "cividis"}  # of the families; others get "magma"


@dataclass(frozen=True)
class Seen:
    """A model and what it computes from a sound at `sample_rate`."""

    model: str
    family: str
    sample_rate: int
    feature: Feature


def panels(models: Sequence[Seen]) -> Iterator[tuple[int, Panel]]:
    """(sample rate, panel) of every feature that differs; models that share one share its panels."""
    if not models:
        return
    names = dict(
        zip((m.model for m in models), model_names((m.model, m.family) for m in models), strict=True)
    )
    groups: dict[tuple[int, Feature], list[Seen]] = {}
    for one in models:
        groups.setdefault((one.sample_rate, one.feature), []).append(one)
    for (sample_rate, feature), group in groups.items():
        who = listed([names[one.model] for one in group])
        family = group[0].family if len({one.family for one in group}) == 1 else ""
        for part, title, more in PARTS[type(feature)](feature):
            yield (
                sample_rate,
                Panel(
                    name=f"{group[0].model}-{part}",
                    title=title,
                    seen_by=text("pictures.seen_first", models=who)
                    if part == "bands"
                    else text("pictures.seen", models=who),
                    words=title,
                    colours=COLOURS.get(family, "magma"),
                    family=family,
                    **more,
                ),
            )


Part = tuple[str, str, dict[str, Any]]  # its name, its title, and the panel's other settings


def _spectrogram(feature: Spectrogram) -> Iterator[Part]:
    yield "input", text("pictures.linear_title"), {"feature": feature, "low": -feature.top_db}


def _log_mel(feature: LogMel) -> Iterator[Part]:
    title = text("pictures.log_mel_title", n=feature.n_mels)
    yield "input", title, {"feature": feature, "low": -feature.top_db}


def _scalogram(feature: Scalogram) -> Iterator[Part]:
    title = text("pictures.scalogram_title", n=feature.n_scales)
    yield "input", title, {"feature": feature, "low": -feature.top_db}


def _mfcc(feature: Mfcc) -> Iterator[Part]:
    orders = feature.orders if isinstance(feature, Deltas) else 0
    title = text("pictures.mfcc_title", n=feature.n_mfcc) + _with_slopes(orders)
    yield "input", title, {"feature": feature, "names": _coefficients(feature.n_mfcc, orders)}


def _wavelet_cepstra(feature: WaveletCepstra) -> Iterator[Part]:
    """The bands first, and then the cepstra that the model gets."""
    title = text(
        "pictures.packet_bands_title", n=feature.n_bands, wavelet=feature.wavelet, depth=feature.depth
    )
    both = lru_cache(maxsize=1)(feature.both)
    yield "bands", title, {"feature": lambda clip: both(clip)[0], "low": -feature.top_db}
    orders = sum(width > 0 for width in (feature.delta_width, feature.wide_delta_width))
    title = text("pictures.packet_cepstra_title", n=feature.n_cepstra) + _with_slopes(orders)
    names = (text("pictures.energy"), *_coefficients(feature.n_cepstra, orders))
    yield (
        "input",
        title,
        {"feature": lambda clip: both(clip)[1], "names": names, "energy": True, "low": -feature.top_db},
    )


def _with_slopes(orders: int) -> str:
    return ("", text("pictures.one_slope"), text("pictures.two_slopes"))[min(orders, 2)]


def _coefficients(n: int, orders: int) -> tuple[str, ...]:
    return tuple(f"{'Δ' * order}c{i}" for order in range(orders + 1) for i in range(n))


# Each feature that a checkpoint may name.
PARTS: dict[type, Callable[[Any], Iterator[Part]]] = {
    Spectrogram: _spectrogram,
    LogMel: _log_mel,
    Mfcc: _mfcc,
    Deltas: _mfcc,
    WaveletCepstra: _wavelet_cepstra,
    Scalogram: _scalogram,
}
