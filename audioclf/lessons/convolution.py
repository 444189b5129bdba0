"""Inside the CNN: its first filters, the maps of its blocks, and the evidence for its answer."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from audioclf.lessons.excerpt import like, samples_of
from audioclf.lessons.networks import Array, Heard, bands, hear, input_panel
from audioclf.lessons.resynthesis import HOP, SIZE, istft, stft
from audioclf.lessons.step import Task
from audioclf.lessons.view import Axis, Field, Panel, Sound, View
from audioclf.models.cnn import Cnn
from audioclf.types import Clip
from audioclf.wording import text

N_SHOWN = 6  # maps in one picture
FILTERS_ABREAST = 8
ANSWER = "answer"


def cnn(clip: Clip, task: Task, layer: str) -> View:
    """One layer of the CNN: its first filters, the maps of a block, or the evidence for its answer.

    layer: "0" for the first layer, "1" and so on for the blocks, the last if it has fewer, or ANSWER.
    """
    heard = hear(clip, task, "cnn")
    model = heard.classifier.model
    assert isinstance(model, Cnn)
    layers = model.layers(heard.given.values)
    at = len(layers) - 1 if layer == ANSWER else min(int(layer), len(layers) - 1)
    maps = layers[at]
    chosen = np.argsort(-maps.max(axis=(1, 2)), kind="stable")[:N_SHOWN]
    peak = np.unravel_index(int(maps[chosen[0]].argmax()), maps.shape[1:])
    seconds = (peak[1] + 0.5) / maps.shape[2] * heard.window.seconds
    evidence = model.views(heard.given.values, heard.output)[0].values
    if layer == ANSWER:
        at_most = (np.unravel_index(int(evidence.argmax()), evidence.shape)[1] + 0.5) / evidence.shape[1]
        said = text(
            "networks.answer_said",
            at=f"{at_most * heard.window.seconds:.2f}",
        )
        shown: tuple[Panel, ...] = (_evidence(heard, evidence, said),)
    else:
        said = text(
            "networks.filters_said" if at == 0 else "networks.maps_said",
            layer=at,
            n=len(maps),
            rows=maps.shape[1],
            columns=maps.shape[2],
            best=chosen[0] + 1,
            at=f"{seconds:.2f}",
            size=" × ".join(map(str, model.filters.shape[1:])),
        )
        shown = (*((_filters(model.filters),) if at == 0 else ()), _strips(heard, maps, chosen, said))
    return View(
        panels=(input_panel(heard), *shown),
        said=f"{heard.says} {said}",
        facts=(
            (text("networks.model"), heard.name),
            (text("networks.answer"), heard.answer),
            (text("networks.maps"), f"{len(maps)} × {maps.shape[1]} × {maps.shape[2]}"),
            (text("networks.strongest"), str(chosen[0] + 1)),
        ),
        sounds=(
            Sound(text("networks.hear_window"), heard.window),
            Sound(text("networks.hear_map", n=chosen[0] + 1), through(heard, maps[chosen[0]])),
        ),
        arrays={"input": heard.given.values, "filters": model.filters, "maps": maps, "evidence": evidence},
        limits={"layer": len(layers) - 1},
    )


def _filters(filters: Array) -> Panel:
    """All first filters, row by row, with a gap between them."""
    n, height, width = filters.shape
    rows = -(-n // FILTERS_ABREAST)
    sheet = np.zeros((rows * (height + 1) - 1, FILTERS_ABREAST * (width + 1) - 1))
    for i, one in enumerate(filters):
        top, left = (rows - 1 - i // FILTERS_ABREAST) * (height + 1), i % FILTERS_ABREAST * (width + 1)
        sheet[top : top + height, left : left + width] = one / max(float(np.abs(one).max()), 1e-9)
    nothing = ((0.0, ""),)
    return Panel(
        text("networks.filters_title", n=n, size=f"{height} × {width}"),
        Axis(text("wavelets.time"), 0.0, 1.0, ticks=nothing),
        Axis(text("wavelets.frequency"), 0.0, 1.0, ticks=nothing),
        text("networks.filters_alt", n=n),
        field=Field(sheet, -1.0, 1.0, "", diverging=True),
    )


def _strips(heard: Heard, maps: Array, chosen: NDArray[np.intp], alt: str) -> Panel:
    """The chosen maps above each other on one time axis, the strongest on top."""
    rows = maps.shape[1]
    gap = max(1, rows // 8)
    size = rows + gap
    sheet = np.zeros((N_SHOWN * size - gap, maps.shape[2]))
    ticks = []
    for i, channel in enumerate(chosen):
        low = (N_SHOWN - 1 - i) * size
        one = maps[channel]
        sheet[low : low + rows] = one / max(float(one.max()), 1e-9)
        ticks.append((low + rows / 2, str(channel + 1)))
    return Panel(
        text("networks.maps_title", n=len(chosen)),
        heard.time,
        Axis(text("networks.map"), 0.0, float(len(sheet)), ticks=tuple(ticks[::-1])),
        alt,
        field=Field(sheet, 0.0, 1.0, ""),
        size="tall",
    )


def _evidence(heard: Heard, evidence: Array, alt: str) -> Panel:
    most = max(float(np.abs(evidence).max()), 1e-9)
    step = getattr(heard.classifier.model, "step", 1)
    axis = bands(heard.given, len(heard.given.values))
    return Panel(
        text("networks.evidence_title", answer=heard.answer),
        heard.time,
        replace(axis, low=-0.5 * step, high=(len(evidence) - 0.5) * step),
        alt,
        field=Field(evidence, -most, most, text("networks.evidence"), diverging=True),
    )


def through(heard: Heard, one: Array) -> Clip:
    """What is left of the window where a map (n_rows, n_columns) is strong: its short-time spectrum times the map."""
    window, hz = heard.window, heard.given.hz
    assert hz is not None
    spectra = stft(samples_of(window))
    bins = np.arange(SIZE // 2 + 1) * window.sample_rate / SIZE
    bands = np.abs(bins[:, None] - hz[None, :]).argmin(axis=1)
    rows = np.minimum(bands * one.shape[0] // len(hz), one.shape[0] - 1)
    seconds = (np.arange(len(spectra)) * HOP - SIZE / 2) / window.sample_rate
    columns = np.clip((seconds / window.seconds * one.shape[1]).astype(int), 0, one.shape[1] - 1)
    gain = np.maximum(one, 0.0) / max(float(one.max()), 1e-9)
    return like(istft(spectra * gain[rows][:, columns].T, len(window.samples)), window)
