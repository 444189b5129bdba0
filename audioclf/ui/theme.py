"""Colours, fonts and the header. Only fonts on the visitor's machine are used: none is downloaded."""

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path

import gradio as gr

from audioclf.ui.front import card
from audioclf.ui.links import KEYS
from audioclf.ui.markup.glossary import term
from audioclf.wording import section, text

STATIC = Path(__file__).with_name("static")
STYLES = (
    "base",
    "gradio",
    "give",
    "header",
    "glossary",
    "popover",
    "cards",
    "pictures",
    "compare",
    "strings",
    "lab",
    "pair",
    "speakers",
    "explore",
    "links",
    "live",
    "models",
    "narrow",
)
SCRIPTS = (
    "start",
    "lost",
    "reveal",
    "bring",
    "files",
    "pause",
    "microphone",
    "live",
    "live-columns",
    "live-log",
    "live-view",
    "popover",
    "diagram",
    "view",
    "player",
    "strings",
    "zoom",
    "readout",
    "spectrogram",
    "pair",
    "speakers",
    "explore",
    "links",
    "address",
    "room",
    "tables",
    "fold",
    "tabs",
    "stops",
)
SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Liberation Sans", "sans-serif")
MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "Liberation Mono", "monospace")


def theme() -> gr.themes.Base:
    """The light and the dark theme; the only strong colours on the page are those of the three families."""
    return gr.themes.Base(
        primary_hue="slate", neutral_hue="slate", radius_size="md", text_size="md", font=SANS, font_mono=MONO
    ).set(
        body_background_fill="#f6f7f9",
        body_background_fill_dark="#11151c",
        body_text_color="#1b2430",
        body_text_color_dark="#e6eaf0",
        body_text_color_subdued="#566173",
        body_text_color_subdued_dark="#9aa6b8",
        background_fill_primary="#ffffff",
        background_fill_primary_dark="#1a202a",
        background_fill_secondary="#f0f2f5",
        background_fill_secondary_dark="#222a36",
        border_color_primary="#dde2e9",
        border_color_primary_dark="#303a49",
        block_background_fill="#ffffff",
        block_background_fill_dark="#1a202a",
        block_border_width="1px",
        block_shadow="none",
        block_radius="10px",
        input_radius="8px",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_border_width="0px",
        button_border_width="1px",
        button_secondary_border_color="#dde2e9",
        button_secondary_border_color_dark="#303a49",
        button_secondary_background_fill="#ffffff",
        button_secondary_background_fill_dark="#1a202a",
        button_secondary_background_fill_hover="#f0f2f5",
        button_secondary_background_fill_hover_dark="#222a36",
    )


def head() -> str:
    """Description, style and script of the page.

    ui.front puts them into the HTML. Gradio's launch(head=...) would add them only after its own scripts have run,
    and launch(css=...) would rewrite the rules and lose the nested ones.
    """
    style = _joined("style", ".css", STYLES)
    script = _joined("script", ".js", SCRIPTS)
    texts = json.dumps(section("script"), ensure_ascii=False).replace("<", "\\u003c")
    about = card(text("page.title"), text("page.description"))
    return (
        f"{about}<style>{style}</style>"
        f"<script>\nconst texts = {texts}, keys = {json.dumps(KEYS)};\n{script}</script>"
    )


def _joined(folder: str, suffix: str, names: Sequence[str]) -> str:
    return "".join((STATIC / folder / f"{name}{suffix}").read_text("utf-8") for name in names)


def header(status: str) -> str:
    """Name, subtitle, and the registry in use."""
    subtitle = text("page.subtitle", gmm=term("gmm"), cnn=term("cnn"), rnn=term("rnn"))
    return (
        '<header class="ac-header">'
        f'<button type="button" class="ac-skip">{escape(text("page.skip"))}</button>'
        '<svg viewBox="0 0 44 44" width="40" height="40" aria-hidden="true">'
        '<path data-family="gmm" d="M2 12q5-10 10 0t10 0 10 0 10 0"/>'
        '<path data-family="cnn" d="M2 22q5-10 10 0t10 0 10 0 10 0"/>'
        '<path data-family="rnn" d="M2 32q5-10 10 0t10 0 10 0 10 0"/></svg>'
        f"<div><h1>audioclf</h1><p>{subtitle}"
        f'<span class="ac-status">{escape(status)}</span></p></div></header>'
    )


def tools() -> str:
    """The buttons beside the header: glossary and large type."""
    return (
        '<div class="ac-tools">'
        f'<button type="button" id="open-glossary">{escape(text("page.glossary"))}</button>'
        f'<button type="button" id="projector" aria-pressed="false">{escape(text("page.projector"))}</button></div>'
    )
