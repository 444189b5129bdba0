"""The page: header, tabs, and what a link opens."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

import gradio as gr

from audioclf.service import catalogue
from audioclf.service.catalogue import task_choices
from audioclf.ui import events, links, session, theme
from audioclf.ui.endpoints import endpoints
from audioclf.ui.fair_queue import make_fair
from audioclf.ui.given import make_no_empty_files
from audioclf.ui.live import Live
from audioclf.ui.markup.glossary import glossary
from audioclf.ui.tabs.compare.tab import compare_tab
from audioclf.ui.tabs.explore import explore_tab
from audioclf.ui.tabs.microphone import microphone_tab
from audioclf.ui.tabs.models import models_tab
from audioclf.ui.tabs.speakers import has_speakers, speakers_tab
from audioclf.ui.tabs.upload import upload_tab
from audioclf.ui.turns import Turns
from audioclf.ui.unread import bound_unread
from audioclf.wording import text
from audioclf.zoo.registry import Registry

MAX_UPLOAD = "25mb"
MAX_SESSIONS = 300  # then one of the address with most of them is forgotten
MAX_EVENTS = 512  # of all visitors


GOES_BACK = "audioclf.open = (query) => trigger('click', { query });"  # for script/address.js
ARRIVED = "() => audioclf.arrived()"


@dataclass(frozen=True)
class Tab:
    """One tab of the page.

    title: a key of the catalogue. build: creates its components and returns what a link sets there, if anything.
    is_there: whether a page of this registry has the tab.
    """

    id: str
    title: str
    build: Callable[[session.Page, gr.Tab], session.LinkTarget | None]
    is_there: Callable[[Registry], bool] = lambda registry: True


TABS = (
    Tab("upload", "page.upload", upload_tab),
    Tab("microphone", "page.microphone", microphone_tab),
    Tab("compare", "page.compare", compare_tab),
    Tab("speakers", "speakers.tab", speakers_tab, has_speakers),
    Tab("explore", "explore.tab", explore_tab),
    Tab("models", "page.tab_models", models_tab),
)


def build_demo(
    registry: Registry, folders: bool = True, turns: Turns | None = None, live: Live | None = None
) -> gr.Blocks:
    """The whole page, ready to launch. registry: the default one. folders, turns, live: see `session.Page`."""
    turns, live = turns or Turns(), live or Live(registry)
    make_no_empty_files()
    with gr.Blocks(title="audioclf", analytics_enabled=False) as demo:
        page = _head(registry, turns, live, folders)
        note = gr.HTML(elem_id="link-note", apply_default_css=False, js_on_load=GOES_BACK)
        targets = []
        with gr.Tabs(elem_id="tabs", overflow_behavior="wrap") as tabs:
            for tab in tabs_of(registry):
                with gr.Tab(text(tab.title), id=tab.id) as component:
                    targets.append(tab.build(page, component))
        gr.HTML(glossary(), elem_id="glossary", **events.RAW)
        _open_links(demo, page, tabs, [target for target in targets if target], note)
        endpoints(registry, turns)
    demo.queue(max_size=MAX_EVENTS, default_concurrency_limit=2, api_open=False)
    make_fair(demo)
    bound_unread(demo)
    return demo


def tabs_of(registry: Registry) -> list[Tab]:
    """The tabs of a page with this registry."""
    return [tab for tab in TABS if tab.is_there(registry)]


def _head(registry: Registry, turns: Turns, live: Live, folders: bool) -> session.Page:
    """Header, task picker and settings, with their events. The settings are rendered within a tab."""
    choices = task_choices(registry)
    task = choices[0][1]
    ids = registry.models_for(task)
    with gr.Row(elem_classes="ac-head"):
        header = gr.HTML(theme.header(catalogue.name(registry)), elem_id="header", **events.RAW)
        picker = gr.Radio(
            choices, value=task, label=text("page.task"), elem_id="task", elem_classes="ac-segments"
        )
        gr.HTML(theme.tools(), elem_id="tools", apply_default_css=False, js_on_load="audioclf.viewed();")
    address = gr.HTML(links.settings(links.Link()), elem_id="address", visible="hidden", **events.ADDRESS)
    page = session.Page(
        home=registry,
        turns=turns,
        live=live,
        folders=folders,
        ask=gr.State(session.Options(task, registry)),
        latest=gr.State(None),
        takes=gr.State(()),
        task=picker,
        models=gr.CheckboxGroup(ids, value=ids, label=text("page.models"), elem_id="models", render=False),
        hide=gr.Checkbox(label=text("page.hide"), elem_id="hide-scores", render=False),
    )
    picker.input(
        lambda task, ask: session.control_updates(session.options_of(ask.registry, task, ask.hide))[0:3:2],
        [picker, page.ask],
        [page.ask, page.models],
        **events.STATE,
    )
    page.models.input(
        # Without any model there is no answer: the last one stays ticked.
        lambda models, ask: (
            [replace(ask, models=tuple(models)), gr.skip()] if models else session.control_updates(ask)[0:3:2]
        ),
        [page.models, page.ask],
        [page.ask, page.models],
        **events.STATE,
    )
    page.hide.input(
        lambda hide, ask: replace(ask, hide=hide), [page.hide, page.ask], page.ask, **events.STATE
    )
    page.ask.change(
        lambda ask: [theme.header(catalogue.name(ask.registry)), _settings(ask, registry)],
        page.ask,
        [header, address],
        **events.INSTANT,
    )
    return page


def _settings(ask: session.Options, home: Registry) -> str:
    """The part of the page's address that all tabs share. Models of another registry cannot be in it."""
    return links.settings(
        links.Link(ask.task, "", "", ask.models, ask.hide) if ask.registry == home else links.Link()
    )


