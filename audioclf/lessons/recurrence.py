"""Inside the RNN: its states, its gates, where it attends, and the evidence for its answer."""

import numpy as np

from audioclf.lessons.excerpt import like, samples_of
from audioclf.lessons.networks import Array, Heard, hear, input_panel
from audioclf.lessons.panels import waveform
from audioclf.lessons.step import Task
from audioclf.lessons.view import Axis, Curve, Field, Mark, Panel, Sound, View, range_of, signed
from audioclf.models.rnn import Rnn
from audioclf.types import Clip
from audioclf.wording import text

# What is shown -> the keys of its title and its sentence.
SHOWN = {
    "states": ("networks.states_title", "networks.states_alt"),
    "kept": ("networks.kept_title", "networks.kept_alt"),
    "used": ("networks.used_title", "networks.used_alt"),
}


def rnn(clip: Clip, task: Task, what: str) -> View:
    """The RNN's last layer while it reads the sound: its states or one of its gates, and its attention."""
    heard = hear(clip, task, "rnn")
    model = heard.classifier.model
    assert isinstance(model, Rnn)
    inside = model.inside(heard.given.values)
    title, alt = SHOWN[what]
    values: Array = getattr(inside, what)
    # Units in the order of the moment at which they are furthest from their mean, each direction for itself.
    half = len(values) // 2
    away = np.abs(inside.states - inside.states.mean(axis=1, keepdims=True)).argmax(axis=1)
    order = np.concatenate(
        [np.argsort(away[:half], kind="stable"), half + np.argsort(away[half:], kind="stable")]
    )
    n = len(inside.attention)
    seconds = (np.arange(n) + 0.5) / n * heard.window.seconds
    best = int(inside.attention.argmax())
    evidence = model.step_evidence(heard.given.values, heard.output)
    said = text(
        "networks.rnn_said",
        most=f"{seconds[evidence.argmax()]:.2f}",
        at=f"{seconds[best]:.2f}",
        times=f"{n * inside.attention[best]:.1f}",
        kept=f"{100 * inside.kept.mean():.0f}",
    )
    _, high = range_of(inside.attention)
    return View(
        panels=(
            input_panel(heard),
            Panel(
                text(title, n=len(values)),
                heard.time,
                Axis(text("networks.unit"), 0.0, float(len(values))),
                text(alt, n=len(values), mean=signed(float(values.mean()), 2)),
                field=Field(
                    values[order], -1.0 if what == "states" else 0.0, 1.0, "", diverging=what == "states"
                ),
            ),
            Panel(
                text("networks.attention_title"),
                heard.time,
                Axis(text("networks.share"), 0.0, high),
                said,
                (Curve(seconds, inside.attention, text("networks.attention"), tone=1, part="a"),),
                marks=(Mark(text("networks.even"), y=1.0 / n),),
                size="low",
            ),
            _evidence(heard, seconds, evidence),
            _wave(heard),
        ),
        said=f"{heard.says} {said}",
        facts=(
            (text("networks.model"), heard.name),
            (text("networks.answer"), heard.answer),
            (text("networks.steps"), str(n)),
            (text("networks.units"), str(len(values))),
            (text("networks.mean_kept"), f"{inside.kept.mean():.2f}"),
        ),
        sounds=(
            Sound(text("networks.hear_window"), heard.window),
            Sound(text("networks.hear_attention"), _attended(heard, seconds, inside.attention)),
        ),
        arrays={
            "input": heard.given.values,
            "states": inside.states,
            "update_gate": inside.kept,
            "reset_gate": inside.used,
            "attention": inside.attention,
            "evidence": evidence,
        },
    )


def _evidence(heard: Heard, seconds: Array, evidence: Array) -> Panel:
    most = int(evidence.argmax())
    told = {"sum": signed(float(evidence.sum())), "most": signed(float(evidence[most]))}
    return Panel(
        text("networks.step_evidence_title", answer=heard.answer),
        heard.time,
        Axis(text("networks.evidence"), *range_of(evidence, np.zeros(1))),
        text("networks.step_evidence_alt", at=f"{seconds[most]:.2f}", **told),
        (Curve(seconds, evidence, tone=2),),
        size="low",
    )


def _wave(heard: Heard) -> Panel:
    samples = samples_of(heard.window)
    return Panel(
        text("networks.wave_title"),
        heard.time,
        Axis(text("explore.amplitude"), *range_of(samples)),
        text("networks.wave_alt", seconds=f"{heard.window.seconds:g}"),
        (waveform(samples, heard.window.sample_rate),),
        size="low",
    )


def _attended(heard: Heard, seconds: Array, attention: Array) -> Clip:
    samples = samples_of(heard.window)
    gain = np.interp(np.arange(len(samples)) / heard.window.sample_rate, seconds, attention / attention.max())
    return like(samples * gain, heard.window)
