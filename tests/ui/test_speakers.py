"""The Speakers tab: its answer as HTML, enrolment from takes that come and go, and where the tab is not shown."""

import json
from functools import partial

import gradio as gr
import numpy as np
import pytest
from fake_voices import CONDITION, fake_verifiers, voice
from markup_reader import EVIL, Page
from sounds import silence

from audioclf.audio import encode_wav
from audioclf.service import speakers
from audioclf.service.workers import Workers
from audioclf.types import AudioclfError
from audioclf.ui import page
from audioclf.ui.markup import speakers as markup
from audioclf.ui.markup import trials
from audioclf.ui.tabs import enrolment
from audioclf.ui.tabs import speakers as tab
from audioclf.ui.voices import Recording, Visit
from audioclf.zoo.registry import BUNDLED, open_registry

REGISTRY = open_registry(BUNDLED)
RUN = Workers(0).run


@pytest.fixture
def verifiers(monkeypatch):
    return fake_verifiers(monkeypatch)


@pytest.fixture
def owner(monkeypatch, tmp_path):
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "gradio"))
    with gr.Blocks(analytics_enabled=False):
        return gr.HTML()


@pytest.fixture
def kept(tmp_path):
    """Writes a clip and gives it as a recording that has just come."""

    def keep(clip, name: str) -> Recording:
        path = tmp_path / f"{name}.wav"
        encode_wav(clip, path)
        return Recording(str(path), path.name)

    return keep


def answered(*voices: str, hz: float = 120.0) -> speakers.Tested:
    known = {name: speakers.enrolled([voice(120.0)], REGISTRY).voices for name in voices}
    return speakers.tested(voice(hz, seed=3), known, REGISTRY, name=EVIL)


def test_an_answer_has_a_card_for_each_model_and_strange_names_are_text(verifiers):
    drawn = markup.answer(answered(EVIL, "Ben"), "/kept/a/sound.wav")
    found = Page(drawn)
    assert EVIL not in drawn and EVIL in found.text
    assert [one["data-says"] for one in found.having(class_="ac-voice")] == ["same"] * 3
    assert len(found.having(class_="ac-identified")) == 1
    assert "frames with speech speak for" in found.text and "UBM" in found.text


def test_one_voice_needs_no_table(verifiers):
    drawn = markup.answer(answered("Anna", hz=220.0), "/kept/a/sound.wav")
    assert "ac-identified" not in drawn and Page(drawn).text.count("another voice") >= 3


def test_the_evidence_in_words_is_the_ratio(verifiers):
    one = answered("Anna").answers[0]
    assert f"{one.ratio:+.1f}" in markup.ratio_words(one)
    assert f"{np.exp(one.ratio):,.0f} times likelier if it is the same voice" in markup.ratio_words(one)
    other = answered("Anna", hz=220.0).answers[0]
    assert "times likelier if it is another voice" in markup.ratio_words(other)


def test_a_card_without_trials_has_no_slider(verifiers):
    for one in verifiers.values():
        one.config.metrics.clear()
    drawn = markup.answer(answered("Anna"), "/kept/a/sound.wav")
    assert "ac-trials" not in drawn and len(Page(drawn).having(class_="ac-voice")) == 3


def test_rates_at_a_threshold_are_the_stored_ones_and_between_them_on_a_line(verifiers):
    found = answered("Anna").answers[0].trials
    assert trials.rates_at(found, 0.0) == (0.2, 0.1)
    assert trials.rates_at(found, -1.0) == pytest.approx((0.35, 0.055))
    assert trials.rates_at(found, -99.0) == (0.5, 0.01) and trials.rates_at(found, 99.0) == (0.1, 0.3)


def test_rates_of_two_normal_distributions_lie_on_a_straight_line():
    """The axes are normal deviates, so that equal distributions d apart give deviates whose sum is d."""
    from statistics import NormalDist

    normal, d = NormalDist(), 3.0
    sums = [
        trials.deviate(1 - normal.cdf(threshold + d / 2)) + trials.deviate(normal.cdf(threshold - d / 2))
        for threshold in np.linspace(-1.0, 1.0, 9)
    ]
    assert np.ptp(sums) < 1e-9
    assert trials.deviate(0.0) == 0 and trials.deviate(1.0) == 1


def test_the_axis_has_room_for_a_threshold_on_either_side_of_the_score(verifiers):
    for hz in (120.0, 400.0):
        one = answered("Anna", hz=hz).answers[0]
        low, high = trials.span(one, one.trials)
        assert low < one.ratio - one.band and one.ratio + one.band < high
        assert low <= one.trials.edges[0] and one.trials.edges[-1] <= high


def test_the_script_gets_what_the_card_shows(verifiers):
    one = answered("Anna").answers[0]
    drawn = Page(f'<i data-trials="{trials.data(one, one.trials)}"></i>')
    told = json.loads(drawn.elements[0][1]["data-trials"])
    assert [row[:3] for row in told["points"]] == sorted(CONDITION["det"])
    assert told["ratio"] == one.ratio and told["band"] == one.band and told["told"] == ""
    assert told["words"] == {"same": "the same voice", "different": "another voice", "unsure": "cannot tell"}
    mute = speakers.Answer(**{**vars(one), "same": None})
    assert "&quot;told&quot;: &quot;unsure&quot;" in trials.data(mute, mute.trials)


