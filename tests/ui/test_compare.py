"""The parts of the Compare tab: their HTML, their jobs, and what stays hidden until a guess is made."""

import json
import re
import threading
from types import SimpleNamespace

import gradio as gr
import pytest
from fake_analysis import fake_analysis, fake_prediction
from fakes import asked, swell
from markup_reader import Page

from audioclf.service import lab
from audioclf.service.examples import list_examples
from audioclf.types import AudioError
from audioclf.ui import jobs, session
from audioclf.ui.markup import comparison, sliders
from audioclf.ui.markup import stress as stress_markup
from audioclf.ui.tabs.compare import predict
from audioclf.ui.tabs.compare.chosen_sound import LATEST, Guess, choices, event_state, kept
from audioclf.ui.tabs.compare.segments import label_track, segment_table
from audioclf.ui.tabs.compare.stress import _Stressing
from audioclf.ui.turns import Turns
from audioclf.wording import text
from audioclf.zoo.registry import BUNDLED, open_registry

ASK = session.Options("digits", open_registry(BUNDLED))
VISITOR = SimpleNamespace(session_hash="anna")


def test_before_a_guess_no_answer_is_shown():
    shown = comparison.guessing(fake_analysis(name="sound"), None)
    assert "seven" not in shown and "data-score" not in shown


def test_every_slider_has_its_group():
    assert sorted(name for names in sliders.GROUPS.values() for name in names) == sorted(
        slider.name for slider in lab.sliders()
    )
    assert sliders.all_off().count('type="range"') == len(list(lab.sliders()))


def drawn_breaking_point(registry, stress, **plan):
    """The sweep, its slider and its diagram."""
    found = lab.find_breaking_point(swell(), lab.plan(stress, **plan), asked(registry))
    slider = next(s for s in lab.sliders() if s.name == stress)
    return found, slider, stress_markup.breaking_point(found, slider)


def test_a_breaking_point_is_drawn_with_a_row_for_every_level_and_its_sentence(fake_zoo):
    found, slider, drawn = drawn_breaking_point(fake_zoo, "pitch")
    assert found.sentence in drawn and "Also applied" not in drawn
    assert drawn.count("<polyline") == len(found.curves) == 3
    assert drawn.count("<tr>") == 2 + len(found.plan.levels)
    readouts = json.loads(Page(drawn).having(role="slider")[0]["data-readouts"])
    assert [words.partition(":")[0] for words in readouts] == list(slider.words)
    for polyline in re.findall(r'points="([^"]*)"', drawn):
        xs = [float(point.split(",")[0]) for point in polyline.split()]
        assert xs == sorted(xs) and xs[0] == 0 and xs[-1] == 100


@pytest.mark.parametrize(
    ("stress", "words"), [("denoise", "more to the right"), ("gain", "harder away from")]
)
def test_the_axis_of_a_remedy_does_not_say_harder(fake_zoo, stress, words):
    assert words in drawn_breaking_point(fake_zoo, stress)[-1]


def test_other_settings_are_named_beside_a_breaking_point(fake_zoo):
    *_, drawn = drawn_breaking_point(fake_zoo, "pitch", settings={"reverb": 0.5, "mp3": 16.0})
    assert "Also applied: Reverberation 0.5 s, MP3 16 kbit/s." in drawn


def test_the_levels_of_a_moved_slider_are_kept_before_their_sound_is_there():
    """Another sound may be chosen meanwhile: it is stressed by the same levels."""
    stressing = _Stressing(None, jobs.JobSlot(), None)
    event = SimpleNamespace(positions={"snr_white": 3})
    levels, *rest = next(stressing.moved(VISITOR, event))
    assert levels == lab.settings_at(event.positions) and levels
    assert rest == [gr.skip(), gr.skip()]


def test_a_job_reports_its_steps_and_then_its_result():
    def act(report):
        for i in range(3):
            report(i, 3, f"part {i}")
        return "done"

    *steps, last = jobs.JobSlot().watched(VISITOR, act)
    assert last == jobs.Done("done")
    assert all(isinstance(step, jobs.Step) for step in steps)


def test_a_job_that_nobody_waits_for_ends_at_its_next_step():
    waited, ended = threading.Event(), threading.Event()

    def act(report):
        try:
            report(0, 2, "first")
            waited.wait(10)
            report(1, 2, "second")
        except jobs.Stopped:
            ended.set()
            raise

    steps = jobs.JobSlot().watched(VISITOR, act)
    assert next(steps) == jobs.Step(0, 2, "first")
    steps.close()
    waited.set()
    assert ended.wait(10)


def waiting(go_on):
    """A job of two steps that waits between them."""

    def act(report):
        report(0, 2, "first")
        go_on.wait(10)
        report(1, 2, "second")
        return "done"

    return act


