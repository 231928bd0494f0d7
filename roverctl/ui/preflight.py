"""What a window needs of the system, found out without loading Qt: a bare Debian lacks some of it."""

import ctypes
import os
import sys
from pathlib import Path

# Library as Qt's platform plugin loads it, and the Debian package that has it.
_LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "fontconfig",
}
_X_LIBRARIES = {"libxcb-cursor.so.0": "libxcb-cursor0"}
_FONT_PACKAGE = "fonts-dejavu-core"
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.fonts", "~/.local/share/fonts")
_FONT_ENDINGS = {".ttf", ".otf", ".ttc", ".pfb"}


def missing_system_parts() -> list[str]:
    """Debian packages to install before a window can be shown, in the order to name them; empty when all is there."""
    if not sys.platform.startswith("linux"):
        return []
    wanted = dict(_LIBRARIES)
    if os.environ.get("DISPLAY") and os.environ.get("QT_QPA_PLATFORM", "xcb").startswith("xcb"):
        wanted |= _X_LIBRARIES
    missing = [package for library, package in wanted.items() if not loadable(library)]
    if not has_font([Path(folder).expanduser() for folder in _FONT_FOLDERS]):
        missing.append(_FONT_PACKAGE)
    return missing


def loadable(library: str) -> bool:
    """Whether the dynamic linker finds a library."""
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def has_font(folders: list[Path]) -> bool:
    """Whether any of the folders holds a font, at any depth."""
    return any(
        Path(name).suffix.lower() in _FONT_ENDINGS
        for folder in folders
        for _, _, names in os.walk(folder)
        for name in names
    )
