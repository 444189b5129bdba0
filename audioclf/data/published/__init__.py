"""Published data sets, one module each. A new set needs a module and a row in these tables."""

from collections.abc import Mapping

from audioclf.data.published import audiomnist, esc10, fsdd, fsdkaggle, speech_commands
from audioclf.data.published.base import Layout, Source

# Data sets of `audioclf data get`, by name.
SOURCES: Mapping[str, Source] = {
    "digits": fsdd.SOURCE,
    "instruments": fsdkaggle.SOURCE,
    "environment": esc10.SOURCE,
    "audiomnist": audiomnist.SOURCE,
    "speech-commands": speech_commands.SOURCE,
}
# Task -> layouts of data sets that are read as they were published.
LAYOUTS: Mapping[str, tuple[Layout, ...]] = {
    "digits": (fsdd.LAYOUT, audiomnist.LAYOUT, speech_commands.LAYOUT),
}
