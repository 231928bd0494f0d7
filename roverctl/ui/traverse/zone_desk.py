"""Joins page Zones and the hand on the map: pencils, what is chosen, and when zones can be reshaped."""

from PySide6.QtCore import QObject, Slot

from roverctl.session.api.draft import MarkKind
from roverctl.ui.map.panel import MapPanel
from roverctl.ui.traverse.panel import TraversePanel


class ZoneDesk(QObject):
    """Lives as long as the window."""

    def __init__(self, panel: TraversePanel, chart: MapPanel, parent: QObject) -> None:
        super().__init__(parent)
        self._page, self._hand, self._view = panel.zones, chart.view.zones, chart.view
        panel.zones_shown.connect(self._shown)
        self._page.pencil_taken.connect(self._pencil)
        self._page.chosen.connect(self._hand.choose)
        self._hand.changed.connect(self._changed)

    @Slot(bool)
    def _shown(self, shown: bool) -> None:
        self._hand.active = shown
        if not shown:
            self._hand.end()
            self._hand.choose(None)
        self._view.update()

    @Slot(object)
    def _pencil(self, kind: MarkKind | None) -> None:
        if kind is None:
            self._hand.end()
            return
        self._view.measure.end()
        self._hand.begin(kind)
        self._view.setFocus()

    @Slot()
    def _changed(self) -> None:
        self._page.show_tool(self._hand.kind, self._hand.chosen)
