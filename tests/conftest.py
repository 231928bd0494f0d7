"""What the tests need of the system is said in one line, before anything fails for the want of it."""

import pytest

from roverctl.ui.preflight import missing_system_parts


@pytest.hookimpl(tryfirst=True)
def pytest_configure() -> None:
    """Ahead of pytest-qt, which loads Qt."""
    missing = missing_system_parts()
    if missing:
        pytest.exit(f"the window's tests need system parts that are not here: apt-get install {' '.join(missing)}", 1)
