"""How a visitor gives a sound, as HTML: the box for files, the recorder, and the labels that the models know."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from audioclf.service.analysis import FORMATS, MAX_BYTES, SUFFIXES
from audioclf.wording import NONE, listed, readable, text

MAX_LABELS = 24  # named below the recorder; a visitor's registry may have hundreds


@dataclass(frozen=True)
class Stop:
    """When a take of a task ends by itself: after a pause and at a length, both in seconds. pause: 0 for no pause."""

    pause: float
    most: float

    def words(self) -> str:
        """The rule as a sentence."""
        if self.pause:
            return text("microphone.stops_at_a_pause", most=f"{self.most:g}")
        return text("microphone.stops_at_a_length", most=f"{self.most:g}")


# A digit is followed by quiet, rain is not.
STOPS: Mapping[str, Stop] = {
    "digits": Stop(pause=1.2, most=30.0),
    "instruments": Stop(pause=1.5, most=10.0),
    "environment": Stop(pause=0.0, most=5.0),
    "speakers": Stop(pause=1.5, most=20.0),
}
OTHER_STOP = Stop(pause=1.5, most=10.0)


def file_box(hand: str) -> str:
    """The box that takes a file by choice, drop or paste. hand: id of the hidden button that passes it on."""
    words = {
        "empty": text("upload.drop"),
        "example": text("upload.example"),
        "limits": text("upload.limits", formats=FORMATS),
        "several": text("upload.several"),
        **_file_words(),
    }
    return (
        f'<section class="ac-drop" data-state="empty" data-hand="{hand}" '
        f'{_file_data(words)} aria-label="{escape(text("upload.box"))}">'
        f'<p class="ac-drop-name">{escape(words["empty"])}</p>'
        f'<div class="ac-drop-buttons">{_choose(text("upload.choose"))}'
        f'<button type="button" class="ac-remove">{escape(text("upload.remove"))}</button></div>'
        f'<p class="ac-drop-note" role="status">{escape(words["limits"])}</p></section>'
    )


def second_file(hand: str) -> str:
    """A button that takes one more file, without dropping and pasting. hand: as in `file_box`."""
    return (
        f'<div class="ac-second" data-hand="{hand}" {_file_data(_file_words())}>{_choose(text("pair.choose"))}'
        '<p class="ac-drop-note" role="status"></p></div>'
    )


def several_files(hand: str) -> str:
    """A button that takes several files at once, also those that are dropped on its tab. hand: as in `file_box`."""
    words = {**_file_words(), "count": text("speakers.sending")}
    return (
        f'<div class="ac-several" data-hand="{hand}" {_file_data(words)}>'
        f'{_choose(text("speakers.choose"), " multiple")}<p class="ac-drop-note" role="status"></p></div>'
    )


def recorder(hand: str) -> str:
    """The record button with level and time, what it says, and its settings. hand: as in `file_box`."""
    words = {
        "ready": text("microphone.ready"),
        "record": text("microphone.record"),
        "asking": text("microphone.asking"),
        "stop": text("microphone.stop"),
        "again": text("microphone.again"),
        "allow": text("microphone.allow"),
        "recording": text("microphone.recording"),
        "until": text("microphone.until"),
        "sending": text("microphone.sending"),
        "stopped": text("microphone.stopped"),
        "pause": text("microphone.pause"),
        "limit": text("microphone.limit"),
        "nothing": text("microphone.nothing"),
        "unplugged": text("microphone.unplugged"),
        "cancelled": text("microphone.cancelled"),
        "denied": text("microphone.denied"),
        "missing": text("microphone.missing"),
        "busy": text("microphone.busy"),
        "failed": text("microphone.failed"),
        "muted": text("microphone.muted"),
        "silent": text("microphone.silent"),
        **_sending_words(),
    }
    stops = _switch("ac-stops", text("microphone.stops"), text("microphone.stops_about"), on=True)
    processing = _switch("ac-processing", text("microphone.processing"), text("microphone.processing_about"))
    device, any_device = escape(text("microphone.device")), escape(text("microphone.any_device"))
    return (
        f'<section class="ac-recorder" data-state="idle" data-hand="{hand}" data-words="{_data(words)}" '
        f'aria-label="{escape(text("microphone.box"))}">'
        f'<button type="button" class="ac-record"><i aria-hidden="true"></i><b>{escape(words["record"])}</b></button>'
        '<div class="ac-meter"><span class="ac-elapsed">0.0 s</span>'
        '<span class="ac-loudness" aria-hidden="true"><i></i></span></div>'
        f'<p class="ac-record-status" role="status">{escape(words["ready"])}</p>'
        f'<details class="ac-record-options"><summary>{escape(text("microphone.options"))}</summary>'
        f"{stops}{processing}<label>{device}"
        f'<select class="ac-device" disabled><option value="">{any_device}</option></select>'
        "</label></details></section>"
    )


def known_labels(labels: Sequence[str]) -> str:
    """A sentence with the labels that the models can give; empty if they are not known yet."""
    if not labels:
        return ""
    names = [readable(label) for label in labels[:MAX_LABELS]]
    if more := len(labels) - len(names):
        names.append(text("upload.more_labels", count=more))
    others = text("upload.others", none=NONE)
    return (
        f'<p class="ac-known"><b>{escape(text("upload.known"))}</b> {escape(listed(names))}. '
        f"{escape(others)}</p>"
    )


def prompt_line(task: str, prompt: str) -> str:
    """What to record and when it stops; the recorder reads the rule from its data."""
    stop = STOPS.get(task, OTHER_STOP)
    return (
        f'<p class="ac-prompt" data-pause="{stop.pause:g}" data-most="{stop.most:g}">'
        f"<b>{escape(prompt)}.</b> {escape(stop.words())}</p>"
    )


def _choose(words: str, attributes: str = "") -> str:
    """The button that opens the browser's choice of files. attributes: of its input, with a space before each."""
    accept = ",".join(("audio/*", "video/*", *SUFFIXES))
    return (
        f'<label class="ac-choose"><input type="file" accept="{accept}"{attributes}>{escape(words)}</label>'
    )


def _file_data(words: Mapping[str, str]) -> str:
    return f'data-most-bytes="{MAX_BYTES}" data-words="{_data(words)}"'


def _file_words() -> dict[str, str]:
    return {
        "sending": text("upload.sending"),
        "large": text("upload.large", most=f"{MAX_BYTES / 2**20:.0f}"),
        "nothing": text("upload.nothing"),
        **_sending_words(),
    }


def _sending_words() -> dict[str, str]:
    return {"unsent": text("upload.unsent"), "refused": text("upload.refused")}


def _switch(name: str, label: str, about: str, on: bool = False) -> str:
    checked = " checked" if on else ""
    return (
        f'<label class="ac-switch"><input type="checkbox" class="{name}"{checked}>'
        f"<span>{escape(label)}<small>{escape(about)}</small></span></label>"
    )


def _data(words: Mapping[str, str]) -> str:
    return escape(json.dumps(words))
