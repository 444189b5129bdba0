"""Two recordings: their difference in dB, their alignment, and what changes between the answers."""

import numpy as np
import pytest
from fake_analysis import fake_prediction, fake_silence
from fakes import asked, swell
from paths import EXAMPLES, SEVEN
from sounds import burst, noise, silence, tone

from audioclf import audio
from audioclf.audio.activity import onset
from audioclf.plotting import pair as pictures
from audioclf.service import pairs
from audioclf.types import AudioclfError, Clip


def delayed(clip: Clip, seconds: float) -> Clip:
    zeros = np.zeros(round(seconds * clip.sample_rate), np.float32)
    return Clip(np.concatenate([zeros, clip.samples]), clip.sample_rate, "delayed")


def centred(clip: Clip) -> Clip:
    """Without its constant offset: zeros before it would be another sound."""
    return Clip(clip.samples - clip.samples.mean(), clip.sample_rate, clip.name)


def louder(clip: Clip, db: float) -> Clip:
    return Clip(clip.samples * np.float32(10 ** (db / 20)), clip.sample_rate, "louder")


def read(view: pictures.View) -> np.ndarray:
    """The values of the difference as the page reads them off the picture."""
    low, high, _ = view.difference.spans[0]
    return low + view.difference.levels / 255 * (high - low)


@pytest.mark.parametrize(
    "clip", [noise(), burst(0.5), silence(), audio.load_clip(SEVEN)], ids=lambda c: c.name
)
def test_a_clip_does_not_differ_from_itself(fake_zoo, clip):
    found = pairs.compared(clip, clip, asked(fake_zoo))
    for view in found.views:
        assert np.abs(read(view)).max() < 1e-9
        assert "the same" in view.sentence
    assert found.change.startswith("No model")


@pytest.mark.parametrize("db", [6, -12, 18])
def test_a_gain_is_read_off_the_difference(fake_zoo, db):
    found = pairs.compared(noise(rms=0.02), louder(noise(rms=0.02), db), asked(fake_zoo))
    for view in found.views:
        loud = np.minimum(view.first.levels, view.second.levels) > 0  # above the lowest value of the colours
        assert loud.mean() > 0.9
        assert read(view)[loud] == pytest.approx(db, abs=pictures.STEP_DB)


@pytest.mark.parametrize("delay", [0.0123, 0.25, 1.0])
def test_a_delayed_copy_is_the_same_at_its_onset_and_another_at_the_start(fake_zoo, delay):
    clip = centred(audio.load_clip(SEVEN))
    at_onset = pairs.compared(clip, delayed(clip, delay), asked(fake_zoo), "onset")
    assert f"the first one starts {delay:.2f} s later" in at_onset.alignment
    for view in at_onset.views:
        assert np.abs(read(view)).max() < pictures.ALIKE_DB
    at_start = pairs.compared(clip, delayed(clip, delay), asked(fake_zoo), "start")
    assert "0 s" in at_start.alignment
    assert np.abs(read(at_start.views[0])).max() > 10


@pytest.mark.parametrize("order", [1, -1])
def test_both_recordings_have_one_time_axis_one_frequency_axis_and_one_range(fake_zoo, order):
    clips = [tone(1000, 1.5, 44_100), burst(1.0, seconds=2.0, sample_rate=8000)][::order]
    found = pairs.compared(*clips, asked(fake_zoo))
    assert {clip.seconds for clip in (*found.sounds, found.both)} == {found.seconds}
    for view in found.views:
        drawn = (view.first, view.second, view.difference)
        assert {picture.end for picture in drawn} == {view.first.end}
        assert view.first.end == pytest.approx(found.seconds, abs=1e-4)
        assert len({picture.rows for picture in drawn}) == len({picture.rgb.shape for picture in drawn}) == 1
        assert view.first.spans == view.second.spans
        assert max(view.first.levels.max(), view.second.levels.max()) == 255, (
            "the loudest point of both is 0 dB"
        )


def test_the_answers_are_those_to_each_sound_alone(fake_zoo):
    from audioclf.service.analysis import analyse

    found = pairs.compared(swell(), noise(), asked(fake_zoo), names=("Sound 1", None))
    for clip, analysis in ((swell(), found.first), (noise(), found.second)):
        alone = analyse(clip, asked(fake_zoo), pictures=False)
        for one, other in zip(alone.predictions, analysis.predictions, strict=True):
            assert np.array_equal(one.probabilities, other.probabilities)
    assert (found.first.clip.name, found.second.clip.name) == ("Sound 1", "noise")


def test_a_long_recording_is_drawn_in_part(fake_zoo, monkeypatch):
    monkeypatch.setattr(pairs, "MAX_SECONDS", 2.0)
    found = pairs.compared(noise(3.0), noise(1.0), asked(fake_zoo))
    assert found.seconds == 2.0 and "the first 2 s" in found.alignment


def test_the_sentence_names_the_models_whose_answer_changes():
    seven, three = fake_prediction("cnn"), fake_prediction("cnn", "three", 0.6)
    gmm, unknown = fake_prediction("gmm", "seven", 0.85), fake_prediction("gmm", known=False)
    assert "the CNN says seven" in pairs.change((gmm, seven), (gmm, three))
    assert pairs.change((gmm, seven), (gmm, three)).startswith(
        "The answer changes for 1 of 2 models: the CNN says seven"
    )
    assert pairs.change((gmm, seven), (unknown, three)).startswith("The answer changes for 2 of 2")
    assert "the GMM and the CNN say seven" in pairs.change(
        (gmm, seven), (fake_prediction("gmm", "three"), three)
    )
    assert "none of these" in pairs.change((gmm,), (unknown,))
    assert "nothing to judge" in pairs.change((seven,), (fake_silence(),))
    assert "GMM's probability" in pairs.change((gmm, seven), (fake_prediction("gmm", "seven", 0.5), seven))
    assert pairs.change((gmm, seven), (gmm, seven)).endswith("no probability changes visibly.")
    assert "silent" in pairs.change((fake_silence(),), (fake_silence(),))


def test_another_alignment_and_an_unreadable_sound_are_refused_in_words(fake_zoo):
    with pytest.raises(AudioclfError, match="onset, start"):
        pairs.compared(noise(), noise(), asked(fake_zoo), "end")
    with pytest.raises(AudioclfError):
        pairs.compared(noise(), b"no sound", asked(fake_zoo))


def test_every_colour_of_the_difference_is_read_as_one_value():
    ramp = pictures.views(noise(), noise())[0].difference.palette
    assert len({tuple(colour) for colour in ramp}) == 256


@pytest.mark.parametrize(
    "name", [path.name for path in sorted(EXAMPLES.glob("*.*")) if path.suffix != ".json"]
)
def test_the_onset_moves_with_the_sound(name):
    clip = audio.load_clip(EXAMPLES / name)
    assert onset(delayed(clip, 0.3)) - onset(clip) == pytest.approx(0.3, abs=0.001) or audio.is_silent(clip)
    assert 0 <= onset(clip) < clip.seconds


def test_progress_comes_before_each_part_and_may_stop_it(fake_zoo):
    told = []
    pairs.compared(noise(), noise(), asked(fake_zoo), progress=lambda *step: told.append(step))
    assert [step[:2] for step in told] == [(0, 3), (1, 3), (2, 3)]

    class Stop(Exception):
        pass

    def stop(*step):
        raise Stop

    with pytest.raises(Stop):
        pairs.compared(noise(), noise(), asked(fake_zoo), progress=stop)
