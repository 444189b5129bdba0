"""Every step shows something for every sound and every setting, and its words exist."""

import dataclasses
import re

import numpy as np
import pytest
from paths import EXAMPLES

from audioclf.audio import load_clip
from audioclf.inference.loading import Selection
from audioclf.lessons.outline import CHAPTERS, STEPS, neighbours
from audioclf.lessons.step import Choice, Slider, read_settings
from audioclf.service.explore import task_of
from audioclf.types import AudioclfError, Clip
from audioclf.ui.markup.formulas import FORMULAS
from audioclf.wording import text
from audioclf.zoo.registry import BUNDLED, open_registry

ALL = list(STEPS.values())
RATE = 8000
TASKS = [
    task_of(Selection(open_registry(BUNDLED), name)) for name in ("digits", "instruments", "environment")
]
DIGITS = TASKS[0]


def click() -> Clip:
    samples = np.zeros(RATE // 4, np.float32)
    samples[500] = 1.0
    return Clip(samples, RATE)


SOUNDS = {
    "word": load_clip(EXAMPLES / "seven.wav"),
    "silence": Clip(np.zeros(RATE, np.float32), RATE),
    "constant": Clip(np.full(RATE, 0.5, np.float32), RATE),
    "click": click(),
    "shortest": Clip(np.full(800, 0.1, np.float32), RATE),
    "high": Clip(np.sin(np.arange(44_100)).astype(np.float32), 44_100),
}


def settings_of(step):
    """The defaults, and each control at each of its ends or values."""
    yield step.defaults
    for control in step.controls:
        values = (
            [v for v, _ in control.options] if isinstance(control, Choice) else [control.low, control.high]
        )
        for value in values:
            yield {**step.defaults, control.name: type(control.default)(value)}


def check(view) -> None:
    assert view.said and view.panels
    for panel in view.panels:
        assert panel.title and panel.alt and panel.x.high > panel.x.low and panel.y.high > panel.y.low
        assert all(axis.label or not axis.marks() for axis in (panel.x, panel.y)), "an axis without a name"
        for curve in panel.curves:
            assert len(curve.x) == len(curve.y) and np.isfinite(curve.x).all()
        if panel.field is not None:
            assert panel.field.values.ndim == 2 and np.isfinite(panel.field.values).all()
    assert all(np.isfinite(values).all() for values in view.arrays.values())


@pytest.mark.parametrize("step", [one for one in ALL if one.of_task], ids=lambda step: step.id)
def test_a_value_beyond_a_limit_of_the_task_shows_the_same(step):
    for task in TASKS:
        limits = step.call(SOUNDS["word"], task, step.defaults).limits
        for control in (one for one in step.controls if one.name in limits):
            values = (
                [float(v) for v, _ in control.options if str(v).isdigit()]
                if isinstance(control, Choice)
                else np.arange(control.low, control.high + 1).tolist()
            )
            said = [
                step.call(
                    SOUNDS["word"], task, {**step.defaults, control.name: type(control.default)(int(value))}
                ).said
                for value in values
                if value >= limits[control.name]
            ]
            assert len(set(said)) == 1


@pytest.mark.parametrize("step", ALL, ids=lambda step: step.id)
def test_a_step_shows_every_sound_with_its_defaults(step):
    for clip in SOUNDS.values():
        check(step.call(clip, DIGITS, step.defaults))


@pytest.mark.parametrize("step", ALL, ids=lambda step: step.id)
def test_a_step_takes_every_setting_that_it_offers(step):
    for settings in settings_of(step):
        for task in TASKS if step.of_task else (DIGITS,):
            check(step.call(SOUNDS["word"], task, settings))


@pytest.mark.parametrize("step", [step for step in ALL if step.slow], ids=lambda step: step.id)
def test_the_slower_sounds_of_a_step_are_as_loud_as_the_sound(step):
    for name in ("word", "silence", "click"):
        for sound in step.sounds(SOUNDS[name], DIGITS, step.defaults):
            assert sound.words and sound.clip.seconds == pytest.approx(1.0, abs=0.01)


@pytest.mark.parametrize("step", STEPS.values(), ids=lambda step: step.id)
def test_a_step_has_its_words_and_one_right_answer(step):
    assert text(step.title) and text(step.about)
    assert len(text(step.ask).split("|")) == 4 and step.right in range(3) and text(step.answer)
    assert not step.formula or step.formula in FORMULAS
    for control in step.controls:
        assert text(control.title)
        read = {name: control.read(str(value)) for name, value in [(control.name, control.default)]}
        assert read[control.name] == control.default


# Names of functions and rules, which the text tells.
NAMES = {"log", "ln", "cos", "max", "soft", "alias", "rms", "ML", "MAP", "BIC", "nk", "label", "answer"}


@pytest.mark.parametrize("name", FORMULAS)
def test_every_letter_of_a_formula_is_named_below_it(name):
    letters = set(re.findall(r"<mi[^>]*>([^<]+)</mi>", "".join(FORMULAS[name]))) - NAMES
    told = set(re.findall(r"[\w∫Δ]+", text(FORMULAS[name][0])))
    assert letters <= told, letters - told
    assert not {step.formula for step in ALL} - {"", *FORMULAS}


def test_the_path_goes_through_all_steps_once_and_ids_are_unique():
    step, passed = next(iter(STEPS.values())), []
    while step is not None:
        passed.append(step.id)
        step = neighbours(step)[1]
    assert passed == list(STEPS) and len(passed) == sum(len(chapter.steps) for chapter in CHAPTERS)


@pytest.mark.parametrize(
    ("given", "words"),
    [({"rate": "3"}, "2000, 4000"), ({"colour": "red"}, "colour"), ({"alias_filter": "maybe"}, "False")],
)
def test_an_unknown_setting_is_refused_with_what_is_possible(given, words):
    with pytest.raises(AudioclfError, match=words):
        read_settings(STEPS["sampling"], given)


@pytest.mark.parametrize("value", ["", "1e9", "0.5", "nan", "x"])
def test_a_slider_takes_its_own_values_only(value):
    slider = Slider("n", "explore.gain", -30, 30, 1, 0)
    with pytest.raises(ValueError):
        slider.read(value)
    assert dataclasses.replace(slider, step=0.5).read("-2.5") == -2.5


@pytest.mark.parametrize("step", [one for one in ALL if one.of_task], ids=lambda step: step.id)
def test_a_step_whose_words_depend_on_the_answer_says_so(step):
    """Labels that are named for one word and not for another tell the answer, unless they are hidden."""

    def named(clip, settings) -> set[str]:
        view = step.call(clip, DIGITS, settings)
        words = " ".join([view.said, *(part for fact in view.facts for part in fact)])
        return {label for label, _ in DIGITS.examples if re.search(rf"\b{label}\b", words)}

    clips = [load_clip(EXAMPLES / f"{word}.wav") for word in ("seven", "three", "one")]
    for settings in settings_of(step):
        depends = len({frozenset(named(clip, settings)) for clip in clips}) > 1
        assert depends == any(value in step.tells for value in settings.values())
