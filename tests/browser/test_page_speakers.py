"""The Speakers tab: voices are enrolled and tested by microphone and from files, and stay with their visitor."""

import base64
import re

import pytest
from paths import EXAMPLES
from playwright.sync_api import Page, expect
from sounds import noise, silence
from steps import SIZES, expect_no_sideways_scrolling, open_tab
from test_page_accessible import SLOW, violations

from audioclf.audio import encode_wav, load_clip
from audioclf.types import Clip

LATE = 800  # ms: for so long after a take has ended by itself, a press still means Stop
EVIL = '<img src=x onerror="window.ran=1">'
# A microphone that plays the sound `window.sound` (the base64 text of a file), from when it is heard on.
PRETEND = """
  let begin = () => {};
  const source = AudioContext.prototype.createMediaStreamSource;
  AudioContext.prototype.createMediaStreamSource = function (stream) { begin(); return source.call(this, stream); };
  navigator.mediaDevices.getUserMedia = async () => {
    const context = new AudioContext(), out = context.createMediaStreamDestination();
    const bytes = Uint8Array.from(atob(window.sound), (c) => c.charCodeAt(0));
    const node = new AudioBufferSourceNode(context, { buffer: await context.decodeAudioData(bytes.buffer) });
    node.connect(out);
    begin = () => node.start(context.currentTime + 0.1);
    return out.stream;
  };
"""


def example(name: str):
    return EXAMPLES / f"{name}.flac"


def choose(page: Page, way: str) -> None:
    page.locator("#speakers-way label", has_text=way).click()


def give(page: Page, *files) -> None:
    """Files by path, or as (name, bytes)."""
    given = [
        {"name": one[0], "mimeType": "audio/wav", "buffer": one[1]} if isinstance(one, tuple) else one
        for one in files
    ]
    page.locator("#speakers-files input[type=file]").set_input_files(given)


def name_voice(page: Page, name: str) -> None:
    page.locator("#speakers-name input, #speakers-name textarea").fill(name)


def enrol(page: Page, name: str, *files) -> None:
    name_voice(page, name)
    give(page, *files)
    expect(speaker(page, name)).to_have_attribute("data-enrolled", "true")


def speaker(page: Page, name: str):
    return page.get_by_role("region", name=f"Voice {name}", exact=True)


def says(page: Page) -> list[str]:
    expect(page.locator("#speakers-answer .ac-voice").first).to_be_visible()
    return page.locator("#speakers-answer .ac-voice").evaluate_all("all => all.map(one => one.dataset.says)")


def ratios(page: Page, about: str) -> list[float]:
    """The log-likelihood ratios of all models in the answer about this sound."""
    expect(page.locator("#speakers-answer .ac-about").first).to_have_text(re.compile(f"^{about}"))
    cards = page.locator("#speakers-answer .ac-voice")
    return cards.evaluate_all("all => all.map(one => JSON.parse(one.dataset.trials).ratio)")


def record(page: Page, name: str) -> None:
    """Record an example; the recording ends by itself."""
    page.evaluate("sound => { window.sound = sound; }", base64.b64encode(example(name).read_bytes()).decode())
    page.wait_for_timeout(LATE)
    page.locator("#speakers-audio .ac-record").click()
    expect(page.locator("#speakers-audio .ac-record")).to_have_text("Stop")
    expect(page.locator("#speakers-audio .ac-record")).to_have_text("Record again")


@pytest.fixture
def tab(open_page):
    page = open_page()
    open_tab(page, "Speakers")
    expect(page.locator("#speakers-answer .ac-verdict[data-state=empty]")).to_be_visible()
    return page


@pytest.mark.timeout(300)
@pytest.mark.parametrize("size", SIZES)
def test_a_voice_is_enrolled_and_tested_by_microphone(open_page, size):
    page = open_page(script=PRETEND, viewport=SIZES[size])
    open_tab(page, "Speakers")
    name_voice(page, "Anna")
    for take in (1, 2):
        record(page, f"woman-{take}")
        expect(speaker(page, "Anna")).to_contain_text(f"enrolled from {take} take")
    choose(page, "Test")
    expect(page.locator("#speakers-name")).to_be_hidden()
    record(page, "woman-3")
    assert "different" not in says(page)
    own = ratios(page, "recording")
    before = page.locator("#speakers-answer .ac-stack audio").get_attribute("src")
    record(page, "man-3")
    expect(page.locator("#speakers-answer .ac-stack audio")).not_to_have_attribute("src", before)
    assert all(other < mine for other, mine in zip(ratios(page, "recording"), own, strict=True))
    expect_no_sideways_scrolling(page)


