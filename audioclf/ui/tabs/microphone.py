"""The Microphone tab: record, stop, get an answer; the last recordings can be opened again in this session."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import gradio as gr

from audioclf.service.catalogue import prompt
from audioclf.types import Analysis
from audioclf.ui import answers, events, session
from audioclf.ui.markup import cards, pictures
from audioclf.wording import family_name

N_TAKES = 5
# The setting lives in the browser, because the browser processes the sound.
SET_PROCESSING = "(on) => { window.audioclf.processing = on; }"
INSECURE = (
    '<p class="ac-insecure-note" role="note">Browsers allow the microphone only on https pages and on '
    "localhost. Open the page as http://localhost, or ask its owner for an https link "
    "(--share makes one). Uploading a recording works everywhere.</p>"
)


@dataclass(frozen=True)
class Take:
    """One recording of this session: its file, and the text of its button."""

    path: str
    words: str


def microphone_tab(page: session.Page, tab: gr.Tab) -> None:
    """Build the tab; stopping a recording starts the analysis."""
    takes = gr.State(())
    task = page.ask.value.task
    with gr.Row(elem_classes="ac-top"):
        with gr.Column(scale=2, min_width=300, elem_classes="ac-give"):
            gr.HTML(INSECURE, **events.RAW)
            audio = gr.Audio(
                type="filepath",
                sources=["microphone"],
                label=prompt(task),
                buttons=[],
                waveform_options=gr.WaveformOptions(sample_rate=48_000),
                elem_id="microphone-audio",
            )
            processing = gr.Checkbox(
                label="Let the browser process my voice",
                info="Gain control, noise and echo removal. Off: the models get the unprocessed recording.",
                elem_id="browser-processing",
            )
            gr.HTML('<h2 class="ac-small">Your last five recordings</h2>', **events.RAW)
            with gr.Column(elem_classes="ac-takes", elem_id="takes"):
                buttons = [gr.Button("–", size="sm", interactive=False) for _ in range(N_TAKES)]
        with gr.Column(scale=5, min_width=300, elem_classes="ac-tell"):
            answer = gr.HTML(cards.empty_answer(hint(task)), elem_id="microphone-answer", **events.RAW)
            seen = gr.HTML(pictures.empty_stack(), elem_id="microphone-pictures", **events.RAW)

    def look(
        path: str | None,
        ask: session.Options,
        latest: session.Sound | None,
        kept: Sequence[Take],
        progress: Any = gr.Progress(),  # noqa: B008
    ) -> tuple[str, str, session.Sound | None, Sequence[Take]]:
        sound = session.Sound(path, "Your recording") if path else None
        found = answers.analysis_of(sound, ask, report=answers.reporter(progress)) if sound else None
        if sound and isinstance(found, Analysis):
            latest, kept = sound, remember(kept, sound.path, found, ask.hide)
        return *answers.shown(found, hint(ask.task), seen, ask.hide), latest, kept

    processing.change(None, processing, None, js=SET_PROCESSING, **events.INSTANT)
    audio.change(
        look,
        [audio, page.ask, page.latest, takes],
        [answer, seen, page.latest, takes],
        show_progress_on=answer,
        **events.QUEUED,
    ).then(labels, takes, buttons, **events.INSTANT).then(
        None, audio, None, js=events.reveal("microphone-answer"), **events.INSTANT
    )
    # Analyses the same recording again with the new settings; it does not become the latest sound.
    page.ask.change(
        lambda path, ask: look(path, ask, None, ())[:2],
        [audio, page.ask],
        [answer, seen],
        show_progress_on=answer,
        **events.QUEUED,
    )
    page.ask.change(lambda ask: gr.update(label=prompt(ask.task)), page.ask, audio, **events.INSTANT)
    for rank, button in enumerate(buttons):
        button.click(partial(reopened, rank), takes, audio, **events.INSTANT)


def hint(task: str) -> str:
    """What to do first."""
    return f"Press Record. {prompt(task)}. Press Stop."


def remember(takes: Sequence[Take], path: str, found: Analysis, hide: bool = False) -> tuple[Take, ...]:
    """Newest first; with `hide`, without the answers. A take opened again keeps its place.

    Gradio names a file's folder by its content, so that equal folder names mean the same recording.
    """
    if any(Path(take.path).parent.name == Path(path).parent.name for take in takes):
        return tuple(takes)
    predicted = " · ".join(f"{family_name(p.family)} {p.label or 'nothing'}" for p in found.predictions)
    words = f"{datetime.now():%H:%M:%S}" + ("" if hide else f" · {predicted}")
    return (Take(path, words), *takes)[:N_TAKES]


def reopened(rank: int, takes: Sequence[Take]) -> str:
    """The file of a take, for the player."""
    if not Path(takes[rank].path).exists():
        raise gr.Error(
            "This recording is older than an hour and was deleted. Record it again.", print_exception=False
        )
    return takes[rank].path


def labels(takes: Sequence[Take]) -> list[dict]:
    """Updates of the take buttons; those without a take are disabled, not hidden, so that nothing moves."""
    words = [take.words for take in takes] + ["–"] * (N_TAKES - len(takes))
    return [gr.update(value=text, interactive=rank < len(takes)) for rank, text in enumerate(words)]