def _open_links(
    demo: gr.Blocks, page: session.Page, tabs: gr.Tabs, targets: Sequence[session.LinkTarget], note: gr.HTML
) -> None:
    """Open what a link asks for, and what Back and Forward return to. note: names invalid parts of the link."""
    outputs = [*page.controls, tabs, *(target.output for target in targets), note]

    def opened(query: Mapping[str, str], is_exact: bool) -> list[Any]:
        tasks = [task for _, task in task_choices(page.home)]
        link, ignored = links.read(query, page.home, tasks, [tab.id for tab in tabs_of(page.home)])
        ask = session.options_of(page.home, link.task, link.hide)
        if link.tab != "models":
            ask = replace(ask, models=link.models)
        values = [target.value(link, ask) for target in targets]
        if is_exact:
            values = [
                target.empty if value is None and target.tab == link.tab else value
                for target, value in zip(targets, values, strict=True)
            ]
        return [
            *session.control_updates(ask),
            gr.update(selected=link.tab) if link.tab else gr.skip(),
            *(gr.skip() if value is None else value for value in values),
            links.note(ignored),
        ]

    def first(request: gr.Request) -> list[Any]:
        query = dict(request.query_params)
        return opened(query, False) if any(map(query.get, links.KEYS)) else [gr.skip()] * len(outputs)

    def again(asked: gr.EventData) -> list[Any]:
        return opened(dict(parse_qsl(events.told(asked, "query")[0])), True)

    for event, act in ((demo.load, first), (note.click, again)):
        event(act, None, outputs, trigger_mode="multiple", **events.STATE).then(
            None, None, None, js=ARRIVED, **events.INSTANT
        )


def launch_settings() -> dict[str, Any]:
    """Arguments of Gradio's launch: no telemetry, no history, nothing fetched from other hosts."""
    return {
        "theme": theme.theme(),
        "favicon_path": theme.STATIC / "favicon.svg",
        "max_file_size": MAX_UPLOAD,
        "footer_links": ["api"],
        "run_history": False,
        "enable_monitoring": False,
        "ssr_mode": False,
        "pwa": False,
        "show_error": False,  # Gradio's own errors name paths of the server; ours are shown all the same
        "state_session_capacity": MAX_SESSIONS,
        "max_threads": MAX_EVENTS,  # most of them only wait
        "quiet": True,
    }
