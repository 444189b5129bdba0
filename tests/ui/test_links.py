"""Links: valid values are opened, invalid ones are named and ignored."""

from urllib.parse import parse_qs, urlsplit

import pytest

from audioclf.service.examples import list_examples
from audioclf.ui import links, page
from audioclf.ui.links import Link


def query(link: Link) -> dict[str, str]:
    return {key: value[0] for key, value in parse_qs(urlsplit(link.query()).query).items()}


TABS = [tab.id for tab in page.TABS]
FULL = Link("digits", "compare", "seven", ("digits-cnn", "digits-gmm"), True)


@pytest.mark.parametrize(
    "link", [Link(), Link(task="digits"), Link(tab="models", models=("digits-rnn",)), FULL]
)
def test_a_link_is_read_back_as_written(fake_zoo, link):
    assert links.read(query(link), fake_zoo, fake_zoo.tasks(), TABS) == (link, ())


def test_every_example_and_tab_can_be_linked(fake_zoo):
    for example in list_examples("digits"):
        assert links.read({"example": example.id}, fake_zoo, fake_zoo.tasks(), TABS) == (
            Link(example=example.id),
            (),
        )
    for tab in TABS:
        assert links.read({"tab": tab}, fake_zoo, fake_zoo.tasks(), TABS)[0].tab == tab


@pytest.mark.parametrize("key", ["task", "tab", "example", "models", "hide"])
def test_an_unknown_value_is_ignored_with_a_sentence(fake_zoo, key):
    link, (sentence,) = links.read({**query(FULL), key: "<b>weather"}, fake_zoo, fake_zoo.tasks(), TABS)
    assert not getattr(link, key) and "<b>weather" in sentence
    assert links.note([sentence]).count("&lt;b&gt;") == 1
    others = [other for other in ("task", "tab", "example", "models", "hide") if other != key]
    assert [getattr(link, other) for other in others] == [getattr(FULL, other) for other in others]


def test_known_models_stay_when_others_are_left_out(fake_zoo):
    link, ignored = links.read(
        {"models": "digits-cnn,digits-svm,,digits-cnn"}, fake_zoo, fake_zoo.tasks(), TABS
    )
    assert link.models == ("digits-cnn",) and len(ignored) == 1


def test_a_very_long_value_is_not_repeated_whole(fake_zoo):
    _, (sentence,) = links.read({"task": "x" * 10_000}, fake_zoo, fake_zoo.tasks(), TABS)
    assert len(sentence) < 300


def test_unknown_keys_are_ignored(fake_zoo):
    assert links.read({"__theme": "dark", "utm_source": "mail"}, fake_zoo, fake_zoo.tasks(), TABS) == (
        Link(),
        (),
    )


def test_a_valid_link_needs_no_note():
    assert links.note(()) == ""


def test_the_button_holds_the_link_or_a_sentence_says_why_there_is_none():
    assert 'data-query="?task=digits&amp;tab=upload' in links.copy_button(Link("digits", "upload"))
    assert "<button" not in links.copy_button(links.OWN_SOUND) and "sounds stay" in links.copy_button(
        links.OWN_SOUND
    )
