"""The Models tab: the registry as a table, one model's card and diagrams, and what can be done with it."""

from collections.abc import Callable, Mapping
from typing import Any

import gradio as gr

from audioclf.service import catalogue
from audioclf.types import AudioclfError
from audioclf.ui import answers, events, jobs, links, session
from audioclf.ui.markup import models as markup
from audioclf.ui.markup.models import Outcome
from audioclf.zoo.registry import Registry

REGISTRY_HELP = {
    True: "hf-hub:owner/repo for one of the hub, or a folder of this machine. It is yours alone, until you reload.",
    False: "hf-hub:owner/repo for one of the hub. It is yours alone, until you reload.",
}
# A click anywhere in a row picks its model, and a table that was drawn again stays sorted as it was.
PICKS = """
element.addEventListener('click', (event) => {
  const row = event.target.closest('tr[data-model]');
  if (row) trigger('click', { model: row.dataset.model });
});
watch('value', () => window.audioclf.sortAgain(element));
"""
Outcomes = Mapping[str, Outcome]


def models_tab(page: session.Page, tab: gr.Tab) -> session.LinkTarget:
    """Everything in the tab; a link sets the model on view."""
    chosen, outcomes = gr.State(None), gr.State({})
    table = gr.HTML(elem_id="models-table", apply_default_css=False, js_on_load=PICKS)
    _switch(page, outcomes)
    with gr.Row(elem_classes="ac-about-model"):
        with gr.Column(scale=5, min_width=300):
            head = gr.HTML(elem_id="models-head", **events.PLAIN)
            with gr.Row(elem_classes="ac-actions"):
                verify = gr.Button("Check every byte", size="sm", elem_id="models-verify")
                pull = gr.Button("Download", size="sm", elem_id="models-pull")
            said = gr.HTML(elem_id="models-said", **events.PLAIN)
            link = gr.HTML(elem_id="models-link", **events.PLAIN)
            charts = gr.HTML(elem_id="models-charts", **events.PLAIN)
        with gr.Column(scale=6, min_width=300):
            card = gr.Markdown(elem_id="models-card")

    is_open = gr.Checkbox(visible=False)  # its value is what `when_open` finds
    given, shown = [page.ask, chosen, outcomes], [table, head, pull, said, charts, card, link, chosen]

    def show(ask: session.Options, model: str | None, told: Outcomes) -> list[Any]:
        return view(page, ask, model, told)

    def again(ask: session.Options, model: str, told: Outcomes) -> list[Any]:
        return view(page, ask, model, told, any_task=True)

    def pick(ask: session.Options, told: Outcomes, event: gr.EventData) -> list[Any]:
        return again(ask, event.model, told)

    def check(ask: session.Options, model: str, told: Outcomes) -> Outcomes:
        return {**told, model: outcome(lambda: catalogue.verify(model, ask.registry))}

    def fetch(ask: session.Options, model: str, told: Outcomes, progress: Any = gr.Progress()) -> Outcomes:  # noqa: B008
        return {
            **told,
            model: outcome(lambda: catalogue.pull(model, ask.registry, answers.reporter(progress))),
        }

    tab.select(show, given, shown, show_progress_on=table, **events.FAR)
    table.click(pick, [page.ask, outcomes], shown, show_progress_on=head, **events.FAR)
    for button, act in ((verify, check), (pull, fetch)):
        button.click(act, given, outcomes, show_progress_on=charts, **events.FAR).then(
            again, given, shown, show_progress="hidden", **events.FAR
        )
    page.ask.change(
        lambda is_open, *values: show(*values) if is_open else [gr.skip()] * len(shown),
        [is_open, *given],
        shown,
        js=events.when_open("models-table"),
        show_progress_on=table,
        **events.FAR,
    )
    return session.LinkTarget(chosen, lambda link, ask: next(iter(link.models), None))


def _switch(page: session.Page, outcomes: gr.State) -> None:
    """The box that opens another registry, for this visitor only."""
    with gr.Row(elem_classes="ac-switch"):
        typed = gr.Textbox(
            label="Use another registry",
            info=REGISTRY_HELP[page.folders],
            placeholder="hf-hub:owner/repo",
            max_lines=1,
            elem_id="registry",
        )
        use = gr.Button("Open", size="sm", elem_id="registry-open")
        back = gr.Button("Back to the first one", size="sm", elem_id="registry-back")
    said = gr.HTML(elem_id="registry-said", **events.PLAIN)

    def switch(text: str, ask: session.Options) -> list[Any]:
        try:
            registry = catalogue.open_for_visitor(text, page.folders)
            asked = session.options_of(registry, ask.task, ask.hide)
        except AudioclfError as error:
            return [*[gr.skip()] * len(page.controls), gr.skip(), markup.said(Outcome(False, str(error)))]
        words = f"{registry.name}: {len(registry.ids())} models, for every tab"
        return [*session.settled(asked), {}, markup.said(Outcome(True, words))]

    def home(ask: session.Options) -> list[Any]:
        return [*session.settled(session.options_of(page.home, ask.task, ask.hide)), {}, ""]

    outputs = [*page.controls, outcomes, said]
    for event in (use.click, typed.submit):
        event(switch, [typed, page.ask], outputs, show_progress_on=typed, **events.FAR)
    back.click(home, page.ask, outputs, show_progress="hidden", **events.FAR)


def view(
    page: session.Page, ask: session.Options, model: str | None, told: Outcomes, any_task: bool = False
) -> list[Any]:
    """The whole tab: table, heading, download button, outcome, charts, card, link, and the model they are about.

    any_task: whether that may be a model of another task than the page's; else the task's first takes its place.
    """
    try:
        rows = {row.model: row for row in catalogue.rows(ask.registry)}
    except AudioclfError as error:
        return [markup.failed(str(error)), "", gr.update(interactive=False), "", "", "", "", None]
    row = rows.get(model or "")
    if row is None or not (any_task or row.task == ask.task):
        row = next((r for r in rows.values() if r.task == ask.task), None)
    table = markup.table(list(rows.values()), row.model if row else None, told)
    if row is None:
        return [table, "", gr.update(interactive=False), "", "", "", "", None]
    away = row.where == catalogue.NOT_HERE
    query = (
        links.OTHER_MODELS if ask.registry != page.home else links.Link(row.task, "models", "", (row.model,))
    )
    return [
        table,
        markup.heading(row),
        gr.update(interactive=away),
        markup.said(told.get(row.model)),
        *about(row.model, ask.registry),
        links.copy_button(query),
        row.model,
    ]


def about(model: str, registry: Registry) -> tuple[str, str]:
    """Charts as HTML and card as Markdown; the sentence that says why one is missing, in its place."""
    drawn = outcome(lambda: markup.charts(catalogue.charts(model, registry)))
    text = outcome(lambda: catalogue.card(model, registry))
    return (drawn.words if drawn.good else markup.failed(drawn.words)), text.words


def outcome(act: Callable[[], str]) -> Outcome:
    """What `act` says, or the sentence that says why it failed."""
    done = jobs.tried(act)
    return Outcome(done.value is not None, done.problem if done.value is None else done.value)
