"""Calibration on some people and judgement on others, on scores whose distributions are known."""

from dataclasses import replace

import fake_verifiers
import numpy as np
import pytest
import voices

from audioclf.data.speakers import Recording
from audioclf.evaluation.verification import CHANNELS, Scored, calibrated, judged, other_channel
from audioclf.inference.verification import calibrated_ratio

PEOPLE = 12
KINDS = ("word", "3 s", "5 s")


def scored(distance: float = 4.0, seed: int = 0, power: float = 0.0) -> Scored:
    """Every enrolment against every test, of the same person at +distance / 2, else at -distance / 2, deviation 1.

    Over t seconds of speech, the distance is t ** power times as large.
    """
    enrolled = [
        Recording("set", f"p{i}", kind, "", "0", f"e{i}{kind}")
        for i in range(PEOPLE)
        for kind in ("takes", "10 s")
    ]
    tested = [Recording("set", f"p{i}", kind, "", "0", f"t{i}{kind}{k}")
              for i in range(PEOPLE) for kind in KINDS for k in range(3)]  # fmt: skip
    e, t, c = (axis.ravel() for axis in np.indices((len(enrolled), len(tested), len(CHANNELS))))
    same = np.array([enrolled[i].speaker == tested[j].speaker for i, j in zip(e, t, strict=True)])
    seconds = np.array([1.0 if tested[j].kind == "word" else 3.0 for j in t])
    centres = np.where(same, distance / 2, -distance / 2) * seconds**power
    raw = np.random.default_rng(seed).normal(centres, 1.0)
    return Scored(tuple(enrolled), tuple(tested), e, t, c, raw, np.full(len(e), 8.0), seconds)


def test_calibration_finds_the_log_likelihood_ratio_of_two_gaussians():
    """Of unit Gaussians at ±d / 2 the ratio is d times the score."""
    found = scored(2.0)
    calibration = calibrated(found)
    assert calibration["scale"] * 8 ** calibration["enrolled_power"] == pytest.approx(2.0, rel=0.15)
    assert found.llr(calibration) == pytest.approx(2 * found.raw, abs=1.0)
    assert abs(calibration["threshold"]) < 0.5 < calibration["band"]


def test_evidence_that_grows_with_the_length_of_speech_is_calibrated_at_every_length():
    """Of unit Gaussians at ±d / 2, d = 1.5 √t: the ratio is d times the score."""
    found = scored(1.5, power=0.5)
    calibration = calibrated(found)
    assert calibration["second_power"] == pytest.approx(0.5, abs=0.2)
    assert found.llr(calibration) == pytest.approx(1.5 * np.sqrt(found.seconds) * found.raw, abs=1.5)


def test_more_trials_of_one_kind_change_no_calibration():
    found = scored(2.0)
    long = np.flatnonzero(found.column("tested", "kind") == "5 s")
    rows = np.concatenate([np.arange(len(found.raw)), *[long] * 4])
    names = ("enrolments", "tests", "channel", "raw", "enrolled_seconds", "seconds")
    more = replace(found, **{name: getattr(found, name)[rows] for name in names})
    once, again = calibrated(found), calibrated(more)
    assert again["threshold"] == pytest.approx(once["threshold"], abs=0.01)
    assert more.llr(again) == pytest.approx(more.llr(once), abs=0.01)


def test_a_calibration_of_earlier_versions_is_a_straight_line():
    old = {name: value for name, value in fake_verifiers.CALIBRATION.items() if not name.endswith("power")}
    assert float(calibrated_ratio(old, 0.3, 10.0, 2.0)) == pytest.approx(5.0 * 0.3)


def test_a_calibration_does_not_depend_on_the_scale_of_the_scores():
    plain, other = scored(2.0), scored(2.0)
    object.__setattr__(other, "raw", 0.05 * plain.raw - 3)
    assert other.llr(calibrated(other)) == pytest.approx(plain.llr(calibrated(plain)), abs=0.05)


def test_scores_that_separate_need_no_band():
    assert calibrated(scored(20.0))["band"] == 0


def test_other_people_are_judged_by_every_condition_at_the_threshold_that_was_set():
    calibration = calibrated(scored(4.0, seed=0))
    found = judged(scored(4.0, seed=1), calibration)
    assert len(found["conditions"]) == 2 * 2 * len(KINDS) * len(CHANNELS)
    one = found["conditions"]["all · 10 s · 3 s · same channel"]
    assert (
        one["eer"] == pytest.approx(0.0228, abs=0.03)
        and one["interval"][0] <= one["eer"] <= one["interval"][1]
    )
    assert one["far"] < 0.08 and one["frr"] < 0.12
    assert one["n_targets"] == 3 * PEOPLE and one["n_impostors"] == 3 * PEOPLE * (PEOPLE - 1)
    assert one["n_people"] == PEOPLE and "det" in one
    assert "det" not in found["conditions"]["set · 10 s · 3 s · same channel"]


def test_another_channel_is_the_same_one_for_the_same_clip_and_keeps_its_length():
    clip = voices.speech(seconds=1.0)
    once, again, other = (other_channel(c) for c in (clip, clip, voices.speech(seconds=1.0, seed=5)))
    assert np.array_equal(once.samples, again.samples) and len(once.samples) == len(clip.samples)
    assert not np.allclose(once.samples, clip.samples, atol=1e-3)
    assert not np.array_equal(other.samples, once.samples)
