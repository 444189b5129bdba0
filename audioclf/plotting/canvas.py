"""A blank figure for charts, in the page's colours and text size, and its PNG."""

from io import BytesIO

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

INK, QUIET, GRID = "#1b2430", "#566173", "#c9d0da"
WIDTH = 460  # CSS pixels
SHARPNESS = 2
FONT_SIZE = 8


def figure(height: int, *, left: int, bottom: int, right: int, top: int = 8) -> tuple[Figure, Axes]:
    """A figure of WIDTH by `height` with one axis; sizes and margins in CSS pixels."""
    # 100 dots an inch make a point 1.39 CSS pixels: text of 8 points is 11 pixels high.
    # A tenth of a pixel more, because the size is rounded down.
    inches = ((WIDTH + 0.1) / 100, (height + 0.1) / 100)
    canvas = FigureCanvasAgg(Figure(figsize=inches, dpi=100 * SHARPNESS))
    axis = canvas.figure.add_axes(
        (left / WIDTH, bottom / height, 1 - (left + right) / WIDTH, 1 - (bottom + top) / height)
    )
    axis.patch.set_alpha(0)
    for side in ("top", "right"):
        axis.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axis.spines[side].set_color("#b5bdc9")
    axis.tick_params(colors=INK, labelsize=FONT_SIZE)
    axis.xaxis.label.set(color=QUIET, fontsize=8.5)
    axis.yaxis.label.set(color=QUIET, fontsize=8.5)
    return canvas.figure, axis


def png(figure: Figure) -> bytes:
    """The figure as a PNG with a transparent background."""
    for text in figure.axes[0].texts:
        text.set_fontsize(FONT_SIZE)
    for text in figure.findobj(Text):
        text.set_parse_math(False)  # a label may contain $
    buffer = BytesIO()
    figure.savefig(buffer, format="png", transparent=True)
    return buffer.getvalue()
