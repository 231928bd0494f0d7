"""The contact timeline with its title line: who has contact, what a command released now reaches, how far to look."""

import math

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QScrollArea, QVBoxLayout, QWidget

from roverctl.core.times import SECOND_NS, format_clock
from roverctl.session.api.changes import Change, Changes
from roverctl.ui.desk import Desk
from roverctl.ui.header import Header
from roverctl.ui.relay.plan_dialog import PlanDialog
from roverctl.ui.relay.time_span import HOUR_NS
from roverctl.ui.relay.timeline_view import TimelineView
from roverctl.ui.relay.words import contact_words, turns_words

_PLAN_TIP = "Maintenance, preferences and duties of the stations, from now on"
_SPANS_H = (12, 48, 14 * 24, 31 * 24)


class TimelinePanel(QWidget):
    """Title line and rows."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._desk = desk
        self.header = Header("Contacts")
        self.view = TimelineView(desk)
        self.view.moved.connect(self._moved)
        self._drawn_ns = self._said_s = 0
        area = QScrollArea(self)
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setWidget(self.view)
        self._plan_tool = self.header.add_tool("Plan…", self._edit_plan, _PLAN_TIP)
        self.header.add_tool("now", self.view.follow, "Back to now (0, or a double click)")
        self._span_tool = self.header.add_tool("12 h", self._next_span, "How much is shown: 12 hours, 2, 14 or 31 days")
        for text, tip, act in (("−", "Show more (−)", self._farther), ("+", "Show less (+)", self._nearer)):
            self.header.add_tool(text, act, tip)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 0)
        column.addWidget(area)
        self.setMinimumHeight(70)

    def session_replaced(self) -> None:
        """What is shown comes with the refresh."""
        self._drawn_ns = 0
        self.view.span.follow()

    def refresh(self, changes: Changes) -> None:
        """Repaint when a pixel's worth of time has gone by, or something else is known."""
        session = self._desk.session
        now = session.clock.now_ns
        self._plan_tool.setEnabled(session.can_command)
        self._plan_tool.setToolTip(session.why_not_command or _PLAN_TIP)
        if changes & {Change.SKY, Change.EVENTS, Change.QUEUE} or abs(now - self._drawn_ns) > self.view.span.pixel_ns:
            self._show(now)
        elif now // SECOND_NS != self._said_s:
            self._say(now)

    @Slot()
    def _moved(self) -> None:
        self._show(self._desk.session.clock.now_ns)

    def _show(self, now: int) -> None:
        self._drawn_ns = now
        relay = self._desk.session.relay
        relay.want_timeline(*self.view.span.bounds(now))
        self.view.show_timeline(relay.timeline, self._desk.session.passes(), relay.impaired(), relay.now)
        self._say(now)
        hours = self.view.span.length_ns / HOUR_NS
        self._span_tool.setText(f"{hours:.3g} h" if hours < 72 else f"{hours / 24:.3g} d")

    def _say(self, now: int) -> None:
        self._said_s = now // SECOND_NS
        self.header.say(self._sentence(now))

    def _sentence(self, now: int) -> str:
        sky, link = self._desk.session.sky, self._desk.session.relay.now
        if sky is None:
            return ""
        parts = [turns_words(sky) or contact_words(sky, now)]
        if link is not None:
            parts.append(
                f"{link.what} released now acts {format_clock(link.acts_ns, 1)}, seen {format_clock(link.seen_ns, 1)}"
            )
        parts.append(f"Sun at azimuth {math.degrees(sky.sun_azimuth_rad) % 360:.0f}°")
        return " · ".join(filter(None, parts))

    @Slot()
    def _edit_plan(self) -> None:
        self.plan = PlanDialog(self._desk, self.window())
        self.plan.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.plan.open()

    @Slot()
    def _next_span(self) -> None:
        hours = self.view.span.length_ns / HOUR_NS
        wanted = next((h for h in _SPANS_H if h > hours * 1.01), _SPANS_H[0])
        self.view.span.zoom(wanted / hours, self._desk.session.clock.now_ns)
        self._moved()

    @Slot()
    def _farther(self) -> None:
        self.view.span.zoom(1.5, self._desk.session.clock.now_ns)
        self._moved()

    @Slot()
    def _nearer(self) -> None:
        self.view.span.zoom(1 / 1.5, self._desk.session.clock.now_ns)
        self._moved()
