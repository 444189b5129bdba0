"""Links: valid values are opened, invalid ones are named and ignored."""

from urllib.parse import parse_qs, urlsplit

import pytest

from audioclf.service.examples import list_examples
from audioclf.ui import links, page
from audioclf.ui.links import Link
from audioclf.ui.page import build_demo
from audioclf.wording import text
from audioclf.zoo.registry import open_registry


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


@pytest.mark.parametrize(
    "given",
    [
        {"models": ",".join(f"no-{n}" for n in range(50_000))},
        {"step": "mel", "set": ",".join(f"no{n}:1" for n in range(50_000))},
        {"models": "x" * 100_000, "task": "y" * 100_000, "set": ":" * 100_000, "step": "z" * 100_000},
    ],
)
def test_whatever_a_link_asks_for_the_note_is_short(read, given):
    _, ignored = read(given)
    assert 0 < len(ignored) <= links.MAX_NOTES + 1 and len(links.note(ignored)) < 5000


@pytest.mark.parametrize("task", ["digits", "instruments", "environment"])
def test_a_link_that_hides_scores_does_not_name_the_answer_and_names_work_all_the_same(task):
    for example in list_examples(task):
        written = query(Link(task, "upload", example.id, hide=True))
        assert example.id not in written["example"] and (example.label or "?") not in str(written)
        for named in (written, {**written, "example": example.id}):
            link, ignored = links.read(named, open_registry(), [task], TABS)
            assert (link.example, ignored) == (example.id, ())


def test_unknown_keys_are_ignored(read):
    assert read({"__theme": "dark", "utm_source": "mail"}) == (Link(), ())


def test_a_valid_link_needs_no_note():
    assert links.note(()) == ""


def test_the_button_holds_the_link_or_a_sentence_says_why_there_is_none():
    link = Link("digits", "upload")
    assert 'data-query="?task=digits&amp;tab=upload' in links.copy_button(link)
    reason = links.no_button(link, text("links.own_sound"))
    assert "<button" not in reason and "stays on this server" in reason
    assert 'data-query="?task=digits&amp;tab=upload' in reason, "the page's address follows it all the same"


@pytest.mark.parametrize("name", ["compare-clip", "pair-second", "explore-clip"])
def test_an_event_that_waited_may_bring_a_sound_of_the_task_before(name):
    demo = build_demo(open_registry())
    (dropdown,) = (block for block in demo.blocks.values() if getattr(block, "elem_id", None) == name)
    assert dropdown.preprocess("a sound of another task") == "a sound of another task"
