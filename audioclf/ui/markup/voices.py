"""The enrolled voices as HTML: every take with its length, its level and what is wrong with it."""

from html import escape

from audioclf.inference.takes import too_little
from audioclf.service.speakers import MAX_TAKES
from audioclf.ui.markup.glossary import explained
from audioclf.ui.markup.pictures import play_button
from audioclf.ui.voices import Recording, Speaker, Visit
from audioclf.wording import counted, text

# A click on a button sends the voice, and the place of the take if it is one.
SCRIPT = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('[data-act]');
  if (button) trigger('click', { ...button.dataset });
});
"""


def voices(visit: Visit) -> str:
    """All voices; empty without any."""
    if not visit.speakers:
        return ""
    return f'<div class="ac-speakers">{"".join(_speaker(*item) for item in visit.speakers.items())}</div>'


def hint(visit: Visit) -> str:
    """What to do next, in place of an answer."""
    now = text("speakers.hint_test") if visit.enrolled() else text("speakers.hint")
    about = text("speakers.about")
    return (
        f'<div class="ac-verdict" data-state="empty" role="status"><p class="ac-sentence">{escape(now)}</p>'
        f'<p class="ac-about">{explained(about, "enrolment", "threshold", "far", "frr")}</p></div>'
    )


def _speaker(name: str, speaker: Speaker) -> str:
    takes = "".join(_take(name, at, one) for at, one in enumerate(speaker.recordings))
    n = sum(one.is_usable and one.copy_of is None for one in speaker.recordings)
    state = (
        text("speakers.enrolled", takes=counted(n, "take")) if speaker.voices else text("speakers.not_yet")
    )
    few = too_little(min(voice.seconds for voice in speaker.voices.values())) if speaker.voices else ""
    few = few and f"<p>{escape(few)}</p>"
    more = "" if len(speaker.recordings) >= MAX_TAKES else _button("more", name, text("speakers.more"))
    return (
        f'<section class="ac-speaker" data-enrolled="{str(bool(speaker.voices)).lower()}" '
        f'aria-label="{escape(text("speakers.region", name=name))}">'
        f"<header><h3>{escape(name)}</h3><span>{escape(state)}</span></header>{few}<ol>{takes}</ol>"
        f"<footer>{more}{_button('delete', name, text('speakers.delete'))}</footer></section>"
    )


def _take(name: str, at: int, one: Recording) -> str:
    number = at + 1
    about = escape(one.name)
    if one.take:
        about = text("speakers.take", seconds=f"{one.take.seconds:.1f}", peak=_decibels(one.take.peak_db))
    play = play_button(one.audio, text("speakers.play")) if one.audio else ""
    sentences = [one.problem] if one.problem else list(one.take.problems if one.take else ())
    if one.copy_of is not None:
        sentences.append(text("takes.twice", other=text("speakers.take_number", n=one.copy_of + 1)))
    is_used = one.is_usable and one.copy_of is None
    notes = "".join(f"<p>{escape(sentence)}</p>" for sentence in sentences)
    left_out = (
        f"<p>{escape(text('speakers.left_out'))}</p>" if (one.take or one.problem) and not is_used else ""
    )
    spoken = text("speakers.remove_take", n=number)
    remove = _button("remove", name, text("speakers.remove"), f' data-at="{at}"', spoken)
    return (
        f'<li data-used="{str(is_used).lower()}"><b>{number}</b><span>{about}</span>{play}{remove}'
        f"{notes}{left_out}</li>"
    )


def _button(act: str, name: str, words: str, data: str = "", spoken: str = "") -> str:
    label = escape(spoken or words) + f", {escape(name)}"
    return (
        f'<button type="button" class="ac-button" data-act="{act}" data-voice="{escape(name)}"{data} '
        f'aria-label="{label}">{escape(words)}</button>'
    )


def _decibels(level: float) -> str:
    return f"{level:.0f}".replace("-", "−")
