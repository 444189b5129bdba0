"""The voices of a visit: takes come and go, names stay apart, and every session has its own."""

import gc
import weakref
from datetime import timedelta

import gradio as gr
import pytest
from markup_reader import EVIL, Page

from audioclf.service.speakers import MAX_TAKES, MAX_VOICES, Take
from audioclf.types import AudioclfError
from audioclf.ui.markup import voices as markup
from audioclf.ui.sessions import LeanSessions
from audioclf.ui.voices import MAX_NAME, Recording, Visit, cleaned


def recording(path: str = "a.wav", usable: bool = True, **changes) -> Recording:
    return Recording(path, path, take=Take(1.5, -6.0, b"", is_usable=usable), **changes)


def test_takes_of_one_name_are_one_voice_and_the_last_one_removes_it():
    visit = Visit()
    visit.add("Anna", [recording("a.wav"), recording("b.wav")])
    visit.add("Anna", [recording("c.wav")])
    visit.add("Ben", [recording("d.wav")])
    assert [one.path for one in visit.speakers["Anna"].recordings] == ["a.wav", "b.wav", "c.wav"]
    visit.remove("Anna", 1)
    assert visit.speakers["Anna"].wanted == ("a.wav", "c.wav")
    visit.remove("Ben", 0)
    visit.remove("nobody")
    visit.remove("Anna", 7)
    assert list(visit.speakers) == ["Anna"] and len(visit.speakers["Anna"].recordings) == 2
    visit.remove("Anna")
    assert not visit.speakers


def test_takes_and_voices_are_bounded_and_the_message_says_what_to_do():
    visit = Visit()
    visit.add("Anna", [recording()] * MAX_TAKES)
    with pytest.raises(AudioclfError, match=rf"at most {MAX_TAKES} takes\. Remove"):
        visit.add("Anna", [recording()])
    with pytest.raises(AudioclfError, match=rf"at most {MAX_TAKES} takes"):
        visit.add("Ben", [recording()] * (MAX_TAKES + 1))
    for n in range(MAX_VOICES - 1):
        visit.add(str(n), [recording()])
    with pytest.raises(AudioclfError, match=rf"{MAX_VOICES} voices already\. Delete"):
        visit.add("one more", [recording()])


def test_what_is_learnt_of_a_removed_take_does_not_bring_it_back():
    visit, one = Visit(), recording()
    visit.add("Anna", [one, recording("b.wav")])
    speaker = visit.speakers["Anna"]
    visit.remove("Anna", 0)
    visit.replace(speaker, one, recording("changed.wav"))
    assert [one.path for one in speaker.recordings] == ["b.wav"]


def test_a_voice_is_due_when_its_usable_takes_have_changed():
    visit = Visit()
    visit.add(
        "Anna", [recording("a.wav"), recording("bad.wav", usable=False), Recording("new.wav", "new.wav")]
    )
    speaker = visit.speakers["Anna"]
    assert speaker.wanted == ("a.wav",) and speaker.is_due
    speaker.enrolled = speaker.wanted
    assert not speaker.is_due


@pytest.mark.parametrize(
    ("typed", "name"),
    [("  Anna\n\tLena ", "Anna Lena"), ("\u202eevil\x00", "evil"), (None, ""), ("x" * 99, "x" * MAX_NAME)],
)
def test_a_name_is_one_short_printable_line(typed, name):
    assert cleaned(typed) == name


def test_names_without_a_name_are_numbered():
    visit = Visit()
    assert visit.next_name() == "voice 1"
    visit.add("voice 1", [recording()])
    assert visit.next_name() == "voice 2"


def test_the_list_shows_every_take_and_strange_names_are_text():
    visit = Visit()
    visit.add(
        EVIL, [recording(audio="/kept/a/take.wav"), recording("b.wav", usable=False), recording(copy_of=0)]
    )
    visit.add("Anna", [Recording(EVIL, EVIL, problem=EVIL)])
    drawn = markup.voices(visit)
    page = Page(drawn)
    assert EVIL not in drawn and EVIL in page.text
    assert [one["data-used"] for one in page.tags("li")] == ["true", "false", "false", "false"]
    removes = page.having(data_act="remove")
    assert [(one["data-voice"], one["data-at"]) for one in removes[:3]] == [(EVIL, str(n)) for n in range(3)]
    assert len(page.tags("audio")) == 1
    assert "1.5 s, peak −6 dB" in page.text and "the same recording as take 1" in page.text
    assert markup.voices(Visit()) == ""


@pytest.fixture
def sessions():
    with gr.Blocks(analytics_enabled=False) as page:
        gr.State(Visit())
    found = LeanSessions()
    found.set_blocks(page)
    return found, next(iter(page.blocks))


def test_every_session_has_voices_of_its_own(sessions):
    found, key = sessions
    found["anna"][key].add("Anna", [recording()])
    assert list(found["anna"][key].speakers) == ["Anna"] and not found["ben"][key].speakers


def test_the_voices_of_a_closed_session_are_freed(sessions):
    found, key = sessions
    session = found["anna"]
    session[key].add("Anna", [recording()])
    session[key] = session[key]  # as an event that has changed it
    kept = weakref.ref(session[key])
    session.is_closed = True
    to_live, since = session._state_ttl[key]
    session._state_ttl[key] = (to_live, since - timedelta(seconds=session.STATE_TTL_WHEN_CLOSED + 1))
    found.delete_all_expired_state()
    gc.collect()
    assert kept() is None
