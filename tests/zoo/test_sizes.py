"""Untrusted configs: sizes that would take all memory are refused before anything is allocated."""

from collections.abc import Iterator
from dataclasses import fields, replace

import fakes
import pytest
from memory import limited_memory
from safetensors.numpy import save

from audioclf.features import FEATURES
from audioclf.types import ZooError
from audioclf.zoo import checkpoint
from audioclf.zoo.config import LARGEST, parse_config

SPARE_BYTES = 2_000_000_000  # more than any model here needs, less than any hostile one
HUGE = 10**9

FEATURE_SETTINGS = {
    "mels": ("log_mel", {"n_mels": HUGE}),
    "transform": ("log_mel", {"n_fft": HUGE}),
    "window": ("log_mel", {"win_seconds": HUGE}),
    "endless hop": ("log_mel", {"hop_seconds": float("inf")}),
    "frames": ("log_mel", {"hop_seconds": 1e-9}),
    "overlap": ("mfcc", {"hop_seconds": 2e-4, "win_seconds": 30}),
    "cepstra": ("mfcc", {"n_mfcc": HUGE, "n_mels": HUGE}),
    "derivatives": ("mfcc_deltas", {"orders": HUGE}),
    "slopes": ("mfcc_deltas", {"width": HUGE + 1}),
    "wide slopes": ("wavelet_cepstra", {"wide_delta_width": HUGE + 1}),
    "packets": ("wavelet_cepstra", {"depth": 40}),
    "bands": ("wavelet_cepstra", {"n_bands": HUGE}),
    "scales": ("scalogram", {"n_scales": HUGE}),
    "columns": ("scalogram", {"n_columns": HUGE}),
    "long wavelets": ("scalogram", {"fmin": 1e-9}),
    "wide wavelets": ("scalogram", {"bandwidth": 1e18}),
}
MODEL_SETTINGS = {
    "components": ("gmm", {"n_components": HUGE}),
    "stages": ("gmm", {"stages": HUGE}),
    "Fisher vectors": ("gmm", {"n_components": 0, "fisher": HUGE}),
    "channels": ("cnn", {"stages": [[10**8, 1]]}),
    "channels beyond all numbers": ("cnn", {"stages": [[10**30, 1]]}),
    "blocks": ("cnn", {"stages": [[8, 1]] * 100_000}),
    "no stride": ("cnn", {"stages": [[8, 0]]}),
    "one wide block": ("cnn", {"stages": [[513, 1]]}),
    "many components": ("gmm", {"n_components": 5000}),
    "stem": ("rnn", {"channels": 10**8}),
    "hidden": ("rnn", {"hidden": 10**8}),
    "layers": ("rnn", {"layers": HUGE}),
}


@pytest.fixture
def little_memory() -> Iterator[None]:
    """Limit the memory of this process to SPARE_BYTES more than it uses now."""
    import torch  # noqa: F401  # its own memory does not count

    with limited_memory(SPARE_BYTES):
        yield


def refused(config, data: bytes, message: str) -> None:
    with pytest.raises(ZooError, match=message) as error:
        checkpoint.build_model(parse_config(config.to_json().encode(), config.id), data)
    assert "memory" not in str(error.value).lower(), "it was allocated"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("case", FEATURE_SETTINGS)
def test_a_huge_feature_is_refused(case, little_memory):
    kind, settings = FEATURE_SETTINGS[case]
    refused(fakes.config("cnn", feature={"type": kind, **settings}), save({}), "must|at most|not a number")


LARGE_WINDOWS = {
    "bins and frames": ("cnn", {"type": "log_mel", "n_mels": 512, "hop_seconds": 1e-4}, {"stages": [[8, 2]]}),
    "a spectrogram": ("cnn", {"type": "spectrogram", "n_fft": 2**13, "hop_seconds": 2e-3}, {"stages": [[8, 2]]}),
    "a scalogram": ("cnn", {"type": "scalogram", "n_scales": 500, "n_columns": 8000}, {"stages": [[8, 2]]}),
    "maps": ("cnn", {"type": "log_mel", "n_mels": 100, "hop_seconds": 1e-4}, {"stages": [[64, 1]]}),
    "a late map": ("cnn", {"type": "log_mel", "n_mels": 100, "hop_seconds": 1e-3}, {"stages": [[8, 1], [512, 1]]}),
    "states": ("rnn", {"type": "log_mel", "n_mels": 40, "hop_seconds": 1e-4}, {"hidden": 1024}),
    "densities": ("gmm", {"type": "log_mel", "n_mels": 40, "hop_seconds": 1e-3}, {"n_components": 4096}),
}  # fmt: skip


@pytest.mark.timeout(60)
@pytest.mark.parametrize("case", LARGE_WINDOWS)
def test_a_model_whose_window_takes_all_memory_is_refused(case, little_memory):
    family, feature, settings = LARGE_WINDOWS[case]
    config = fakes.config(family, feature=feature, model=settings)
    refused(config, save({}), r"numbers for one window, and [\d,]+ is the limit")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("case", MODEL_SETTINGS)
def test_a_model_larger_than_its_weights_is_refused(real_zoo, case, little_memory):
    family, settings = MODEL_SETTINGS[case]
    config = real_zoo.config(f"digits-{family}")
    data = (real_zoo.root / config.id / "model.safetensors").read_bytes()
    checkpoint.build_model(config, data)
    refused(replace(config, model={**config.model, **settings}), data, "at most|do not fit")


def test_every_integer_setting_of_a_feature_has_a_limit():
    """Depth and levels are limited by their features."""
    counts = {f.name for kind in FEATURES.values() for f in fields(kind) if str(f.type).startswith("int")}
    assert counts <= set(LARGEST) | {"depth", "levels", "lifter"}
