"""Giving a file: by choice, drop and paste; what is refused; what is in sight."""

import base64
import mimetypes

import pytest
import sounds
from paths import SEVEN
from playwright.sync_api import expect
from steps import SIZES, analyse, choose_task, clear, expect_answer, expect_empty, open_tab, upload

from audioclf.audio import SUFFIXES, load_clip

# Drops or pastes files on a part of the page, and tells whether the browser would have followed them.
GIVE = """(target, [kind, files]) => {
  const transfer = new DataTransfer();
  for (const [name, size, data] of files) {
    const bytes = data ? Uint8Array.from(atob(data), (c) => c.charCodeAt(0)) : new Uint8Array(size);
    transfer.items.add(new File([bytes], name));
  }
  const init = { bubbles: true, cancelable: true, dataTransfer: transfer, clipboardData: transfer };
  const events = kind === "paste" ? ["paste"] : ["dragenter", "dragover", "drop"];
  return events.map((name) => {
    const event = name === "paste" ? new ClipboardEvent(name, init) : new DragEvent(name, init);
    target.dispatchEvent(event);
    return event.defaultPrevented;
  });
}"""
SCREENS = {
    "wide": (1440, 900),
    "laptop": (1366, 657),
    "tablet": (820, 1180),
    "phone": (390, 844),
    "small": (320, 640),
}
NOTE = "#upload-audio .ac-drop-note"
NAME = "#upload-audio .ac-drop-name"


def give(page, *files, on: str = "#tabs", kind: str = "drop") -> None:
    """Drop or paste files, each (name, data); an int is a size without content."""
    listed = [
        [name, data, ""] if isinstance(data, int) else [name, 0, base64.b64encode(data).decode()]
        for name, data in files
    ]
    assert all(page.locator(on).evaluate(GIVE, [kind, listed])), "the browser would leave the page"


def test_every_format_that_the_decoder_reads_is_taken_by_the_browser(page):
    """Also those that browsers call video."""
    accepted = page.locator("#upload-audio input[type=file]").get_attribute("accept").split(",")
    assert set(accepted) >= SUFFIXES
    samples = load_clip(SEVEN).samples
    for suffix, encode in dict(sounds.CONTAINERS.values()).items():
        kind = mimetypes.guess_type(f"x.{suffix}")[0] or "application/octet-stream"
        upload(page, name=f"said.{suffix}", data=encode(samples), kind=kind)
        expect_answer(page, about=f"said.{suffix} ")
        expect(page.locator(NAME)).to_have_text(f"said.{suffix}")


def test_a_file_can_be_dropped_anywhere_and_on_a_loaded_sound(page):
    data = SEVEN.read_bytes()
    for name, on in (
        ("first.wav", "body"),
        ("second.wav", "#upload-audio .ac-drop"),
        ("third.wav", "#upload-pictures"),
    ):
        give(page, (name, data + name.encode()), on=on)
        expect_answer(page, about=name)
        expect(page.locator(NAME)).to_have_text(name)


@pytest.mark.parametrize("tab", ["Microphone", "Compare", "Models"])
def test_a_file_dropped_on_another_tab_opens_upload(page, tab):
    open_tab(page, tab)
    page.wait_for_timeout(500)
    give(page, ("dropped.wav", SEVEN.read_bytes()))
    expect(page.get_by_role("tab", name="Upload")).to_have_attribute("aria-selected", "true")
    expect_answer(page, about="dropped.wav")


def test_a_file_dropped_before_upload_was_ever_open_is_used(open_page):
    page = open_page(query="?tab=models&models=digits-rnn")
    expect(page.locator("#models-card")).to_contain_text("recurrent")
    give(page, ("dropped.wav", SEVEN.read_bytes()))
    expect_answer(page, about="dropped.wav")


def test_a_file_can_be_pasted(page):
    give(page, ("pasted.wav", SEVEN.read_bytes()), kind="paste", on="body")
    expect_answer(page, about="pasted.wav")


def test_a_link_that_is_dropped_does_not_leave_the_page(page):
    prevented = page.evaluate(
        """() => {
          const transfer = new DataTransfer();
          transfer.setData("text/uri-list", "http://127.0.0.1/away");
          const event = new DragEvent("drop", { bubbles: true, cancelable: true, dataTransfer: transfer });
          document.body.dispatchEvent(event);
          return event.defaultPrevented;
        }"""
    )
    assert prevented


def test_of_several_files_the_first_is_used_and_the_page_says_so(page):
    give(page, ("first.wav", SEVEN.read_bytes()), ("second.wav", b"x"), ("third.wav", b"y"))
    expect_answer(page, about="first.wav")
    expect(page.locator(NOTE)).to_contain_text("first.wav")
    expect(page.locator(NOTE)).to_contain_text("2 more")


