"""Finds the data folder beside the checkout; tests that need it skip where it is not."""

from pathlib import Path

import pytest


def shared_data(name: str) -> Path:
    """A file of ``shared/data``, looked for beside the checkout and above."""
    for folder in Path(__file__).resolve().parents:
        file = folder / "shared" / "data" / name
        if file.exists():
            return file
    pytest.skip(f"shared/data/{name} is not beside this checkout")