@pytest.mark.timeout(300)
def test_several_people_from_files_and_none_of_them(tab):
    enrol(tab, "Anna", example("woman-1"), example("woman-2"))
    expect(speaker(tab, "Anna").locator("li")).to_have_count(2)
    tab.locator("#speakers-another").click()
    expect(tab.locator("#speakers-name input, #speakers-name textarea")).to_have_value("voice 1")
    enrol(tab, EVIL, example("man-1"))
    choose(tab, "Test")
    give(tab, example("man-3"))
    cells = tab.locator("#speakers-answer .ac-identified tbody tr:last-child td")
    expect(cells.first).to_be_visible()
    assert EVIL in cells.all_inner_texts()
    assert tab.evaluate("window.ran") is None
    speaker(tab, EVIL).get_by_role("button", name="Delete voice").click()
    expect(speaker(tab, EVIL)).to_have_count(0)
    # The same sound, against the voice that is left.
    expect(tab.locator("#speakers-answer .ac-identified")).to_have_count(0)
    expect(tab.locator("#speakers-answer .ac-sentence")).to_contain_text(
        re.compile("another voice|cannot tell")
    )


@pytest.mark.timeout(300)
def test_bad_takes_get_their_sentences_and_are_left_out(tab):
    good, sound = ("good.flac", example("woman-1").read_bytes()), load_clip(example("woman-2"))
    short = encode_wav(Clip(sound.samples[9000:11_500], sound.sample_rate))
    clipped = encode_wav(Clip((20 * sound.samples).clip(-1, 1), sound.sample_rate))
    quiet = encode_wav(Clip(0.005 * sound.samples, sound.sample_rate))
    enrol(tab, "Anna", good)
    give(
        tab,
        ("silence.wav", encode_wav(silence(2.0))),
        ("guitar.flac", (EXAMPLES / "guitar.flac").read_bytes()),
        ("short.wav", short),
        good,
        ("clipped.wav", clipped),
        ("quiet.wav", quiet),
        ("notes.wav", b"no sound at all" * 20),
    )
    takes = speaker(tab, "Anna").locator("li")
    expect(takes).to_have_count(8)
    wanted = (
        ("", True), ("no sound", False), ("No voice is heard", False), ("are speech", False),
        ("same recording as take 1", False), ("clipped", True), ("too quiet", True), ("notes.wav", False),
    )  # fmt: skip
    for take, (words, is_used) in zip(takes.all(), wanted, strict=True):
        expect(take).to_contain_text(words)
        expect(take).to_have_attribute("data-used", str(is_used).lower())
    expect(speaker(tab, "Anna")).to_contain_text("enrolled from 3 takes")
    give(tab, good)
    expect(tab.locator("#speakers-voices [role=alert]")).to_contain_text("at most 8 takes")


def test_a_sound_without_a_voice_and_a_test_without_enrolment_are_refused_in_words(tab):
    choose(tab, "Test")
    give(tab, example("woman-3"))
    expect(tab.locator("#speakers-answer [role=alert]")).to_contain_text("No voice is enrolled yet")
    choose(tab, "Enrol")
    enrol(tab, "Anna", example("woman-1"))
    assert says(tab), "the sound that waited is tested now"
    choose(tab, "Test")
    give(tab, ("noise.wav", encode_wav(noise(2.0))))
    expect(tab.locator("#speakers-answer [role=alert]")).to_contain_text("No voice is heard")


def test_two_files_at_once_are_compared(tab):
    choose(tab, "Same voice?")
    give(tab, example("woman-1"))
    expect(tab.locator("#speakers-answer")).to_contain_text("Now give the second sound")
    give(tab, example("woman-2"))
    own = ratios(tab, "woman-2")
    give(tab, example("woman-1"), example("man-2"))
    assert all(other < mine for other, mine in zip(ratios(tab, "man-2"), own, strict=True))


