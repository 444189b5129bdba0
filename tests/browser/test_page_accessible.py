"""axe-core finds nothing against WCAG 2.2 A and AA in any tab, in both themes, on a screen and on a phone."""

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import Page, expect
from steps import SIZES, expect_answer, open_tab

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN = """([levels, part]) => axe.run(part || document, {
    runOnly: { type: 'tag', values: levels }, resultTypes: ['violations'] })
  .then(found => found.violations.flatMap(rule => rule.nodes.map(node =>
    ({ rule: rule.id, target: node.target.join(' '), html: node.html.slice(0, 160), why: node.failureSummary }))))"""
# Colours in transition have another contrast.
REPAINT = """async dark => {
  document.body.classList.toggle('dark', dark);
  const frame = () => new Promise(requestAnimationFrame);
  await frame().then(frame);
  const changing = document.getAnimations().filter(one => one instanceof CSSTransition);
  await Promise.allSettled(changing.map(one => one.finished));
}"""
# Gradio's own, which the page cannot mend: rule, part of the element's selector or markup, reason.
GRADIOS: tuple[tuple[str, str, str], ...] = ()


# What the page shows after one sound, of which a model knows nothing.
HEARD_LIVE = """() => {
  const models = ["gmm", "cnn", "rnn"].map((family) => ({ family, model: `digits-${family}` }));
  const ready = { rate: 8000, lasts: false, models }, all = { seven: 0.9, "none of these": 0.1 };
  const known = { heard: true, label: "seven", known: true, certainty: "sure", probability: 0.9, probabilities: all };
  const unknown = { ...known, known: false, probabilities: { seven: 0.1, "none of these": 0.9 } };
  const view = audioclf.liveView(document.querySelector(".ac-live"), ready);
  audioclf.liveLog.begin(ready, 0);
  const sound = { start: 1, end: 1.5, answers: [known, unknown, { heard: false }] };
  view.hear(new Int16Array(16000), 16000);
  view.window({ end: 1.75, answers: sound.answers });
  view.sound(sound);
  audioclf.liveLog.add(sound);
}"""
SLOW = 120_000  # ms: a busy machine, and the laboratory's long runs
THEMES = ("light", "dark")


def violations(page: Page, state: str, part: str = "") -> list[str]:
    """What axe-core finds in both themes, one line each, without what is Gradio's own. part: a selector."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    lines = []
    for theme in THEMES:
        page.evaluate(REPAINT, theme == "dark")
        lines += [
            f"{state}, {theme}: {one['rule']}: {one['target']} {one['html']} {' '.join(one['why'].split()[4:40])}"
            for one in page.evaluate(RUN, [LEVELS, part])
            if not any(
                one["rule"] == rule and part in one["target"] + one["html"] for rule, part, _ in GRADIOS
            )
        ]
    return lines


@pytest.mark.timeout(900)
@pytest.mark.parametrize("size", SIZES)
def test_every_state_of_every_tab_is_accessible(open_page, size):
    page = open_page(viewport=SIZES[size])
    found = violations(page, "empty")
    page.locator("#examples button:visible").nth(0).click()
    expect_answer(page)
    found += violations(page, "answer")
    page.locator("#open-glossary").click()
    expect(page.locator(".ac-glossary")).to_have_attribute("open", "")
    found += violations(page, "glossary")
    open_tab(page, "Microphone")
    found += violations(page, "microphone")
    page.locator("#microphone-way label", has_text="Live").click()
    page.evaluate(HEARD_LIVE)
    expect(page.locator(".ac-live-log tbody tr")).to_have_count(3)
    found += violations(page, "live")
    open_tab(page, "Compare")
    expect(page.locator("#compare-result td[data-score]").first).to_be_visible()
    page.locator("#find-breaking-point").click()
    expect(page.locator("#stress-broken [data-chart]").first).to_be_visible(timeout=SLOW)
    for section, ready in (("explain", ".ac-reasons"), ("pair", ".ac-pair"), ("testset", ".ac-measured")):
        page.locator(f"#{section} > button").click()
        expect(page.locator(f"#{section}-result {ready}").first).to_be_visible(timeout=SLOW)
    page.locator("#bundle > button").click()
    found += violations(page, "compare")
    page.locator("#predict-first input").check()
    expect(page.locator("#predict-show")).to_be_visible()
    found += violations(page, "predict")
    open_tab(page, "Models")
    expect(page.locator("#models-charts [data-chart] img").first).to_be_visible(timeout=SLOW)
    found += violations(page, "models")
    assert not found, "\n".join(found)
