"""The contact timeline on screen: turns, hand-overs, gaps with their causes, troubles, light cone, looking ahead."""

import itertools
import shutil
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from roverctl.core.resources import resource_path
from roverctl.core.times import SECOND_NS, parse_utc
from roverctl.ephemeris.sky import Sky
from roverctl.mission.profile import load_mission
from roverctl.session.api.relay import Impaired
from roverctl.ui.desk import Desk
from roverctl.ui.header import Header
from roverctl.ui.relay.timeline_bars import TROUBLE_ROW, Bar, bars_of, row_names
from roverctl.ui.relay.timeline_panel import TimelinePanel
from roverctl.ui.relay.timeline_view import LABEL_PX, TOP_PX
from roverctl.ui.theme import Theme
from tests.ui.alone import alone, changed, still
from tests.ui.demo_session import DemoSession

LEFT = Qt.MouseButton.LeftButton
HOUR_NS = 3600 * SECOND_NS
WORKS = """[[contact.maintenance]]
station = "Kashi"
from = "2019-01-11T14:00:00Z"
to = "2019-01-11T18:00:00Z"
name = "antenna works"

[halo]"""
FAR = '[link.delay]\none_way = { value = 20, unit = "min", assumed = true }\n\n[link]\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resource_path("missions", "change4"), tmp_path / "mine"))


@pytest.fixture
def panel(qtbot: QtBot, desk: Desk, session: DemoSession) -> TimelinePanel:
    return alone(qtbot, TimelinePanel(desk), session)


def test_bars_are_the_turns_of_the_sky(panel: TimelinePanel, session: DemoSession) -> None:
    timeline, now = session.relay.timeline, session.clock.now_ns
    assert timeline is not None
    spans = Sky(session.mission).timeline(timeline.from_ns, timeline.to_ns)
    rows = row_names(session.mission, [])
    bars = {(b.row, b.from_ns, b.to_ns) for b in bars_of(session.mission, timeline, timeline.contacts, [], now)}
    assert all((rows.index(s.station), s.begin_ns, s.end_ns) in bars for s in spans if s.station)
    # In the picture the station whose turn it is stands out from one that only sees the relay.
    picture = panel.view.grab().toImage()
    after = next(s for s in spans if s.station and s.overlap_ns and s.begin_ns > now)
    before = spans[spans.index(after) - 1]
    x = round(panel.view.span.x_of(after.begin_ns, now))

    def bright(station: str, px: int) -> int:
        return picture.pixelColor(px, TOP_PX + round((rows.index(station) + 0.5) * panel.view._row_px)).value()

    assert bright(before.station, x - 4) > bright(before.station, x + 4)
    assert bright(after.station, x + 4) > bright(after.station, x - 4)


def test_a_gap_tells_the_cause_of_each_station(qtbot: QtBot, theme: Theme, folder: Path) -> None:
    session = still(load_mission(changed(folder, ("[halo]", WORKS))))
    panel = alone(qtbot, TimelinePanel(Desk(session, theme)), session)
    view = panel.view
    view.grab()
    x = view.span.x_of(parse_utc("2019-01-11T14:30:00Z"), session.clock.now_ns)

    def tells(row: int) -> list[str]:
        return [text for box, text in view.bars if box.contains(QPointF(x, TOP_PX + (row + 0.5) * view._row_px))]

    assert any("Kashi: maintenance: antenna works" in t and "Neuquén: below the station's mask" in t for t in tells(0))
    assert any(text.startswith("Kashi, maintenance: antenna works\nfrom 01-11 14:00:00") for text in tells(1))


def test_a_drag_looks_ahead_and_0_comes_back(panel: TimelinePanel, session: DemoSession) -> None:
    view, now = panel.view, session.clock.now_ns
    view.grab()
    before = view.span.bounds(now)
    QTest.mousePress(view, LEFT, pos=QPoint(400, 40))
    QTest.mouseMove(view, QPoint(100, 40))
    QTest.mouseRelease(view, LEFT, pos=QPoint(100, 40))
    after = view.span.bounds(now)
    assert after[0] - before[0] == pytest.approx(300 * view.span.pixel_ns, rel=0.02) and not view.span.follows
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Right)
    session.poll()
    timeline = session.relay.timeline
    assert timeline is not None and timeline.covers(*view.span.bounds(now))
    QTest.keyClick(view, Qt.Key.Key_0)
    assert view.span.bounds(now) == before


def test_every_row_has_room_in_a_low_panel(qtbot: QtBot, desk: Desk, session: DemoSession) -> None:
    session.impair("loss", {"probability": 0.3, "leg": "return"}, 600.0)
    session.impair("station_down", {"station": "Kashi"}, 600.0)
    panel = alone(qtbot, TimelinePanel(desk), session, (700, 122))
    names = panel.view.row_names
    assert names[-2:] == [TROUBLE_ROW, ""]
    assert TOP_PX + len(names) * panel.view._row_px <= panel.view.visibleRegion().boundingRect().height()


