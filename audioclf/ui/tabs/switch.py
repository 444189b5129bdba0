"""A switch between a few ways, as buttons side by side."""

import gradio as gr


def switch(choices: list[tuple[str, str]], label: str, elem_id: str) -> gr.Radio:
    """choices: words and value of each; the first one is chosen. label: for screen readers."""
    return gr.Radio(
        choices,
        value=choices[0][1],
        label=label,
        show_label=False,
        container=False,
        elem_id=elem_id,
        elem_classes="ac-segments",
    )
