"""All steps of Explore by keyboard alone: every control is reached, seen and works, and keeps the focus."""

import pytest
from playwright.sync_api import Page, expect
from steps import slow_network
from test_page_keyboard import OUTLINE

from audioclf.lessons.outline import CHAPTERS, numbered

LAST = list(numbered())[-1][1].id
PARTS = "#explore-lesson, #explore-sounds, #explore-more, #explore-onward"
# What the Tab key should reach, from the title on, in the order of the page.
CONTROLS = f"""() => [...document.querySelectorAll("{PARTS}")].flatMap((part) =>
  [...part.querySelectorAll("button, select, input")].filter((one) => one.offsetParent && !one.disabled))
  .map((one) => (one.textContent.trim() || one.ariaLabel || one.name).slice(0, 40))"""
HERE = """() => { const n = document.activeElement;
  return (n.textContent.trim() || n.ariaLabel || n.name || "").slice(0, 40); }"""
STAYS = "() => { window.place = document.activeElement; }"
# The picture's sentence, which another drawing may replace at any time.
READ_OUT = """() => { const said = document.querySelector(".ac-step-said")?.textContent;
  return said && said === document.querySelector("#explore-said [role=status]").textContent; }"""
STAYED = "() => document.activeElement === window.place && window.place.isConnected"


def press(page: Page, key: str, times: int = 1) -> None:
    for _ in range(times):
        page.keyboard.press(key)


def walk(page: Page) -> list[str]:
    """What the Tab key reaches from the title to the last button of the step, each of it seen."""
    reached = []
    for _ in range(40):
        press(page, "Tab")
        if not page.evaluate(f"document.activeElement.closest('{PARTS}') !== null"):
            break
        html, is_seen = page.evaluate(OUTLINE)
        assert is_seen, html
        reached.append(page.evaluate(HERE))
    return reached


def answer_the_question(page: Page) -> None:
    page.locator(".ac-ask button").first.focus()
    press(page, "Space")
    expect(page.locator(".ac-answered")).not_to_be_empty()
    assert page.evaluate("document.activeElement.closest('.ac-ask') !== null")


def change_every_control(page: Page, step: str) -> None:
    """Arrows or Enter change a control, the focus stays, and the sentence of the new picture is read out."""
    settable = page.locator("#explore-lesson .ac-control :is(select, input):enabled")
    for i in range(settable.count()):
        control = settable.nth(i)
        name, before = control.get_attribute("name"), control.input_value()
        control.focus()
        page.evaluate(STAYS)
        press(page, "ArrowRight")
        if control.input_value() == before:
            press(page, "ArrowLeft")
        assert control.input_value() != before, (step, name)
        page.wait_for_function(
            "name => new URLSearchParams(location.search).get('set')?.includes(name)", arg=name
        )
        assert page.evaluate(STAYED), (step, name)
        page.wait_for_function(READ_OUT)
    if page.locator("#explore-lesson [data-by]:enabled").count():
        output = page.locator("#explore-lesson output").first
        for way, key in (("-1", "Enter"), ("1", "Space")):
            before = output.text_content()
            page.locator(f"#explore-lesson [data-by='{way}']").first.focus()
            press(page, key)
            expect(output).not_to_have_text(before or "")


@pytest.mark.timeout(600)
@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.title.partition(".")[2])
def test_every_step_can_be_gone_through_by_keyboard(open_page, chapter):
    first = chapter.steps[0]
    page = open_page(query=f"?tab=explore&example=seven&step={first.id}")
    expect(page.locator("#explore-view .ac-step-view")).to_be_visible()
    page.wait_for_function("location.search.includes('step=')")
    press(page, "Tab")
    press(page, "Enter")  # skips the header
    for step in chapter.steps:
        expect(page.locator(f"#explore-lesson [data-lesson={step.id}]")).to_be_visible()
        expect(page.locator("#explore-view .ac-step-view")).to_be_visible()
        expect(page.locator("#ac-lesson-title")).to_be_focused()
        page.wait_for_function("step => location.search.includes(`step=${step}`)", arg=step.id)
        if step.slow:
            expect(page.locator("#explore-more button").first).to_be_visible()
        wanted = page.evaluate(CONTROLS)
        assert walk(page) == wanted and len(wanted) > 2, step.id
        answer_the_question(page)
        change_every_control(page, step.id)
        if step.id != LAST:
            page.locator("[data-turn=next]").focus()
            press(page, "Enter")


