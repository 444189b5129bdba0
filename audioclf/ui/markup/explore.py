"""Explore as HTML: the path, one step with its question and controls, its pictures, numbers and sounds."""

import json
from collections.abc import Mapping, Sequence
from html import escape

from audioclf.service.explore import CHAPTERS, Choice, Slider, Step, Value, View, neighbours, numbered
from audioclf.ui.markup.figure import panels
from audioclf.ui.markup.formulas import formula
from audioclf.ui.markup.pictures import play_button
from audioclf.wording import text

# A step is chosen in the path or by Next and Back. Its settings are read when a control is let go, and while it is
# moved, whenever it rests; what the server was told is not told again.
STEPS_SCRIPT = """
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-step]');
  if (button) trigger('click', { step: button.dataset.step });
});
"""
SETTINGS_SCRIPT = """
let rest, told;
const settings = () => Object.fromEntries([...element.querySelectorAll('.ac-control [name]')]
  .map((control) => [control.name, control.value]));
const tell = (target) => {
  delete target.dataset.wanted;
  const output = target.parentElement.querySelector('output');
  if (output) output.textContent = `${target.value.replace('-', '−')} ${target.dataset.unit}`.trim();
};
const release = (wait) => {
  clearTimeout(rest);
  rest = setTimeout(() => {
    const now = { step: element.querySelector('[data-lesson]').dataset.lesson, settings: settings() };
    const words = JSON.stringify(now);
    if (words === told) return;
    told = words;
    trigger('release', now);
  }, wait);
};
watch('value', () => { clearTimeout(rest); told = undefined; window.audioclf.limited(); });
// Whoever goes to another step changes nothing of this one any more.
document.addEventListener('click', ({ target }) => {
  if (target.closest?.('button[data-step]')) clearTimeout(rest);
});
element.addEventListener('input', ({ target }) => {
  if (!target.closest('.ac-control')) return;
  tell(target);
  release(target.type === 'range' ? 80 : 0);
});
element.addEventListener('change', (event) => {
  if (!event.target.closest('.ac-control')) return;
  event.stopPropagation();
  release(0);
});
element.addEventListener('click', (event) => {
  const button = event.target.closest('button[data-by]');
  if (button) {
    const slider = button.parentElement.querySelector('input');
    slider[button.dataset.by === '-1' ? 'stepDown' : 'stepUp']();
    tell(slider);
    release(30);
  }
  const option = event.target.closest('button[data-right]');
  if (option) window.audioclf.answered(option);
});
"""

# The sentence of a new picture, for a screen reader: what comes with its own words is often not read out, so the
# place for it stays while the pictures change.
SAID = '<p class="ac-hidden" role="status"></p>'
VIEW_SCRIPT = "watch('value', audioclf.drawn);"


def path(step: Step) -> str:
    """Where the visitor is, and the list of all steps."""
    numbers = {one.id: i for i, one in numbered()}
    chapters = "".join(
        f'<div><h3>{escape(text(chapter.title))}</h3><ol start="{numbers[chapter.steps[0].id]}">'
        + "".join(_link(one, step) for one in chapter.steps)
        + "</ol></div>"
        for chapter in CHAPTERS
    )
    at, of = numbers[step.id], len(numbers)
    progress = escape(text("explore.progress", at=at, of=of))
    return (
        f'<nav class="ac-path" aria-label="{escape(text("explore.steps"))}"><details><summary>'
        f"{progress} · {escape(text('explore.steps'))}</summary>"
        f'<div class="ac-chapters">{chapters}</div></details>'
        f'<progress max="{of}" value="{at}" aria-label="{progress}"></progress></nav>'
    )


def _link(one: Step, step: Step) -> str:
    here = ' aria-current="step"' if one.id == step.id else ""
    return f'<li><button type="button" data-step="{one.id}"{here}>{escape(text(one.title))}</button></li>'


