"""Takes are checked and enrolled, sounds are tested against voices, and the nearest trials are shown."""

import json
import shutil

import numpy as np
import pytest
from fake_voices import fake_verifiers, voice
from fakes import joined
from paths import EXAMPLES
from sounds import noise, silence

from audioclf.audio import load_clip
from audioclf.service import speakers, trials
from audioclf.types import AudioError, Clip, ZooError
from audioclf.wording import text
from audioclf.zoo.registry import BUNDLED, open_registry

BUNDLED_ZOO = open_registry(BUNDLED)


@pytest.fixture
def verifiers(monkeypatch):
    return fake_verifiers(monkeypatch)


def enrol(*clips: Clip, registry=None):
    return speakers.enrolled(clips, registry).voices


def test_a_take_has_its_length_its_level_and_a_sound_to_play():
    found = speakers.checked(voice(level=0.5), BUNDLED_ZOO)
    assert found.is_usable and not found.problems
    assert found.seconds == pytest.approx(1.5)
    peak = np.abs(voice(level=0.5).samples).max()
    assert found.peak_db == pytest.approx(20 * np.log10(peak))
    assert load_clip(found.wav).seconds == pytest.approx(1.5)


@pytest.mark.parametrize(
    "clip", [silence(2.0), noise(2.0), voice(seconds=0.15)], ids=["silence", "noise", "short"]
)
def test_a_take_that_is_no_use_says_why(clip):
    found = speakers.checked(clip, BUNDLED_ZOO)
    assert not found.is_usable and found.problems


def test_a_quiet_take_is_used_and_says_so():
    found = speakers.checked(voice(level=0.004), BUNDLED_ZOO)
    assert found.is_usable and text("takes.quiet") in found.problems


def test_two_voices_in_one_take_are_said_and_the_take_is_used(verifiers):
    found = speakers.checked(joined(voice(120.0), voice(220.0)), BUNDLED_ZOO)
    assert found.is_usable and text("speakers.two_voices") in found.problems
    assert not speakers.checked(joined(voice(120.0), voice(120.0, seed=5)), BUNDLED_ZOO).problems


@pytest.mark.parametrize("who", ["woman", "man"])
def test_the_bundled_model_hears_one_voice_in_two_takes_of_one_person(who):
    takes = [load_clip(EXAMPLES / f"{who}-{n}.flac") for n in (1, 2)]
    assert not speakers.checked(joined(*takes), BUNDLED_ZOO).problems


def test_of_a_long_take_the_beginning_is_used():
    long = voice(seconds=speakers.MAX_SECONDS + 5)
    found = speakers.checked(long, BUNDLED_ZOO)
    assert found.seconds == speakers.MAX_SECONDS and "60 s" in found.problems[-1]


def test_a_recording_given_twice_counts_once(verifiers):
    first, second = voice(seed=1), voice(seed=2, hz=140.0)
    softer = Clip(first.samples * np.float32(0.5), first.sample_rate, "softer")
    found = speakers.enrolled([first, second, softer], BUNDLED_ZOO)
    assert found.copies == (None, None, 0)
    assert {one.enrolled[-1] for one in verifiers.values()} == {2}
    assert set(found.voices) == set(verifiers)


def test_one_voice_is_the_same_another_or_undecided(verifiers):
    anna = {"Anna": enrol(voice(120.0))}
    said = {hz: speakers.tested(voice(hz, seed=3), anna, BUNDLED_ZOO).answers[0] for hz in (120, 155, 220)}
    assert [one.same for one in said.values()] == [True, None, False]
    assert [speakers.says(one) for one in said.values()] == ["the same voice", "cannot tell", "another voice"]


def test_of_several_voices_the_closest_is_named_or_none_of_them(verifiers):
    known = {"Anna": enrol(voice(120.0)), "Ben": enrol(voice(200.0))}
    found = speakers.tested(voice(200.0, seed=3), known, BUNDLED_ZOO)
    assert found.sentence == "GMM, CNN and RNN: Ben."
    assert found.answers[0].ratios["Ben"] > found.answers[0].threshold > found.answers[0].ratios["Anna"]
    assert speakers.tested(voice(400.0), known, BUNDLED_ZOO).sentence == "GMM, CNN and RNN: none of them."


def test_models_that_disagree_are_named_apart(verifiers):
    answers = speakers.tested(voice(120.0, seed=3), {"Anna": enrol(voice(120.0))}, BUNDLED_ZOO).answers
    changed = speakers.Answer(**{**vars(answers[2]), "same": False})
    assert speakers.sentence((*answers[:2], changed)) == "GMM and CNN: the same voice; RNN: another voice."


def test_the_spectrogram_and_the_evidence_of_models_that_give_any_are_drawn(verifiers):
    found = speakers.tested(voice(120.0, seed=3), {"Anna": enrol(voice(120.0))}, BUNDLED_ZOO)
    assert [one.name for one in found.pictures] == ["spectrogram", "evidence-gmm"]
    assert not speakers.tested(voice(), {"Anna": enrol(voice())}, BUNDLED_ZOO, pictures=False).pictures


