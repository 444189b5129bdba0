"""Run app.py and log every other machine that it tries to reach."""

import runpy
import sys
from pathlib import Path
from typing import Any

APP = Path(__file__).resolve().parents[2] / "app.py"
FAR = "FAR:"
NEAR = (None, "", "localhost", "127.0.0.1", "::1", b"localhost", b"127.0.0.1")


def watch(event: str, args: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo" and args[0] not in NEAR:
        print(FAR, "looked up", args[0], flush=True)
    if event == "socket.connect" and isinstance(args[1], tuple) and args[1][0] not in NEAR:
        print(FAR, "connected to", args[1], flush=True)


if __name__ == "__main__":
    sys.addaudithook(watch)
    sys.path[0] = str(APP.parent)
    sys.argv[0] = str(APP)
    runpy.run_path(str(APP), run_name="__main__")
