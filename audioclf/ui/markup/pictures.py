"""Pictures of a clip as HTML: rasters with axes on one time axis, a playhead, and a table alternative for each."""

import base64
import json
import math
from collections.abc import Sequence
from html import escape
from io import BytesIO
from urllib.parse import quote

import numpy as np
from PIL import Image

from audioclf.inference.verdict import LONG, who_from_where
from audioclf.types import Analysis, Part, Picture
from audioclf.ui.markup.glossary import explained
from audioclf.ui.markup.settings import spectrogram_settings
from audioclf.wording import text

PLAYHEAD = '<div class="ac-playhead"></div>'
# Read out when the keyboard moves the reading point.
READING = '<p class="ac-hidden ac-reading" role="status"></p>'
N_TIME_TICKS = 8
COARSE_ROWS = 48  # a raster with fewer rows shows sharp cells; a finer one is smoothed
# Words of the glossary that explain themselves in titles.
EXPLAINED = ("spectrogram", "scalogram", "mfcc", "mel", "wavelet", "cepstrum", "delta")
N_FIRST = 2  # pictures above the first time axis, in view together with the answer
N_FOR_ALL = 3  # pictures before those of what each model gets
N_EMPTY = 7  # pictures that three models of different families have


def stack(analysis: Analysis, chosen: Sequence[Picture], audio: str | None, lanes: str = "") -> str:
    """Stacked pictures of one clip, with a player and a shared time axis, which long stacks have twice.

    audio: server path of a sound file the page may fetch, None for no player. lanes: more markup on the same axis.
    """
    seconds = analysis.clip.seconds
    drawn = [figure(picture, _own(picture, analysis.listened), seconds) for picture in chosen]
    axis = time_axis(0.0, seconds)
    first = f"{''.join(drawn[:N_FIRST])}{lanes}{axis}"
    own = drawn[N_FOR_ALL:]
    about_own = _windowed(analysis) if own else ""
    rest = "".join([*drawn[N_FIRST:N_FOR_ALL], about_own, *own, axis]) if len(drawn) > N_FIRST else ""
    settings = spectrogram_settings() if audio and any(p.top_hz for p in chosen) else ""
    about = f'<div class="ac-about-pictures">{_marked(analysis.listened, seconds)}{settings}</div>'
    return (
        f'<section class="ac-stack" data-seconds="{seconds:.4f}" aria-label="{escape(text("pictures.region"))}">'
        f"{player(audio, seconds)}{about}{first}{rest}{READING}</section>"
    )


def empty_stack(n_views: int = N_EMPTY) -> str:
    """An empty stack, as tall as a full one, so that nothing moves when pictures arrive."""
    titles = [text("pictures.spectrogram"), text("pictures.scalogram"), text("pictures.waveform")][:n_views]
    titles += [text("pictures.model_title")] * (n_views - len(titles))
    figures = [
        f'<figure class="ac-figure"><figcaption><b>{title}</b></figcaption><div class="ac-frame">'
        '<div class="ac-yaxis"></div><div class="ac-plot"></div></div>'
        '<p class="ac-nothing"></p></figure>'
        for title in titles
    ]
    axis = '<div class="ac-times"></div>'
    rest = f"{''.join(figures[N_FIRST:])}{axis}" if n_views > N_FIRST else ""
    return (
        '<section class="ac-stack" data-state="empty" aria-hidden="true">'
        f'<div class="ac-player"><span class="ac-hint">{text("pictures.empty")}</span></div>'
        '<div class="ac-about-pictures"></div>'
        f"{''.join(figures[:N_FIRST])}{axis}{rest}</section>"
    )


def figure(picture: Picture, listened: Sequence[Part], seconds: float) -> str:
    """A picture with its axes, the marked parts that answers are based on, and its table alternative.

    seconds: of the whole clip.
    """
    show = text("pictures.table")
    coarse = " ac-coarse" if picture.rgb.shape[0] < COARSE_ROWS else ""
    return (
        f'<figure class="ac-figure{coarse}" data-view="{escape(picture.name)}">'
        f"<figcaption><b>{explained(picture.title, *EXPLAINED)}</b>{_seen_by(picture)}{_scale(picture)}</figcaption>"
        f'<div class="ac-frame">{_y_axis(picture)}<div class="ac-plot"{_values(picture)}><div class="ac-span">'
        f'<img alt="{escape(picture.alt)}" src="{_source(picture)}" draggable="false">'
        f"{_bands(listened, seconds)}{PLAYHEAD}</div>{_surface(picture, seconds)}</div></div>"
        f"<details><summary>{show}<span>: {escape(picture.title)}</span></summary>"
        f"{table(picture.table)}</details></figure>"
    )


