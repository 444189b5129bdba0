"""A string of digits is read by every family; what holds none gives an empty string."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
from fakes import joined
from paths import EXAMPLES
from sounds import silence

import audioclf
from audioclf.audio import load_clip, resample
from audioclf.inference.classifier import Classifier
from audioclf.inference.transcribe import read_string, transcribe
from audioclf.types import AudioError, Clip

FAMILIES = ("gmm", "cnn", "rnn")
SAID = ("seven", "three", "one")


@pytest.fixture(scope="module")
def classifiers() -> dict[str, Classifier]:
    return {family: audioclf.load(f"digits-{family}") for family in FAMILIES}


def digits(*names: str, gap: float = 0.2) -> Clip:
    """Bundled examples of single digits in a row."""
    words = [resample(load_clip(EXAMPLES / f"{name}.wav"), 8000) for name in names]
    pause = silence(gap, 8000)
    return joined(pause, *itertools.chain(*((word, pause) for word in words)))


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_reads_a_string(classifiers, family):
    found = read_string(classifiers[family], digits(*SAID))
    assert found.labels == SAID
    starts = [part.start for part in found.parts]
    assert starts == sorted(starts)
    assert all(0 <= p.start < p.end <= found.clip_seconds for p in found.parts)
    assert all(p.start >= q.end for q, p in itertools.pairwise(found.parts))
    shares = [found.share, *(other.share for other in found.alternatives)]
    assert sum(shares) == pytest.approx(1) and shares == sorted(shares, reverse=True)
    assert len({found.labels, *(other.labels for other in found.alternatives)}) == len(shares)
    for part in found.parts:
        assert part.probability + sum(p for _, p in part.others) <= 1 + 1e-9


@pytest.mark.parametrize("family", FAMILIES)
def test_silence_and_noise_give_an_empty_string(classifiers, family):
    noise = np.random.default_rng(0).normal(0, 0.05, 24_000).astype(np.float32)
    for clip in (silence(2.0, 8000), Clip(noise, 8000)):
        found = read_string(classifiers[family], clip)
        assert found.labels == ()
        assert (found.share, found.alternatives) == (1.0, ())


def test_a_long_recording_is_read_in_parts_and_tells_how_far_it_is(classifiers):
    clip = digits(*SAID * 5, gap=0.5)
    told = []
    found = read_string(classifiers["rnn"], clip, lambda *step: told.append(step))
    assert found.labels == SAID * 5
    assert len(told) >= 2 and told[-1][0] == told[-1][1] == round(clip.seconds)
    assert found.parts[-1].end > 12


def test_the_level_and_the_rate_do_not_matter(classifiers):
    clip = digits(*SAID)
    softer = Clip(clip.samples * 0.05, 8000)
    assert read_string(classifiers["cnn"], softer).labels == SAID
    assert read_string(classifiers["cnn"], resample(clip, 44_100)).labels == SAID


def test_python_reads_what_a_classifier_reads(classifiers):
    clip = digits(*SAID)
    found = transcribe((8000, clip.samples), "digits-cnn")
    assert replace(found, model_seconds=0) == replace(read_string(classifiers["cnn"], clip), model_seconds=0)
    assert audioclf.transcribe is transcribe


def test_labels_that_are_not_said_in_strings_are_refused():
    with pytest.raises(AudioError, match="environment"):
        transcribe(digits("one"), "environment-rnn")


def test_parts_of_a_clip_are_scored_as_probabilities(classifiers):
    clip = digits("seven", "three")
    spans = np.array([[0.0, 0.5], [0.2, 1.1], [1.4, 2.0]])
    for classifier in classifiers.values():
        rows = classifier.score_parts(clip, spans)
        assert rows.shape == (3, 11)
        assert rows.sum(axis=1) == pytest.approx(1)
        assert (rows >= 0).all()
