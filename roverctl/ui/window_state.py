"""What the window remembers between starts: geometry, layouts, theme; a small JSON file beside the operations."""

import base64
import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roverctl.ui.map.layers import MapChoice, from_plain, to_plain

# Counts up when docks are added or renamed: a layout of another version is not restored.
LAYOUT_VERSION = 3
FILE_NAME = "window.json"
_LARGEST_B = 1 << 20


@dataclass(slots=True)
class WindowState:
    """Geometry and, by perspective, dock layouts as Qt's own bytes; what the map shows."""

    appearance: str = "system"
    geometry: bytes = b""
    layouts: dict[str, bytes] = field(default_factory=dict)
    map: MapChoice = field(default_factory=MapChoice)


def load(folder: Path) -> WindowState:
    """Read it; what is missing, damaged or of another version is left at its default: the window must open."""
    file = folder / FILE_NAME
    try:
        if file.stat().st_size > _LARGEST_B:
            return WindowState()
        content: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return WindowState()
    if not isinstance(content, dict):
        return WindowState()
    state = WindowState()
    if content.get("appearance") in ("dark", "light", "system"):
        state.appearance = content["appearance"]
    state.geometry = _bytes(content.get("geometry"))
    state.map = from_plain(content.get("map"))
    layouts = content.get("layouts")
    if content.get("layout_version") == LAYOUT_VERSION and isinstance(layouts, dict):
        state.layouts = {str(name): data for name, text in layouts.items() if (data := _bytes(text))}
    return state


def save(folder: Path, state: WindowState) -> None:
    """Write it whole or not at all.

    Raises
    ------
    OSError
        When the folder cannot be written.
    """
    content = {
        "layout_version": LAYOUT_VERSION,
        "appearance": state.appearance,
        "geometry": base64.b64encode(state.geometry).decode(),
        "layouts": {name: base64.b64encode(data).decode() for name, data in state.layouts.items()},
        "map": to_plain(state.map),
    }
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / (FILE_NAME + ".new")
    beside.write_text(json.dumps(content, indent=1), encoding="utf-8")
    os.replace(beside, folder / FILE_NAME)  # noqa: PTH105


def _bytes(text: object) -> bytes:
    if not isinstance(text, str):
        return b""
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:
        return b""
