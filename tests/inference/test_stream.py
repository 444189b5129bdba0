"""A stream: when there is something to score, which windows and sounds, whatever the pieces in which it comes."""

from dataclasses import replace

import numpy as np
import pytest
from fake_analysis import fake_prediction, fake_silence
from hypothesis import given
from hypothesis import strategies as st

from audioclf.audio import cut
from audioclf.inference.stream import Hearing, Look, Sound, Stream, hearing_of, pieces, pooled
from audioclf.types import Clip

RATE = 8000


def tone(seconds: float, level: float = 0.3, hz: float = 440.0) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE)) / RATE)).astype(np.float32)


def quiet(seconds: float) -> np.ndarray:
    return np.zeros(round(seconds * RATE), np.float32)


def room(seconds: float, level_db: float) -> np.ndarray:
    noise = np.random.default_rng(0).standard_normal(round(seconds * RATE))
    return (10 ** (level_db / 20) * noise).astype(np.float32)


SAID = np.concatenate([quiet(0.6), tone(0.4), quiet(0.8), tone(0.5, hz=900.0), quiet(1.3)])


def listened(
    samples: np.ndarray, *sizes: int, hearing: Hearing | None = None
) -> tuple[list[Look], list[Sound]]:
    """What is found if the samples come in pieces of these sizes, over and over, and all is taken at once."""
    stream = Stream(RATE, (1.0,), hearing or Hearing())
    looks, sounds, at, turn = [], [], 0, 0
    while at < len(samples):
        stream.feed(samples[at : at + sizes[turn % len(sizes)]])
        at, turn = at + sizes[turn % len(sizes)], turn + 1
        look = stream.take()
        looks += [look] if look else []
        sounds += stream.take_sounds()
    stream.finish()
    return looks, [*sounds, *stream.take_sounds()]


def found(looks: list[Look], sounds: list[Sound]) -> list:
    windows = [
        (look.end, look.is_open, None if look.windows[0] is None else look.windows[0].samples.tolist())
        for look in looks
    ]
    return [*windows, *((sound.start, sound.clip.samples.tolist()) for sound in sounds)]


@given(st.lists(st.integers(1, 2000), min_size=1, max_size=5))
def test_what_is_found_does_not_depend_on_the_pieces(sizes):
    assert found(*listened(SAID, *sizes)) == found(*listened(SAID, 1000))


def test_windows_come_four_times_a_second_and_are_the_last_second():
    looks, _ = listened(SAID, 700)
    assert [look.end for look in looks] == [0.25 * i for i in range(1, int(len(SAID) / RATE / 0.25) + 1)]
    whole = Clip(SAID, RATE)
    heard = [look for look in looks if look.windows[0]]
    assert heard
    for look in heard:
        np.testing.assert_array_equal(look.windows[0].samples, cut(whole, look.end - 1, 1.0).samples)


def test_there_is_nothing_to_score_before_and_after_a_sound():
    looks, sounds = listened(np.concatenate([quiet(2), tone(0.5), quiet(3)]), 500)
    heard = [look.end for look in looks if look.windows[0]]
    assert heard[0] == pytest.approx(2.25) and heard[-1] < 3.8
    assert len(sounds) == 1


def test_each_sound_is_whole_with_a_little_around_it():
    _, sounds = listened(SAID, 500)
    spans = [(sound.start, sound.end) for sound in sounds]
    assert len(spans) == 2
    for (start, end), (begins, ends) in zip(spans, [(0.6, 1.0), (1.8, 2.3)], strict=True):
        assert begins - 0.25 < start < begins and ends < end < ends + 0.25


def test_a_short_gap_does_not_end_a_sound():
    _, sounds = listened(np.concatenate([tone(0.3), quiet(0.12), tone(0.3), quiet(1)]), 500)
    assert len(sounds) == 1


def test_a_long_sound_is_answered_in_parts_and_the_rest_at_the_end():
    _, sounds = listened(tone(5.0), 500)
    assert [sound.clip.seconds for sound in sounds] == pytest.approx([2.0, 2.0, 1.0], abs=0.1)
    assert sounds[1].start == pytest.approx(sounds[0].end)


def test_the_gate_stays_open_for_levels_that_would_not_open_it():
    hearing = replace(Hearing(), follows=False)
    soft = 10 ** (-55 / 20) * np.sqrt(2)
    open_to = [listened(x, 500, hearing=hearing)[0][-1].is_open for x in (
        np.concatenate([quiet(1), tone(1, soft)]),
        np.concatenate([quiet(1), tone(0.5), tone(1, soft)]),
    )]  # fmt: skip
    assert open_to == [False, True]


def test_a_steady_noise_becomes_the_background_of_words_and_stays_a_sound_for_models_of_sounds():
    noise = room(12, -40)
    assert not listened(noise, 500, hearing=hearing_of("loudest"))[0][-1].is_open
    assert listened(noise, 500, hearing=hearing_of("mean"))[0][-1].is_open
    said = np.concatenate([noise, room(0.5, -15), noise[: 2 * RATE]])
    assert any(look.is_open and look.end > 12 for look in listened(said, 500)[0]), "a word stands out of it"


def test_only_the_newest_look_waits_and_dropped_ones_are_counted():
    stream = Stream(RATE, (1.0,))
    stream.feed(SAID)
    look = stream.take()
    assert look.end == pytest.approx(len(SAID) / RATE, abs=0.25)
    assert look.n_dropped == int(len(SAID) / RATE / 0.25) - 1
    assert stream.take() is None


def test_memory_does_not_grow_with_a_stream():
    stream = Stream(RATE, (1.0,))
    for _ in range(60):
        stream.feed(np.concatenate([tone(0.5), quiet(0.5)]))
    assert len(stream.take_sounds()) <= 4
    assert sum(part.nbytes for part in (stream._kept._samples, stream._rest)) < 1_000_000


def test_pieces_of_a_recording_are_short_enough_for_every_look():
    looks = 0
    stream = Stream(RATE, (1.0,))
    for piece in pieces(SAID, RATE, Hearing()):
        stream.feed(piece)
        looks += stream.take() is not None
    assert looks == int(len(SAID) / RATE / 0.25)


def test_pooled_windows_are_one_distribution_and_a_single_one_keeps_its_numbers():
    one, other = fake_prediction(label="seven", score=0.9), fake_prediction(label="six", score=0.6)
    assert pooled([one]) is pooled([fake_silence(), one]) is one
    both = pooled([one, other])
    expected = np.sqrt(one.probabilities * other.probabilities)
    np.testing.assert_allclose(both.probabilities, expected / expected.sum())
    assert both.label == "seven" and both.scores.sum() == pytest.approx(1)
