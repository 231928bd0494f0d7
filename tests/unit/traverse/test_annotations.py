"""Keep-outs, keep-ins, targets and notes: edits as pure functions, and their file."""

import json
from pathlib import Path

import pytest

from roverctl.core.errors import InputError
from roverctl.traverse import annotations as edit
from roverctl.traverse.annotations import Annotation, Annotations, Kind
from roverctl.traverse.files.annotation_file import annotations_text, read_annotations, write_annotations
from roverctl.traverse.files.zone_file import read_zones
from tests.unit.traverse.made import MISSION

SQUARE = ((0.0, 0.0), (10.0, 0.0), (10.0, 10.0), (0.0, 10.0))
HOLE = ((4.0, 4.0), (6.0, 4.0), (5.0, 6.0))
SET: Annotations = (
    Annotation("crater", Kind.KEEP_OUT, (SQUARE, HOLE)),
    Annotation("road", Kind.KEEP_IN, (SQUARE,)),
    Annotation("rock 玉", Kind.TARGET, (((3.25, -4.5),),), "VNIS here"),
    Annotation("why", Kind.NOTE, (((1.0, 1.0),),), "two\nlines"),
)


def test_edits_give_a_new_set_and_leave_the_old() -> None:
    before = SET
    after = edit.with_corner_moved(before, "crater", 0, 2, (12.0, 13.0))
    assert edit.named(after, "crater").rings_m[0][2] == (12.0, 13.0)
    assert edit.named(before, "crater").rings_m == (SQUARE, HOLE)
    assert after[1:] == before[1:]
    after = edit.with_corner_moved(after, "why", 0, 0, (7.0, 8.0))
    assert edit.named(after, "why").rings_m == (((7.0, 8.0),),)
    grown = edit.with_corner_inserted(before, "road", 0, 4, (-5.0, 5.0))
    assert edit.named(grown, "road").rings_m == ((*SQUARE, (-5.0, 5.0)),)
    assert edit.with_corner_removed(grown, "road", 0, 4) == before
    assert edit.named(edit.renamed(before, "road", "way"), "way").kind is Kind.KEEP_IN
    assert [a.name for a in edit.removed(before, "road")] == ["crater", "rock 玉", "why"]
    assert edit.named(edit.worded(before, "why", "because"), "why").text == "because"
    assert edit.moved(edit.moved(before, "crater", 2.0, -1.0), "crater", -2.0, 1.0) == before
    out, within = edit.zones_of(before)
    assert [zone.name for zone in out] == ["crater"] and [zone.name for zone in within] == ["road"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda s: edit.added(s, s[0]), "already"),
        (lambda s: edit.renamed(s, "road", "why"), "already"),
        (lambda s: edit.renamed(s, "none", "x"), "no annotation 'none'"),
        (lambda s: edit.renamed(s, "road", ""), "a name is one line"),
        (lambda s: edit.renamed(s, "road", "a\nb"), "a name is one line"),
        (lambda s: edit.removed(s, "none"), "no annotation 'none'"),
        (lambda s: edit.with_corner_moved(s, "road", 0, 0, (9.0, 20.0)), "crosses itself"),
        (lambda s: edit.with_corner_moved(s, "road", 0, 0, (float("nan"), 0.0)), "no number"),
        (lambda s: edit.with_corner_moved(s, "why", 0, 0, (float("inf"), 0.0)), "no place"),
        (lambda s: edit.with_corner_moved(s, "road", 0, 9, (0.0, 0.0)), "no corner 10"),
        (lambda s: edit.with_corner_moved(s, "road", 3, 0, (0.0, 0.0)), "ring 4"),
        (lambda s: edit.with_corner_removed(s, "crater", 1, 0), "2 corners is no polygon"),
        (lambda s: edit.with_corner_removed(s, "why", 0, 0), "one place"),
        (lambda s: edit.with_corner_inserted(s, "why", 0, 1, (2.0, 2.0)), "no corner can be put"),
        (lambda s: edit.worded(s, "why", "x" * 4001), "4,000"),
    ],
)
def test_bad_edits_are_refused_and_nothing_is_lost(change, problem: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=problem):
        change(SET)
    assert edit.named(SET, "road").rings_m == (SQUARE,)


