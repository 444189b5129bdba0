"""Each stress degrades the sound as its title says, more so at harder levels, and independently of the others."""

import math
from itertools import pairwise

import numpy as np
import pytest
import sounds

from audioclf import audio
from audioclf.lab import stress
from audioclf.lab.stress import STRESSES
from audioclf.types import AudioclfError, Clip

WORD = audio.cut(audio.resample(sounds.burst(0.3, seconds=1.0), 8000), 0, 1.0)
NOISY = stress.apply(WORD, {"snr_white": 15})


def distance(chosen, level):
    return -level if math.isinf(chosen.clean) else abs(level - chosen.clean)


HARDEST = {name: max(s.levels, key=lambda level: distance(s, level)) for name, s in STRESSES.items()}


def change(name, level, clip=WORD, seed=0):
    """Distance of the degraded sound from the original, relative to the norm of the original."""
    other = stress.apply(clip, {name: level}, seed).samples
    n = min(len(other), len(clip.samples))
    return float(np.linalg.norm(other[:n] - clip.samples[:n]) / np.linalg.norm(clip.samples))


@pytest.mark.parametrize("name", STRESSES)
def test_sixteen_levels_within_the_range_rise_or_fall(name):
    chosen = STRESSES[name]
    assert len(chosen.levels) == 16
    assert all(chosen.low <= level <= chosen.high for level in chosen.levels)
    steps = np.sign(np.diff(chosen.levels))
    assert abs(steps.sum()) == 15, "from low to high or from high to low"
    assert chosen.clean not in chosen.levels


@pytest.mark.parametrize("name", STRESSES)
def test_a_clean_slider_changes_nothing(name):
    assert stress.apply(WORD, {name: STRESSES[name].clean}) is WORD


@pytest.mark.parametrize("name", STRESSES)
def test_a_slider_changes_the_sound_and_one_seed_gives_one_sound(name):
    # An easy level may not affect a clip with such a low sample rate.
    assert change(name, HARDEST[name], NOISY) > 0.02
    first, again = (stress.apply(NOISY, {name: HARDEST[name]}, seed=3).samples for _ in range(2))
    assert np.array_equal(first, again)


@pytest.mark.parametrize("name", ["snr_babble", "snr_pink", "snr_white", "clipping", "denoise"])
def test_harder_is_further_from_the_sound(name):
    levels = sorted(STRESSES[name].levels, key=lambda level: distance(STRESSES[name], level))[::5]
    assert all(a < b for a, b in pairwise(change(name, level, NOISY) for level in levels))


@pytest.mark.parametrize("name", STRESSES)
def test_silence_stays_silence(name):
    silent = sounds.silence(1.0, 8000)
    assert audio.is_silent(stress.apply(silent, {name: HARDEST[name]}))


def test_the_noise_does_not_depend_on_the_other_sliders():
    noise = stress.apply(WORD, {"snr_white": 10}).samples - WORD.samples
    loud = stress.apply(WORD, {"snr_white": 10, "gain": -20}).samples
    np.testing.assert_allclose(loud, 0.1 * (WORD.samples + noise), atol=1e-6)


def test_stresses_apply_in_the_order_of_the_table_not_of_the_settings():
    settings = {"clipping": 12.0, "snr_pink": 5.0, "reverb": 0.5}
    backwards = dict(reversed(settings.items()))
    assert np.array_equal(stress.apply(WORD, settings).samples, stress.apply(WORD, backwards).samples)
    # Noise comes before the microphone that clips: nothing stands above the ceiling.
    both = stress.apply(WORD, {"snr_white": 0, "clipping": 12}).samples
    assert np.sum(np.isclose(np.abs(both), np.abs(both).max(), atol=1e-6)) > 50


def test_gain_stops_at_full_scale():
    assert np.abs(stress.apply(WORD, {"gain": 40}).samples).max() == 1.0


def test_denoising_removes_more_noise_than_sound():
    noisy = stress.apply(WORD, {"snr_white": 10})
    cleaned = stress.apply(noisy, {"denoise": 100})
    before, after = (np.linalg.norm(c.samples - WORD.samples) for c in (noisy, cleaned))
    assert after < 0.8 * before


def test_a_telephone_is_three_and_a_half_octaves():
    def passed(hz):
        clip = sounds.tone(hz, 1.0, 16_000)
        kept = stress.apply(clip, {"telephone": 3.5}).samples
        return 10 * np.log10(np.mean(kept**2) / np.mean(clip.samples**2))

    assert min(passed(320), passed(1000), passed(3200)) > -1
    assert max(passed(140), passed(7000)) < -40


@pytest.mark.parametrize(
    ("given", "found"), [("snr", "snr_white"), ("snr_p", "snr_pink"), ("mp3", "mp3"), ("rev", "reverb")]
)
def test_a_stress_is_found_by_its_beginning(given, found):
    assert stress.find(given) == found


@pytest.mark.parametrize("name", ["louder", "s", ""])
def test_the_error_for_an_unknown_or_ambiguous_name_lists_all_stresses(name):
    with pytest.raises(AudioclfError, match=r"pitch.*snr_white.*denoise"):
        stress.find(name)


def test_the_error_for_a_level_out_of_range_names_the_range():
    with pytest.raises(AudioclfError, match=r"White noise goes from −10 dB to 40 dB, not to 300"):
        stress.apply(WORD, {"snr_white": 300})


def test_levels_are_written_with_sign_and_unit():
    assert STRESSES["pitch"].words(-3, 4) == "−3 and +4 semitones"
    assert STRESSES["pitch"].words(1) == "+1 semitone" and STRESSES["telephone"].words(1) == "1 octave"
    assert STRESSES["snr_white"].words(-10) == "−10 dB"
    assert STRESSES["speed"].words(0.8) == "0.8×"


def test_every_stress_but_speed_keeps_the_length_of_a_recording():
    clip = Clip(np.tile(WORD.samples, 7), 8000)
    for name in STRESSES:
        n = len(stress.apply(clip, {name: HARDEST[name]}).samples)
        wanted = len(clip.samples) / (HARDEST[name] if name == "speed" else 1)
        assert n == pytest.approx(wanted, abs=2), name
