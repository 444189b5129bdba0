"""The picture that other sites show of a link to the page: `python -m docs.card` writes it."""

from io import BytesIO

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from audioclf.audio import load_clip
from audioclf.plotting.clip import pictures
from audioclf.service.examples import find_example
from audioclf.ui.front import CARD, CARD_SIZE
from audioclf.wording import text

DPI = 100
INK, GROUND = "#1b2430", "#f6f7f9"
FAMILIES = {"GMM on wavelets": "#8f5600", "CNN on spectrograms": "#0067a3", "RNN on MFCCs": "#00694d"}
N_COLOURS = 112


def card() -> bytes:
    """A PNG of CARD_SIZE: the page's title, the three methods, and the example “seven” as two pictures."""
    width, height = CARD_SIZE
    canvas = FigureCanvasAgg(Figure(figsize=(width / DPI, height / DPI), dpi=DPI, facecolor=GROUND))
    name, _, about = text("page.title").partition(": ")
    canvas.figure.text(0.05, 0.84, name, size=58, weight="bold", color=INK)
    canvas.figure.text(0.05, 0.735, about.capitalize(), size=29, color=INK)
    for i, (method, colour) in enumerate(FAMILIES.items()):
        canvas.figure.text(0.05 + (0, 0.29, 0.66)[i], 0.63, method, size=20, weight="bold", color=colour)
    clip = load_clip(find_example("seven", "digits").path)
    for i, picture in enumerate(pictures(clip)[:2]):
        axes = canvas.figure.add_axes((0.05 + 0.46 * i, 0.08, 0.44, 0.40))
        axes.imshow(picture.rgb, aspect="auto")
        axes.set_axis_off()
        canvas.figure.text(0.05 + 0.46 * i, 0.515, picture.title, size=18, color=INK)
    buffer = BytesIO()
    canvas.print_png(buffer)
    drawn, small = Image.open(buffer).convert("RGB"), BytesIO()
    drawn.quantize(N_COLOURS).save(small, "PNG", optimize=True)
    return small.getvalue()


if __name__ == "__main__":
    CARD.write_bytes(card())
