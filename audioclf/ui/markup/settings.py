"""Settings of the spectrogram that people look at, as HTML; the page's script draws it again in the browser."""

from collections.abc import Sequence
from html import escape

from audioclf.wording import text

Choice = tuple[str, str]  # value, words

N_FFT = tuple((str(2**power), f"{2**power:,}") for power in range(6, 13))
OVERLAP = (("0", "0 %"), ("0.5", "50 %"), ("0.75", "75 %"), ("0.875", "87.5 %"))
RANGE = tuple((str(db), str(db)) for db in (40, 60, 80, 100))


def spectrogram_settings() -> str:
    """A closed panel of five choices and a button that takes them back."""
    windows = (
        ("hann", text("pictures.hann")),
        ("hamming", text("pictures.hamming")),
        ("blackman", text("pictures.blackman")),
        ("rectangular", text("pictures.rectangular")),
    )
    axes = (
        ("mel", text("pictures.mel")),
        ("linear", text("pictures.linear")),
        ("log", text("pictures.log")),
    )
    choices = (
        ("n_fft", text("pictures.n_fft"), N_FFT, "256"),
        ("overlap", text("pictures.overlap"), OVERLAP, "0.75"),
        ("window", text("pictures.window"), windows, "hann"),
        ("range", text("pictures.range"), RANGE, "60"),
        ("frequency", text("pictures.frequency"), axes, "mel"),
    )
    about = text("pictures.settings_about")
    return (
        f'<details class="ac-settings"><summary>{text("pictures.settings")}</summary><div>'
        f"{''.join(_select(*choice) for choice in choices)}"
        f'<button type="button" class="ac-button" data-reset>{text("pictures.settings_reset")}</button>'
        f"<p>{about}</p></div></details>"
    )


def _select(name: str, words: str, choices: Sequence[Choice], chosen: str) -> str:
    options = "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(shown)}</option>'
        for value, shown in choices
    )
    return f'<label>{escape(words)}<select name="{name}">{options}</select></label>'
