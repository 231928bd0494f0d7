"""The default mission and its sky, read once."""

import hypothesis
import pytest

from roverctl.ephemeris.sky import Sky
from roverctl.mission.profile import Mission, load_mission

# The first example of a test may compile a kernel, and the machine may be busy.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


@pytest.fixture(scope="session")
def mission() -> Mission:
    return load_mission()


@pytest.fixture(scope="session")
def sky(mission: Mission) -> Sky:
    return Sky(mission)
