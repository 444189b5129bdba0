"""Predict first: the visitor guesses a label and bets on a model before the answers are shown; a tally is kept."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import gradio as gr

from audioclf.service import lab
from audioclf.types import Analysis, Prediction
from audioclf.ui import answers, events, jobs, session
from audioclf.ui.markup.cards import words
from audioclf.ui.tabs.compare.chosen_sound import EventState, Guess, Subject, event_state
from audioclf.wording import NONE, model_names, readable

YOU = "you"


def predict_panel(subject: Subject) -> gr.Column:
    """The questions before the answers; returned for the tab to show and hide."""
    with gr.Column(visible=False, elem_id="predict", elem_classes="ac-predict") as panel:
        label = gr.Radio(
            guesses(subject.page.ask.value), label="I hear", elem_id="predict-label", elem_classes="ac-choice"
        )
        bet = gr.Radio(
            models(subject.page.ask.value),
            label="Which model will be right?",
            elem_id="predict-bet",
            elem_classes="ac-choice",
        )
        reveal = gr.Button(
            "Show the answers", variant="primary", size="sm", elem_id="predict-show", min_width=180
        )
    said = gr.HTML(elem_id="predict-tally", **events.RAW)

    def show(guess: str | None, on: str | None, *values: Any) -> tuple[Any, Any]:
        now = event_state(*values)
        if not (guess and on):
            return gr.skip(), jobs.message("Pick a label and a model first.", "alert")
        if now.sound is None or not now.closed:
            return gr.skip(), gr.skip()
        found = answers.analysis_of(now.sound, now.ask, pictures=False)
        if isinstance(found, str):
            return gr.skip(), jobs.message(found, "alert")
        rounds = (*now.rounds, score_guess(now, guess, on, found))
        return rounds, tally(rounds, found)

    reveal.click(
        show,
        [label, bet, *subject.inputs],
        [subject.rounds, said],
        show_progress_on=said,
        **events.QUEUED,
    )
    subject.page.ask.change(
        lambda ask: [gr.update(choices=guesses(ask), value=None), gr.update(choices=models(ask), value=None)],
        subject.page.ask,
        [label, bet],
        **events.INSTANT,
    )
    # A new sound clears the guess.
    for event in (subject.choice.change, subject.page.latest.change):
        event(lambda: [None, None, ""], None, [label, bet, said], **events.INSTANT)
    return panel


def guesses(ask: session.Options) -> list[tuple[str, str]]:
    """(text, label) of all possible answers, including NONE."""
    labels = lab.labels(ask.task, ask.registry)
    return [(readable(label), label) for label in labels] + [(NONE, NONE)]


def models(ask: session.Options) -> list[tuple[str, str]]:
    """(name, id) of the models that answer; the name is the family, or the id if a family has several."""
    families = lab.families(ask.selection)
    return list(zip(model_names(families.items()), families, strict=True))


def score_guess(now: EventState, guess: str, bet: str, found: Analysis) -> Guess:
    """Who was right. The guess counts as the true label of a visitor's own sound, so that "you" is left out."""
    truth = guess if now.example is None else now.example.label or NONE
    right = {p.model: predicted(p) == truth for p in found.predictions}
    return Guess(now.key, guess, bet, right if now.example is None else {YOU: guess == truth, **right})


def predicted(prediction: Prediction) -> str:
    """The label that a model claims, or NONE."""
    return prediction.label if prediction.known and prediction.label else NONE


def tally(rounds: Sequence[Guess], found: Analysis) -> str:
    """The result of the last guess, and how often everybody was right in this visit, as HTML."""
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
        f'<ul aria-label="Correct in this visit">{score}'
        f'<li data-who="bets"><b>Bets won</b> {won} of {len(rounds)}</li></ul></div>'
    )


def _count(rounds: Sequence[Guess], who: str) -> tuple[int, int]:
    counted = [r.right[who] for r in rounds if who in r.right]
    return sum(counted), len(counted)


def _sentence(last: Guess, found: Analysis, names: Mapping[str, str]) -> str:
    bet = next((p for p in found.predictions if p.model == last.bet), None)
    answer = words(predicted(bet)) if bet else NONE
    won = "you win your bet" if last.right.get(last.bet) else "you lose your bet"
    start = f"You said {words(last.guess)}"
    if YOU in last.right:
        start += ", which is right" if last.right[YOU] else ", which is wrong"
    return f"{start}. The {escape(names.get(last.bet, last.bet))} said {answer}: {won}."