def test_the_threshold_moves_rates_and_answer_without_a_request(tab):
    tab.locator("#speakers-examples button").nth(0).click()
    expect(speaker(tab, "a woman")).to_have_attribute("data-enrolled", "true")
    tab.locator("#speakers-examples button").nth(2).click()
    assert "same" in says(tab)
    card = tab.locator("#speakers-answer .ac-voice[data-says=same]").first
    slider, rates = card.locator("input[type=range]"), card.locator(".ac-rates")
    family = card.get_attribute("data-family")
    card = tab.locator(f"#speakers-answer .ac-voice[data-family={family}]")
    shipped = rates.inner_text()
    asked = []
    tab.on("request", lambda request: asked.append(request.url))
    slider.focus()
    tab.keyboard.press("End")
    slider, rates = card.locator("input[type=range]"), card.locator(".ac-rates")
    expect(rates).not_to_have_text(shipped)
    expect(slider).to_have_attribute("aria-valuetext", rates.inner_text())
    far, frr = (float(one) for one in re.findall(r"([\d.]+) %", rates.inner_text()))
    assert far < 50 < frr
    expect(card).to_have_attribute("data-says", "different")
    expect(card.locator(".ac-answer")).to_contain_text("another voice")
    tab.keyboard.press("Home")
    expect(card).to_have_attribute("data-says", "same")
    card.locator("[data-reset]").click()
    assert [float(x) for x in re.findall(r"[\d.]+", rates.inner_text())] == pytest.approx(
        [float(x) for x in re.findall(r"[\d.]+", shipped)], abs=1.5
    )
    assert not [url for url in asked if "queue" in url or "run" in url]


def test_takes_are_played_removed_and_added_by_keyboard(tab):
    enrol(tab, "Anna", example("woman-1"), example("woman-2"))
    takes = speaker(tab, "Anna").locator("li")
    takes.first.get_by_role("button", name="Play").press("Enter")
    tab.wait_for_function(
        "[...document.querySelectorAll('#speakers-voices audio')].some(one => one.currentTime > 0)"
    )
    name_voice(tab, "somebody else")
    speaker(tab, "Anna").get_by_role("button", name="Add takes").press("Enter")
    expect(tab.locator("#speakers-name input, #speakers-name textarea")).to_have_value("Anna")
    give(tab, example("woman-3"))
    expect(takes).to_have_count(3)
    expect(speaker(tab, "Anna")).to_contain_text("enrolled from 3 takes")
    takes.first.get_by_role("button", name="Remove take 1").press("Enter")
    expect(speaker(tab, "Anna")).to_contain_text("enrolled from 2 takes")


def test_dropped_files_are_taken_by_the_open_tab(tab):
    data = base64.b64encode(example("woman-1").read_bytes()).decode()
    tab.evaluate(
        """data => {
          const bytes = Uint8Array.from(atob(data), (c) => c.charCodeAt(0)), transfer = new DataTransfer();
          transfer.items.add(new File([bytes], "dropped.flac", { type: "audio/flac" }));
          const about = { dataTransfer: transfer, bubbles: true, cancelable: true };
          for (const kind of ["dragenter", "drop"]) document.body.dispatchEvent(new DragEvent(kind, about));
        }""",
        data,
    )
    expect(speaker(tab, "voice 1")).to_have_attribute("data-enrolled", "true")
    expect(tab.get_by_role("tab", name="Speakers")).to_have_attribute("aria-selected", "true")


def test_two_visitors_have_voices_of_their_own(open_page):
    anna, ben = open_page(query="?tab=speakers"), open_page(query="?tab=speakers")
    enrol(anna, "Anna", example("woman-1"))
    choose(ben, "Test")
    give(ben, example("woman-3"))
    expect(ben.locator("#speakers-answer [role=alert]")).to_contain_text("No voice is enrolled yet")
    expect(ben.locator(".ac-speaker")).to_have_count(0)
    anna.reload()
    expect(anna.locator("#speakers-answer .ac-verdict[data-state=empty]")).to_be_visible()
    expect(anna.locator(".ac-speaker")).to_have_count(0)


@pytest.mark.timeout(600)
@pytest.mark.parametrize("size", [*SIZES, "narrow"])
def test_every_state_is_accessible_and_fits(open_page, size):
    page = open_page(viewport=SIZES.get(size, {"width": 320, "height": 700}), query="?tab=speakers")
    expect(page.locator("#speakers-answer .ac-verdict[data-state=empty]")).to_be_visible()
    found = violations(page, "speakers, empty")
    expect_no_sideways_scrolling(page)
    examples = page.locator("#speakers-examples button")
    for at in (0, 1):
        examples.nth(at).click()
        expect(page.locator(".ac-speaker[data-enrolled=true]")).to_have_count(at + 1, timeout=SLOW)
    give(page, ("noise.wav", encode_wav(noise(2.0))))
    expect(page.locator(".ac-speaker li[data-used=false]")).to_have_count(1)
    found += violations(page, "speakers, enrolled")
    examples.nth(2).click()
    expect(page.locator("#speakers-answer .ac-identified")).to_be_visible(timeout=SLOW)
    found += violations(page, "speakers, tested")
    expect_no_sideways_scrolling(page)
    assert not found, "\n".join(found)
