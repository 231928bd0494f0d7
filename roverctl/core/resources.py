"""Where the program's own files are: beside the package in a source checkout, inside it in an installed wheel."""

from pathlib import Path

import roverctl
from roverctl.core.errors import InputError


def resource_path(*parts: str) -> Path:
    """A file or folder under ``resources/``. The checkout is asked first: an editable install may keep a stale copy."""
    package = Path(roverctl.__file__).resolve().parent
    for root in (package.parent / "resources", package / "resources"):
        candidate = root.joinpath(*parts)
        if candidate.exists():
            return candidate
    raise InputError(f"resource {'/'.join(parts)} is missing: the installation is incomplete")