def test_a_sound_without_a_voice_is_refused_in_words(verifiers):
    anna = {"Anna": enrol(voice())}
    with pytest.raises(AudioError, match=r"\w+ .*\."):
        speakers.tested(noise(2.0), anna, BUNDLED_ZOO)
    with pytest.raises(AudioError, match=r"^silence: "):
        speakers.compared(silence(2.0), voice(), BUNDLED_ZOO)


def test_two_sounds_are_compared_the_first_is_the_voice(verifiers):
    found = speakers.compared(voice(120.0), voice(220.0), BUNDLED_ZOO)
    assert found.answers[0].same is False and found.answers[0].voice == voice(120.0).name
    assert found.clip.name == voice(220.0).name


@pytest.mark.parametrize(
    ("enrolled", "tested", "nearest"),
    [(2.0, 0.5, 0), (2.0, 2.8, 1), (20.0, 0.5, 3), (9.0, 3.0, 4), (9.0, 30.0, 5)],
)
def test_the_trials_shown_are_those_of_the_nearest_condition(verifiers, enrolled, tested, nearest):
    metrics = verifiers["speakers-gmm"].config.metrics
    found = trials.nearest_trials(metrics, enrolled, tested)
    assert found.n_targets == nearest
    assert np.all(np.diff(found.points[:, 0]) > 0)
    assert trials.nearest_trials({}, enrolled, tested) is None


def test_a_sound_that_is_compared_with_itself_is_told(verifiers):
    found = speakers.compared(voice(seed=1), Clip(voice(seed=1).samples, 16_000, "copy"), BUNDLED_ZOO)
    assert text("takes.twice", other=voice(seed=1).name) in found.notices
    assert not speakers.compared(voice(seed=1), voice(seed=2), BUNDLED_ZOO).notices


def test_a_registry_without_models_of_voices_has_none(fake_zoo):
    assert speakers.models(fake_zoo) == []


@pytest.mark.timeout(120)
def test_the_bundled_models_tell_the_synthetic_voices_apart():
    clips = {path.stem: load_clip(path) for path in EXAMPLES.glob("*man-?.flac")}
    known = {
        who: enrol(clips[f"{who}-1"], clips[f"{who}-2"], registry=BUNDLED_ZOO) for who in ("woman", "man")
    }
    for who in known:
        found = speakers.tested(clips[f"{who}-3"], known, BUNDLED_ZOO, pictures=False)
        assert found.answers and {one.voice for one in found.answers} == {who}
        assert all(one.trials for one in found.answers)


def test_records_are_those_that_the_command_line_prints(capsys):
    from audioclf.cli.entry import main

    takes, test = [str(EXAMPLES / f"woman-{n}.flac") for n in (1, 2, 1)], str(EXAMPLES / "man-3.flac")
    assert (
        main(["verify", *(part for take in takes for part in ("--enrol", take)), "--test", test, "--json"])
        == 0
    )
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    found = speakers.verified(takes, test, BUNDLED_ZOO)
    assert [one["model"] for one in found] == speakers.models(BUNDLED_ZOO) != []
    assert found[0]["problems"] and {one["kind"] for one in found[0]["problems"]} == {"twice"}
    for one in (*found, *printed):
        one["problems"] = [problem["kind"] for problem in one["problems"]]
    assert found == printed


@pytest.mark.parametrize("as_path", [True, False])
def test_records_open_only_models_of_the_registry(tmp_path, as_path):
    folder = shutil.copytree(BUNDLED / "speakers-gmm", tmp_path / "speakers-gmm")
    model = str(folder) if as_path else "hf-hub:owner/repo"
    with pytest.raises(ZooError, match="in this registry; it has"):
        speakers.verified([voice()], voice(), BUNDLED_ZOO, model)


def test_records_take_no_more_sounds_than_the_page():
    with pytest.raises(AudioError, match=f"at most {speakers.MAX_TAKES}"):
        speakers.verified([voice()] * (speakers.MAX_TAKES + 1), voice(), BUNDLED_ZOO)


def test_records_say_that_a_long_sound_is_used_in_part(monkeypatch):
    monkeypatch.setattr(speakers, "MAX_SECONDS", 2.0)
    long = voice(seconds=3.0)
    cut = Clip(long.samples[: 2 * long.sample_rate], long.sample_rate, long.name)
    found, whole = (speakers.verified([voice(90)], clip, BUNDLED_ZOO) for clip in (long, cut))
    assert [one["llr"] for one in found] == [one["llr"] for one in whole] != []
    told = [one for one in found[0]["problems"] if one not in whole[0]["problems"]]
    assert [(one["file"], one["kind"]) for one in told] == [(long.name, "long")]


def test_records_are_long_work_that_tells_its_steps():
    steps = []
    speakers.verified(
        [voice()] * 2, voice(), BUNDLED_ZOO, progress=lambda done, total, words: steps.append((done, total))
    )
    assert steps == [(0, 3), (1, 3), (2, 3)]
