"""Live listening as HTML: the answers, the scrolling pictures, the log; script/live.js fills them."""

import json
from collections.abc import Mapping
from html import escape

from audioclf.ui.markup.cards import FAMILIES
from audioclf.wording import NONE, family_name, text

SPAN = 12  # seconds in view, as in script/live-view.js
TICKS = range(-SPAN, 1, 2)


def asked(task: str, models: tuple[str, ...], registry: str) -> str:
    """What the browser tells the server first. registry: see `ui.live.Live.token`."""
    first = json.dumps({"task": task, "models": models, "registry": registry})
    return f'<div class="ac-live-ask" data-ask="{escape(first)}"></div>'


def panel() -> str:
    """Everything beside the recorder while it listens."""
    words = {
        "listen": text("live.listen"),
        "asking": text("live.asking"),
        "connecting": text("live.connecting"),
        "stop": text("live.stop"),
        "again": text("live.again"),
        "ready": text("live.ready"),
        "listening": text("live.listening"),
        "stopped": text("live.stopped"),
        "hidden": text("live.hidden"),
        "lost": text("live.lost"),
        "unplugged": text("live.unplugged"),
        "nothing": text("live.nothing"),
        "closest": text("live.closest"),
        "share": text("live.share"),
        "delay": text("live.delay"),
        "gate": text("live.gate"),
        "spectrogram": text("live.spectrogram_view", seconds=SPAN),
        "scalogram": text("live.scalogram_view", seconds=SPAN),
        "none": NONE,
        "sure": text("cards.sure"),
        "unsure": text("cards.unsure"),
    }
    lines = text("live.lines_view", seconds=SPAN)
    marks = "".join(
        f'<span style="left:{100 * (tick + SPAN) / SPAN:.2f}%">{f"−{-tick}" if tick else 0}</span>'
        for tick in TICKS
    )
    return (
        f'<section class="ac-live" data-state="off" {_data(words)} aria-label="{escape(text("live.region"))}">'
        f'<div class="ac-cards">{"".join(map(_card, FAMILIES))}</div>'
        '<p class="ac-hidden ac-live-said" role="status"></p><div class="ac-stack">'
        f"{_figure('sound', text('live.sound_title'), words['spectrogram'], '', _kinds())}"
        f"{_figure('lines', text('live.lines_title'), lines, _levels())}"
        f'<div class="ac-times">{marks}<em>{escape(text("pictures.time"))}</em></div>'
        f'<p class="ac-live-note ac-live-delay">{escape(text("live.no_delay"))}</p>'
        f'<p class="ac-live-note ac-live-gate">{escape(text("live.no_gate"))}</p>'
        f'<p class="ac-live-note">{escape(text("live.grey"))}</p></div>'
        f"{_log()}</section>"
    )


def _card(family: str) -> str:
    return (
        f'<article class="ac-card ac-live-card" data-family="{family}" data-rejected><header>'
        f"<h3>{family_name(family)}</h3><span>{escape(text(FAMILIES[family]))}</span></header>"
        f'<p class="ac-answer">{escape(text("live.nothing"))}</p><p class="ac-live-share">–</p></article>'
    )


def _figure(name: str, title: str, about: str, axis: str, switch: str = "") -> str:
    return (
        f'<figure class="ac-figure" data-view="live-{name}"><figcaption><b>{escape(title)}</b>{switch}</figcaption>'
        f'<div class="ac-frame"><div class="ac-yaxis">{axis}</div><div class="ac-plot">'
        f'<canvas class="ac-live-{name}" role="img" aria-label="{escape(about)}"></canvas></div></div></figure>'
    )


def _kinds() -> str:
    """The switch of the picture; the first kind is chosen. The values are those of script/live-columns.js."""
    names = {"spectrogram": text("live.spectrogram"), "scalogram": text("live.scalogram")}
    choices = "".join(
        f'<label><input type="radio" class="ac-live-kind" name="live-kind" value="{kind}"{" checked" * (not at)}>'
        f"{escape(name)}</label>"
        for at, (kind, name) in enumerate(names.items())
    )
    legend = f'<legend class="ac-hidden">{escape(text("live.kind"))}</legend>'
    return f'<fieldset class="ac-live-kinds">{legend}{choices}</fieldset>'


def _levels() -> str:
    """The axis of the probabilities; the place of the lines above the lanes is that of script/live-view.js."""
    return f'<span class="ac-live-sure">{escape(text("live.sure_line"))} 80 %</span>'


def _log() -> str:
    heads = (text("live.time"), text("live.model"), text("live.answer"), text("live.probability"))
    cells = "".join(f'<th scope="col">{escape(head)}</th>' for head in heads)
    return (
        '<div class="ac-live-actions">'
        f"{_button('ac-keep', text('live.keep'))}{_button('ac-log-table', text('live.table'))}"
        f"{_button('ac-log-labels', text('live.labels'))}{_button('ac-log-clear', text('live.clear'))}</div>"
        f'<p class="ac-live-note">{escape(text("live.keep_about"))}</p>'
        f'<div class="ac-live-log" data-empty tabindex="0" role="region" aria-label="{escape(text("live.log"))}">'
        f"<table><caption>{escape(text('live.log'))}</caption><thead><tr>{cells}</tr></thead><tbody></tbody></table>"
        f'<p class="ac-live-note">{escape(text("live.log_empty"))}</p></div>'
    )


def _button(name: str, words: str) -> str:
    return f'<button type="button" class="ac-button {name}" disabled>{escape(words)}</button>'


def _data(words: Mapping[str, str]) -> str:
    return f'data-words="{escape(json.dumps(words))}"'
