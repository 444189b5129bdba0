"""Pictures of a clip, as rasters for any front end and as one figure.

They are spectrogram, scalogram and waveform for people, and then what each model receives.
Rasters are coloured by table look-up: drawing a matplotlib figure takes a hundred times as long.
"""

from collections.abc import Sequence
from dataclasses import replace
from io import BytesIO

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.cm import ScalarMappable
from matplotlib.colors import ListedColormap, Normalize
from matplotlib.figure import Figure

from audioclf import audio
from audioclf.features.scalogram import Scalogram
from audioclf.features.spectral import LogMel
from audioclf.plotting.panels import Panel, draw
from audioclf.plotting.seen import Seen, panels
from audioclf.plotting.waveform import waveform
from audioclf.types import Clip, Picture
from audioclf.wording import text

N_MELS, N_FFT = 64, 512  # finely spaced bins, or the lowest bands would be empty
N_SCALES, N_COLUMNS = 72, 640  # about what a screen shows


def eye_panels() -> tuple[Panel, ...]:
    """Views for people; no model receives them."""
    eye = text("pictures.for_the_eye")
    mel = LogMel(n_mels=N_MELS, n_fft=N_FFT, top_db=60.0)
    return (
        Panel(
            "spectrogram", text("pictures.spectrogram"), eye, text("pictures.spectrogram_words"), mel, "magma"
        ),
        Panel(
            "scalogram", text("pictures.scalogram"), eye, text("pictures.scalogram_words"),
            Scalogram(n_scales=N_SCALES, n_columns=N_COLUMNS), "viridis",
        ),
    )  # fmt: skip


def pictures(clip: Clip, sample_rate: int | None = None, models: Sequence[Seen] = ()) -> tuple[Picture, ...]:
    """Spectrogram, scalogram and waveform up to half of sample_rate (None: the clip's), then each model's feature.

    All span 0 to clip.seconds. A model's feature is computed at the model's rate from the whole clip; the model
    computes it window by window, so that its dB are relative to the loudest cell of a window.
    """
    rate = sample_rate or clip.sample_rate
    own = list(panels(models))
    at = {wanted: audio.resample(clip, wanted) for wanted in {rate, *(wanted for wanted, _ in own)}}
    spectrogram, scalogram = (draw(at[rate], panel, clip.seconds) for panel in eye_panels())
    return (
        replace(spectrogram, top_hz=rate / 2),
        scalogram,
        waveform(at[rate]),
        *(draw(at[wanted], panel, clip.seconds) for wanted, panel in own),
    )


def figure(drawn: Sequence[Picture]) -> Figure:
    """The pictures stacked on one time axis."""
    height = 0.6 + 1.8 * len(drawn)
    canvas = FigureCanvasAgg(Figure(figsize=(9.0, height), dpi=120))
    axes = canvas.figure.subplots(len(drawn), 1, sharex=True, squeeze=False)[:, 0]
    canvas.figure.subplots_adjust(0.09, 0.55 / height, 0.93, 1 - 0.35 / height, hspace=0.3)
    for axis, picture in zip(axes, drawn, strict=True):
        axis.imshow(picture.rgb, extent=(picture.start, picture.end, 0.0, 1.0), aspect="auto")
        axis.set_yticks([at for at, _ in picture.ticks], [text for _, text in picture.ticks])
        axis.set_ylabel(picture.y_label)
        axis.set_title(picture.title, loc="left", fontsize="medium")
        low, high, ramp = picture.scale or ("", "", np.zeros((2, 3), np.uint8))
        mappable = ScalarMappable(Normalize(0.0, 1.0), ListedColormap(ramp / 255.0))
        bar = canvas.figure.colorbar(mappable, ax=axis, pad=0.01, fraction=0.03, ticks=[0.0, 1.0])
        bar.ax.set_yticklabels([low, high])
        bar.set_label(picture.unit, labelpad=0)
        bar.ax.set_visible(picture.scale is not None)  # drawn but hidden, or the axes would not line up
    axes[-1].set_xlabel("time, s")
    return canvas.figure


def png(drawn: Sequence[Picture]) -> bytes:
    """The `figure` as a PNG file."""
    buffer = BytesIO()
    figure(drawn).savefig(buffer, format="png")
    return buffer.getvalue()
