"""Pictures show the sound in time and frequency, in colours, alt text and table."""

import io
import re

import numpy as np
import pytest
import sounds
from PIL import Image

from audioclf.features.scalogram import Scalogram
from audioclf.features.spectral import Deltas
from audioclf.plotting import clip as plots
from audioclf.plotting.panels import Panel, draw
from audioclf.plotting.seen import Seen
from audioclf.plotting.sentences import TABLE_ROWS
from audioclf.plotting.waveform import GROUND, MAX_COLUMNS
from audioclf.types import Clip

MFCC = Seen("small-rnn", "rnn", 8000, Deltas(n_mfcc=20, n_mels=40, orders=0))
NAMES = ["spectrogram", "scalogram", "waveform", "small-rnn-input"]


def drawn(clip):
    return dict(zip(NAMES, plots.pictures(clip, models=[MFCC]), strict=True))


def brightness(picture):
    return picture.rgb.astype(float).sum(axis=2)


def half_tone(seconds=1.0, hz=1000.0, sample_rate=8000):
    """A tone in the second half only."""
    samples = sounds.tone(hz, seconds, sample_rate).samples.copy()
    samples[: len(samples) // 2] = 0
    return Clip(samples, sample_rate)


@pytest.mark.parametrize("seconds", [0.1, 0.41, 1.0, 5.0, 40.0])
@pytest.mark.parametrize("sample_rate", [8000, 44100])
def test_all_views_span_the_clip_and_stay_small(seconds, sample_rate):
    clip = sounds.noise(seconds, sample_rate)
    for name, picture in drawn(clip).items():
        assert picture.name == name
        assert (picture.start, picture.end) == (0.0, clip.seconds)
        assert picture.rgb.dtype == np.uint8
        assert picture.rgb.shape[2] == 3
        assert picture.rgb.shape[1] <= MAX_COLUMNS
        assert picture.title and picture.y_label and picture.unit and picture.seen_by
        heights = [at for at, _ in picture.ticks]
        assert heights == sorted(heights)
        assert all(0 <= at <= 1 for at in heights)
        assert len(heights) >= 3


def test_a_tone_is_bright_at_its_frequency_and_time():
    for name, picture in drawn(half_tone()).items():
        if name == "small-rnn-input":
            continue
        light = brightness(picture)
        middle = light.shape[1] // 2
        early, late = light[:, : middle - 40], light[:, middle + 40 :]
        assert early.mean() < late.mean()
        if name != "waveform":
            row = late.mean(axis=1).argmax()
            at = {text: at for at, text in picture.ticks}["1k"]
            assert 1 - (row + 0.5) / len(light) == pytest.approx(at, abs=0.03)


def test_alt_text_and_table_give_the_tones_frequency_and_time():
    views = drawn(half_tone())
    for name in ("spectrogram", "scalogram"):
        hz, seconds = re.search(r"loudest near (\d+) Hz at (\d\.\d+) s", views[name].alt).groups()
        assert int(hz) == pytest.approx(1000, rel=0.06)
        assert 0.5 <= float(seconds) <= 1.0
        header, *rows = views[name].table
        assert len(rows) == TABLE_ROWS
        loud = [int(cell.replace("−", "-")) for cell in rows[7][1:]]
        low, high = map(int, re.match(r"(\d+)–(\d+) Hz", header[1 + int(np.argmax(loud))]).groups())
        assert low * 0.9 <= 1000 <= high * 1.1
        assert max(loud) > -3
        assert all(cell == "−60" for cell in rows[2][1:])


def test_every_table_is_rectangular_text():
    for picture in plots.pictures(sounds.burst(0.5, seconds=2.0)):
        widths = {len(row) for row in picture.table}
        assert len(widths) == 1
        assert 3 <= widths.pop() <= 9
        assert len(picture.table) == 1 + TABLE_ROWS
        assert all(isinstance(cell, str) and cell for row in picture.table for cell in row)


@pytest.mark.parametrize("level", [0.0, 0.3])
def test_silence_and_a_constant_offset_are_called_silence(level):
    views = drawn(Clip(np.full(8000, level, np.float32), 8000))
    assert "silence" in views["spectrogram"].alt
    assert "silence" in views["scalogram"].alt
    assert "nothing changes" in views["small-rnn-input"].alt
    assert ("digital silence" in views["waveform"].alt) == (level == 0.0)
    floor = views["spectrogram"].rgb
    assert (floor == floor[0, 0]).all()


def test_the_envelope_reaches_the_peak_of_the_sound():
    # One sample of two seconds sticks out: sampling the wave instead of taking extremes would lose it.
    samples = 0.1 * sounds.tone(50, 2.0).samples
    samples = samples.copy()
    samples[12345] = 0.9
    picture = drawn(Clip(samples, 16_000))["waveform"]
    top = np.abs(picture.rgb[0].astype(float) - GROUND).sum(axis=1)
    assert abs(int(top.argmax()) - 12345 * 800 // 32_000) <= 1
    assert picture.ticks[-1] == (1.0, "0.9")
    assert "0.77 s" in picture.alt


@pytest.mark.parametrize("name", ["waveform", "spectrogram", "scalogram"])
@pytest.mark.parametrize("place", [30_011, 123_457, 200_003])
def test_a_click_in_a_long_clip_is_seen_at_its_time(name, place):
    samples = 1e-4 * sounds.noise(30.0, 8000).samples
    samples[place] = 0.9
    light = brightness(drawn(Clip(samples, 8000))[name])
    column = light.mean(axis=0).argmax()
    assert abs(column / light.shape[1] - place / 240_000) < 0.003


def test_colours_run_evenly_from_dark_to_light():
    for name, picture in drawn(sounds.noise(0.5)).items():
        assert (picture.scale is None) == (name == "waveform")
        if picture.scale:
            low, high, ramp = picture.scale
            # Luminance as the eye weighs it (Rec. 709) rises all the way: readable without colour vision.
            assert (np.diff(ramp @ [0.2126, 0.7152, 0.0722]) > -0.5).all()
            assert low.startswith("−") and not high.startswith("−")


def test_another_view_can_be_drawn():
    view = Panel("wide", "Wide", "nobody", "Scalogram", Scalogram(n_scales=20), "viridis")
    picture = draw(sounds.noise(0.5), view, 0.5)
    assert (picture.name, len(picture.rgb)) == ("wide", 20)


def test_the_figure_holds_every_picture_on_one_time_axis():
    shown = plots.pictures(sounds.burst(0.5, seconds=2.0))
    made = plots.figure(shown)
    pictures = [axis for axis in made.axes if axis.get_images()]
    assert len(pictures) == len(shown)
    for axis, picture in zip(pictures, shown, strict=True):
        assert axis.get_title(loc="left") == picture.title
        assert axis.get_xlim() == (0.0, 2.0)
    assert len({axis.get_position().width for axis in pictures}) == 1
    assert pictures[-1].get_xlabel() == "time, s"
    file = io.BytesIO()
    made.savefig(file, format="png")
    assert np.asarray(Image.open(file)).std() > 10
