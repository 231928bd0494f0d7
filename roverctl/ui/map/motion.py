"""The camera's eased way to where it is wanted: sixty steps a second, none of which waits for anything."""

import math
from dataclasses import replace

from PySide6.QtCore import QElapsedTimer, QObject, Qt, QTimer, Signal, Slot

from roverctl.ui.map.camera import Camera

_FRAME_MS = 16
_EASE_S = 0.06  # our choice: what is left to go shrinks by e in so long; a wheel's step is done in a quarter second
_LONGEST_STEP_S = 0.05  # after a pause in the event loop the eye still sees the way
_THERE_PX, _THERE_LOG = 0.4, 0.003


class Motion(QObject):
    """Moves a camera towards its aim; ``moved`` carries each camera on the way."""

    moved = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._camera = self._aim = Camera()
        self._since = QElapsedTimer()
        self._timer = QTimer(self)
        self._timer.setInterval(_FRAME_MS)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._step)

    @property
    def under_way(self) -> bool:
        """Whether the camera is moving by itself."""
        return self._timer.isActive()

    def aim(self, camera: Camera) -> Camera:
        """Where it will be: its aim while under way, else where it is."""
        return self._aim if self.under_way else camera

    def go(self, camera: Camera, aim: Camera) -> None:
        """Set out from where it is."""
        self._camera, self._aim = camera, aim
        if not self._timer.isActive():
            self._since.start()
            self._timer.start()

    def stop(self) -> None:
        """Stay."""
        self._timer.stop()

    @Slot()
    def _step(self) -> None:
        passed_s = min(self._since.restart() / 1000.0, _LONGEST_STEP_S)
        self._camera = on_the_way(self._camera, self._aim, 1.0 - math.exp(-passed_s / _EASE_S))
        if self._camera == self._aim:
            self._timer.stop()
        self.moved.emit(self._camera)


def on_the_way(camera: Camera, aim: Camera, share: float) -> Camera:
    """The camera after a share of the way in the logarithm of its scale, or at its aim once that is near.

    The centre moves in step with the scale: so a zoom leaves the place under the cursor where it is.
    """
    left = math.log(aim.m_per_px / camera.m_per_px)
    apart_px = math.hypot(aim.east_m - camera.east_m, aim.north_m - camera.north_m) / min(camera.m_per_px, aim.m_per_px)
    if abs(left) * (1.0 - share) < _THERE_LOG and apart_px * (1.0 - share) < _THERE_PX:
        return aim
    scale = camera.m_per_px * math.exp(left * share)
    gone = share
    if abs(left) > _THERE_LOG:
        gone = (scale - camera.m_per_px) / (aim.m_per_px - camera.m_per_px)
    return replace(
        camera,
        m_per_px=scale,
        east_m=camera.east_m + gone * (aim.east_m - camera.east_m),
        north_m=camera.north_m + gone * (aim.north_m - camera.north_m),
    )
