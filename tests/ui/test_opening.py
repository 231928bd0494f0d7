"""What cannot be a terrain is refused before anything else is touched."""

from pathlib import Path

import pytest

from roverctl.core.errors import InputError
from roverctl.session.opening import begin


def test_a_text_file_is_no_terrain_and_leaves_no_folder(tmp_path: Path) -> None:
    wrong = tmp_path / "notes.tif"
    wrong.write_text("not a raster\n", encoding="utf-8")
    folder = tmp_path / "operation"
    with pytest.raises(InputError, match=r"notes\.tif"):
        begin(folder, "change4", wrong, None)
    assert not folder.exists()
