"""Classes side by side, their counts, and the map of stored answers."""

from dataclasses import replace

import numpy as np
import pytest
from paths import EXAMPLES
from sklearn.decomposition import PCA

from audioclf.audio import load_clip
from audioclf.inference.loading import Selection
from audioclf.lessons import classes, neighbours
from audioclf.lessons.excerpt import excerpt
from audioclf.service.explore import task_of
from audioclf.types import Clip
from audioclf.zoo.registry import BUNDLED, open_registry

ZOO = open_registry(BUNDLED)
DIGITS, INSTRUMENTS = (task_of(Selection(ZOO, name)) for name in ("digits", "instruments"))
SEVEN = load_clip(EXAMPLES / "seven.wav")
RNG = np.random.default_rng(0)


def test_every_class_with_an_example_is_shown_and_every_other_is_named():
    view = classes.classes(SEVEN, DIGITS, "mfcc")
    labels = ZOO.config("digits-cnn").labels
    assert [panel.title for panel in view.panels[1:]] == list(labels) and not view.facts
    some = replace(DIGITS, examples=tuple(one for one in DIGITS.examples if one[0] in ("six", "one")))
    view = classes.classes(SEVEN, some, "mfcc")
    assert [panel.title for panel in view.panels[1:]] == ["one", "six"]
    (missing,) = dict(view.facts).values()
    assert set(missing.split(", ")) == set(labels) - {"one", "six"}


@pytest.fixture
def data_here(tmp_path, monkeypatch):
    """The data set on this machine: a bell under the names of all recordings."""
    folder = tmp_path / "digits"
    (folder / "audio").mkdir(parents=True)
    rows = ["file,label,speaker,split"]
    for item in ZOO.predictions("digits-cnn")["items"]:
        (folder / item["file"]).symlink_to(EXAMPLES / "bell.wav")
        rows.append(f"{item['file']},{item['label']},{item['fold']},test")
    (folder / "manifest.csv").write_text("\n".join(rows))
    monkeypatch.setenv("AUDIOCLF_DATA", str(tmp_path))


def test_recordings_of_the_data_set_are_shown_and_played_where_they_are(data_here):
    bell = excerpt(load_clip(EXAMPLES / "bell.wav")).samples
    shown = classes.classes(SEVEN, DIGITS, "waveform").sounds[1:]
    assert len(shown) == 10 and all(np.array_equal(sound.clip.samples, bell) for sound in shown)
    near = neighbours.place(SEVEN, DIGITS, "cnn").sounds[1:]
    assert [sound.words for sound in near] == [f"{i}: seven" for i in range(1, neighbours.N_NEAR + 1)]
    assert all(np.array_equal(sound.clip.samples, bell) for sound in near)


def test_without_the_data_set_no_neighbour_can_be_played(monkeypatch):
    monkeypatch.delenv("AUDIOCLF_DATA", raising=False)
    assert len(neighbours.place(SEVEN, DIGITS, "cnn").sounds) == 1


def test_the_counts_are_those_of_the_stored_test_recordings():
    view = classes.distribution(SEVEN, INSTRUMENTS, "bars")
    assert view.arrays["counts"].sum() == ZOO.config("instruments-gmm").metrics["protocols"]["folds"]["n"]


def test_a_pie_is_whole_and_its_slices_are_as_large_as_their_shares():
    shares = np.array([0.5, 0.3, 0.2])
    panel = classes._pie(["a", "b", "c"], shares, "alt")
    for curve, share in zip(panel.curves, shares, strict=True):
        x, y = curve.x, curve.y
        area = 0.5 * abs(np.dot(x, np.roll(y, 1)) - np.dot(y, np.roll(x, 1)))
        assert area == pytest.approx(np.pi * share, rel=0.02)


def test_the_map_is_that_of_scikit_learn():
    points = RNG.standard_normal((80, 5)) @ RNG.standard_normal((5, 5))
    mean, directions, shares = neighbours.principal(points)
    theirs = PCA(2).fit(points)
    assert np.allclose(np.abs((points - mean) @ directions.T), np.abs(theirs.transform(points)))
    assert np.allclose(shares[:2], theirs.explained_variance_ratio_)


def test_the_neighbours_of_a_word_are_recordings_of_that_word():
    view = neighbours.place(SEVEN, DIGITS, "cnn")
    near = [value for name, value in view.facts if name.startswith("Neighbour")]
    assert len(near) == neighbours.N_NEAR and all(one.startswith("seven") for one in near)
    mine = view.arrays["points"][view.arrays["targets"] == 7]
    assert np.linalg.norm(view.arrays["clip"] - np.median(mine, axis=0)) < 4 * mine.std(axis=0).max()


def test_silence_has_no_place():
    view = neighbours.place(Clip(np.zeros(8000, np.float32), 8000), DIGITS, "gmm")
    assert not [name for name, _ in view.facts if name.startswith("Neighbour")] and "no place" in view.said
