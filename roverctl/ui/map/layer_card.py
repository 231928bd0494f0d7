"""The card over the map that chooses what it shows: layers in order with their opacity and legend, and the light."""

import math

from PySide6.QtCore import QEvent, QObject, QSize, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QScrollArea,
    QSlider,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from roverctl.core.times import SECOND_NS, format_utc
from roverctl.session.api.map import ProductInfo
from roverctl.ui.choice import Choice
from roverctl.ui.map.layers import Light, MapChoice
from roverctl.ui.map.legend import Legend
from roverctl.ui.theme import SMALL_PX, Theme, mono, sans

WIDTH_PX = 268
_ROWS_SHOWN, _ROWS_AT_LEAST = 9, 3
_ROW_PX = 22
_GROUND_NAME = ""  # the item of the ground: always the last
_HALF_DAY_H = 354  # the slider spans half a lunar day (29.5 days) either way
_COALESCE_MS = 120  # while a slider moves only the newest wish counts
_LIGHTS = {
    Light.DRAWN: "Light from the north-west",
    Light.NOW: "The Sun, now",
    Light.CHOSEN: "The Sun, at …",
}


class LayerCard(QWidget):
    """Changes a ``MapChoice`` and says so; who shows the map reads it."""

    changed = Signal()
    export_wanted = Signal(str)  # the layer's name, '' for the ground
    closed = Signal()

    def __init__(self, choice: MapChoice, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self.choice = choice
        self._theme = theme
        self._products: tuple[ProductInfo, ...] = ()
        self._middle_ns = 0
        self.setObjectName("strip")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAttribute(Qt.WidgetAttribute.WA_NoMousePropagation)  # a click here is none on the map below
        self.setFixedWidth(WIDTH_PX)
        self.setAccessibleName("Layers of the map")
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(_COALESCE_MS)
        self._soon.timeout.connect(self.changed)
        self._build()
        self.hide()

    def _build(self) -> None:
        around = QVBoxLayout(self)
        around.setContentsMargins(1, 1, 1, 1)
        self._scroll = QScrollArea(self)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.viewport().setAutoFillBackground(False)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        around.addWidget(self._scroll)
        body = QWidget(self._scroll)
        body.setAutoFillBackground(False)
        self._scroll.setWidget(body)
        self._column = column = QVBoxLayout(body)
        column.setContentsMargins(12, 6, 12, 10)
        column.setSpacing(6)
        top = QHBoxLayout()
        title = QLabel("Layers", self)
        title.setFont(sans(bold=True))
        close = QToolButton(self)
        close.setObjectName("flat")
        close.setText("✕")
        close.setAccessibleName("Close the layers")
        close.clicked.connect(self.closed)
        top.addWidget(title, 1)
        top.addWidget(close)
        column.addLayout(top)
        self.list = QListWidget(self)
        self.list.setAccessibleName("Layers, topmost first")
        self.list.setToolTip("Space shows or hides; drag, or Alt with ↑ ↓, brings it above or below others")
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setUniformItemSizes(True)
        self.list.itemChanged.connect(self._check)
        self.list.currentItemChanged.connect(self._show_current)
        self.list.model().rowsMoved.connect(self._moved)
        self.list.installEventFilter(self)
        column.addWidget(self.list, 1)
        row = QHBoxLayout()
        self._opacity_name = QLabel("opacity", self)
        self._opacity_name.setObjectName("small")
        self.opacity = QSlider(Qt.Orientation.Horizontal, self)
        self.opacity.setRange(0, 100)
        self.opacity.setPageStep(10)
        self.opacity.setAccessibleName("Opacity of the layer")
        self.opacity.valueChanged.connect(self._fade)
        self._opacity_value = QLabel(self)
        self._opacity_value.setFont(mono(SMALL_PX))
        self._opacity_value.setFixedWidth(36)
        self._opacity_value.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        for widget in (self._opacity_name, self.opacity, self._opacity_value):
            row.addWidget(widget)
        column.addLayout(row)
        self.legend = Legend(self)
        column.addWidget(self.legend)
        self._build_light(column)
        boxes = QHBoxLayout()
        self._boxes = {name: QCheckBox(name.capitalize(), self) for name in ("names", "graticule", "minimap")}
        for name, box in self._boxes.items():
            box.setChecked(getattr(self.choice, name))
            box.toggled.connect(self._choose)
            boxes.addWidget(box)
        column.addLayout(boxes)
        self.export = QPushButton("Save as GeoTIFF…", self)
        self.export.setToolTip("The layer chosen above, over what the map shows now")
        self.export.clicked.connect(self._export)
        column.addWidget(self.export)

    def _build_light(self, column: QVBoxLayout) -> None:
        self.light = Choice(self._theme, self)
        self.light.setAccessibleName("Light of the ground")
        for light, text in _LIGHTS.items():
            self.light.addItem(text, light)
        self.light.setCurrentIndex(list(_LIGHTS).index(self.choice.light))
        self.light.currentIndexChanged.connect(self._choose_light)
        column.addWidget(self.light)
        self.hour = QSlider(Qt.Orientation.Horizontal, self)
        self.hour.setRange(-_HALF_DAY_H, _HALF_DAY_H)
        self.hour.setPageStep(24)
        self.hour.setAccessibleName("Time of the Sun, hours from now")
        self.hour.valueChanged.connect(self._slide)
        self._hour_value = QLabel(self)
        self._hour_value.setFont(mono(SMALL_PX))
        self._hour_value.setObjectName("dim")
        column.addWidget(self.hour)
        column.addWidget(self._hour_value)
        self._show_light()

    def know(self, products: tuple[ProductInfo, ...], now_ns: int) -> None:
        """The products there are, and the time that the slider's middle stands for."""
        if self._middle_ns == 0 and now_ns > 0:
            self._middle_ns = now_ns
            chosen = self.choice.light_ns
            if chosen and abs(chosen - now_ns) <= _HALF_DAY_H * 3600 * SECOND_NS:
                self.hour.setValue(round((chosen - now_ns) / (3600 * SECOND_NS)))
            self._show_light()
        if products == self._products and self.list.count():
            return
        self._products = products
        self.choice.know(products)
        self._fill()

    def fit(self, height_px: int) -> None:
        """As high as it needs to be, or as there is room: first the list is shorter, then all of it scrolls."""
        rows = max(min(self.list.count(), _ROWS_SHOWN), _ROWS_AT_LEAST)
        self.list.setFixedHeight(rows * _ROW_PX + 4)
        self._column.activate()
        excess_px = self._column.minimumSize().height() + 4 - height_px
        if excess_px > 0:
            rows = max(rows - math.ceil(excess_px / _ROW_PX), _ROWS_AT_LEAST)
            self.list.setFixedHeight(rows * _ROW_PX + 4)
            self._column.activate()
        self.resize(WIDTH_PX, min(self._column.minimumSize().height() + 4, height_px))

    def adopt(self, choice: MapChoice) -> None:
        """Show another choice."""
        self.choice = choice
        for name, box in self._boxes.items():
            box.blockSignals(True)
            box.setChecked(getattr(choice, name))
            box.blockSignals(False)
        self.light.blockSignals(True)
        self.light.setCurrentIndex(list(_LIGHTS).index(choice.light))
        self.light.blockSignals(False)
        choice.know(self._products)
        self._show_light()
        if self._products:
            self._fill()

    def forget(self) -> None:
        """Another session, at another time."""
        self._middle_ns = 0

    def _fill(self) -> None:
        titles = {product.name: product.title for product in self._products}
        self.list.blockSignals(True)
        self.list.clear()
        for layer in self.choice.layers:
            if layer.name in titles:
                self._add(layer.name, titles[layer.name], layer.shown)
        ground = self._add(_GROUND_NAME, "Ground", self.choice.ground)
        ground.setFlags(ground.flags() & ~Qt.ItemFlag.ItemIsDragEnabled)
        self.list.blockSignals(False)
        self.list.setCurrentRow(0)
        self._show_current()

    def _add(self, name: str, title: str, shown: bool) -> QListWidgetItem:
        item = QListWidgetItem(title)
        item.setSizeHint(QSize(0, _ROW_PX))
        item.setData(Qt.ItemDataRole.UserRole, name)
        item.setFlags((item.flags() | Qt.ItemFlag.ItemIsUserCheckable) & ~Qt.ItemFlag.ItemIsDropEnabled)
        item.setCheckState(Qt.CheckState.Checked if shown else Qt.CheckState.Unchecked)
        self.list.addItem(item)
        return item

    @property
    def current(self) -> str:
        """The chosen layer's name, '' for the ground."""
        item = self.list.currentItem()
        return _GROUND_NAME if item is None else str(item.data(Qt.ItemDataRole.UserRole))

    # Layers
    @Slot(QListWidgetItem)
    def _check(self, item: QListWidgetItem) -> None:
        shown = item.checkState() is Qt.CheckState.Checked
        name = str(item.data(Qt.ItemDataRole.UserRole))
        if name == _GROUND_NAME:
            self.choice.ground = shown
        else:
            self.choice.change(name, shown=shown)
        self.list.setCurrentItem(item)
        self.changed.emit()

    @Slot()
    def _moved(self) -> None:
        names = [str(self.list.item(i).data(Qt.ItemDataRole.UserRole)) for i in range(self.list.count())]
        if names[-1] != _GROUND_NAME:  # dropped below the ground
            self.list.blockSignals(True)
            self.list.addItem(self.list.takeItem(names.index(_GROUND_NAME)))
            self.list.blockSignals(False)
        self.choice.order([name for name in names if name != _GROUND_NAME])
        self.changed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """What is typed here is not for the map below, where Enter sets a goal."""
        event.accept()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Alt with an arrow moves the layer."""
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
            if step is not None and event.modifiers() & Qt.KeyboardModifier.AltModifier:
                self._step(step)
                return True
        return False

    def _step(self, step: int) -> None:
        row = self.list.currentRow()
        last = self.list.count() - 2  # above the ground
        if 0 <= row <= last and 0 <= row + step <= last:
            self.list.blockSignals(True)
            self.list.insertItem(row + step, self.list.takeItem(row))
            self.list.setCurrentRow(row + step)
            self.list.blockSignals(False)
            self._moved()

    @Slot()
    def _show_current(self) -> None:
        """The chosen layer's opacity and legend; the ground has neither."""
        layer = next((layer for layer in self.choice.layers if layer.name == self.current), None)
        for widget in (self._opacity_name, self.opacity, self._opacity_value):
            widget.setVisible(layer is not None)
        self.opacity.blockSignals(True)
        self.opacity.setValue(0 if layer is None else round(100 * layer.opacity))
        self.opacity.blockSignals(False)
        self._opacity_value.setText(f"{self.opacity.value()} %")
        self.legend.show_product(next((p for p in self._products if p.name == self.current), None))

    @Slot(int)
    def _fade(self, percent: int) -> None:
        self._opacity_value.setText(f"{percent} %")
        self.choice.change(self.current, opacity=percent / 100.0)
        self._soon.start()

    @Slot()
    def _export(self) -> None:
        self.export_wanted.emit(self.current)

    # Light and the rest
    @Slot()
    def _choose_light(self) -> None:
        self.choice.light = Light(self.light.currentData())
        if self.choice.light is Light.CHOSEN and self.choice.light_ns == 0:
            self._slide(self.hour.value())
        self._show_light()
        self.changed.emit()

    @Slot(int)
    def _slide(self, hours: int) -> None:
        if self._middle_ns:
            self.choice.light_ns = self._middle_ns + hours * 3600 * SECOND_NS
            self._show_light()
            self._soon.start()

    def _show_light(self) -> None:
        chosen = self.choice.light is Light.CHOSEN
        self.hour.setVisible(chosen)
        self._hour_value.setVisible(chosen)
        days, hours = divmod(abs(self.hour.value()), 24)
        sign = "−" if self.hour.value() < 0 else "+"
        at = format_utc(self.choice.light_ns, 0)[:16].replace("T", " ") if self.choice.light_ns else ""
        self._hour_value.setText(f"{at}  {sign}{days} d {hours} h")

    @Slot()
    def _choose(self) -> None:
        for name, box in self._boxes.items():
            setattr(self.choice, name, box.isChecked())
        self.changed.emit()

    def toggle(self, name: str) -> None:
        """Names, graticule or minimap, by a key."""
        self._boxes[name].toggle()

    def stop(self) -> None:
        """The window closes."""
        self._soon.stop()