def test_voices_follow_their_takes(verifiers, owner, kept):
    visit = Visit()
    same = kept(voice(seed=1), "first")
    visit.add(
        "Anna",
        [same, kept(silence(2.0), "silence"), Recording(same.path, "again"), kept(voice(hz=130.0), "b")],
    )
    bring = partial(enrolment.bring_up_to_date, visit, RUN, REGISTRY, owner)
    bring()
    first, second, third, fourth = visit.speakers["Anna"].recordings
    assert first.is_usable and first.audio and not first.take.wav, (
        "the sound is in a file, not in the session"
    )
    assert not second.is_usable and second.take.problems
    assert third.copy_of == 0 and fourth.copy_of is None
    assert set(visit.enrolled()["Anna"]) == set(verifiers)
    n_takes = [one.n_takes for one in visit.enrolled()["Anna"].values()]
    assert n_takes == [2, 2, 2]
    visit.remove("Anna", 0)
    bring()
    assert [one.copy_of for one in visit.speakers["Anna"].recordings] == [None, None, None]
    for _ in range(2):
        visit.remove("Anna", 1)
        bring()
    assert not visit.enrolled(), "only the silent take is left"


def test_a_file_that_is_no_sound_is_said_and_does_not_keep_the_others(verifiers, owner, kept, tmp_path):
    (tmp_path / "notes.wav").write_text("no sound")
    visit = Visit()
    visit.add("Anna", [Recording(str(tmp_path / "notes.wav"), "notes.wav"), kept(voice(), "good")])
    enrolment.bring_up_to_date(visit, RUN, REGISTRY, owner)
    bad, good = visit.speakers["Anna"].recordings
    assert "notes.wav" in bad.problem and good.is_usable and visit.enrolled()


def test_a_take_that_was_deleted_by_age_is_said_and_the_voice_is_made_of_the_others(
    verifiers, owner, kept, tmp_path
):
    visit = Visit()
    visit.add("Anna", [kept(voice(), "old")])
    enrolment.bring_up_to_date(visit, RUN, REGISTRY, owner)
    (tmp_path / "old.wav").unlink()
    assert visit.enrolled(), "the voice itself needs no sound"
    visit.add("Anna", [kept(voice(seed=2), "new")])
    enrolment.bring_up_to_date(visit, RUN, REGISTRY, owner)
    old, new = visit.speakers["Anna"].recordings
    assert "deleted" in old.problem and new.is_usable
    assert next(iter(visit.enrolled()["Anna"].values())).n_takes == 1


def test_a_failure_of_the_models_is_raised_and_not_called_a_bad_take(owner, kept):
    def run(act, *given):
        if act is speakers.enrolled:
            raise AudioclfError("the models are gone")
        return RUN(act, *given)

    visit = Visit()
    visit.add("Anna", [kept(voice(), "good")])
    with pytest.raises(AudioclfError, match="gone"):
        enrolment.bring_up_to_date(visit, run, REGISTRY, owner)
    assert visit.speakers["Anna"].recordings[0].is_usable


def test_two_sounds_may_be_given_at_once_or_one_after_the_other():
    visit = Visit()
    for files, asked in (
        (["a"], ("a",)),
        (["b"], ("a", "b")),
        (["c"], ("c",)),
        (["d", "e", "f"], ("e", "f")),
    ):
        tab.ACTS[tab.SAME](visit, "", files)
        assert visit.asked == asked and visit.is_pair
    tab.ACTS[tab.TEST](visit, "", ["g", "h"])
    assert visit.asked == ("h",) and not visit.is_pair


def test_a_registry_without_models_of_voices_has_no_such_tab_and_no_endpoint(fake_zoo):
    assert "speakers" not in [one.id for one in page.tabs_of(fake_zoo)]
    built = page.build_demo(fake_zoo)
    ids = {getattr(block, "elem_id", None) for block in built.blocks.values()}
    assert not [one for one in ids if one and one.startswith("speakers")]
    assert "verify" not in {fn.api_name for fn in built.fns.values()}


def test_the_bundled_registry_has_the_tab():
    assert "speakers" in [one.id for one in page.tabs_of(REGISTRY)]


def test_the_endpoint_says_what_is_missing(verifiers):
    endpoints = {fn.api_name: fn.fn for fn in page.build_demo(REGISTRY).fns.values()}
    for given in ((None, None), (["a.wav"], None), ([], "a.wav")):
        with pytest.raises(gr.Error, match="audio is missing; give a sound file"):
            endpoints["verify"](*given)


def test_only_of_a_mixture_the_share_of_the_frames_is_said(verifiers):
    answers = answered("Anna").answers
    evidence = answers[0].evidence
    told = [speakers.Answer(**{**vars(one), "evidence": evidence}) for one in answers]
    drawn = Page(markup._lesson(told)).text
    assert "GMM: " in drawn and "CNN: " not in drawn and "RNN: " not in drawn
