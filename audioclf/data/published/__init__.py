"""Published data sets, a module each. A new set is a module here and its rows in these two tables."""

from collections.abc import Mapping

from audioclf.data.published import audiomnist, esc10, fsdd, fsdkaggle, speech_commands
from audioclf.data.published.base import Layout, Source

# What `audioclf data get` knows, by name.
SOURCES: Mapping[str, Source] = {
    "digits": fsdd.SOURCE,
    "instruments": fsdkaggle.SOURCE,
    "environment": esc10.SOURCE,
    "audiomnist": audiomnist.SOURCE,
    "speech-commands": speech_commands.SOURCE,
}
# Task -> the sets that can be read as they were published.
LAYOUTS: Mapping[str, tuple[Layout, ...]] = {
    "digits": (fsdd.LAYOUT, audiomnist.LAYOUT, speech_commands.LAYOUT),
}
