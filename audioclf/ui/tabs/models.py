"""The Models tab: the registry as a table, one model's card and charts, checks and downloads."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import gradio as gr

from audioclf.service import catalogue
from audioclf.types import AudioclfError
from audioclf.ui import answers, events, jobs, links, session
from audioclf.ui.markup import models as markup
from audioclf.ui.markup.models import Outcome
from audioclf.wording import text
from audioclf.zoo.registry import Registry

# A click anywhere in a row chooses its model; a redrawn table keeps its sort order.
PICKS = """
element.addEventListener('click', (event) => {
  const row = event.target.closest('tr[data-model]');
  if (row) trigger('click', { model: row.dataset.model });
});
watch('value', () => window.audioclf.sortAgain(element));
"""
Outcomes = Mapping[str, Outcome]


def models_tab(page: session.Page, tab: gr.Tab) -> session.LinkTarget:
    """Build the tab; a link sets the model shown."""
    chosen, outcomes = gr.State(None), gr.State({})
    search = gr.Textbox(
        label=text("models.search"),
        placeholder=text("models.search_by"),
        max_lines=1,
        visible=False,
        elem_id="models-search",
    )
    table = gr.HTML(elem_id="models-table", apply_default_css=False, js_on_load=PICKS)
    with gr.Row(elem_id="models-about", elem_classes="ac-about-model"):
        with gr.Column(scale=5, min_width=300):
            head = gr.HTML(elem_id="models-head", **events.RAW)
            with gr.Row(elem_classes="ac-actions"):
                verify = gr.Button(text("models.verify"), size="sm", elem_id="models-verify")
                pull = gr.Button(text("models.pull"), size="sm", elem_id="models-pull")
            said = gr.HTML(elem_id="models-said", **events.RAW)
            link = gr.HTML(elem_id="models-link", **events.ADDRESS)
            charts = gr.HTML(elem_id="models-charts", **events.RAW)
        with gr.Column(scale=6, min_width=300):
            card = gr.Markdown(elem_id="models-card")
    _switch(page, outcomes)

    is_open = gr.Checkbox(visible=False)  # filled by `when_open`
    inputs = [page.ask, chosen, outcomes, search]
    shown = [table, search, head, pull, said, charts, card, link, chosen]
    picked, unchanged = jobs.JobSlot(), [gr.skip()] * len(shown)

    def show(ask: session.Options, model: str | None, outcomes: Outcomes, words: str) -> list[Any]:
        with page.turns.at_hub(ask.registry):
            return view(page, ask, model, Shown(outcomes, words))

    def again(ask: session.Options, model: str, outcomes: Outcomes, words: str) -> list[Any]:
        with page.turns.at_hub(ask.registry):
            return view(page, ask, model, Shown(outcomes, words, any_task=True))

    def pick(
        visitor: gr.Request, ask: session.Options, outcomes: Outcomes, words: str, event: gr.EventData
    ) -> list[Any]:
        model = events.told(event, "model")[0]
        with picked.once(visitor, (ask, model, words)) as replaced:
            if replaced is None:
                return unchanged
            found = again(ask, model, outcomes, words)
            return unchanged if replaced.is_set() else found

    def check(ask: session.Options, model: str | None, outcomes: Outcomes, words: str) -> Outcomes:
        def checked() -> str:
            with page.turns.at_hub(ask.registry) as who:
                catalogue.pull(str(model), ask.registry, who=who)
            # It loads a model that may be a stranger's.
            return page.turns.run(catalogue.verify, model, ask.registry)

        return {**outcomes, model: outcome(checked)} if model else outcomes

    def fetch(
        ask: session.Options,
        model: str | None,
        outcomes: Outcomes,
        words: str,
        progress: Any = gr.Progress(),  # noqa: B008
    ) -> Outcomes:
        def pulled() -> str:
            with page.turns.at_hub(ask.registry) as who:
                return catalogue.pull(str(model), ask.registry, answers.reporter(progress), who)

        return {**outcomes, model: outcome(pulled)} if model else outcomes

    tab.select(show, inputs, shown, show_progress_on=table, **events.HUB)
    table.click(
        pick,
        [page.ask, outcomes, search],
        shown,
        show_progress_on=head,
        trigger_mode="multiple",
        **events.HUB,
    ).then(None, None, None, js=events.bring("models-about", 200), **events.INSTANT)
    card.change(None, None, None, js="() => window.audioclf.foldCard()", **events.INSTANT)
    search.submit(again, inputs, shown, show_progress_on=table, **events.HUB)
    for button, act in ((verify, check), (pull, fetch)):
        button.click(act, inputs, outcomes, show_progress_on=charts, **events.HUB).then(
            again, inputs, shown, show_progress="hidden", **events.HUB
        )
    page.ask.change(
        lambda is_open, *values: show(*values) if is_open else unchanged,
        [is_open, *inputs],
        shown,
        js=events.when_open("models-table"),
        show_progress_on=table,
        **events.HUB,
    )
    return session.LinkTarget(chosen, lambda link, ask: next(iter(link.models), None))


def _switch(page: session.Page, outcomes: gr.State) -> None:
    """The box that opens another registry, for this visitor only."""
    with gr.Row(elem_classes="ac-switch"):
        typed = gr.Textbox(
            label=text("models.registry"),
            info=text("models.registry_or_folder") if page.folders else text("models.registry_only"),
            placeholder="hf-hub:owner/repo",
            max_lines=1,
            elem_id="registry",
        )
        use = gr.Button(text("models.open"), size="sm", elem_id="registry-open")
        back = gr.Button(text("models.back"), size="sm", elem_id="registry-back")
    said = gr.HTML(elem_id="registry-said", **events.RAW)

    def switch(name: str, ask: session.Options) -> list[Any]:
        try:
            with page.turns.at_hub(None):
                registry = catalogue.open_for_visitor(name, page.folders)
            asked = session.options_of(registry, ask.task, ask.hide)
        except AudioclfError as error:
            return [*[gr.skip()] * len(page.controls), gr.skip(), markup.said(Outcome(False, str(error)))]
        words = text("models.switched", registry=registry.name, n=len(registry.ids()))
        return [*session.control_updates(asked), {}, markup.said(Outcome(True, words))]

    def home(ask: session.Options) -> list[Any]:
        return [*session.control_updates(session.options_of(page.home, ask.task, ask.hide)), {}, ""]

    outputs = [*page.controls, outcomes, said]
    for event in (use.click, typed.submit):
        event(switch, [typed, page.ask], outputs, show_progress_on=typed, **events.HUB)
    back.click(home, page.ask, outputs, show_progress="hidden", **events.HUB)


@dataclass(frozen=True)
class Shown:
    """What the tab shows: the outcomes of actions, and models whose names match `search`.

    any_task: allow a model of another task than the page's; otherwise the first model of the task replaces it.
    """

    outcomes: Outcomes
    search: str = ""
    any_task: bool = False


def view(page: session.Page, ask: session.Options, model: str | None, shown: Shown) -> list[Any]:
    """Values of the tab: table, search, heading, download button, outcome, charts, card, link, the chosen model."""
    nothing = ["", gr.update(interactive=False), "", "", "", "", None]
    try:
        found, is_large = _found(ask.registry, shown.search)
        row = _chosen(ask, model, shown.any_task)
    except AudioclfError as error:
        return [markup.failed(str(error)), gr.update(visible=False), *nothing]
    table = markup.table(found, row.model if row else None, shown.outcomes)
    if row is None:
        return [table, gr.update(visible=is_large), *nothing]
    away = row.where == catalogue.NOT_HERE
    if ask.registry == page.home:
        link = links.copy_button(links.Link(row.task, "models", "", (row.model,)))
    else:
        link = links.no_button(links.Link(tab="models"), text("links.other_models"))
    return [
        table,
        gr.update(visible=is_large),
        markup.heading(row),
        gr.update(interactive=away),
        markup.said(shown.outcomes.get(row.model)),
        *about(row.model, ask.registry),
        link,
        row.model,
    ]


def _found(registry: Registry, search: str) -> tuple[catalogue.Listing, bool]:
    """The models found, and whether there are so many that a search is offered; a smaller registry is shown whole."""
    is_large = len(registry.ids()) > catalogue.MAX_ROWS
    return catalogue.listing(registry, search if is_large else ""), is_large


def _chosen(ask: session.Options, model: str | None, any_task: bool) -> catalogue.Row | None:
    """The row of the model, or else of the first one of the page's task, if there is one."""
    ids = ask.registry.ids(None if any_task else ask.task)
    if model not in ids:
        ids = ask.registry.ids(ask.task)
        model = ask.registry.models_for(ask.task)[0] if ids else None
    return catalogue.row(ask.registry, model) if model else None


def about(model: str, registry: Registry) -> tuple[str, str]:
    """Charts as HTML and card as Markdown; if one fails, an error sentence in its place."""
    drawn = outcome(lambda: markup.charts(catalogue.charts(model, registry)))
    written = outcome(lambda: catalogue.card(model, registry))
    # The heading above names the model, too.
    return (drawn.words if drawn.good else markup.failed(drawn.words)), written.words.removeprefix(
        f"# {model}\n"
    )


def outcome(act: Callable[[], str]) -> Outcome:
    """The sentence that `act` returns, or the one that says why it failed."""
    done = jobs.attempt(act)
    return Outcome(done.value is not None, done.problem if done.value is None else done.value)
