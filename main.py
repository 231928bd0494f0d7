"""Starts roverctl from a source checkout: ``uv run main.py``."""

import sys

from roverctl.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
