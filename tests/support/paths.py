"""Where things are in this checkout."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "audioclf"
ZOO = ROOT / "zoo"
EXAMPLES = PACKAGE / "examples"
SEVEN = EXAMPLES / "seven.wav"
