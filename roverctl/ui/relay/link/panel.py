"""The link panel: the system to scale, the sky over the site, and how old the last news of everything is."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QVBoxLayout, QWidget

from roverctl.core.times import SECOND_NS
from roverctl.session.api.changes import Changes
from roverctl.ui.desk import Desk
from roverctl.ui.header import Header
from roverctl.ui.relay.link.site_view import SiteView
from roverctl.ui.relay.link.system_view import SystemView
from roverctl.ui.relay.words import delay_text, range_text
from roverctl.ui.status import NOTHING, age_text
from roverctl.ui.theme import SMALL_PX, mono, sans

_ROW_PX = 16


class AgeList(QWidget):
    """A row for each source: what it said last, and how old that is."""

    def __init__(self, desk: Desk) -> None:
        super().__init__()
        self._desk = desk
        self._rows: list[tuple[str, str, str]] = []
        self.setFixedHeight(4 * _ROW_PX + 6)
        self.setAccessibleName("Ages")

    @property
    def rows(self) -> list[tuple[str, str, str]]:
        """Source, what it said, age."""
        return self._rows

    def sizeHint(self) -> QSize:
        return QSize(300, 4 * _ROW_PX + 6)

    def follow_clock(self) -> None:
        """Repaint if a figure changed."""
        now = self._desk.session.clock.now_ns
        rows = []
        for age in self._desk.session.relay.ages():
            old = NOTHING if age.generated_ns is None else age_text((now - age.generated_ns) / SECOND_NS)
            rows.append((age.source, age.what, old))
        if rows != self._rows:
            self._rows = rows
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        theme = self._desk.theme
        for i, (source, what, old) in enumerate(self._rows):
            y = 4 + i * _ROW_PX
            painter.setFont(sans(SMALL_PX))
            painter.setPen(theme.colour("dim"))
            painter.drawText(QPointF(10, y + 11), source)
            painter.setPen(theme.colour("text"))
            painter.drawText(QPointF(96, y + 11), what)
            painter.setFont(mono(SMALL_PX))
            painter.drawText(QRectF(0, y, self.width() - 12, _ROW_PX), Qt.AlignmentFlag.AlignRight, old)


class LinkPanel(QWidget):
    """Side by side where there is room, else under each other."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.header = Header("Link")
        self.system, self.site, self.ages = SystemView(desk), SiteView(desk), AgeList(desk)
        self.header.add_tool("all", self.system.show_all, "Earth, Moon and halo (0)")
        self.header.add_tool("Moon", self.system.show_moon, "The Moon and the halo")
        side = QWidget(self)
        column = QVBoxLayout(side)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(1)
        column.addWidget(self.site, 1)
        column.addWidget(self.ages)
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, self)
        self._row.setContentsMargins(0, 4, 0, 0)
        self._row.setSpacing(1)
        self._row.addWidget(self.system, 3)
        self._row.addWidget(side, 2)
        self.setMinimumHeight(120)

    def resizeEvent(self, event: QResizeEvent) -> None:
        wide = self.width() > 1.3 * self.height()
        direction = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        if self._row.direction() != direction:
            self._row.setDirection(direction)
        super().resizeEvent(event)

    def session_replaced(self) -> None:
        """What is shown comes with the refresh."""
        self.system.show_all()

    def refresh(self, changes: Changes) -> None:
        """Let each part see whether something moved."""
        session = self._desk.session
        session.relay.want_scene()
        for part in (self.system, self.site, self.ages):
            part.follow_clock()
        sky = session.sky
        if sky is None:
            self.header.say("")
            return
        by_hand, relay = session.relay.by_hand, session.mission.relay
        parts = [f"station {sky.station or NOTHING}"]
        if session.mission.orbit is not None:
            parts.append(f"{relay} {range_text(sky.relay_rover_m)} from the rover")
        light = f"{delay_text(sky.owlt_up_s)} up, {delay_text(sky.owlt_down_s)} down"
        parts.append(f"delay set by hand: {by_hand}" if by_hand else f"light {light}")
        if not sky.place_known:
            parts = [f"nobody knows where {relay} is now: its orbit file does not cover this time"]
        self.header.say(" · ".join(parts))
