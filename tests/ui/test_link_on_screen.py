"""Link, delays, training and the bar on screen, with the relays that missions have and with none."""

import dataclasses
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QLabel
from pytestqt.qtbot import QtBot

from roverctl.core.nouns import Stage
from roverctl.core.resources import resource_path
from roverctl.core.times import DAY_NS, parse_utc
from roverctl.ephemeris.report import relay_rows
from roverctl.ephemeris.sky import Sky
from roverctl.mission.profile import load_mission
from roverctl.session.api.outlook import SkyNow
from roverctl.session.api.relay import Part, Way
from roverctl.session.api.session import Mode
from roverctl.ui.desk import EVERYTHING, Desk
from roverctl.ui.relay.delay_panel import DelayPanel
from roverctl.ui.relay.link.panel import LinkPanel
from roverctl.ui.relay.timeline_panel import TimelinePanel
from roverctl.ui.relay.training_panel import TrainingPanel
from roverctl.ui.relay.words import delay_text, part_texts, way_table
from roverctl.ui.theme import Theme
from roverctl.ui.top_bar import TopBar
from tests.ui.alone import alone, changed, still
from tests.ui.demo_session import DemoSession
from tests.unit.ephemeris.test_links import MASK, with_table
from tests.unit.ephemeris.test_orbit_file import with_file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(resource_path("missions", "change4"), tmp_path / "mine"))


@pytest.fixture(scope="module")
def sky() -> Sky:
    return Sky(load_mission())


@pytest.fixture
def link(qtbot: QtBot, desk: Desk, session: DemoSession) -> LinkPanel:
    return alone(qtbot, LinkPanel(desk), session)


def test_packets_under_way_are_at_their_computed_place(link: LinkPanel, session: DemoSession, sky: Sky) -> None:
    link.system.grab()
    scene, now = session.relay.scene, session.clock.now_ns
    assert scene is not None
    signal, point = next((s, p) for s, p in link.system.signal_points if s.name == "41 PING")
    left_ns = session.relay.commands.commands[0].changes[Stage.SENT].occurred_ns  # the station's word: filled
    light_ns = float(sky.light_times(left_ns).station_to_relay_s[sky.names.index(signal.station), 0]) * 1e9
    assert signal.known and signal.last_bit == pytest.approx((now - left_ns) / light_ns, abs=2e-3)
    start = link.system.eye.point(scene.at("stations_m", now)[sky.names.index(signal.station)])
    end = link.system.eye.point(scene.at("relay_m", now))
    assert (point - (start + (end - start) * signal.last_bit)).manhattanLength() < 7.0


def test_the_picture_is_to_scale(link: LinkPanel, session: DemoSession, sky: Sky) -> None:
    now, scene, eye = session.clock.now_ns, session.relay.scene, link.system.eye
    link.system.grab()
    eye.rise_rad = np.pi / 2  # from the north all lengths in the plane are true
    assert scene is not None
    moon = eye.point(scene.at("moon_m", now)) - eye.point(np.zeros(3))
    away_m = float(sky.geometry(now).earth_moon_m[0])
    assert np.hypot(moon.x(), moon.y()) * eye.m_px == pytest.approx(away_m, rel=1e-4)


def test_the_sky_over_the_rover_has_the_relay_in_its_place(link: LinkPanel, session: DemoSession, sky: Sky) -> None:
    geometry = sky.geometry(session.clock.now_ns)
    azimuth, elevation = (np.degrees(v[0]) for v in (geometry.relay_azimuth_rad, geometry.relay_elevation_rad))
    picture = link.site.grab().toImage()
    colour = picture.pixelColor(link.site.point(float(azimuth), float(elevation)).toPoint())
    assert abs(colour.hue() - link.site._desk.theme.colour("accent").hue()) < 8


# Delays


@pytest.fixture
def delays(qtbot: QtBot, desk: Desk, session: DemoSession) -> DelayPanel:
    panel = DelayPanel(desk)
    panel.build()
    return alone(qtbot, panel, session)


