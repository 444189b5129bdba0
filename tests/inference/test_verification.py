"""Comparing voices: same against other, what evidence means, and refusals."""

from dataclasses import replace

import fake_verifiers
import numpy as np
import pytest
import sounds
import voices

import audioclf
from audioclf.inference.loading import load, load_any
from audioclf.inference.verification import Verifier, load_verifier, verify
from audioclf.types import AudioError, Clip, ZooError
from audioclf.zoo.registry import BUNDLED, Registry

MAN = {"pitch_hz": 110.0, "tract": 1.0}
WOMAN = {"pitch_hz": 210.0, "tract": 1.18}


@pytest.fixture(scope="module")
def zoo(tmp_path_factory) -> Registry:
    return fake_verifiers.speaker_zoo(tmp_path_factory.mktemp("zoo"))


@pytest.fixture(scope="module")
def verifier(zoo) -> Verifier:
    return load_verifier(zoo, "speakers-gmm")


@pytest.fixture(scope="module")
def man(verifier):
    return verifier.enrol([voices.speech(**MAN, seed=seed) for seed in (1, 2)])


def test_another_take_of_a_voice_scores_above_another_voice(verifier, man):
    same, other = (verifier.score(man, voices.speech(**who, seed=9)) for who in (MAN, WOMAN))
    assert same.same is True and other.same is False
    assert same.llr > same.threshold > other.llr


@pytest.mark.parametrize("model_id", Registry(BUNDLED).verifiers())
def test_a_bundled_model_tells_two_synthetic_voices_apart(model_id):
    found = load_verifier(Registry(BUNDLED), model_id)
    for who, stranger in ((MAN, WOMAN), (WOMAN, MAN)):
        voice = found.enrol([voices.speech(**who, seed=seed) for seed in (1, 2, 3)])
        same, other = (found.score(voice, voices.speech(**w, seed=9)) for w in (who, stranger))
        assert same.llr > other.llr + 1


def test_a_level_changes_nothing(verifier, man):
    clip = voices.speech(**MAN, seed=9)
    quiet = Clip(clip.samples / 30, clip.sample_rate)
    assert verifier.score(man, quiet).llr == pytest.approx(verifier.score(man, clip).llr, abs=0.05)


def test_pauses_are_no_speech(verifier):
    clip = voices.speech(**MAN, seconds=1.0, seed=3)
    gap = np.random.default_rng(0).normal(0, 1e-4, 2 * clip.sample_rate).astype(np.float32)
    padded = Clip(np.concatenate([gap, clip.samples, gap]), clip.sample_rate)
    plain, spoken = (verifier.speech(c) for c in (clip, padded))
    assert spoken[0].shape[1] == pytest.approx(
        plain[0].shape[1], rel=0.4
    )  # its softest parts are near its pauses
    assert (spoken[1] > 1.9).all() and (spoken[1] < 3.1).all()


def test_frames_speak_for_the_voice_that_they_are_of(verifier, man):
    """A clip whose first half is the voice and whose second half is another one."""
    first, second = voices.speech(**MAN, seed=9), voices.speech(**WOMAN, seed=9)
    both = Clip(np.concatenate([first.samples, second.samples]), first.sample_rate)
    frames = verifier.score(man, both).frames
    early = frames.seconds < 2
    assert frames.ratios[early].mean() > 0 > frames.ratios[~early].mean()


def test_within_the_band_and_with_too_little_speech_it_cannot_tell(verifier, man):
    clip = voices.speech(**MAN, seed=9)
    llr = verifier.score(man, clip).llr
    for change in ({"threshold": llr - 0.1}, {"threshold": llr + 0.1}, {"least_seconds": 5.0}):
        careful = replace(verifier.config, calibration={**fake_verifiers.CALIBRATION, **change})
        assert Verifier(careful, verifier.model).score(man, clip).same is None


def test_silence_is_not_enrolled_and_cannot_be_compared(verifier, man):
    with pytest.raises(AudioError, match="silent"):
        verifier.enrol([voices.speech(**MAN), sounds.silence()])
    with pytest.raises(AudioError, match="no take"):
        verifier.enrol([])
    found = verifier.score(man, sounds.silence())
    assert (found.same, found.seconds, found.frames) == (None, 0.0, None)


def test_a_voice_holds_no_sound_and_is_of_one_model(verifier, man):
    assert {name: v.shape for name, v in man.vectors.items()} == verifier.model.voice_shapes()
    assert (man.n_takes, man.model) == (2, "speakers-gmm") and 2 < man.seconds <= 4.1
    with pytest.raises(ZooError, match="enrolled with other"):
        verifier.score(replace(man, model="other"), voices.speech(**MAN))


def test_a_long_take_is_used_in_part(verifier):
    clip = voices.speech(**MAN, seconds=30.0)
    assert verifier.enrol([clip]).seconds <= verifier.config.clip_seconds


def test_the_function_of_the_package_asks_every_model_or_the_named_one(zoo, tmp_path):
    clips = [voices.speech(**MAN, seed=seed) for seed in (1, 2)]
    (score,) = verify(clips, voices.speech(**MAN, seed=3), registry=zoo)
    (named,) = audioclf.verify(clips, voices.speech(**MAN, seed=3), "speakers-gmm", zoo)
    assert score.llr == named.llr and score.model == "speakers-gmm"


def test_classifiers_and_models_of_voices_are_not_mixed_up(zoo, fake_zoo):
    with pytest.raises(ZooError, match="audioclf verify"):
        load("speakers-gmm", zoo)
    with pytest.raises(ZooError, match="compares no voices"):
        load_verifier(fake_zoo, "digits-cnn")
    with pytest.raises(ZooError, match="no model that compares voices"):
        verify([voices.speech()], voices.speech(), registry=fake_zoo)
    assert load_any(zoo, "speakers-gmm") is load_any(zoo, "speakers-gmm")
