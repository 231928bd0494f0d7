"""Pictures of the map, and its layers as GeoTIFF."""

from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Slot
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QFileDialog

from roverctl.core.nouns import Severity
from roverctl.session.api.map import GROUND
from roverctl.terrain.tiling import spacing_m
from roverctl.ui.desk import Desk
from roverctl.ui.map.layers import MapChoice, sheet_for
from roverctl.ui.map.view import MapView

_SHARP = 2  # pixels for each of the screen's, in the finer picture
_SHARP_WAIT_MS = 8000  # for its tiles; then it is painted with what there is
_EXPORT_MOST_PX = 4096


class MapFiles(QObject):
    """Writes what a map shows."""

    def __init__(self, desk: Desk, view: MapView, parent: QObject) -> None:
        super().__init__(parent)
        self._desk = desk
        self._view = view
        self._sharp_file: Path | None = None
        self._sharp_wait = QTimer(self)
        self._sharp_wait.setSingleShot(True)
        self._sharp_wait.setInterval(_SHARP_WAIT_MS)
        self._sharp_wait.timeout.connect(self._save_sharp)

    def forget(self) -> None:
        """Another session, another ground."""
        self._sharp_file = None

    def stop(self) -> None:
        """The window closes."""
        self._sharp_wait.stop()

    def tiles_came(self) -> None:
        """Perhaps the last that a finer picture waits for."""
        if self._sharp_file is not None and self._desk.session.map.tiles_come:
            self._save_sharp()

    @Slot()
    def save_picture(self) -> None:
        """The map alone, as on screen."""
        file = self._ask("Save map picture", "map.png", "PNG (*.png)")
        if file is not None:
            self._write(file, 1)

    @Slot()
    def save_sharp_picture(self) -> None:
        """The map alone at twice the screen's pixels; finer tiles are waited for."""
        file = self._ask("Save map picture at twice the size", "map@2x.png", "PNG (*.png)")
        if file is not None:
            self.begin_sharp_picture(file)

    def begin_sharp_picture(self, file: Path) -> None:
        """Ask for finer tiles; the picture is written when they have come."""
        self._sharp_file = file
        camera = self._view.camera.sharpened(_SHARP)
        wish = [(coat.sheet, key) for coat in self._view.drawing.coats for key in camera.tiles(camera.level)]
        self._desk.session.map.want_tiles(wish, [])
        self._sharp_wait.start()
        self.tiles_came()

    @Slot()
    def _save_sharp(self) -> None:
        file, self._sharp_file = self._sharp_file, None
        self._sharp_wait.stop()
        if file is not None:
            self._write(file, _SHARP)

    def _write(self, file: Path, sharpness: int) -> None:
        picture = self._view.picture(sharpness)
        if QPixmap.fromImage(picture).save(str(file), "PNG"):
            self._desk.tell(f"Map saved as {file}, {picture.width()} × {picture.height()} pixels.", Severity.INFO)
        else:
            self._desk.tell(f"{file}: a picture cannot be written there; choose a folder that can be written.")

    def _ask(self, title: str, name: str, kind: str) -> Path | None:
        chosen, _ = QFileDialog.getSaveFileName(self._view, title, name, kind)
        return Path(chosen) if chosen else None

    def ask_export(self, name: str, choice: MapChoice) -> None:
        """Ask where a layer is to go, and write it."""
        file = self._ask("Save layer", f"{name or 'ground'}.tif", "GeoTIFF (*.tif)")
        if file is not None:
            self.export_layer(name, choice, file)

    def export_layer(self, name: str, choice: MapChoice, file: Path) -> None:
        """Write a layer over what the map shows, at the scale of the tiles shown."""
        session, camera = self._desk.session, self._view.camera
        known = session.known
        rover = (known.east_m, known.north_m) if known is not None else (0.0, 0.0)
        product = next((p for p in session.map.info.products if p.name == name), None)
        sheet = GROUND if product is None else sheet_for(product, choice, session.clock.now_ns, rover)
        corners = camera.to_ground(0, camera.height_px), camera.to_ground(camera.width_px, 0)
        across = max(camera.width_px, camera.height_px) * camera.m_per_px
        spacing = max(spacing_m(camera.level), across / _EXPORT_MOST_PX)
        self._desk.tell(f"Writing the layer to {file} …", Severity.INFO)
        self._desk.perform(session.map.export, sheet, corners, spacing, file)
