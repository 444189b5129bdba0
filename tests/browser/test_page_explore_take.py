"""A take recorded in the Explore tab: the lessons are about it."""

from playwright.sync_api import expect
from steps import open_tab

HAS_MICROPHONE = True


def test_a_take_made_in_the_tab_is_what_the_step_shows(open_page):
    page = open_page(permissions=["microphone"])
    open_tab(page, "Explore")
    expect(page.locator("#explore-view .ac-step-view")).to_be_visible()
    before = page.locator("#explore-view .ac-step-view").inner_html()
    page.locator("#explore-take > button").click()
    page.locator("#explore-take .ac-record").click()
    expect(page.locator("#explore-take .ac-recorder")).to_have_attribute("data-state", "recording")
    page.wait_for_timeout(1500)
    page.locator("#explore-take .ac-record").click()
    expect(page.locator("#explore-take .ac-recorder")).to_have_attribute("data-state", "done")
    expect(page.locator("#explore-clip input")).to_have_value("Your latest sound")
    page.wait_for_function(
        "before => document.querySelector('#explore-view .ac-step-view')?.innerHTML !== before", arg=before
    )
