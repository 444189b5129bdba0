"""The laboratory: one slider per stress, and a stressed sound that equals the one in a sweep."""

import numpy as np
import pytest
from fakes import asked, joined, swell
from sounds import noise

from audioclf import audio
from audioclf.lab.stress import STRESSES
from audioclf.service import lab
from audioclf.types import AudioclfError
from audioclf.ui import endpoints
from audioclf.ui.markup import explanation as explanation_markup


def test_every_stress_is_a_slider_that_is_off_at_zero_and_harder_away_from_it():
    sliders = {slider.name: slider for slider in lab.sliders()}
    assert list(sliders) == list(STRESSES)
    for name, slider in sliders.items():
        assert slider.words[-slider.first] == "off"
        assert slider.levels[-slider.first] == STRESSES[name].clean
        assert set(slider.levels) == {*STRESSES[name].levels, STRESSES[name].clean}
        right = np.diff([x for x in slider.levels[-slider.first :] if np.isfinite(x)])
        assert np.all(right > 0) or np.all(right < 0)


def test_positions_are_levels_and_zero_is_left_out():
    settings = lab.settings_at({"snr_white": 16, "pitch": -8, "reverb": 0})
    assert settings == {"snr_white": -10, "pitch": -12}


@pytest.mark.parametrize("positions", [{"snr_white": 17}, {"echo": 1}, {"pitch": "1"}, {"snr_white": -1}])
def test_unknown_positions_are_refused(positions):
    with pytest.raises(AudioclfError, match="no position"):
        lab.settings_at(positions)


def test_a_stressed_sound_scores_as_the_sweep_does_at_that_level(fake_zoo):
    clip = swell()
    found = lab.stressed(clip, {"snr_white": 0.0}, asked(fake_zoo))
    swept = lab.find_breaking_point(clip, lab.plan("snr_white"), asked(fake_zoo))
    at = swept.plan.levels.index(0.0)
    for before, after, curve in zip(found.before, found.after.predictions, swept.curves, strict=True):
        row = before.labels.index(curve.label)
        assert after.probabilities[row] == pytest.approx(curve.scores[at])
        assert before.label == curve.label
    assert not np.array_equal(found.after.clip.samples, clip.samples)


def test_a_notice_names_the_part_used_of_a_long_sound(fake_zoo):
    found = lab.stressed(swell(6.0), {"gain": -5.0}, asked(fake_zoo))
    assert found.after.clip.seconds == 2.0
    assert any("Only 2 s are used" in notice for notice in found.after.notices)


def test_pictures_and_audio_of_an_explanation_share_one_time_axis(real_zoo):
    told = []
    found = lab.explained(swell(), None, asked(real_zoo), progress=lambda *step: told.append(step))
    assert [one.explanation.family for one in found] == ["gmm", "cnn", "rnn"]
    for one in found:
        for picture in one.pictures:
            assert picture.end - picture.start == pytest.approx(one.explained_part.seconds, abs=0.001)
    assert all(done <= total for done, total, _ in told)
    assert [done for done, _, _ in told] == sorted(done for done, _, _ in told)
    drawn = explanation_markup.explained(found, lambda clip: "/tmp/sound.wav")
    assert all(one.explanation.sentence.split(":")[0] in drawn for one in found)
    assert drawn.count('data-set="occlusion"') == 1 + 3
    assert drawn.count('class="ac-seek"') == drawn.count("<figure")  # the keyboard reaches every picture


def test_times_of_an_explanation_count_from_the_start_of_the_whole_sound(real_zoo):
    clip = joined(noise(12.0, 8000, rms=0.002), swell(0.6), noise(5.0, 8000, rms=0.002))
    for one in lab.explained(clip, None, asked(real_zoo, "digits-cnn")):
        why = one.explanation
        assert 11.5 < why.start < 12.3 < why.end < 13.5
        assert not why.region or why.start <= why.region.start < why.region.end <= why.end
        expected = audio.cut(clip, one.pictures[0].start, one.explained_part.seconds)
        np.testing.assert_array_equal(one.explained_part.samples, expected.samples)
        assert not one.notices
    (harder,) = lab.explained(clip, None, asked(real_zoo, "digits-cnn"), settings={"gain": -5.0})
    assert "Gain −5 dB" in harder.notices[0] and 0 <= harder.explanation.start <= 1
    assert harder.notices[0] in explanation_markup.explained([harder], lambda clip: "/tmp/sound.wav")


def test_the_endpoint_description_lists_every_stress():
    assert all(f"{name}" in endpoints.STRESS for name in STRESSES)
