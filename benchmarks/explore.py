"""How long a step of Explore takes to redraw, in Chromium: from the release of a control to the new picture."""

import statistics
from typing import Any

from audioclf.service.explore import STEPS, Choice, Step
from benchmarks.browser import visited
from benchmarks.measure import table

ROUNDS = 9
PAUSE_MS = 250  # between two changes, as by hand
# Set a control as a hand would, and wait until the view has changed, its pictures are decoded and drawn.
CHANGE = """([name, value]) => new Promise((done, failed) => {
  const view = document.querySelector("#explore-view");
  const shown = () => view.querySelector(".ac-step-view")?.innerHTML ?? "";
  const before = shown();
  const box = document.querySelector(`#explore-lesson [name="${name}"]`);
  const start = performance.now();
  const watcher = new MutationObserver(() => {
    if (shown() === before) return;
    watcher.disconnect();
    Promise.allSettled([...view.querySelectorAll("img")].map((image) => image.decode())).then(() =>
      requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - start))));
  });
  watcher.observe(view, { childList: true, subtree: true, attributes: true, characterData: true });
  setTimeout(() => failed(new Error(`${name} = ${value} changes nothing`)), 10000);
  box.value = value;
  for (const kind of ["input", "change"]) box.dispatchEvent(new Event(kind, { bubbles: true }));
})"""


def _values(step: Step) -> list[str]:
    """Values of the first control, the default last."""
    control = step.controls[0]
    if isinstance(control, Choice):
        others = [value for value, _ in control.options if value != control.default][:2]
    else:
        way = 1 if control.default + 2 * control.step <= control.high else -1
        others = [control.default + way * times * control.step for times in (1, 2)]
    return [str(value) for value in (*others, control.default)]


def _times(page: Any, step: Step) -> list[float]:
    """Milliseconds of ROUNDS changes or more."""
    values, found = _values(step), []
    while len(found) < ROUNDS:
        for value in values:
            found.append(page.evaluate(CHANGE, [step.controls[0].name, value]))
            page.wait_for_timeout(PAUSE_MS)
    return found


def report() -> str:
    """A Markdown section."""
    title, rows = "## A step of Explore, drawn anew\n\n", []
    try:
        with visited() as (browser, url):
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            for step in filter(lambda one: one.controls, STEPS.values()):
                page.goto(f"{url}?tab=explore&example=seven&step={step.id}")
                page.wait_for_selector("#explore-view .ac-step-view")
                page.wait_for_timeout(3 * PAUSE_MS)
                times = _times(page, step)
                rows.append(
                    (
                        step.id,
                        step.controls[0].name,
                        f"{statistics.median(times):.0f} ms",
                        f"{max(times):.0f} ms",
                    )
                )
    except RuntimeError as error:
        return f"{title}Not measured: {error}"
    words = f"{ROUNDS} changes of a step's first control or more, from its release to the picture. Goal: < 200 ms."
    return f"{title}{words}\n\n" + table(("step", "control", "median", "longest"), rows)