def lesson(step: Step, settings: Mapping[str, Value]) -> str:
    """Title, text, formula, question and controls of a step."""
    controls = "".join(_control(control, settings[control.name]) for control in step.controls)
    about = text("explore.settings")
    return (
        f'<section class="ac-lesson" data-lesson="{step.id}" aria-labelledby="ac-lesson-title">'
        f'<h2 id="ac-lesson-title" tabindex="-1">{escape(text(step.title))}</h2>'
        f'<div class="ac-lesson-text"><p>{escape(text(step.about))}</p>{formula(step.formula)}</div>'
        f"{question(step)}"
        f'<div class="ac-controls" role="group" aria-label="{escape(about)}">{controls}</div></section>'
    )


def question(step: Step) -> str:
    """A question to answer before looking; a click says whether it was right, and why."""
    if not step.ask:
        return ""
    asked, *options = (part.strip() for part in text(step.ask).split("|"))
    buttons = "".join(
        f'<button type="button" class="ac-button" aria-pressed="false" data-right="{str(i == step.right).lower()}">'
        f"{escape(option)}</button>"
        for i, option in enumerate(options)
    )
    words = {"true": text("explore.right"), "false": text("explore.wrong")}
    title = escape(text("explore.ask"))
    return (
        f'<div class="ac-ask" data-words="{escape(json.dumps(words))}" role="group" aria-label="{title}">'
        f"<p><b>{title}:</b> {escape(asked)}</p><p>{buttons}</p>"
        f'<p class="ac-answered" role="status" data-answer="{escape(text(step.answer))}"></p></div>'
    )


def _control(control: Choice | Slider, value: Value) -> str:
    title = escape(text(control.title))
    if isinstance(control, Choice):
        options = "".join(
            f'<option value="{one}"{" selected" if one == value else ""}>{escape(words_of(words))}</option>'
            for one, words in control.options
        )
        select = f'<select name="{control.name}">{options}</select>'
        return f'<label class="ac-control"><span>{title}</span>{select}</label>'
    unit = escape(control.unit)
    less, more = (escape(text(key, title=text(control.title))) for key in ("explore.less", "explore.more"))
    shown = f"{value:g} {control.unit}".strip().replace("-", "−")
    return (
        f'<div class="ac-control"><label for="ac-set-{control.name}">{title}</label>'
        f'<span class="ac-steps"><button type="button" data-by="-1" aria-label="{less}">−</button>'
        f'<input type="range" id="ac-set-{control.name}" name="{control.name}" min="{control.low:g}" '
        f'max="{control.high:g}" step="{control.step:g}" value="{value:g}" data-unit="{unit}" autocomplete="off">'
        f'<button type="button" data-by="1" aria-label="{more}">+</button>'
        f"<output>{escape(shown)}</output></span></div>"
    )


def words_of(words: str) -> str:
    """Words of an option: a sentence of the catalogue if this is its key."""
    return text(words) if words.startswith("explore.") else words


def view(shown: View) -> str:
    """The sentence, the pictures and the numbers of a step."""
    facts = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in shown.facts
    )
    limits = escape(json.dumps(dict(shown.limits)))
    return (
        f'<div class="ac-step-view" data-limits="{limits}"><p class="ac-step-said">{escape(shown.said)}</p>'
        f'{panels(shown.panels)}<dl class="ac-facts" aria-label="{escape(text("explore.facts"))}">{facts}</dl></div>'
    )


def sounds(files: Sequence[tuple[str, str]]) -> str:
    """Buttons that play. files: words of each, and its path on the server."""
    if not files:
        return ""
    buttons = "".join(play_button(file, words) for words, file in files)
    return (
        f'<div class="ac-listen" role="group" aria-label="{escape(text("explore.listen"))}">{buttons}</div>'
    )


def onward(step: Step) -> str:
    """The buttons to the steps before and after."""
    before, after = neighbours(step)
    back = "" if before is None else _turn(before, "back", text("explore.back", title=text(before.title)))
    ahead = (
        f'<p class="ac-about">{escape(text("explore.end"))}</p>'
        if after is None
        else _turn(after, "next", text("explore.next", title=text(after.title)))
    )
    return f'<div class="ac-onward">{back}{ahead}</div>'


def _turn(step: Step, kind: str, words: str) -> str:
    return f'<button type="button" data-step="{step.id}" data-turn="{kind}">{escape(words)}</button>'
