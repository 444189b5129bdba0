"""Pictures of a clip as HTML: rasters with axes on one time axis, a playhead, and a table alternative for each."""

import base64
import math
from collections.abc import Sequence
from html import escape
from io import BytesIO
from urllib.parse import quote

import numpy as np
from PIL import Image

from audioclf.types import Analysis, Picture
from audioclf.ui.markup.cards import FAMILIES
from audioclf.wording import family_name

EMPTY_VIEWS = ("Waveform", "Spectrogram", "Scalogram", "MFCC")
N_TIME_TICKS = 8
COARSE_ROWS = 64  # a raster with fewer rows shows sharp cells; a finer one is smoothed


def stack(analysis: Analysis, chosen: Sequence[Picture], audio: str | None, lanes: str = "") -> str:
    """Stacked pictures of one clip, with a player and a shared time axis.

    audio: server path of a sound file the page may fetch, None for no player. lanes: more markup on the same axis.
    """
    seconds = analysis.clip.seconds
    figures = "".join(
        figure(picture, analysis.listened, seconds, focusable=rank == 0)
        for rank, picture in enumerate(chosen)
    )
    return (
        f'<section class="ac-stack" data-seconds="{seconds:.4f}" aria-label="The sound in pictures">'
        f"{player(audio, seconds)}{figures}{lanes}{time_axis(0.0, seconds)}</section>"
    )


def empty_stack(n_views: int = len(EMPTY_VIEWS)) -> str:
    """An empty stack, as tall as a full one, so that nothing moves when pictures arrive."""
    figures = "".join(
        f'<figure class="ac-figure"><figcaption><b>{title}</b></figcaption><div class="ac-frame">'
        '<div class="ac-yaxis"></div><div class="ac-plot"></div></div>'
        '<p class="ac-nothing"></p></figure>'
        for title in EMPTY_VIEWS[:n_views]
    )
    return (
        '<section class="ac-stack" data-state="empty" aria-hidden="true">'
        '<div class="ac-player"><span class="ac-hint">Pictures of the sound appear here.</span></div>'
        f'{figures}<div class="ac-times"></div></section>'
    )


def figure(
    picture: Picture, listened: tuple[float, float] | None, seconds: float, focusable: bool = False
) -> str:
    """A picture with its axes, the marked part the answer is based on, and its table alternative.

    listened: start and end in seconds. seconds: of the whole clip. focusable: whether it is the keyboard slider.
    """
    coarse = " ac-coarse" if picture.rgb.shape[0] < COARSE_ROWS else ""
    return (
        f'<figure class="ac-figure{coarse}" data-view="{escape(picture.name)}">'
        f"<figcaption><b>{escape(picture.title)}</b>{_seen_by(picture.seen_by)}{_scale(picture)}</figcaption>"
        f'<div class="ac-frame">{_y_axis(picture)}<div class="ac-plot">'
        f'<img alt="{escape(picture.alt)}" src="{data_uri(picture.rgb)}" draggable="false">'
        f"{_band(listened, seconds)}{_seek(seconds, focusable)}</div></div>"
        f"<details><summary>Show as table<span>: {escape(picture.title)}</span></summary>"
        f"{table(picture.table)}</details></figure>"
    )


def data_uri(rgb: np.ndarray) -> str:
    """A (height, width, 3) uint8 raster as the data URI of a PNG."""
    buffer = BytesIO()
    # Level 1 halves the time of the default and costs a tenth in size.
    Image.fromarray(np.ascontiguousarray(rgb)).save(buffer, "PNG", compress_level=1)
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
    return f'<div class="ac-times" aria-hidden="true"><em>time, s</em>{marks}</div>'


def table(rows: Sequence[Sequence[str]]) -> str:
    """A plain table; the first row is its header."""
    head = "".join(f'<th scope="col">{escape(cell)}</th>' for cell in rows[0])
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f'<div class="ac-table"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _seen_by(seen_by: str) -> str:
    family = next((family for family in FAMILIES if family_name(family) in seen_by), "")
    return f'<span class="ac-seen" data-family="{family}">{escape(seen_by)}</span>' if seen_by else ""


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


def _band(listened: tuple[float, float] | None, seconds: float) -> str:
    """Marks the part that the answer is based on, unless that is the whole clip."""
    if listened is None:
        return ""
    start, end = max(0.0, listened[0]), min(seconds, listened[1])
    if end - start > 0.98 * seconds:
        return ""
    left, right = 100 * start / seconds, 100 * (1 - end / seconds)
    return (
        f'<div class="ac-band" style="left:{left:.3f}%;right:{right:.3f}%" '
        f'title="The answer is based on {start:.2f} s to {end:.2f} s"></div>'
    )


def _seek(seconds: float, focusable: bool) -> str:
    """The clickable surface; if `focusable`, also a slider for keyboards and screen readers."""
    if not focusable:
        return '<div class="ac-seek"></div><div class="ac-playhead"></div>'
    return (
        '<div class="ac-seek" role="slider" tabindex="0" aria-label="Playback position; Enter plays from there" '
        f'aria-valuemin="0" aria-valuemax="{seconds:.2f}" aria-valuenow="0" aria-valuetext="0.00 seconds">'
        '</div><div class="ac-playhead"></div>'
    )


def player(audio: str | None, seconds: float) -> str:
    """Play button, clock and audio of a stack; empty without audio. seconds: clock time at the end."""
    if audio is None:
        return ""
    preload = "auto" if seconds < 60 else "metadata"
    return (
        '<div class="ac-player"><button type="button" class="ac-play" aria-label="Play">▶</button>'
        f'<span class="ac-clock"><b>0.00</b> / {seconds:.2f} s</span>'
        '<span class="ac-hint">Click in any picture to play from there.</span>'
        # Relative, so that it also works behind a proxy that serves the page under a prefix.
        f'<audio class="ac-sound" preload="{preload}" src="gradio_api/file={escape(quote(audio))}"></audio></div>'
    )


def play_button(audio: str, words: str) -> str:
    """A button that plays a sound without pictures. audio: server path of the sound."""
    return (
        f'<span class="ac-hear"><button type="button" class="ac-button">▶ {escape(words)}</button>'
        f'<audio preload="none" src="gradio_api/file={escape(quote(audio))}"></audio></span>'
    )
