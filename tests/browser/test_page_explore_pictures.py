"""The pictures of Explore: on a desk and on a phone, no text touches another or is cut off."""

import pytest
from playwright.sync_api import expect
from steps import SIZES

from audioclf.lessons.outline import CHAPTERS
from audioclf.lessons.step import Choice

# Texts closer than these pixels, and texts outside their picture. Words and their symbol in a legend belong together.
TOUCHING = """() => {
  const view = document.querySelector("#explore-view .ac-step-view").getBoundingClientRect(), found = [];
  for (const figure of document.querySelectorAll("#explore-view figure")) {
    const title = figure.querySelector("b").textContent, all = [];
    const walk = document.createTreeWalker(figure, NodeFilter.SHOW_TEXT);
    for (let node = walk.nextNode(); node; node = walk.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(node);
      const of = node.parentElement.closest("li, em, p, span, b"), words = node.textContent.trim();
      for (const box of range.getClientRects()) if (box.width > 1) all.push({ words, of, box });
    }
    for (const [i, a] of all.entries()) {
      const plot = a.of.closest(".ac-drawn")?.getBoundingClientRect() ?? view;
      if (a.box.left < plot.left - 1 || a.box.right > plot.right + 1) found.push(`${title}: "${a.words}" is cut off`);
      for (const b of all.slice(i + 1)) {
        if (a.of === b.of || a.of.contains(b.of) || b.of.contains(a.of)) continue;
        const across = Math.min(a.box.right, b.box.right) - Math.max(a.box.left, b.box.left);
        const down = Math.min(a.box.bottom, b.box.bottom) - Math.max(a.box.top, b.box.top);
        // Lines of a box are higher than their letters.
        if (across > -2 && down > 1) found.push(`${title}: "${a.words}" touches "${b.words}" (${across}, ${down})`);
      }
    }
  }
  return found;
}"""


def options(step):
    """The default, and the values of each choice, as a hand would set them one by one."""
    yield None, ""
    for control in step.controls:
        if isinstance(control, Choice):
            yield from ((control.name, str(value)) for value, _ in control.options)


@pytest.mark.timeout(900)
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.title.partition(".")[2])
def test_no_text_of_a_picture_touches_another_or_is_cut_off(open_page, chapter, size):
    page, found = (
        open_page(query=f"?tab=explore&example=seven&step={chapter.steps[0].id}", viewport=SIZES[size]),
        [],
    )
    for step in chapter.steps:
        expect(page.locator(f"#explore-lesson [data-lesson={step.id}]")).to_be_visible()
        expect(page.locator("#explore-view .ac-step-view")).to_be_visible()
        for name, value in options(step):
            box = page.locator(f"#explore-lesson select[name={name}]")
            if name and not page.locator(f"#explore-lesson [name={name}] [value='{value}']:disabled").count():
                box.select_option(value)
                page.wait_for_timeout(500)
            found += [f"{step.id} {name}={value} {one}" for one in page.evaluate(TOUCHING)]
        if step != chapter.steps[-1]:
            page.locator("[data-turn=next]").click()
    assert not found, "\n".join(dict.fromkeys(found))