def _source(picture: Picture) -> str:
    if picture.levels is not None and picture.palette is not None:
        return data_uri(picture.levels, picture.palette)
    return data_uri(picture.rgb)


def data_uri(raster: np.ndarray, palette: np.ndarray | None = None) -> str:
    """A uint8 raster as the data URI of a PNG: (height, width, 3), or (height, width) in grey or with a palette.

    palette: (256, 3) uint8. It takes a third of the bytes and of the time.
    """
    image = Image.fromarray(np.ascontiguousarray(raster))
    if palette is not None:
        image.putpalette(palette.tobytes())
    buffer = BytesIO()
    # Level 1 halves the time of the default and costs a tenth in size.
    image.save(buffer, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii")


def time_ticks(start: float, end: float, n_ticks: int = N_TIME_TICKS) -> list[float]:
    """About `n_ticks` times from `start` to `end`, 1, 2 or 5 times a power of ten apart."""
    rough = (end - start) / n_ticks
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.ceil(start / step - 1e-9), math.floor(end / step + 1e-9)
    return [i * step for i in range(first, last + 1)]


def time_axis(start: float, end: float) -> str:
    """The time axis shared by all pictures of a clip, in seconds."""
    ticks = time_ticks(start, end)
    decimals = max(0, -math.floor(math.log10(ticks[1] - ticks[0]) + 1e-9)) if len(ticks) > 1 else 2
    marks = "".join(
        f'<span style="left:{100 * (tick - start) / (end - start):.3f}%">{tick:.{decimals}f}</span>'
        for tick in ticks
    )
    return f'<div class="ac-times" aria-hidden="true"><em>{text("pictures.time")}</em>{marks}</div>'


def table(rows: Sequence[Sequence[str]], terms: Sequence[str] = ()) -> str:
    """A plain table; the first row is its header. terms: words of the glossary that explain themselves in it."""
    head = "".join(f'<th scope="col">{explained(cell, *terms)}</th>' for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    content = f"<thead><tr>{head}</tr></thead><tbody>{body}</tbody>"
    return f'<div class="ac-table" tabindex="0"><table>{content}</table></div>'


def _seen_by(picture: Picture) -> str:
    if not picture.seen_by:
        return ""
    return f'<span class="ac-seen" data-family="{escape(picture.family)}">{escape(picture.seen_by)}</span>'


def _values(picture: Picture) -> str:
    """What the page's script needs to read values off the picture, as attributes."""
    if not picture.spans:
        return ""
    ramp = picture.scale[2] if picture.scale else np.zeros((0, 3), np.uint8)
    read: dict[str, str] = {
        "rows": json.dumps(picture.rows, ensure_ascii=False),
        "spans": json.dumps(picture.spans, ensure_ascii=False),
        "ramp": ramp.tobytes().hex(),
    }
    if picture.levels is not None and picture.palette is None:
        read["levels"] = data_uri(picture.levels)
    if picture.top_hz:
        read["top-hz"] = f"{picture.top_hz:g}"
    return "".join(f' data-{name}="{escape(value)}"' for name, value in read.items())


def _scale(picture: Picture) -> str:
    if picture.scale is None:
        return ""
    low, high, ramp = picture.scale
    stops = ",".join("#{:02x}{:02x}{:02x}".format(*ramp[i]) for i in _spread(len(ramp), 12))
    return (
        f'<span class="ac-scale"><span>{escape(low)}</span>'
        f'<i style="background:linear-gradient(90deg,{stops})"></i>'
        f"<span>{escape(high)} {escape(picture.unit)}</span></span>"
    )


def _spread(n: int, count: int) -> list[int]:
    return [round(i * (n - 1) / (count - 1)) for i in range(count)]


def _y_axis(picture: Picture) -> str:
    marks = "".join(
        f'<span style="bottom:{100 * fraction:.2f}%">{escape(text)}</span>'
        for fraction, text in picture.ticks
    )
    return f'<div class="ac-yaxis" aria-hidden="true"><em>{escape(picture.y_label)}</em>{marks}</div>'


def _own(picture: Picture, listened: Sequence[Part]) -> Sequence[Part]:
    """The parts of the models that get the picture; all parts if none does."""
    return [part for part in listened if picture.family in part.families] if picture.family else listened


def _bands(listened: Sequence[Part], seconds: float) -> str:
    """Mark the parts that answers are based on, unless they are the whole clip."""
    return "".join(
        f'<div class="ac-band" style="left:{100 * part.start / seconds:.3f}%;'
        f'right:{100 * (1 - part.end / seconds):.3f}%"></div>'
        for part in listened
        if _is_less(part, seconds)
    )


def _marked(listened: Sequence[Part], seconds: float) -> str:
    """A sentence that says what the white lines mark."""
    parts = [part for part in listened if _is_less(part, seconds)]
    if not parts:
        return ""
    if len(parts) > 1:
        sentence = text("pictures.marked_each", parts=who_from_where(parts, 2))
    else:
        sentence = text("pictures.marked", start=f"{parts[0].start:.2f}", end=f"{parts[0].end:.2f}")
    return f'<p class="ac-marked">{sentence}</p>'


def _windowed(analysis: Analysis) -> str:
    """A sentence that says how the features are drawn of a sound longer than a model's window."""
    judged = [p.window_seconds[0] for p in analysis.predictions if len(p.window_seconds)]
    window = max(map(np.ptp, judged), default=math.inf)
    if analysis.clip.seconds <= LONG * window:
        return ""
    return f'<p class="ac-marked">{text("pictures.windowed", seconds=f"{window:g}")}</p>'


def _is_less(part: Part, seconds: float) -> bool:
    """Whether the part is clearly shorter than the whole clip."""
    return part.end - part.start <= 0.98 * seconds


def _surface(picture: Picture, seconds: float) -> str:
    """Receives pointer and keyboard: the playback position on a waveform, else the values at a point."""
    if picture.spans:
        return (
            f'<div class="ac-seek" role="application" tabindex="0" '
            f'aria-label="{escape(text("pictures.read", title=picture.title))}"></div>'
        )
    return (
        f'<div class="ac-seek" role="slider" tabindex="0" aria-label="{escape(text("pictures.position"))}" '
        f'aria-valuemin="0" aria-valuemax="{seconds:.2f}" aria-valuenow="0" aria-valuetext="0.00 seconds">'
        "</div>"
    )


def player(audio: str | None, seconds: float) -> str:
    """Play button, clock, zoom and audio of a stack; empty without audio. seconds: clock time at the end."""
    if audio is None:
        return ""
    preload = "auto" if seconds < 60 else "metadata"
    return (
        f'<div class="ac-player"><button type="button" class="ac-play" aria-label="{text("script.play")}">▶</button>'
        f'<span class="ac-clock"><b>0.00</b> / {seconds:.2f} s</span>'
        f'<span class="ac-hint">{text("pictures.hint")}</span>{_zoom()}'
        # Relative, so that it also works behind a proxy that serves the page under a prefix.
        f'<audio class="ac-sound" preload="{preload}" src="gradio_api/file={escape(quote(audio))}"></audio></div>'
    )


def _zoom() -> str:
    buttons = "".join(
        f'<button type="button" data-zoom="{kind}" aria-label="{escape(words)}">{mark}</button>'
        for kind, mark, words in (
            ("out", "−", text("pictures.zoom_out")),
            ("in", "+", text("pictures.zoom_in")),
            ("fit", text("pictures.zoom_fit"), text("pictures.zoom_fit_label")),
        )
    )
    return (
        f'<span class="ac-zoom" role="group" aria-label="{text("pictures.zoom")}">{buttons}'
        f'<input type="range" class="ac-pan" min="0" max="1000" value="0" hidden '
        f'aria-label="{escape(text("pictures.pan"))}"></span>'
    )


def play_button(audio: str, words: str) -> str:
    """A button that plays a sound without pictures. audio: server path of the sound."""
    return (
        f'<span class="ac-hear"><button type="button" class="ac-button">▶ {escape(words)}</button>'
        f'<audio preload="none" src="gradio_api/file={escape(quote(audio))}"></audio></span>'
    )
