"""A sweep gives the answers of an analysis at every level, and breaks where the answer does not return."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial

import fakes
import numpy as np
import paths
import pytest
import sounds
from fake_analysis import DIGITS, fake_prediction, fake_silence
from fakes import asked, joined, swell
from paths import SEVEN

from audioclf.inference import loading
from audioclf.lab import stress, sweep
from audioclf.lab.stress import STRESSES
from audioclf.lab.sweep import Plan
from audioclf.service.analysis import analyse, audio
from audioclf.types import AudioclfError
from audioclf.zoo.registry import Registry

ZOO = Registry(paths.ZOO)


@pytest.fixture(scope="module")
def models():
    return loading.load_models(asked(ZOO))


@pytest.fixture(scope="module")
def seven():
    return audio.load_clip(SEVEN)


@pytest.mark.parametrize("name", ["snr_white", "speed", "opus"])
def test_each_level_gives_the_answers_of_an_analysis_of_that_sound(models, seven, name):
    found = sweep.sweep(seven, Plan(name, seed=3), models)
    sound, _, _ = sweep.excerpt(seven, models)
    for i in (0, 7, 15):
        level = STRESSES[name].levels[i]
        analysis = analyse(stress.apply(sound, {name: level}, 3), asked(ZOO), pictures=False)
        for curve, p in zip(found.curves, analysis.predictions, strict=True):
            assert curve.model == p.model
            assert curve.answers[i] == p.answer
            score = p.probabilities[p.labels.index(curve.label)]
            assert curve.scores[i] == pytest.approx(score, abs=1e-4)


def test_noise_breaks_every_model_but_not_at_the_first_level(models, seven):
    found = sweep.sweep(seven, Plan("snr"), models)
    for curve in found.curves:
        assert curve.label == "seven"
        assert curve.answers[0] == "seven"
        assert curve.clean_score > 0.5 > curve.scores[-1]
        (broken,) = curve.breaks
        at = found.plan.levels.index(broken)
        assert at in curve.flips
        assert all(answer != "seven" for answer in curve.answers[at:])
        assert curve.answers[at - 1] == "seven"
        assert f"{STRESSES['snr_white'].words(broken)}" in found.sentence


def test_sweeps_in_parallel_give_the_results_of_single_sweeps(models, seven):
    plans = [Plan("snr_pink", seed=1), Plan("pitch"), Plan("snr_pink", seed=2), Plan("reverb")]
    alone = [sweep.sweep(seven, plan, models) for plan in plans]
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda plan: sweep.sweep(seven, plan, models), plans))
    for a, b in zip(alone, together, strict=True):
        assert a.sentence == b.sentence
        for one, other in zip(a.curves, b.curves, strict=True):
            np.testing.assert_array_equal(one.scores, other.scores)


def test_other_settings_stay_on_and_its_own_setting_is_dropped(models, seven):
    plan = Plan("snr", (40.0, 10.0), {"low_pass": 1000.0, "snr_white": 3.0})
    assert dict(plan.settings) == {"low_pass": 1000.0}
    found = sweep.sweep(seven, plan, models)
    plain = sweep.sweep(seven, Plan("snr", (40.0, 10.0)), models)
    assert found.curves[0].clean_score != plain.curves[0].clean_score


def test_progress_counts_up_to_the_end_and_can_stop_the_work(models, seven):
    steps = []
    sweep.sweep(seven, Plan("gain"), models, lambda done, total, words: steps.append((done, total)))
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert steps[-1] == (20, 20)

    class Cancelled(Exception):
        pass

    def cancel(done, total, words):
        if done == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        sweep.sweep(seven, Plan("gain"), models, cancel)


def test_a_long_clip_is_cut_to_its_loudest_part_and_says_so(models):
    clip = joined(sounds.noise(20.0, 8000, rms=0.002), swell(1.0), sounds.noise(9.0, 8000, rms=0.002))
    found = sweep.sweep(clip, Plan("snr", (20.0, 0.0)), models)
    start, end = found.seconds
    assert end - start == pytest.approx(2.0)
    assert start < 20.0 < 21.0 < end
    assert found.notices == (f"Only 2 s are used, from {start:.1f} s to {end:.1f} s.",)


def lone_and_paired(seven):
    """A digit, then two quieter tones: the loudest window holds the digit, the loudest two windows the tones."""
    gaps = [sounds.silence(seconds, 8000) for seconds in (3.0, 6.0, 1.0, 3.0)]
    less = swell(0.5, level=0.26)
    return joined(gaps[0], audio.resample(seven, 8000), gaps[1], less, gaps[2], less, gaps[3])


def test_the_swept_part_of_a_long_clip_contains_the_window_that_decides(models, seven):
    clip = lone_and_paired(seven)
    found = sweep.sweep(clip, Plan("snr", (20.0,)), models)
    start, end = found.seconds
    for model in models:
        answer = model(clip)
        first, last = answer.window_seconds[answer.focus]
        assert start <= first < last <= end


def test_without_settings_the_clip_is_not_cut(models, seven):
    clip = lone_and_paired(seven)
    assert sweep.degraded_excerpt(clip, {}, models) == (clip, ())
    sound, (notice,) = sweep.degraded_excerpt(clip, {"gain": -5.0}, models)
    assert sound.seconds == pytest.approx(2.0) and "Only 2 s are used" in notice


def test_silence_breaks_nothing(models):
    found = sweep.sweep(sounds.silence(1.0, 8000), Plan("snr"), models)
    assert found.sentence == "The clip is silent, or too quiet to judge: there is no answer to lose."
    assert all(curve.label is None and not curve.breaks for curve in found.curves)


def test_a_sound_that_a_stress_makes_silent_is_not_called_none_of_these(models, seven):
    found = sweep.sweep(seven, Plan("gain", (-60.0, -5.0)), models)
    silent = sweep.sweep(sounds.silence(1.0, 8000), Plan("gain", (-60.0, -5.0)), models)
    for curve in found.curves:
        assert curve.heard == (False, True) and curve.says == ("seven", "nothing", "seven")
    for curve in silent.curves:
        assert curve.heard == (False, False) and set(curve.says) == {curve.subject} == {"nothing"}


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (("treble",), "no stress is called"),
        (("snr", (99.0,)), "not to 99"),
        (("snr", (), {"mp3": 1.0}), "MP3 goes from 8 kbit/s"),
    ],
)
def test_an_invalid_plan_is_refused(plan, words):
    with pytest.raises(AudioclfError, match=words):
        Plan(*plan)


# Breaking points and sentences of synthetic curves


def curve(family="cnn", answers="77773777", levels=range(8), clean=-1.0, **first):
    """The curve of a model that hears a seven, and at the levels these digits; "?" is unknown. `first`: changes."""
    heard = [fake_prediction(family, DIGITS[int(a)]) if a != "?" else fake_silence(family) for a in answers]
    return sweep._curve([fake_prediction(family, "seven", **first), *heard], tuple(map(float, levels)), clean)


@pytest.mark.parametrize(
    ("answers", "breaks"),
    [
        ("77777777", ()),
        ("77773777", ()),  # the answer changes and comes back
        ("77773333", (4.0,)),
        ("77373733", (6.0,)),
        ("7777777?", (7.0,)),
        ("33333333", (0.0,)),
    ],
)
def test_it_breaks_at_the_first_level_from_which_the_answer_never_returns(answers, breaks):
    assert curve(answers=answers).breaks == breaks


def test_a_stress_with_two_directions_can_break_on_both_sides():
    assert sweep.sides([-2, -1, 1, 2], 0) == [[1, 0], [2, 3]]
    two = curve(answers="3377773?", levels=[-4, -3, -2, -1, 1, 2, 3, 4], clean=0.0)
    assert two.breaks == (-3.0, 3.0)
    said = sweep.sentence(Plan("pitch", (-4, -3, -2, -1, 1, 2, 3, 4)), [two])
    assert said == "CNN breaks at −3 and +3 semitones."


def test_the_sentence_tells_where_models_break_and_which_were_unsure_or_unknown():
    plan = Plan("snr", (30, 20, 10, 0))
    swept = partial(curve, levels=plan.levels, clean=np.inf)
    gmm, lost = swept("gmm", "7733"), swept("rnn", "????", known=False)
    assert sweep.sentence(plan, [gmm, swept("cnn", "7773", score=0.6), swept("rnn", "7777")]) == (
        "GMM breaks at 10 dB, CNN at 0 dB; RNN does not break from 30 dB to 0 dB; "
        "CNN was unsure even without this stress."
    )
    sentence = sweep.sentence(plan, [gmm, lost])
    assert sentence == "GMM breaks at 10 dB; RNN does not know the sound even without this stress."
    other = replace(swept("gmm", "7773"), model="other-gmm")
    assert sweep.sentence(plan, [gmm, other]) == "digits-gmm breaks at 10 dB, other-gmm at 0 dB."


def test_any_family_can_be_swept(fake_zoo):
    found = sweep.sweep(swell(), Plan("snr"), loading.load_models(asked(fake_zoo)))
    assert [c.model for c in found.curves] == ["digits-gmm", "digits-cnn", "digits-rnn"]
    assert all(c.label in fakes.DIGITS for c in found.curves)