def test_saved_delays_are_those_of_the_command_line(
    qtbot: QtBot, delays: DelayPanel, desk: Desk, sky: Sky, tmp_path: Path
) -> None:
    delays.save_csv(tmp_path / "delays.csv")
    head, *lines = [line.split(",") for line in (tmp_path / "delays.csv").read_text().splitlines()]
    some = lines[::150]
    for line, row in zip(some, relay_rows(sky, [parse_utc(line[0]) for line in some]), strict=True):
        mine = dict(zip(head, line, strict=True))
        assert mine["station"] == row["station"] and (mine["contact"] == "yes") is row["contact"]
        for name in ("owlt_up_s", "owlt_down_s", "station_relay_km", "relay_rover_km", "station_relay_m_s"):
            assert float(mine[name]) == pytest.approx(row[name], abs=6e-3)  # times are written to the millisecond
    delays.save_png(tmp_path / "delays.png")
    assert not QImage(str(tmp_path / "delays.png")).isNull()
    with qtbot.waitSignal(desk.told) as told:
        delays.save_png(tmp_path / "none" / "delays.png")
    assert "a picture cannot be written there" in told.args[0].text


def test_months_are_looked_over(delays: DelayPanel, session: DemoSession) -> None:
    delays._next_span()
    delays._next_span()
    session.poll()
    curves = session.relay.curves
    assert curves is not None and curves.times_ns[-1] - curves.times_ns[0] == pytest.approx(60 * DAY_NS, rel=1e-6)


# Training


def test_training_starts_what_is_chosen_and_tells_what_is_in_force(
    qtbot: QtBot, desk: Desk, session: DemoSession
) -> None:
    panel = alone(qtbot, TrainingPanel(desk), session, (520, 300))
    panel.kind.setCurrentText("station_down")
    station = panel._fields["station"]
    assert isinstance(station, QComboBox) and station.count() == len(session.mission.stations)
    panel.kind.setCurrentText("fade")
    depth = panel._fields["depth_db"]
    assert isinstance(depth, QDoubleSpinBox) and list(panel._fields) == ["depth_db", "leg"]
    depth.setValue(9.0)
    panel.duration.setValue(2.0)
    panel.unit.setCurrentText("h")
    QTest.mouseClick(panel.start, Qt.MouseButton.LeftButton)
    assert session.calls[-1] == ("impair", ("fade", {"depth_db": 9.0, "leg": "return"}, 7200.0))
    panel.refresh(set(EVERYTHING))
    row = [panel.model.index(0, column).data() for column in range(4)]
    assert row[0] == "fade" and row[3] == "02:00:00" and panel.header._subtitle.text() == "1 in force"
    session.advance(1800.0)
    panel.refresh(set(EVERYTHING))
    assert panel.model.index(0, 3).data() == "01:30:00"


def test_a_replay_lets_nothing_go_wrong_and_says_why(qtbot: QtBot, theme: Theme) -> None:
    replay = still(mode=Mode.REPLAY)
    panel = alone(qtbot, TrainingPanel(Desk(replay, theme)), replay)
    assert not panel.start.isEnabled() and "replay" in panel._words.text() and "replay" in panel.start.toolTip()


# The bar, and words


def test_parts_as_written_add_up_to_the_whole_as_written() -> None:
    way = Way(tuple(Part(f"part {i}", 1_499_999 + 333_333 * i) for i in range(7)))
    assert sum(round(float(text[:-2]) * 1000) for text in part_texts(way)) == round(way.total_ns / 1e6)
    assert way_table("acts", 0, way, "").count("<tr>") == 8


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.005, "0.01 s"), (5.84, "5.84 s"), (99.996, "1 min 40.0 s"), (1203.21, "20 min 3.2 s"), (4810.0, "1 h 20 min")],
)
def test_delays_in_words(seconds: float, text: str) -> None:
    assert delay_text(seconds) == text