def test_a_visitor_cannot_stop_another_visitors_job():
    slot, go_on, other = jobs.JobSlot(), threading.Event(), SimpleNamespace(session_hash="ben")
    mine, theirs = (slot.watched(visitor, waiting(go_on)) for visitor in (VISITOR, other))
    next(mine), next(theirs)
    slot.stop(other)
    go_on.set()
    assert list(mine)[-1] == jobs.Done("done")
    assert list(theirs) == [jobs.Done(None, text("waiting.cancelled"))]


def test_a_newer_job_replaces_an_older_one_silently():
    slot, go_on = jobs.JobSlot(), threading.Event()
    older, newer = (slot.watched(VISITOR, waiting(go_on)) for _ in range(2))
    next(older), next(newer)
    go_on.set()
    assert list(older) == []
    assert list(newer)[-1] == jobs.Done("done")


@pytest.mark.parametrize(
    ("error", "said"), [(AudioError("too long"), "too long"), (OSError("/srv/x"), text("waiting.broken"))]
)
def test_a_job_that_fails_ends_with_a_sentence(error, said):
    def act(report):
        raise error

    assert list(jobs.JobSlot().watched(VISITOR, act)) == [jobs.Done(None, said)]


def test_the_chosen_example_or_else_the_latest_sound_is_compared():
    latest = session.Sound("/tmp/gradio/abc/mine.wav")
    example = list_examples("digits")[0]
    assert event_state(LATEST, ASK, latest, False, ()).sound == latest
    assert event_state(example.id, ASK, latest, False, ()).sound.path == str(example.path)
    assert event_state(LATEST, ASK, None, False, ()).nothing


def test_an_example_to_be_guessed_has_a_neutral_name():
    example = list_examples("digits")[0]
    hidden = event_state(example.id, ASK, None, True, ())
    assert hidden.closed and hidden.nothing and example.label not in hidden.sound.name
    assert not any(example.label in title for title, _ in choices("digits", hidden=True))


def test_a_guess_opens_its_own_sound_only():
    first, second = list_examples("digits")[:2]
    rounds = (Guess(first.id, "one", "digits-cnn", {}),)
    assert not event_state(first.id, ASK, None, True, rounds).closed
    assert event_state(second.id, ASK, None, True, rounds).closed


def test_an_examples_label_decides_who_is_right_and_silence_is_none_of_the_labels():
    seven = event_state("seven", ASK, None, True, ())
    found = fake_analysis(predictions=(fake_prediction("gmm", "one"), fake_prediction("cnn", "seven")))
    last = predict.score_guess(seven, "seven", "digits-cnn", found)
    assert isinstance(hash(last), int)  # or Gradio could not keep it
    assert last.right == {"you": True, "digits-gmm": False, "digits-cnn": True}
    silence = event_state("silence", ASK, None, True, ())
    unknown = fake_analysis(predictions=(fake_prediction("gmm", known=False),))
    last = predict.score_guess(silence, predict.NONE, "digits-gmm", unknown)
    assert last.right == {"you": True, "digits-gmm": True}


def test_the_guess_is_the_true_label_of_a_visitors_own_sound_and_earns_no_point():
    own = event_state(LATEST, ASK, session.Sound("/tmp/gradio/abc/mine.wav"), True, ())
    found = fake_analysis()
    last = predict.score_guess(own, "one", "digits-cnn", found)
    assert "you" not in last.right and not last.right["digits-cnn"]
    drawn = predict.tally((last,), found)
    assert "0 of 0" in drawn and "you lose your bet" in drawn


def test_without_a_sound_the_stress_section_asks_for_one(monkeypatch):
    """Without a sound nothing is computed, and nobody sees an error."""
    with gr.Blocks(analytics_enabled=False):
        html = gr.HTML()
    from audioclf.ui.tabs.compare import stress

    line, said = stress._stressed(Turns(), {"gain": -5.0}, (LATEST, ASK, None, False, ()), html)
    assert "Analyse a sound" in said and 'role="alert"' in said
    assert line == stress_markup.off()


def test_a_visitor_without_a_sound_is_offered_an_example_first():
    first = list_examples("digits")[0].id
    assert kept(LATEST, "digits", has_latest=False) == first
    assert kept(LATEST, "digits") == LATEST
    assert kept(LATEST, "birds", has_latest=False) == LATEST, "a task without examples"


def test_the_answers_over_time_are_a_table_and_a_label_track():
    found = fake_analysis().predictions
    header, *rows = segment_table(found).decode().splitlines()
    assert header == "model,start,end,label,probability"
    assert {row.split(",")[0] for row in rows} == {p.model for p in found}
    for line in label_track(found).decode().splitlines():
        start, end, words = line.split("\t")
        assert 0 <= float(start) < float(end) and words.split(": ")[0] in ("GMM", "CNN", "RNN")