def test_the_last_of_two_files_in_a_row_is_the_one_that_counts(page):
    give(page, ("first.wav", SEVEN.read_bytes() + b"padding"))
    give(page, ("second.wav", SEVEN.read_bytes()))
    expect_answer(page, about="second.wav")
    page.wait_for_timeout(500)
    expect_answer(page, about="second.wav")
    expect(page.locator(NAME)).to_have_text("second.wav")


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [("film.mp4", 27_000_000, ["27 MB", "25 MB"]), ("folder", 0, ["empty", "folder"])],
)
def test_a_file_that_cannot_be_sent_is_refused_in_words_and_the_sound_stays(page, name, data, words):
    analyse(page)
    give(page, (name, data))
    for each in words:
        expect(page.locator(NOTE)).to_contain_text(each)
    expect(page.locator(NAME)).to_have_text("seven.wav")
    expect_answer(page, about="seven")


def test_a_file_that_does_not_arrive_is_explained_in_words(page):
    page.expected_errors += ["Failed to load resource"]
    page.route("**/gradio_api/upload", lambda r: r.fulfill(status=507, json={"detail": "no room"}))
    give(page, ("said.wav", SEVEN.read_bytes()))
    expect(page.locator(NOTE)).to_contain_text("did not take the file: no room")
    page.unroute("**/gradio_api/upload")
    page.route("**/gradio_api/upload", lambda r: r.abort())
    give(page, ("said.wav", SEVEN.read_bytes()))
    expect(page.locator(NOTE)).to_contain_text("did not reach the server")
    expect_empty(page)
    page.unroute("**/gradio_api/upload")
    give(page, ("said.wav", SEVEN.read_bytes()))
    expect_answer(page, about="said.wav")


def test_a_sound_can_be_removed_and_given_again(page):
    for _ in range(2):
        analyse(page)
        clear(page)
        expect_empty(page)
        expect(page.locator("#upload-audio .ac-drop")).to_have_attribute("data-state", "empty")


def test_a_sound_has_one_player(open_page):
    for size in SIZES.values():
        page = open_page(viewport=size)
        analyse(page)
        assert page.locator("#upload-pictures audio").count() == 1
        assert page.locator("audio, video").count() == 1


@pytest.mark.parametrize("tab", ["Upload", "Microphone"])
@pytest.mark.parametrize("size", SIZES)
def test_the_labels_of_the_task_are_in_sight(open_page, tab, size):
    page = open_page(viewport=SIZES[size])
    open_tab(page, tab)
    known = page.locator(f"#{tab.lower()}-known .ac-known")
    for task, labels in (
        ("Spoken digits", ["zero", "nine"]),
        ("Musical instruments", ["flute"]),
        ("Environmental sounds", ["rain", "sea waves"]),
    ):
        choose_task(page, task)
        for label in labels:
            expect(known).to_contain_text(label)
        expect(known).to_contain_text("none of these")
        expect(known).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("screen", SCREENS)
def test_an_answer_is_in_sight_wherever_the_page_was_scrolled(open_page, screen):
    width, height = SCREENS[screen]
    page = open_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
    for rank, whence in enumerate(("0", "document.body.scrollHeight", "0")):
        example = page.locator("#examples button:visible").nth(rank)
        page.evaluate(f"window.scrollTo(0, {whence})")
        example.evaluate("button => button.click()")
        expect_answer(page, about=("seven", "three", "one")[rank])
        expect(page.locator("#upload-answer .ac-sentence")).to_be_in_viewport(ratio=1)
        expect(page.locator("#upload-answer .ac-card .ac-answer").first).to_be_in_viewport(ratio=1)


def test_the_controls_can_be_touched(open_page):
    page = open_page(viewport=SIZES["phone"], has_touch=True)
    analyse(page)
    small = (
        ".ac-choose, .ac-remove, #examples button, .ac-segments label, .ac-record, .ac-record-options label"
    )
    for tab in ("Upload", "Microphone"):
        open_tab(page, tab)
        page.wait_for_timeout(300)
        for node in page.locator(small).locator("visible=true").all():
            assert node.bounding_box()["height"] >= 44, node.inner_text()


def test_the_keyboard_chooses_a_file(page):
    page.on("filechooser", lambda _: None)  # Playwright needs a moment until it notices choosers
    page.wait_for_timeout(1000)
    page.locator("#upload-audio input[type=file]").focus()
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files(SEVEN)
    expect_answer(page, about="seven")
