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
from audioclf.wording import NONE, model_names, readable, text

YOU = "you"
# The answers appear above the questions.
BRING = "(said) => { if (said) window.audioclf.bring('predict-tally'); }"


def predict_panel(subject: Subject, said: gr.HTML) -> gr.Column:
    """The questions before the answers; returned for the tab to show and hide. said: shows the tally."""
    with gr.Column(visible=False, elem_id="predict", elem_classes="ac-predict") as panel:
        label = gr.Radio(
            guesses(subject.page.ask.value),
            label=text("predict.label"),
            elem_id="predict-label",
            elem_classes="ac-choice",
        )
        bet = gr.Radio(
            models(subject.page.ask.value),
            label=text("predict.bet"),
            elem_id="predict-bet",
            elem_classes="ac-choice",
        )
        reveal = gr.Button(
            text("predict.show"), variant="primary", size="sm", elem_id="predict-show", min_width=180
        )
        missing = gr.HTML(elem_id="predict-missing", **events.RAW)

    def show(guess: str | None, on: str | None, *values: Any) -> tuple[Any, Any, str]:
        now = event_state(*values)
        if not (guess and on):
            return gr.skip(), gr.skip(), jobs.message(text("predict.missing"), "alert")
        if now.sound is None or not now.closed:
            return gr.skip(), gr.skip(), ""
        found = answers.analysis_of(now.sound, now.ask, pictures=False, turns=subject.page.turns)
        if isinstance(found, str):
            return gr.skip(), gr.skip(), jobs.message(found, "alert")
        rounds = (*now.rounds, score_guess(now, guess, on, found))
        return rounds, tally(rounds, found), ""

    reveal.click(
        show,
        [label, bet, *subject.inputs],
        [subject.rounds, said, missing],
        show_progress_on=missing,
        **events.QUEUED,
    ).then(None, said, None, js=BRING, **events.INSTANT)
    subject.page.ask.change(
        lambda ask: [gr.update(choices=guesses(ask), value=None), gr.update(choices=models(ask), value=None)],
        subject.page.ask,
        [label, bet],
        **events.INSTANT,
    )
    # A new sound clears the guess.
    for event in (subject.choice.change, subject.page.latest.change):
        event(lambda: [None, None, "", ""], None, [label, bet, said, missing], **events.INSTANT)
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
    return prediction.answer or NONE


def tally(rounds: Sequence[Guess], found: Analysis) -> str:
    """The result of the last guess, and how often everybody was right in this visit, as HTML."""
    families = {p.model: p.family for p in found.predictions}
    names = dict(zip(families, model_names(families.items()), strict=True))
    score = "".join(
        f'<li data-who="{escape(who)}"><b>{escape(name)}</b> {text("predict.count", right=right, n=n)}</li>'
        for who, name in {YOU: text("predict.you"), **names}.items()
        for right, n in [_count(rounds, who)]
    )
    won = sum(r.right.get(r.bet, False) for r in rounds)
    return (
        f'<div class="ac-tally"><p role="status">{_sentence(rounds[-1], found, names)}</p>'
        f'<ul aria-label="{text("predict.correct")}">{score}<li data-who="bets">'
        f"<b>{text('predict.bets')}</b> {text('predict.count', right=won, n=len(rounds))}</li></ul></div>"
    )


def _count(rounds: Sequence[Guess], who: str) -> tuple[int, int]:
    counted = [r.right[who] for r in rounds if who in r.right]
    return sum(counted), len(counted)


def _sentence(last: Guess, found: Analysis, names: Mapping[str, str]) -> str:
    bet = next((p for p in found.predictions if p.model == last.bet), None)
    answer = words(predicted(bet)) if bet else NONE
    model = escape(names.get(last.bet, last.bet))
    guess = words(last.guess)
    if YOU not in last.right:
        said = text("predict.said", guess=guess)
    elif last.right[YOU]:
        said = text("predict.said_right", guess=guess)
    else:
        said = text("predict.said_wrong", guess=guess)
    if last.right.get(last.bet):
        return f"{said} {text('predict.won', model=model, answer=answer)}"
    return f"{said} {text('predict.lost', model=model, answer=answer)}"
