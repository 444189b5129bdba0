"""Takes that are not fit to enrol a voice get the sentence for their fault, and good ones get none."""

import numpy as np
import pytest
import sounds
import voices

from audioclf.inference.takes import check_take, check_takes, copies, same_recording
from audioclf.types import Clip


def kinds(clip: Clip) -> list[str]:
    return [problem.kind for problem in check_take(clip)]


def scaled(clip: Clip, factor: float) -> Clip:
    return Clip(np.clip(factor * clip.samples, -1, 1), clip.sample_rate)


GOOD = voices.speech(seconds=2.0)

BAD = {
    "silent": sounds.silence(),
    "short": Clip(
        np.pad(voices.speech(seconds=0.2).samples, (8000, 8000)) + sounds.noise(1.2, rms=1e-4).samples, 16_000
    ),
    "no_voice": sounds.noise(2.0, rms=0.1),
    "no_voice: a note": sounds.square(220, 2.0),
    "no_voice: a tone": sounds.tone(300, 2.0),
    "quiet": scaled(GOOD, 0.015),
    "clipped": scaled(GOOD, 20.0),
}


@pytest.mark.parametrize("pitch", [90, 130, 220, 300])
def test_a_good_take_has_no_problem(pitch):
    assert kinds(voices.speech(pitch, seconds=1.5)) == []


@pytest.mark.parametrize("name", BAD)
def test_a_bad_take_gets_its_sentence(name):
    assert name.partition(":")[0] in kinds(BAD[name])
    assert all(problem.words.endswith(".") for problem in check_take(BAD[name]))


def test_one_recording_is_known_again_and_two_takes_are_not():
    again = {
        "itself": GOOD,
        "softer": scaled(GOOD, 0.3),
        "cut": Clip(GOOD.samples[5000:], GOOD.sample_rate),
        "delayed": Clip(np.pad(GOOD.samples, (3000, 0)), GOOD.sample_rate),
        "with noise": Clip(GOOD.samples + sounds.noise(2.0, rms=0.002).samples, GOOD.sample_rate),
    }
    assert {name for name, clip in again.items() if not same_recording(GOOD, clip)} == set()
    assert not any(same_recording(GOOD, voices.speech(seconds=2.0, seed=seed)) for seed in range(1, 8))


def test_of_several_takes_each_copy_names_the_first_of_its_recording():
    other = voices.speech(seed=3)
    takes = [GOOD, other, scaled(GOOD, 0.5), GOOD, sounds.silence()]
    assert copies(takes) == (None, None, 0, 0, None)
    found = check_takes(takes, ["a.wav", "b.wav", "c.wav", "d.wav", "e.wav"])
    assert [[one.kind for one in own] for own in found] == [[], [], ["twice"], ["twice"], ["silent"]]
    assert all(found[at][0].words.count("a.wav") == 1 for at in (2, 3))
    assert check_takes([]) == []


def test_silence_is_no_recording_of_anything():
    assert not same_recording(sounds.silence(), sounds.silence())
