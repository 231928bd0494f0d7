"""Colours can be read, and mean one thing."""

import itertools

import pytest

from roverctl.core.nouns import Severity
from roverctl.ui.theme import DARK, LIGHT, STALE_GLYPH, STATUS_GLYPHS, Palette, contrast

PALETTES = pytest.mark.parametrize("palette", [DARK, LIGHT], ids=["dark", "light"])


def test_contrast_is_that_of_the_wcag_examples() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)  # the well-known grey that just fails


@PALETTES
@pytest.mark.parametrize("word", ["text", "dim", "accent", "predicted", "in_limits", "watch", "warning", "distress",
                                  "critical"])  # fmt: skip
def test_words_stand_out_from_what_they_stand_on(palette: Palette, word: str) -> None:
    for ground in ("panel", "raised"):
        assert contrast(getattr(palette, word), getattr(palette, ground)) >= 4.5, ground


@PALETTES
def test_words_stand_out_from_selection_and_accent(palette: Palette) -> None:
    assert contrast(palette.text, palette.selection) >= 4.5
    assert contrast(palette.on_accent, palette.accent) >= 4.5


def test_every_status_has_a_shape_of_its_own() -> None:
    shapes = [glyph for severity, glyph in STATUS_GLYPHS.items() if severity is not Severity.INFO]
    assert len({*shapes, STALE_GLYPH}) == len(shapes) + 1
    assert set(STATUS_GLYPHS) == {None, *Severity}


@PALETTES
def test_severities_differ_in_colour_as_far_as_there_are_colours(palette: Palette) -> None:
    steps = [Severity.WATCH, Severity.WARNING, Severity.DISTRESS, Severity.CRITICAL]
    for one, other in itertools.combinations(steps, 2):
        assert palette.severity(one) != palette.severity(other)
