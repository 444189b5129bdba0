"""Clip -> FeatureMap: spectra, cepstra and wavelets, by the name a checkpoint stores.

The table of names is closed, so that a config cannot name code to import. Imports types. For every package above.
"""

from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass
from typing import Any

from audioclf.features.scalogram import Scalogram
from audioclf.features.spectral import Deltas, LogMel, Mfcc, Spectrogram
from audioclf.features.wavelet import WaveletCepstra
from audioclf.types import Feature, ZooError

FEATURES: dict[str, type] = {
    "spectrogram": Spectrogram,
    "log_mel": LogMel,
    "mfcc": Mfcc,
    "mfcc_deltas": Deltas,
    "wavelet_cepstra": WaveletCepstra,
    "scalogram": Scalogram,
}


def feature_from_config(config: Mapping[str, Any]) -> Feature:
    """Build the feature of `config`, {"type": name, **fields}. ZooError for an unknown name, field or value."""
    values = dict(config)
    name = values.pop("type", None)
    if name not in FEATURES:
        raise ZooError(f"unknown feature {name!r}; this audioclf has {', '.join(FEATURES)}")
    kind = FEATURES[name]
    if unknown := sorted(set(values) - {f.name for f in fields(kind)}):
        raise ZooError(f"feature {name!r} has no setting {', '.join(unknown)}")
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:
        raise ZooError(f"feature {name!r}: {error}") from error


def feature_to_config(feature: Feature) -> dict[str, Any]:
    """The inverse of `feature_from_config`."""
    if not is_dataclass(feature) or isinstance(feature, type):
        raise TypeError(f"{feature!r} is not a feature dataclass")
    name = next(key for key, kind in FEATURES.items() if type(feature) is kind)
    return {"type": name, **asdict(feature)}
