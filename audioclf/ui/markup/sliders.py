"""The sliders that degrade a sound, as HTML with a small script: one row per stress, in groups."""

import json
from collections.abc import Mapping
from html import escape

from audioclf.service.lab import Slider, sliders

# Groups in the order of the signal chain.
GROUPS: Mapping[str, tuple[str, ...]] = {
    "The voice": ("pitch", "speed"),
    "The room": ("reverb", "snr_babble", "snr_pink", "snr_white"),
    "The microphone": ("gain", "clipping"),
    "The line": ("low_pass", "telephone", "mp3", "opus", "mulaw", "alaw"),
    "A remedy": ("denoise",),
}
# The text follows the thumb; the sound is computed when the thumb is released, or 250 ms after the last key press.
SCRIPT = """
const words = (input) => JSON.parse(input.dataset.words)[Number(input.value) - Number(input.min)];
const place = (input, value) => (value - input.min) / (input.max - input.min);
const positions = () => {
  const moved = [...element.querySelectorAll('input[type=range]')].filter((input) => input.value !== '0');
  return Object.fromEntries(moved.map((input) => [input.name, Number(input.value)]));
};
element.addEventListener('input', ({ target }) => {
  const ends = [place(target, 0), place(target, Number(target.value))].sort((a, b) => a - b);
  ends.forEach((end, i) => target.style.setProperty(['--low', '--high'][i], end));
  target.parentElement.querySelector('output').textContent = words(target);
  target.setAttribute('aria-valuetext', words(target));
  target.parentElement.dataset.on = Number(target.value) !== 0;
});
let rest;
element.addEventListener('change', (event) => {
  event.stopPropagation();
  clearTimeout(rest);
  rest = setTimeout(() => {
    window.audioclf.stale();
    trigger('release', { positions: positions() });
  }, 250);
});
"""
# Redrawing would not reset the sliders: Gradio skips markup that has not changed.
RESET = """() => {
  for (const input of document.querySelectorAll('.ac-sliders input[type=range]')) {
    input.value = 0;
    input.dispatchEvent(new Event('input', { bubbles: true }));
  }
}"""


def all_off() -> str:
    """Every slider at 0."""
    known = {slider.name: slider for slider in sliders()}
    return '<div class="ac-sliders">' + "".join(
        f"<fieldset><legend>{title}</legend>{''.join(_row(known[name]) for name in names)}</fieldset>"
        for title, names in GROUPS.items()
    ) + "</div>"  # fmt: skip


def _row(slider: Slider) -> str:
    off = slider.words[-slider.first]
    at = -slider.first / (slider.last - slider.first)
    return (
        f'<label class="ac-slider" data-on="false"><span>{escape(slider.title)}</span>'
        f'<input type="range" name="{slider.name}" min="{slider.first}" max="{slider.last}" step="1" value="0" '
        f'style="--off:{at:.4f};--low:{at:.4f};--high:{at:.4f}" '
        f'autocomplete="off" aria-valuetext="{off}" data-words="{escape(json.dumps(slider.words))}">'
        f"<output>{off}</output></label>"
    )
