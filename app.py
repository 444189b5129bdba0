"""Serve the demo: python app.py [--host HOST] [--port PORT] [--share] [--mcp] [--zoo REGISTRY]."""

import sys

from audioclf.cli.entry import main

if __name__ == "__main__":
    sys.exit(main(["demo", *sys.argv[1:]]))
