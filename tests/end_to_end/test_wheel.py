"""The wheel carries everything: built, put into an empty environment, run from elsewhere."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def run(*words: str, cwd: Path) -> str:
    """A command's output."""
    env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    result = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=280, check=False, env=env)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The environment's folder of commands."""
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"
    tracked = run("git", "ls-files", cwd=ROOT).splitlines()
    for name in tracked:  # what is committed or will be, and nothing that merely lies about
        if (ROOT / name).is_file():
            (source / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, source / name)
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=source)
    (wheel,) = folder.glob("roverctl-*.whl")
    uv = os.environ.get("UV") or shutil.which("uv")
    environment = folder / "environment"
    if uv is not None:
        run(uv, "venv", "-q", "--python", sys.executable, str(environment), cwd=folder)
        run(uv, "pip", "install", "-q", "--python", str(environment / "bin" / "python"), str(wheel), cwd=folder)
    else:
        run(sys.executable, "-m", "venv", str(environment), cwd=folder)
        run(str(environment / "bin" / "pip"), "install", "-q", str(wheel), cwd=folder)
    shutil.rmtree(source)
    return environment / "bin"


def test_version(installed: Path, tmp_path: Path) -> None:
    assert run(str(installed / "roverctl"), "--version", cwd=tmp_path).startswith("roverctl ")


def test_relay_finds_its_mission(installed: Path, tmp_path: Path) -> None:
    rows = json.loads(run(str(installed / "roverctl"), "relay", "--at", "2019-01-11T12:00:00Z", "--json", cwd=tmp_path))
    assert 1.5 < rows[0]["owlt_up_s"] < 1.9