def test_the_bar_tells_a_wait_and_its_parts(qtbot: QtBot, desk: Desk, session: DemoSession) -> None:
    """Command 42 is being sent: what is released now waits for its end."""
    bar = alone(qtbot, TopBar(desk), session, (1600, 60))
    link = session.relay.now
    assert link is not None and link.up.waits_ns > 0
    assert bar.up.text == delay_text(link.up.total_ns / 1e9) and "waiting" in bar.up.remark
    rows = re.findall(r"<td>([^<]+)</td><td align=right>&nbsp;&nbsp;([\d.]+) s", bar.up.toolTip())
    assert "waiting for CLTUs before it" in dict(rows)
    whole = re.search(r"in all</b></td><td align=right>&nbsp;&nbsp;<b>([\d.]+) s", bar.up.toolTip())
    assert whole is not None and sum(float(s) for _, s in rows) == pytest.approx(float(whole[1]), abs=1e-9)


# Other missions


def looked_at(qtbot: QtBot, session: DemoSession, theme: Theme) -> str:
    """Every panel of the relay and the bar, painted; all that they say."""
    desk = Desk(session, theme)
    delays = DelayPanel(desk)
    delays.build()
    panels = [alone(qtbot, p, session) for p in (LinkPanel(desk), delays, TrainingPanel(desk), TimelinePanel(desk))]
    bar = alone(qtbot, TopBar(desk), session, (1600, 60))
    for panel in (*panels, bar):
        panel.grab()
    link, timeline = panels[0], panels[3]
    assert isinstance(link, LinkPanel) and isinstance(timeline, TimelinePanel)
    said = [label.text() for panel in panels for label in panel.header.findChildren(QLabel)]
    said += [f"{r.text} {r.remark} {r.toolTip()}" for r in bar.readouts] + [" ".join(row) for row in link.ages.rows]
    said += [text for _, text in timeline.view.bars] + timeline.view.row_names
    whole = "\n".join(said)
    assert "nan" not in whole.lower() and "inf " not in whole
    return whole


def test_a_mission_without_a_relay_names_none(qtbot: QtBot, theme: Theme, folder: Path) -> None:
    with_table(folder, "[direct]\n" + MASK)
    near = (("value = 177.588", "value = -19.51"), ("value = -45.457", "value = 44.12"))
    session = still(load_mission(changed(folder, ('relay = "Queqiao"\n', ""), *near)))
    said = looked_at(qtbot, session, theme)
    assert (
        "relay" not in said
        and "Queqiao" not in said
        and "The Earth is up" in said
        and "light, station to rover" in said
    )


def test_a_fixed_relay_stands_still(qtbot: QtBot, theme: Theme, folder: Path) -> None:
    point = '[fixed_relay]\npoint = "L2"\nmu = { value = 0.01215, unit = "1", assumed = true }\n'
    session = still(load_mission(with_table(folder, point + MASK)))
    assert "Queqiao" in looked_at(qtbot, session, theme)
    scene = session.relay.scene
    assert scene is not None and np.ptp(scene.far_relay_m, axis=1).max() < 1000.0  # the frame breathes, and it with it


class Lost(DemoSession):
    """Its look at the sky does not find the relay."""

    @property
    def sky(self) -> SkyNow | None:
        found = super().sky
        assert found is not None
        return dataclasses.replace(found, station="", next_change_ns=None, place_known=False)


def test_an_orbit_file_that_has_ended_is_told_and_nothing_is_made_up(qtbot: QtBot, theme: Theme, folder: Path) -> None:
    session = Lost(mission=load_mission(with_file(folder, "2019-01-10", 36)))  # to noon; now is later
    session.pause()
    said = looked_at(qtbot, session, theme)
    assert "nobody knows where Queqiao is now" in said and "the orbit file does not cover this time" in said
    assert said.count("— ") >= 3 and session.relay.now is None
    curves = session.relay.curves
    assert curves is not None and curves.times_ns[-1] <= parse_utc("2019-01-11T12:00:00Z")
    assert not session.relay.signals()
