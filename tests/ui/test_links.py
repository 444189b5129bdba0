"""Links: valid values are opened, invalid ones are named and ignored."""

from urllib.parse import parse_qs, urlsplit

import pytest

from audioclf.service.examples import list_examples
from audioclf.ui import links, page
from audioclf.ui.links import Link


def query(link: Link) -> dict[str, str]:
    return {key: value[0] for key, value in parse_qs(urlsplit(link.query()).query).items()}


@pytest.fixture
def read(fake_zoo):
    """Read a query: the link, and sentences about what is ignored."""
    return lambda given: links.read(given, fake_zoo, fake_zoo.tasks(), TABS)


TABS = [tab.id for tab in page.TABS]
FULL = Link("digits", "compare", "seven", ("digits-cnn", "digits-gmm"), True)


@pytest.mark.parametrize(
    "link", [Link(), Link(task="digits"), Link(tab="models", models=("digits-rnn",)), FULL]
)
def test_a_link_is_read_back_as_written(read, link):
    assert read(query(link)) == (link, ())


def test_every_example_and_tab_can_be_linked(read):
    for example in list_examples("digits"):
        assert read({"example": example.id}) == (Link(example=example.id), ())
    for tab in TABS:
        assert read({"tab": tab}) == (Link(tab=tab), ())


@pytest.mark.parametrize("key", ["task", "tab", "example", "models", "hide"])
def test_an_unknown_value_is_ignored_with_a_sentence(read, key):
    link, (sentence,) = read({**query(FULL), key: "<b>weather"})
    assert not getattr(link, key) and "<b>weather" in sentence
    assert links.note([sentence]).count("&lt;b&gt;") == 1
    others = [other for other in ("task", "tab", "example", "models", "hide") if other != key]
    assert [getattr(link, other) for other in others] == [getattr(FULL, other) for other in others]


def test_known_models_stay_when_others_are_left_out(read):
    link, ignored = read({"models": "digits-cnn,digits-svm,,digits-cnn"})
    assert link.models == ("digits-cnn",) and len(ignored) == 1


def test_a_very_long_value_is_not_repeated_whole(read):
    _, (sentence,) = read({"task": "x" * 10_000})
    assert len(sentence) < 300


def test_unknown_keys_are_ignored(read):
    assert read({"__theme": "dark", "utm_source": "mail"}) == (Link(), ())


def test_a_valid_link_needs_no_note():
    assert links.note(()) == ""


def test_the_button_holds_the_link_or_a_sentence_says_why_there_is_none():
    assert 'data-query="?task=digits&amp;tab=upload' in links.copy_button(Link("digits", "upload"))
    reason = links.copy_button(links.OWN_SOUND)
    assert "<button" not in reason and "sounds stay" in reason
