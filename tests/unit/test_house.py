"""The house itself: import directions, types, style, and what may not be loaded when."""

import subprocess
import sys
from pathlib import Path

import pytest

from roverctl.cli.main import COMMANDS

ROOT = Path(__file__).parents[2]


def run(*words: str) -> subprocess.CompletedProcess[str]:
    """A command in the checkout."""
    return subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=240, check=False)


@pytest.mark.parametrize(
    "words",
    [
        ("-m", "ruff", "check", "."),
        ("-m", "ruff", "format", "--check", "."),
        ("-m", "mypy"),
        ("-c", "from importlinter.cli import lint_imports_command as lint; lint(['--no-cache'])"),
    ],
    ids=["ruff check", "ruff format", "mypy strict", "import-linter"],
)  # fmt: skip
def test_machines_that_read_the_code_have_nothing_to_say(words: tuple[str, ...]) -> None:
    result = run(sys.executable, *words)
    assert result.returncode == 0, result.stdout + result.stderr


def loaded_by(code: str) -> set[str]:
    """Top-level modules loaded in a fresh interpreter after running ``code``."""
    result = run(
        sys.executable, "-c", f"{code}\nimport sys; print('\\n'.join({{m.split('.')[0] for m in sys.modules}}))"
    )
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split("\n"))


def test_version_loads_neither_numpy_nor_qt() -> None:
    loaded = loaded_by("from roverctl.cli.main import main; main(['--version'])")
    assert not loaded & {"numpy", "PySide6", "pyqtgraph", "numba", "rasterio", "scipy", "erfa"}


@pytest.mark.parametrize("module", [module for module, _ in COMMANDS.values()])
def test_the_command_line_starts_without_qt(module: str) -> None:
    loaded = loaded_by(f"import importlib; importlib.import_module('{module}')")
    assert not loaded & {"PySide6", "pyqtgraph"}


def test_the_window_process_loads_no_kernels_rasters_or_ephemeris() -> None:
    loaded = loaded_by("import roverctl.ui.application, roverctl.session.opening, roverctl.session.console")
    assert "PySide6" in loaded
    assert not loaded & {"numba", "rasterio", "erfa", "scipy"}


def test_only_ui_cli_and_the_engine_process_read_a_wall_clock() -> None:
    edge = {"roverctl/session/engine_process.py", "roverctl/session/outside_process.py"}
    for file in (ROOT / "roverctl").rglob("*.py"):
        name = str(file.relative_to(ROOT))
        if name.startswith(("roverctl/ui/", "roverctl/cli/")) or name in edge:
            continue
        text = file.read_text(encoding="utf-8")
        for word in ("time.time(", "time.monotonic", "time.sleep(", "datetime.now(", "utcnow("):
            assert word not in text, f"{name} reads a wall clock: {word}"
