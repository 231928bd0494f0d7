"""Compiled kernels are kept apart by what they were compiled from."""

import subprocess
import sys
from pathlib import Path

import pytest

from roverctl.core import compiled

_INNER = """
from roverctl.core.compiled import kernel
@kernel
def step(x: float) -> float:
    return x + {add}
"""
_OUTER = """
from roverctl.core.compiled import kernel, made
from roverctl.inner import (
    step,
)
@kernel
def twice(x: float) -> float:
    return step(step(x))
print(twice(1.0), *(name.removeprefix("roverctl.") for name in made))
"""


def test_a_kernel_is_compiled_anew_when_one_that_it_calls_has_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "roverctl"
    (package / "core").mkdir(parents=True)
    for name in ("__init__.py", "core/__init__.py"):
        (package / name).write_text("", encoding="utf-8")
    (package / "core" / "compiled.py").write_text(Path(compiled.__file__).read_text("utf-8"), encoding="utf-8")
    (package / "outer.py").write_text(_OUTER, encoding="utf-8")
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "cache"))
    told = []
    for add in (1.0, 1.0, 10.0):
        (package / "inner.py").write_text(_INNER.format(add=add), encoding="utf-8")
        words = [sys.executable, "-c", "import roverctl.outer"]
        told.append(subprocess.run(words, cwd=tmp_path, check=True, capture_output=True, text=True).stdout.strip())
    assert told == ["3.0 inner outer", "3.0", "21.0 inner outer"]
    made = sorted(folder.name.partition("-")[0] for folder in (tmp_path / "cache").iterdir())
    assert made == ["roverctl.inner", "roverctl.inner", "roverctl.outer", "roverctl.outer"]
