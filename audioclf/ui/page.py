"""The page: header, tabs, and what a link opens."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import gradio as gr

from audioclf.service import catalogue
from audioclf.service.catalogue import task_choices
from audioclf.ui import events, links, session, theme
from audioclf.ui.endpoints import endpoints
from audioclf.ui.fair_queue import make_fair
from audioclf.ui.tabs.compare.tab import compare_tab
from audioclf.ui.tabs.microphone import microphone_tab
from audioclf.ui.tabs.models import models_tab
from audioclf.ui.tabs.upload import upload_tab
from audioclf.zoo.registry import Registry

MAX_UPLOAD = "25mb"
MAX_SESSIONS = 300  # the state of the oldest is forgotten
MAX_WAITING = 512  # events of all visitors


@dataclass(frozen=True)
class Tab:
    """One tab of the page. build: creates its components and returns what a link sets there, if anything."""

    id: str
    title: str
    build: Callable[[session.Page, gr.Tab], session.LinkTarget | None]


TABS = (
    Tab("upload", "Upload", upload_tab),
    Tab("microphone", "Microphone", microphone_tab),
    Tab("compare", "Compare", compare_tab),
    Tab("models", "Models", models_tab),
)


def build_demo(registry: Registry, folders: bool = True) -> gr.Blocks:
    """The whole page, ready to launch. registry: the default one. folders: see `session.Page`."""
    with gr.Blocks(title="audioclf", analytics_enabled=False) as demo:
        page = _head(registry, folders)
        note = gr.HTML(elem_id="link-note", **events.RAW)
        targets = []
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as tabs:
            for tab in TABS:
                with gr.Tab(tab.title, id=tab.id) as component:
                    targets.append(tab.build(page, component))
        _open_links(demo, page, tabs, [target for target in targets if target], note)
        endpoints(registry)
    demo.queue(max_size=MAX_WAITING, default_concurrency_limit=2, api_open=False)
    make_fair(demo)
    return demo


def _head(registry: Registry, folders: bool) -> session.Page:
    """Header, task picker and settings, with their events. The settings are rendered within a tab."""
    choices = task_choices(registry)
    task = choices[0][1]
    ids = registry.models_for(task)
    with gr.Row(elem_classes="ac-head"):
        header = gr.HTML(theme.header(catalogue.name(registry)), elem_id="header", **events.RAW)
        picker = gr.Radio(choices, value=task, label="Task", elem_id="task", elem_classes="ac-segments")
    page = session.Page(
        home=registry,
        folders=folders,
        ask=gr.State(session.Options(task, registry)),
        latest=gr.State(None),
        task=picker,
        models=gr.CheckboxGroup(ids, value=ids, label="Models to ask", elem_id="models", render=False),
        hide=gr.Checkbox(label="Hide the scores until I click", elem_id="hide-scores", render=False),
    )
    picker.input(
        lambda task, ask: session.control_updates(session.options_of(ask.registry, task, ask.hide))[0:3:2],
        [picker, page.ask],
        [page.ask, page.models],
        **events.STATE,
    )
    page.models.input(
        lambda models, ask: replace(ask, models=tuple(models)),
        [page.models, page.ask],
        page.ask,
        **events.STATE,
    )
    page.hide.input(
        lambda hide, ask: replace(ask, hide=hide), [page.hide, page.ask], page.ask, **events.STATE
    )
    page.ask.change(
        lambda ask: theme.header(catalogue.name(ask.registry)), page.ask, header, **events.INSTANT
    )
    return page


def _open_links(
    demo: gr.Blocks, page: session.Page, tabs: gr.Tabs, targets: Sequence[session.LinkTarget], note: gr.HTML
) -> None:
    """Open what a link asks for. note: shows which parts of the link are invalid."""
    outputs = [*page.controls, tabs, *(target.output for target in targets), note]

    def opened(request: gr.Request) -> list[Any]:
        query = dict(request.query_params)
        if not any(query.get(key) for key in links.KEYS):
            return [gr.skip()] * len(outputs)
        tasks = [task for _, task in task_choices(page.home)]
        link, ignored = links.read(query, page.home, tasks, [tab.id for tab in TABS])
        ask = session.options_of(page.home, link.task, link.hide)
        if link.tab != "models":
            ask = replace(ask, models=link.models)
        values = (target.value(link, ask) for target in targets)
        return [
            *session.control_updates(ask),
            gr.update(selected=link.tab) if link.tab else gr.skip(),
            *(gr.skip() if value is None else value for value in values),
            links.note(ignored),
        ]

    demo.load(opened, None, outputs, **events.STATE)


def launch_settings() -> dict[str, Any]:
    """Arguments of Gradio's launch: no telemetry, no history, nothing fetched from other hosts."""
    return {
        "theme": theme.theme(),
        "head": theme.head(),
        "favicon_path": theme.STATIC / "favicon.svg",
        "max_file_size": MAX_UPLOAD,
        "footer_links": ["api"],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "pwa": False,
        "show_error": False,  # Gradio's own errors name paths of the server; ours are shown all the same
        "state_session_capacity": MAX_SESSIONS,
        "quiet": True,
    }
