"""Stage cells: evidence only, and each colour where it belongs."""

from dataclasses import replace

import pytest
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QStandardItem, QStandardItemModel
from PySide6.QtWidgets import QStyleOptionViewItem

from roverctl.core.nouns import Stage
from roverctl.session.api.commands import CommandRow, CommandState, StageView
from roverctl.ui.commanding.stages import CELL_PX, GAP_PX, STAGES_ROLE, Look, StageDelegate, looks, stage_text
from roverctl.ui.theme import Theme

NOW = 1_000_000_000_000
S = 1_000_000_000


def row(state: CommandState, learnt: int, due_ns: int | None = NOW + 5 * S, failed: bool = False) -> CommandRow:
    stages = tuple(
        StageView(s, NOW - S, NOW - 2 * S, NOW - S, failed and s == learnt - 1) if s < learnt else StageView(s, due_ns)
        for s in Stage
    )
    return CommandRow(7, "DRIVE", "", state, "watch", stages, "", False, None)


def test_what_is_queued_is_hollow_throughout() -> None:
    assert set(looks(row(CommandState.QUEUED, 0, None), NOW)) == {Look.TO_COME}


def test_only_learnt_stages_are_done_and_the_next_is_where_it_is_now() -> None:
    assert looks(row(CommandState.RELEASED, 3), NOW) == (*[Look.DONE] * 3, Look.NOW, *[Look.TO_COME] * 4)


def test_a_stage_is_late_once_its_evidence_was_due_but_never_done() -> None:
    assert looks(row(CommandState.RELEASED, 3, NOW - S), NOW)[3] is Look.LATE
    assert Look.DONE not in looks(row(CommandState.RELEASED, 0, NOW - S), NOW)


def test_a_failed_stage_ends_the_row() -> None:
    shown = looks(row(CommandState.FAILED, 5, failed=True), NOW)
    assert shown == (*[Look.DONE] * 4, Look.FAILED, *[Look.TO_COME] * 3)


def test_a_completed_command_is_done_throughout() -> None:
    assert set(looks(row(CommandState.COMPLETED, 8), NOW)) == {Look.DONE}


def test_the_tip_tells_predicted_occurred_and_learnt() -> None:
    done = row(CommandState.RELEASED, 3).stages[0]
    assert stage_text(done) == "released: 00:16:38.0, learnt 00:16:39.0"
    assert stage_text(StageView(Stage.AT_RELAY, NOW)) == "at relay: due here 00:16:40.0"
    assert stage_text(replace(done, failed=True, detail="tilt")).endswith("learnt 00:16:39.0 (tilt)")


@pytest.fixture
def image(theme: Theme) -> QImage:
    """A row with one cell of each look, painted by the delegate."""
    model = QStandardItemModel(1, 1)
    item = QStandardItem()
    cells = (Look.DONE, Look.NOW, Look.LATE, Look.FAILED, Look.TO_COME)
    item.setData(cells, STAGES_ROLE)
    model.setItem(0, 0, item)
    image = QImage(160, 26, QImage.Format.Format_RGB32)
    image.fill(theme.colour("panel"))
    option = QStyleOptionViewItem()
    option.rect = QRect(0, 0, 160, 26)
    painter = QPainter(image)
    StageDelegate(theme).paint(painter, option, model.index(0, 0))
    painter.end()
    return image


def cell(image: QImage, place: int) -> list[QColor]:
    left = 8 + place * (CELL_PX + GAP_PX)
    return [image.pixelColor(x, y) for x in range(left, left + CELL_PX) for y in range(26)]


def share(image: QImage, place: int, colour: QColor) -> float:
    """How much of a cell's 13 x 7 pixels is exactly of a colour."""
    return cell(image, place).count(colour) / (CELL_PX * 7)


def test_done_is_filled_green_and_failed_red_with_a_cross(image: QImage, theme: Theme) -> None:
    assert share(image, 0, theme.colour("in_limits")) == 1.0
    assert 0.8 < share(image, 3, theme.colour("critical")) < 1.0


def test_now_and_late_are_frames_in_accent_and_amber(image: QImage, theme: Theme) -> None:
    frame = (2 * CELL_PX + 2 * 5) / (CELL_PX * 7)
    assert share(image, 1, theme.colour("accent")) == pytest.approx(frame)
    assert share(image, 2, theme.colour("warning")) == pytest.approx(frame)


def test_to_come_is_a_dashed_outline_and_hollow(image: QImage, theme: Theme) -> None:
    panel = theme.colour("panel")
    middle = image.pixelColor(8 + 4 * (CELL_PX + GAP_PX) + 6, 13)
    edge = [colour != panel for colour in cell(image, 4)]
    assert middle == panel
    assert 0.1 < sum(edge) / (CELL_PX * 7) < 0.35


def test_cells_are_told_in_words_too(theme: Theme) -> None:
    from roverctl.ui.commanding.queue_model import STAGES, QueueModel

    model = QueueModel(theme)
    model.take([row(CommandState.RELEASED, 7)], NOW)
    words = model.index(0, STAGES).data(Qt.ItemDataRole.AccessibleTextRole)
    assert words == ", ".join(["done"] * 7 + ["now"])
