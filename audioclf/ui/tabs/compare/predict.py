"""Predict first: the visitor says a label and bets on a model before anything is shown, and a tally is kept."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import gradio as gr

from audioclf.service import lab
from audioclf.types import Analysis, Prediction
from audioclf.ui import answers, events, jobs, session
from audioclf.ui.markup.cards import words
from audioclf.ui.tabs.compare.subject import EventState, Guess, Subject, given
from audioclf.wording import NONE, model_names, readable

YOU = "you"


def predict_panel(subject: Subject) -> gr.Column:
    """What is asked before the answers are shown; returns it, for the tab to show and hide."""
    with gr.Column(visible=False, elem_id="predict", elem_classes="ac-predict") as panel:
        label = gr.Radio(
            guesses(subject.page.ask.value), label="I hear", elem_id="predict-label", elem_classes="ac-choice"
        )
        bet = gr.Radio(
            models(subject.page.ask.value),
            label="Most likely right is",
            elem_id="predict-bet",
            elem_classes="ac-choice",
        )
        reveal = gr.Button(
            "Show what they heard", variant="primary", size="sm", elem_id="predict-show", min_width=180
        )
    said = gr.HTML(elem_id="predict-tally", **events.PLAIN)

    def show(guess: str | None, on: str | None, *values: Any) -> tuple[Any, Any]:
        now = given(*values)
        if not (guess and on):
            return gr.skip(), jobs.told("Pick a label and a model first.", "alert")
        if now.sound is None or not now.closed:
            return gr.skip(), gr.skip()
        found = answers.analysis_of(now.sound, now.ask, pictures=False)
        if isinstance(found, str):
            return gr.skip(), jobs.told(found, "alert")
        rounds = (*now.rounds, judged(now, guess, on, found))
        return rounds, tally(rounds, found)

    reveal.click(
        show, [label, bet, *subject.inputs], [subject.rounds, said], show_progress_on=said, **events.TURN
    )
    subject.page.ask.change(
        lambda ask: [gr.update(choices=guesses(ask), value=None), gr.update(choices=models(ask), value=None)],
        subject.page.ask,
        [label, bet],
        **events.INSTANT,
    )
    # Another sound is another question.
    for event in (subject.choice.change, subject.page.latest.change):
        event(lambda: [None, None, ""], None, [label, bet, said], **events.INSTANT)
    return panel


def guesses(ask: session.Options) -> list[tuple[str, str]]:
    """(what is read, label) of all that a sound can be."""
    labels = lab.labels(ask.task, ask.registry)
    return [(readable(label), label) for label in labels] + [(NONE, NONE)]


def models(ask: session.Options) -> list[tuple[str, str]]:
    """(family, id) of the models that answer; the id where a family has several."""
    families = lab.families(ask.selection)
    return list(zip(model_names(families.items()), families, strict=True))


def judged(now: EventState, guess: str, bet: str, found: Analysis) -> Guess:
    """Who was right. Of an example the truth is known; of a visitor's own sound the visitor knows it."""
    truth = guess if now.example is None else now.example.label or NONE
    right = {p.model: predicted(p) == truth for p in found.predictions}
    return Guess(now.key, guess, bet, right if now.example is None else {YOU: guess == truth, **right})


def predicted(prediction: Prediction) -> str:
    """The label that a model claims, or none."""
    return prediction.label if prediction.known and prediction.label else NONE


def tally(rounds: Sequence[Guess], found: Analysis) -> str:
    """What came of the last guess, and how often everybody was right in this visit, as HTML."""
    families = {p.model: p.family for p in found.predictions}
    names = dict(zip(families, model_names(families.items()), strict=True))
    score = "".join(
        f'<li data-who="{escape(who)}"><b>{escape(name)}</b> {right} of {n}</li>'
        for who, name in {YOU: "You", **names}.items()
        for right, n in [_count(rounds, who)]
    )
    won = sum(r.right.get(r.bet, False) for r in rounds)
    return (
        f'<div class="ac-tally"><p role="status">{_sentence(rounds[-1], found, names)}</p>'
        f'<ul aria-label="Right in this visit">{score}'
        f'<li data-who="bets"><b>Bets won</b> {won} of {len(rounds)}</li></ul></div>'
    )


def _count(rounds: Sequence[Guess], who: str) -> tuple[int, int]:
    counted = [r.right[who] for r in rounds if who in r.right]
    return sum(counted), len(counted)


def _sentence(last: Guess, found: Analysis, names: Mapping[str, str]) -> str:
    bet = next((p for p in found.predictions if p.model == last.bet), None)
    heard = words(predicted(bet)) if bet else NONE
    won = "your bet is won" if last.right.get(last.bet) else "your bet is lost"
    start = f"You said {words(last.guess)}"
    if YOU in last.right:
        start += ", and so it is" if last.right[YOU] else ", but it is not"
    return f"{start}. The {escape(names.get(last.bet, last.bet))} said {heard}: {won}."
