"""What the requirements files ask for."""

import re

from paths import ROOT


def pins(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    wanted = [line for line in lines if line and not line.startswith(("#", "-r"))]
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", line) for line in wanted), "pin every requirement"
    return dict(line.split("==") for line in wanted)
