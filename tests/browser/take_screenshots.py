"""Write a picture of every tab, wide and narrow, light and dark, with the bundled models.

PYTHONPATH=. python tests/browser/take_screenshots.py [FOLDER, default docs/screenshots]
"""

import sys
import tempfile
import urllib.request
from io import BytesIO
from pathlib import Path

from chromium import chromium_with, fake_microphone, served
from paths import EXAMPLES, ROOT, SEVEN
from PIL import Image
from steps import clear, expect_answer, open_tab, record, upload

SIZES = {"": (1440, 900), "-phone": (390, 844)}
THEMES = {"": "light", "-dark": "dark"}
MAX_HEIGHT = 1450  # of a picture, in CSS pixels: the page is long on a phone
N_COLOURS = 256  # of the palette: a quarter of the file size without a visible difference


def main(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory() as scratch,
        served(Path(scratch)) as url,
        chromium_with(*fake_microphone(Path(scratch))) as browser,
    ):
        urllib.request.urlopen(f"{url}/healthz?deep=1", timeout=300).close()  # once the models are loaded
        for size, (width, height) in SIZES.items():
            for suffix, theme in THEMES.items():
                context = browser.new_context(
                    locale="en-US",
                    permissions=["microphone"],
                    viewport={"width": width, "height": height},
                    device_scale_factor=1 if size == "" else 2,
                )
                page = context.new_page()
                page.goto(f"{url}/?__theme={theme}")
                visit(page, folder, f"{size}{suffix}")
                context.close()


def visit(page, folder: Path, name: str) -> None:
    """Use every tab and save a picture of it."""
    page.wait_for_selector("#upload-audio")
    upload(page, path=SEVEN)
    expect_answer(page)
    keep(page, folder / f"upload{name}.png")
    open_tab(page, "Microphone")
    record(page)
    expect_answer(page, "microphone")
    keep(page, folder / f"microphone{name}.png")
    open_tab(page, "Upload")
    clear(page)
    upload(page, path=EXAMPLES / "six-cafe.wav")
    expect_answer(page, about="six")
    open_tab(page, "Compare")
    page.locator("#compare-result td[data-score]").first.wait_for()
    keep(page, folder / f"compare{name}.png")
    if "dark" not in name:
        visit_laboratory(page, folder, name)
    open_tab(page, "Speakers")
    for at, ready in ((0, ".ac-speaker[data-enrolled=true]"), (2, "#speakers-answer .ac-voice")):
        page.locator("#speakers-examples button").nth(at).click()
        page.locator(ready).first.wait_for()
    keep(page, folder / f"speakers{name}.png")
    open_tab(page, "Explore")
    page.locator("#explore-view .ac-step-view").wait_for()
    keep(page, folder / f"explore{name}.png")
    open_tab(page, "Models")
    page.locator("[data-chart=confusion] img").wait_for()
    keep(page, folder / f"models{name}.png")


def visit_laboratory(page, folder: Path, name: str) -> None:
    """The sections of the Compare tab, one picture each."""
    page.locator("#find-breaking-point").click()
    page.locator("#stress-broken [data-chart]").wait_for()
    page.locator("#stress-sliders input[name=snr_white]").fill("13")
    page.locator("#stress-result .ac-change").wait_for()
    keep(page, folder / f"compare-stress{name}.png", "#stress")
    page.locator("#stress-reset").click()
    for section, ready in (("explain", ".ac-reasons"), ("testset", ".ac-measured")):
        page.locator(f"#{section} > button").click()
        page.locator(f"#{section}-result {ready}").first.wait_for()
        keep(page, folder / f"compare-{section}{name}.png", f"#{section}")
    page.locator("#predict-first input").check()
    page.locator("#predict-show").wait_for()
    keep(page, folder / f"compare-predict{name}.png")


def keep(page, path: Path, part: str = "") -> None:
    """Save a picture of the page, or of a part of it."""
    page.evaluate("window.scrollTo(0, 0)")
    page.mouse.move(0, 0)
    page.wait_for_timeout(800)
    shot = page.locator(part).screenshot() if part else page.screenshot(full_page=True)
    image = Image.open(BytesIO(shot)).convert("RGB")
    scale = int(page.evaluate("window.devicePixelRatio"))
    image = image.crop((0, 0, image.width, min(image.height, MAX_HEIGHT * scale)))
    image.quantize(N_COLOURS, kmeans=2, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.name}: {image.width}×{image.height}, {path.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "screenshots")