def test_the_header_is_skipped_and_each_group_is_one_stop(open_page):
    page = open_page(query="?tab=explore&step=sampling&example=seven")
    expect(page.locator("#explore-view .ac-step-view")).to_be_visible()
    press(page, "Tab")
    expect(page.locator(".ac-skip")).to_be_focused()
    press(page, "Space")
    expect(page.locator("#ac-lesson-title")).to_be_focused()
    press(page, "Tab")
    expect(page.locator(".ac-ask button").first).to_be_focused()
    page.get_by_role("tab", name="Explore").focus()
    press(page, "Tab")
    expect(page.locator("#explore-clip input")).to_be_focused()
    press(page, "Shift+Tab")
    expect(page.get_by_role("tab", name="Explore")).to_be_focused()


def test_arrows_move_between_the_tasks(open_page):
    page = open_page(query="?tab=explore&step=splits")
    expect(page.locator("#explore-view .ac-step-view")).to_be_visible()
    page.locator("#open-glossary").focus()
    press(page, "Shift+Tab")
    task = page.locator("#task input")
    expect(task.first).to_be_focused()
    press(page, "ArrowRight")
    expect(task.nth(1)).to_be_checked()
    expect(page.locator("#explore-view")).to_contain_text("windows split at random")
    expect(task.nth(1)).to_be_focused()
    press(page, "ArrowRight")
    expect(page.locator("#explore-view")).to_contain_text("0 more to uncover")
    expect(page.locator("#explore-lesson input[name=shown]")).to_be_disabled()
    press(page, "ArrowRight")
    expect(page.locator("#explore-lesson input[name=shown]")).to_have_attribute("max", "6")
    expect(task.first).to_be_focused()


def test_changes_made_while_a_picture_is_drawn_are_all_drawn(open_page):
    page = open_page(query="?tab=explore&step=em")
    expect(page.locator("#explore-view .ac-step-view")).to_be_visible()
    slow_network(page)
    changed = ("kind:spherical", "init:kmeans", "data:moons")
    for name, value in (one.split(":") for one in changed):
        page.locator(f"#explore-lesson select[name={name}]").select_option(value)
        page.wait_for_timeout(150)
    for one in changed:
        page.wait_for_function("one => location.search.includes(one)", arg=one)


@pytest.mark.parametrize("latency", [0, 400])
def test_a_control_changed_just_before_the_next_step_does_not_bring_the_step_back(open_page, latency):
    page = open_page(query="?tab=explore&step=amplitude&example=seven")
    expect(page.locator("#explore-view .ac-step-view")).to_be_visible()
    slow_network(page, latency)
    page.evaluate("""() => { document.querySelector("#explore-lesson [data-by='1']").click();
      document.querySelector("[data-turn=next]").click(); }""")
    expect(page.locator("#explore-lesson [data-lesson=frame]")).to_be_visible()
    page.wait_for_function("location.search.includes('step=frame')")
    page.wait_for_timeout(1500)
    assert "step=frame" in page.url and "set=" not in page.url


def test_a_change_taken_back_while_it_is_drawn_is_not_shown(open_page):
    page = open_page(query="?tab=explore&step=em")
    expect(page.locator("#explore-view .ac-step-view")).to_be_visible()
    kind, said = page.locator("#explore-lesson select[name=kind]"), page.locator(".ac-step-said")
    usual, before = kind.input_value(), said.text_content()
    slow_network(page)
    kind.select_option("spherical")
    page.wait_for_timeout(50)
    kind.select_option(usual)
    page.wait_for_timeout(3000)
    assert said.text_content() == before
    assert "kind" not in page.url
