"""What is drawn on the map beside routes: keep-outs, keep-ins, targets and notes, each with a name of its own.

A set of them is a tuple; an edit gives a new one and leaves the old as it was, so that undoing is keeping both.
"""

from dataclasses import dataclass, replace
from enum import StrEnum

from roverctl.core.errors import InputError
from roverctl.traverse.request import Point
from roverctl.traverse.zones import Zone

MOST_ANNOTATIONS = 5000
_LONGEST_NAME, _LONGEST_TEXT = 100, 4000  # characters


class Kind(StrEnum):
    """What an annotation says."""

    KEEP_OUT = "keep-out"
    KEEP_IN = "keep-in"
    TARGET = "target"
    NOTE = "note"

    @property
    def is_zone(self) -> bool:
        """Whether it is a polygon, not a place."""
        return self in (Kind.KEEP_OUT, Kind.KEEP_IN)


@dataclass(frozen=True, slots=True)
class Annotation:
    """A named polygon (rings of corners, holes by the even-odd rule) or place: one ring of one point; site metres.

    Raises
    ------
    InputError
        For a name that is empty or too long, a polygon that is none (see ``zones.Zone``), a place of several points.
    """

    name: str
    kind: Kind
    rings_m: tuple[tuple[Point, ...], ...]
    text: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip() or len(self.name) > _LONGEST_NAME or not self.name.isprintable():
            raise InputError(f"'{self.name[:40]}': a name is one line of 1 to {_LONGEST_NAME} characters")
        if len(self.text) > _LONGEST_TEXT:
            raise InputError(f"{self.name}: the text has more than {_LONGEST_TEXT:,} characters")
        rings = tuple(tuple((float(east), float(north)) for east, north in ring) for ring in self.rings_m)
        object.__setattr__(self, "rings_m", rings)
        if self.kind.is_zone:
            Zone(self.name, rings)
        elif len(rings) != 1 or len(rings[0]) != 1:
            raise InputError(f"{self.name}: a {self.kind} is one place")
        elif not all(abs(c) < 1e9 for c in rings[0][0]):
            raise InputError(f"{self.name}: {rings[0][0]} is no place (east, north) in metres")

    @property
    def zone(self) -> Zone:
        """As the planner takes it."""
        return Zone(self.name, self.rings_m)


Annotations = tuple[Annotation, ...]


def zones_of(annotations: Annotations) -> tuple[tuple[Zone, ...], tuple[Zone, ...]]:
    """The zones to stay out of, and those to stay within."""
    out, within = (tuple(a.zone for a in annotations if a.kind is kind) for kind in (Kind.KEEP_OUT, Kind.KEEP_IN))
    return out, within


def named(annotations: Annotations, name: str) -> Annotation:
    """The annotation of a name; raises InputError where there is none."""
    for annotation in annotations:
        if annotation.name == name:
            return annotation
    raise InputError(f"there is no annotation '{name}'")


def added(annotations: Annotations, new: Annotation) -> Annotations:
    """With one more, under a name that no other has."""
    if any(annotation.name == new.name for annotation in annotations):
        raise InputError(f"there is an annotation '{new.name}' already; give another name")
    if len(annotations) >= MOST_ANNOTATIONS:
        raise InputError(f"{MOST_ANNOTATIONS:,} annotations are the most; remove some")
    return (*annotations, new)


def removed(annotations: Annotations, name: str) -> Annotations:
    """Without the one of that name."""
    gone = named(annotations, name)
    return tuple(annotation for annotation in annotations if annotation is not gone)


def renamed(annotations: Annotations, name: str, new_name: str) -> Annotations:
    """Under another name."""
    old = named(annotations, name)
    if new_name != name and any(annotation.name == new_name for annotation in annotations):
        raise InputError(f"there is an annotation '{new_name}' already; give another name")
    return _changed(annotations, old, replace(old, name=new_name))


def worded(annotations: Annotations, name: str, text: str) -> Annotations:
    """With another text."""
    old = named(annotations, name)
    return _changed(annotations, old, replace(old, text=text))


def with_corner_moved(annotations: Annotations, name: str, ring: int, corner: int, to_m: Point) -> Annotations:
    """A corner, or the place, elsewhere."""
    old = named(annotations, name)
    corners = _corners(old, ring, corner)
    return _changed(annotations, old, _with_ring(old, ring, (*corners[:corner], to_m, *corners[corner + 1 :])))


def with_corner_inserted(annotations: Annotations, name: str, ring: int, before: int, at_m: Point) -> Annotations:
    """One corner more, before the one of that number (after the last with their count)."""
    old = named(annotations, name)
    corners = _corners(old, ring, 0)
    if not old.kind.is_zone or not 0 <= before <= len(corners):
        raise InputError(f"{name}: no corner can be put there")
    return _changed(annotations, old, _with_ring(old, ring, (*corners[:before], at_m, *corners[before:])))


def with_corner_removed(annotations: Annotations, name: str, ring: int, corner: int) -> Annotations:
    """One corner less; three are the least."""
    old = named(annotations, name)
    corners = _corners(old, ring, corner)
    return _changed(annotations, old, _with_ring(old, ring, (*corners[:corner], *corners[corner + 1 :])))


def moved(annotations: Annotations, name: str, east_m: float, north_m: float) -> Annotations:
    """All of it, by so many metres."""
    old = named(annotations, name)
    rings = tuple(tuple((e + east_m, n + north_m) for e, n in ring) for ring in old.rings_m)
    return _changed(annotations, old, replace(old, rings_m=rings))


def _corners(annotation: Annotation, ring: int, corner: int) -> tuple[Point, ...]:
    if not 0 <= ring < len(annotation.rings_m) or not 0 <= corner < len(annotation.rings_m[ring]):
        raise InputError(f"{annotation.name}: has no corner {corner + 1} in ring {ring + 1}")
    return annotation.rings_m[ring]


def _with_ring(annotation: Annotation, ring: int, corners: tuple[Point, ...]) -> Annotation:
    rings = annotation.rings_m
    return replace(annotation, rings_m=(*rings[:ring], corners, *rings[ring + 1 :]))


def _changed(annotations: Annotations, old: Annotation, new: Annotation) -> Annotations:
    return tuple(new if annotation is old else annotation for annotation in annotations)