def test_what_is_written_is_read_again_and_written_the_same(tmp_path: Path) -> None:
    file = tmp_path / "annotations.geojson"
    write_annotations(file, SET, MISSION)
    again, problems = read_annotations(file, MISSION)
    assert problems == [] and [p.name for p in tmp_path.iterdir()] == ["annotations.geojson"]
    for one, other in zip(SET, again, strict=True):
        assert (one.name, one.kind, one.text) == (other.name, other.kind, other.text)
        for ring, ring_again in zip(one.rings_m, other.rings_m, strict=True):
            assert [c for p in ring_again for c in p] == pytest.approx([c for p in ring for c in p], abs=1e-5)
    assert annotations_text(again, MISSION) == file.read_text(encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written"):
        write_annotations(tmp_path / "none" / "a.geojson", SET, MISSION)


def test_zones_of_the_file_are_zones_to_other_readers(tmp_path: Path) -> None:
    file = tmp_path / "annotations.geojson"
    write_annotations(file, SET[:2], MISSION)
    zones = read_zones(file, MISSION)
    assert [zone.name for zone in zones] == ["annotations.geojson: crater", "annotations.geojson: road"]
    ring = json.loads(file.read_text(encoding="utf-8"))["features"][0]["geometry"]["coordinates"][0]
    assert ring[0] == ring[-1] and len(ring) == 5  # closed, as RFC 7946 has it


def feature(geometry: object, **properties: object) -> dict[str, object]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}


POINT = {"type": "Point", "coordinates": [177.6, -45.4]}
TRIANGLE = {"type": "Polygon", "coordinates": [[[177.6, -45.4], [177.61, -45.4], [177.6, -45.41], [177.6, -45.4]]]}
BOW = {"type": "Polygon", "coordinates": [[[177.6, -45.4], [177.61, -45.41], [177.61, -45.4], [177.6, -45.41]]]}


def test_bad_ones_are_refused_one_by_one_and_the_good_stay(tmp_path: Path) -> None:
    bad = [
        (feature(BOW, name="bow"), "crosses itself"),
        (feature({"type": "Polygon", "coordinates": []}), "empty"),
        (feature({"type": "Polygon", "coordinates": [[[1, 2], [3]]]}), "no \\[longitude, latitude\\]"),
        (feature({"type": "Point", "coordinates": [999, 2]}), "no \\[longitude, latitude\\]"),
        (feature({"type": "LineString", "coordinates": [[1, 2], [3, 4]]}), "no annotation"),
        (feature(POINT, kind="keep-out"), "a keep-out is a polygon"),
        (feature(TRIANGLE, kind="target"), "a target is a point"),
        (feature(POINT, kind="treasure"), "kind 'treasure' is not known"),
        (feature(POINT, name=7), "must be texts"),
        (feature(POINT, name="good"), "already"),
        (feature(None), "no geometry"),
        (5, "no object"),
    ]  # fmt: skip
    content = {"type": "FeatureCollection", "features": [feature(POINT, name="good"), feature(TRIANGLE)]}
    content["features"] += [one for one, _ in bad]  # type: ignore[operator]
    file = tmp_path / "a.geojson"
    file.write_text(json.dumps(content), encoding="utf-8")
    found, problems = read_annotations(file, MISSION)
    assert [(a.name, a.kind) for a in found] == [("good", Kind.TARGET), ("keep-out 2", Kind.KEEP_OUT)]
    assert len(problems) == len(bad)
    for number, (problem, (_, expected)) in enumerate(zip(problems, bad, strict=True), start=3):
        with pytest.raises(InputError, match=f"feature {number}: .*{expected}"):
            raise InputError(problem)


def test_a_file_on_another_body_or_none_at_all(tmp_path: Path) -> None:
    file = tmp_path / "a.geojson"
    for text, problem in (
        (json.dumps({"type": "FeatureCollection", "body": {"name": "Mars"}, "features": []}), "is on Mars"),
        ("{", "not JSON"), ("[]", "must be a JSON object"),
        (json.dumps({"type": "FeatureCollection", "features": 3}), "must be a list"),
    ):  # fmt: skip
        file.write_text(text, encoding="utf-8")
        with pytest.raises(InputError, match=problem):
            read_annotations(file, MISSION)
