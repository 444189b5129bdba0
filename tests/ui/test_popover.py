"""Buttons that explain themselves."""

from markup_reader import Page

from audioclf.ui.markup.popover import popover


def test_a_button_names_and_describes_itself_by_the_words_it_opens():
    page = Page(popover("unsure", "eight has 78 %", "ac-chip", ' data-certainty="unsure"'))
    (button,) = page.having(class_="ac-explains")
    (words,) = page.having(class_="ac-words")
    assert button["type"] == "button" and button["class"] == "ac-explains ac-chip"
    assert button["popovertarget"] == button["aria-describedby"] == words["id"]
    assert "popover" in words and page.text == "unsure eight has 78 %"


def test_the_same_explanation_can_stand_on_a_page_many_times():
    page = Page("".join(popover("GMM", "Gaussian mixture model") for _ in range(100)))
    assert len({words["id"] for words in page.having(class_="ac-words")}) == 100
