"""Each effect changes what its name says, by the given amount, and depends on its seed alone."""

import numpy as np
import pytest
import sounds

from audioclf import effects
from audioclf.types import Clip

KEEP_LENGTH = (
    effects.Gain(-6),
    effects.Clipping(6),
    effects.Noise(10, "pink"),
    effects.Reverb(0.3),
    effects.Response((100, 1000), (0, -6)),
    effects.Telephone(),
    effects.Babble(0),
    effects.Codec("mp3", 8),
    effects.Codec("opus", 6),
    effects.Codec("mulaw", 24),
    effects.Codec("alaw", 24),
)
EVERY = (
    *KEEP_LENGTH,
    effects.Shift(0.1),
    effects.Gate(20),
    effects.Speed(1.2),
    effects.Tempo(0.8),
    effects.Formants(1.15),
    effects.Pitch(3),
)


def power_db(samples) -> float:
    return 10 * np.log10(np.mean(np.square(samples, dtype=np.float64)))


@pytest.mark.parametrize("step", EVERY, ids=lambda step: type(step).__name__)
def test_the_same_seed_gives_the_same_sound_and_does_not_change_the_input(step):
    clip = sounds.burst(0.2, seconds=1.0)
    before = clip.samples.copy()
    first, again = (step(clip, np.random.default_rng(7)).samples for _ in range(2))
    assert np.array_equal(first, again)
    assert np.array_equal(clip.samples, before)


@pytest.mark.parametrize("step", EVERY, ids=lambda step: type(step).__name__)
@pytest.mark.parametrize("n_samples", [1, 5, 900])
def test_very_short_clips_survive(step, n_samples):
    clip = Clip(np.full(n_samples, 0.1, np.float32), 8000)
    found = len(step(clip, np.random.default_rng(0)).samples)
    assert found == n_samples if step in KEEP_LENGTH else found >= 1


@pytest.mark.parametrize("snr_db", [0, 10, 30])
@pytest.mark.parametrize("kind", [*effects.NOISE_COLOURS, "babble"])
def test_noise_has_the_requested_snr(snr_db, kind):
    clip = sounds.tone(440, 2.0)
    step = effects.Babble(snr_db) if kind == "babble" else effects.Noise(snr_db, kind)
    noise = step(clip, np.random.default_rng(0)).samples - clip.samples
    assert power_db(clip.samples) - power_db(noise) == pytest.approx(snr_db, abs=0.2)


def test_brown_noise_is_low_and_white_noise_is_not():
    def share_below_500_hz(colour):
        noise = effects.coloured_noise(16_000, effects.NOISE_COLOURS[colour], np.random.default_rng(0))
        power = np.abs(np.fft.rfft(noise)) ** 2
        return power[:500].sum() / power.sum()

    assert share_below_500_hz("white") < 0.1 < share_below_500_hz("pink") < share_below_500_hz("brown")


@pytest.mark.parametrize(("db", "kept_seconds"), [(15, 0.75), (25, 1.25)])
def test_a_gate_cuts_off_soft_sound_only_at_the_ends(db, kept_seconds):
    levels_db = (-90, -20, 0, -20, 0, -20, -90)  # of a quarter of a second each
    gain = np.repeat(10 ** (np.array(levels_db) / 20), 4000).astype(np.float32)
    clip = Clip(sounds.tone(440, 1.75).samples * gain, 16_000)
    gated = effects.Gate(db)(clip, np.random.default_rng(0))
    assert gated.seconds == pytest.approx(kept_seconds, abs=0.03)


def test_an_unknown_noise_colour_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match=r"mauve.*white, pink, brown"):
        effects.Noise(10, "mauve")


@pytest.mark.parametrize(
    ("steps", "seconds", "hz"),
    [
        *(([effects.Speed(factor)], 1 / factor, 440 * factor) for factor in (0.7, 1.3, 2.0)),
        *(([effects.Tempo(factor)], 1 / factor, 440) for factor in (0.7, 1.4)),
        *(([effects.Pitch(semitones)], 1, 440 * 2 ** (semitones / 12)) for semitones in (-7, 4)),
        (effects.voice(pitch=1.5, formants=1.1, tempo=1.0), 1, 440 * 1.5),
    ],
    ids=str,
)
def test_speed_moves_length_and_pitch_and_the_others_move_one_of_them(steps, seconds, hz):
    found = effects.chain(sounds.tone(440, 1.0), steps, np.random.default_rng(0))
    assert found.seconds == pytest.approx(seconds, rel=0.01)
    assert sounds.frequency(found) == pytest.approx(hz, rel=0.02)


def vowel(pitch: float, formant: float) -> Clip:
    """A buzz at `pitch` with one strong resonance."""
    buzz = np.zeros(8000, np.float32)
    buzz[:: round(8000 / pitch)] = 1
    return effects.resonances(Clip(buzz, 8000), [formant], np.random.default_rng(0))


def peak_hz(clip: Clip, low: float, high: float) -> float:
    """Centre of spectral mass around the strongest band between low and high."""
    power = np.abs(np.fft.rfft(clip.samples)) ** 2
    hz = np.fft.rfftfreq(len(clip.samples), 1 / clip.sample_rate)
    smooth = np.convolve(power, np.ones(150), "same")
    inside = (hz > low) & (hz < high)
    return float(hz[inside][smooth[inside].argmax()])


def test_formants_move_the_resonance_and_not_the_pitch():
    plain = vowel(100, 1200)
    moved = effects.Formants(1.25)(plain, np.random.default_rng(0))
    assert peak_hz(moved, 500, 3000) / peak_hz(plain, 500, 3000) == pytest.approx(1.25, abs=0.08)
    harmonics = np.abs(np.fft.rfft(moved.samples))
    assert harmonics[1400:1600:100].max() > 10 * np.median(harmonics[1400:1600])


def test_reverb_decays_by_60_db_in_t60():
    click = np.zeros(8000, np.float32)
    click[100] = 1
    tail = effects.Reverb(0.4, 0.0)(Clip(click, 8000), np.random.default_rng(0)).samples[101:]
    early, late = power_db(tail[160:560]), power_db(tail[160 + 2400 : 560 + 2400])  # 0.3 s apart
    assert early - late == pytest.approx(60 * 0.3 / 0.4, abs=4)


def test_a_band_limit_passes_the_band_and_stops_the_rest():
    telephone = effects.band_limit(300, 3400)
    loss = {
        hz: power_db(sounds.tone(hz).samples) - power_db(telephone(sounds.tone(hz), None).samples)
        for hz in (100, 1000, 7000)
    }
    assert abs(loss[1000]) < 0.5
    assert loss[100] > 15
    assert loss[7000] > 15


def test_clipping_cuts_the_peaks_and_nothing_else():
    clip = sounds.tone(440, amplitude=0.8)
    cut = effects.Clipping(6)(clip, np.random.default_rng(0)).samples
    limit = 0.8 / 10 ** (6 / 20)
    assert np.abs(cut).max() == pytest.approx(limit, rel=0.01)
    quiet = np.abs(clip.samples) < limit * 0.99
    assert np.array_equal(cut[quiet], clip.samples[quiet])


def test_telephone_companding_has_the_noise_of_g711():
    clip = sounds.burst(0.2, seconds=1.0)
    coded = effects.Telephone()(clip, np.random.default_rng(0)).samples
    noise = power_db(clip.samples) - power_db(coded - clip.samples)
    assert 25 < noise < 45  # G.711 gives about 38 dB