def test_troubles_stand_in_lanes_as_far_as_they_went(session: DemoSession) -> None:
    mission, now = session.mission, 100 * HOUR_NS
    rows = row_names(mission, [])

    def trouble(name: str, detail: str, began: int, ends: int | None, over: bool) -> Impaired:
        return Impaired(name, detail, began * HOUR_NS, None if ends is None else ends * HOUR_NS, over)

    troubles = [
        trouble("loss", "", 10, 20, True), trouble("fade", "", 15, 18, True),
        trouble("station_down", "Kashi", 99, 103, False), trouble("conjunction", "", 99, None, False),
    ]  # fmt: skip
    bars = bars_of(mission, None, (), troubles, now)
    first, second = len(rows), len(rows) + 1
    solid = [(b.row, b.from_ns // HOUR_NS, b.to_ns // HOUR_NS) for b in bars if not b.hatched and not b.dashed]
    assert solid == [(first, 10, 20), (second, 15, 18), (first, 99, 100), (second, 99, 100)]
    assert [(b.from_ns, b.to_ns) for b in bars if b.dashed] == [(now, 103 * HOUR_NS)]
    assert [b.row for b in bars if b.hatched] == [rows.index("Kashi"), 0, 1, 2]  # out of service while it lasts


def test_the_light_cone_of_a_far_rover_is_drawn(qtbot: QtBot, theme: Theme, folder: Path) -> None:
    session = still(load_mission(changed(folder, ("[link]\n", FAR))))
    panel = alone(qtbot, TimelinePanel(Desk(session, theme)), session)
    link, now = session.relay.now, session.clock.now_ns
    assert link is not None and link.acts_ns - now > 1200 * SECOND_NS and link.seen_ns - now > 2400 * SECOND_NS
    picture, hue = panel.view.grab().toImage(), theme.colour("predicted").hue()
    violet = [
        x for x in range(LABEL_PX, panel.view.width()) for y in range(TOP_PX, TOP_PX + 12)
        if abs(picture.pixelColor(x, y).hue() - hue) < 12 and picture.pixelColor(x, y).saturation() > 60
    ]  # fmt: skip
    seen_px = panel.view.span.x_of(link.seen_ns, now)
    assert any(abs(x - seen_px) < 6 for x in violet) and min(violet) >= panel.view.span.x_of(now, now) - 2
    assert "seen 13:00:0" in panel.header._subtitle.text()


def test_a_plan_entered_by_hand_is_followed_or_what_is_wrong_is_said(
    qtbot: QtBot, desk: Desk, session: DemoSession, theme: Theme
) -> None:
    panel = alone(qtbot, TimelinePanel(desk), session)
    QTest.mouseClick(panel._plan_tool, LEFT)
    dialog = panel.plan
    add = next(button for button in dialog.buttons.buttons() if button.text() == "Add maintenance")
    QTest.mouseClick(add, LEFT)
    text = dialog.text.toPlainText()
    assert text.count("[[contact.maintenance]]") == 1 and 'from = "2019-01-11T13:00:00Z"' in text
    wrong = text.replace("2019-01-11T15:00:00Z", "2019-01-11T12:00:00Z").replace('"Jiamusi"\nfrom', '"Kashi"\nfrom')
    dialog.text.setPlainText(wrong)
    dialog.follow()
    assert dialog.isVisible()
    assert dialog.problem.text() == "contact plan: contact.maintenance[0].to: must lie after from"
    dialog.text.setPlainText(wrong.replace("2019-01-11T12:00:00Z", "2019-01-11T15:00:00Z"))
    dialog.follow()
    for _ in range(2):
        session.poll()
    timeline = session.relay.timeline
    assert timeline is not None and [works.station for works in timeline.maintenance] == ["Kashi"]
    assert any(turn.end_ns == parse_utc("2019-01-11T13:00:00Z") for turn in timeline.turns if turn.station == "Kashi")


def test_a_maintenance_is_named_beside_what_is_written_on_a_gap(qtbot: QtBot, theme: Theme, folder: Path) -> None:
    session = still(load_mission(changed(folder, ("[halo]", WORKS))))
    panel = alone(qtbot, TimelinePanel(Desk(session, theme)), session)
    view = panel.view
    whole = QRectF(LABEL_PX, TOP_PX, 300, 18)
    gap = Bar(0, 0, 1, "warning", "", ("no contact",), hatched=True)
    works = Bar(0, 0, 1, "distress", "", ("antenna works",), hatched=True)
    view.resize(600, 200)
    picture = QPixmap(600, 200)
    painter = QPainter(picture)
    taken: list[QRectF] = []
    for bar in (gap, works, gap, works):
        view._write(painter, whole, bar, taken)
    painter.end()
    assert len(taken) == 3 and not any(a.intersects(b) for a, b in itertools.combinations(taken, 2))


def test_a_title_gives_up_whole_parts_before_it_cuts_a_word(qtbot: QtBot, theme: Theme) -> None:
    header = Header("Contacts", "Kashi until 15:50 · released now acts 12:00:18.4 · Sun at azimuth 41°")
    qtbot.addWidget(header)
    header.show()
    subtitle = header._subtitle

    def shown(width: int) -> str:
        subtitle.resize(width, 20)
        return subtitle.fitting

    advance = subtitle.fontMetrics().horizontalAdvance
    assert shown(advance(subtitle.text()) + 2) == subtitle.text()
    assert shown(advance(subtitle.text()) - 4) == "Kashi until 15:50 · released now acts 12:00:18.4"
    assert shown(advance("Kashi until 15:50") + 2) == "Kashi until 15:50"
    assert shown(advance("Kashi until")).endswith("…")
