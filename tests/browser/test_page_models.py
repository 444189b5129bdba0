"""The Models tab and the task picker: the registry, another one for one visitor, and the task in every tab."""

import fakes
import hostile_cards
import pytest
from file_server import serving
from playwright.sync_api import expect
from steps import SIZES, analyse, expect_empty, expect_in_view, expect_no_sideways_scrolling, open_tab

from audioclf.zoo.writing import build_index

BIRDS = ("crow", "barn_owl", "wren")


@pytest.fixture(scope="module")
def two_tasks(tmp_path_factory):
    """A registry with two tasks, neither of them bundled in this form."""
    root = tmp_path_factory.mktemp("another-zoo")
    fakes.real_zoo(root)
    return str(fakes.real_zoo(root, "environment", BIRDS).root)


def open_models(page) -> None:
    open_tab(page, "Models")
    expect(page.locator("[data-chart=confusion] img")).to_be_visible()


def listed(page) -> list[str]:
    return page.locator("#models-table .ac-pick").all_inner_texts()


def use_registry(page, where: str) -> None:
    page.locator("#registry input, #registry textarea").first.fill(where)
    page.locator("#registry-open").click()


@pytest.mark.parametrize("size", SIZES)
def test_the_registry_sorts_and_a_row_shows_its_card_and_diagrams(open_page, size):
    page = open_page(viewport=SIZES[size])
    open_models(page)
    before = listed(page)
    page.get_by_role("button", name="Accuracy").click()
    after = listed(page)
    cells = page.locator("#models-table td:nth-of-type(3)").all()
    accuracies = [float(cell.get_attribute("data-sort")) for cell in cells]
    assert sorted(after) == sorted(before) and accuracies == sorted(accuracies)
    page.locator("tr[data-model=digits-rnn] .ac-pick").click()
    expect(page.locator("#models-head")).to_contain_text("digits-rnn")
    expect(page.locator("#models-card")).to_contain_text("recurrent")
    assert listed(page) == after, "choosing a row keeps the order"
    assert all(img.get_attribute("alt") for img in page.locator("#models-charts img").all())
    expect_no_sideways_scrolling(page)


@pytest.mark.parametrize("size", SIZES)
def test_a_model_is_a_few_screens_long_and_its_sections_unfold(open_page, size):
    page = open_page(viewport=SIZES[size])
    open_models(page)
    folds = page.locator("#models-card .ac-fold")
    expect(folds.first).to_be_visible()
    height = page.evaluate("document.documentElement.scrollHeight")
    assert height < {"wide": 2600, "phone": 3600}[size]
    expect(page.locator("#models-card table:visible")).to_have_count(1)
    folds.filter(has_text="Evaluation").click()
    expect(page.locator("#models-card table:visible")).not_to_have_count(1)
    expect_no_sideways_scrolling(page)
    page.locator("tr[data-model=digits-rnn] .ac-pick").click()
    expect(page.locator("#models-head")).to_contain_text("digits-rnn")
    expect(folds.first).to_have_attribute("aria-expanded", "false")


def test_a_model_chosen_on_a_phone_comes_into_view(open_page):
    page = open_page(viewport=SIZES["phone"])
    open_models(page)
    page.locator("tr[data-model=instruments-rnn] .ac-pick").click()
    expect(page.locator("#models-head")).to_contain_text("instruments-rnn")
    expect_in_view(page, "#models-head .ac-chosen")
    expect_in_view(page, "#models-verify")


def test_the_result_of_a_check_is_shown_in_the_models_row(page):
    open_models(page)
    page.locator("#models-verify").click()
    expect(page.locator("#models-table tr[data-chosen=true] .ac-outcome")).to_contain_text("checked")
    expect(page.locator("#models-pull")).to_be_disabled()


def test_another_registry_is_this_visitors_alone_and_every_tab_follows_its_tasks(open_page, two_tasks):
    page, other = open_page(), open_page()
    analyse(page)
    open_models(page)
    use_registry(page, two_tasks)
    expect(page.locator("#models-table .ac-pick")).to_have_count(6)
    expect(page.locator("#header")).to_contain_text("another-zoo")
    assert two_tasks not in page.locator("body").inner_text()
    page.locator("#task label", has_text="Environmental sounds").click()
    expect(page.locator("#models-head")).to_contain_text("environment-")
    open_tab(page, "Microphone")
    expect(page.locator("#microphone-answer")).to_contain_text("the house")
    open_tab(page, "Upload")
    expect(page.locator("#upload-answer .ac-card").first).to_contain_text("environment-")
    expect(page.locator("#upload-answer")).to_contain_text("barn owl")
    expect(page.get_by_role("button", name="“seven”")).to_have_count(0)
    expect(other.locator("#header")).to_contain_text("bundled")
    open_tab(page, "Models")
    page.locator("#registry-back").click()
    expect(page.locator("#header")).to_contain_text("bundled")
    expect(page.locator("#models-table")).not_to_contain_text("folder")


def test_a_registry_that_cannot_be_opened_leaves_everything_as_it_was(page):
    open_models(page)
    use_registry(page, "no/such registry")
    expect(page.locator("#registry-said [role=alert]")).to_contain_text("there is no folder")
    assert "digits-cnn" in listed(page)
    expect(page.locator("#header")).to_contain_text("bundled")
    open_tab(page, "Upload")
    expect_empty(page)


def test_a_card_of_a_stranger_loads_nothing(open_page, tmp_path):
    with serving() as canary:
        root = fakes.real_zoo(tmp_path / "strange").root
        text = "# A strange card\n\n" + "\n\n".join(hostile_cards.written(canary.url).values())
        (root / "digits-cnn" / "README.md").write_text(f"{text}\n\nThe end.")
        build_index(root)
        page = open_page()
        open_models(page)
        use_registry(page, str(root))
        page.locator("tr[data-model=digits-cnn] .ac-pick").click()
        expect(page.locator("#models-card")).to_contain_text("The end.")
        page.wait_for_timeout(1500)  # a picture would be asked for within moments
        assert not page.locator("#models-card").locator("img, iframe, video").count()
        assert canary.asked == []
