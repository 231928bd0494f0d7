"""A stop has one name, on the map and in every list."""

from typing import Any

from PySide6.QtGui import QPainter
from pytestqt.qtbot import QtBot

from roverctl.session.api.changes import Change
from roverctl.ui.desk import Desk
from roverctl.ui.map.camera import Camera
from roverctl.ui.map.labels import Labels
from roverctl.ui.map.route_marks import Shown, names
from roverctl.ui.traverse.day.day_page import DayPage
from roverctl.ui.traverse.route_page import RoutePage
from tests.ui.demo_session import DemoSession


class Written(Labels):
    """Keeps the words."""

    def __init__(self) -> None:
        super().__init__(800.0, 600.0)
        self.words: list[str] = []

    def beside(self, painter: QPainter, text: str, *rest: Any, **more: Any) -> bool:
        self.words.append(text)
        return True


def test_a_stop_without_a_name_is_called_the_same_everywhere(qtbot: QtBot, desk: Desk, session: DemoSession) -> None:
    route, day = RoutePage(desk, None), DayPage(desk, None)
    qtbot.addWidget(route)
    qtbot.addWidget(day)
    session.traverse.plan((14.0, -2.5), (25.0, 4.5), (49.0, 8.0))
    route.refresh(set(Change))
    day.refresh(set(Change))
    listed = [route.stops.stops.index(row, 0).data() for row in range(3)]
    assert listed == ["waypoint 1", "waypoint 2", "goal"]
    places = [row.place for row in day.list.day.rows]
    assert [day.list.day.index(places.index(place), 0).data() for place in (1, 2, 3)] == listed
    labels = Written()
    names(QPainter(), Camera(), session.traverse.state, labels, Shown())
    assert labels.words[0].startswith("goal") and labels.words[1:3] == listed[:2]
