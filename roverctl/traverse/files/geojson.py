"""Routes as GeoJSON (RFC 7946): a line with its figures, its waypoints as points, the request and the hash.

Longitude 0..360 east, planetocentric latitude, elevation above the body's sphere in metres.
"""

import json
import math
from typing import Any

import numpy as np

from roverctl.core.errors import InputError
from roverctl.core.text_files import json_of
from roverctl.core.times import parse_utc
from roverctl.terrain.source import GroundSource
from roverctl.traverse.basis import Basis
from roverctl.traverse.request import RouteRequest, TerrainNote
from roverctl.traverse.violations import RouteViolation, Waiver, with_waivers
from roverctl.traverse.zones import Zone

MOST_CHARACTERS = 32 * 1024 * 1024  # some 80,000 segments; the parser takes some 30 times that in memory
_APART = ("points", "site_m", "segments", "waypoints", "waypoints_m", "waypoint_s", "request", "sha256")


def collection(document: dict[str, Any]) -> str:
    """A route's document as GeoJSON; numbers in full, so that reading gives the same route back."""
    line = {
        "type": "Feature",
        "geometry": {"type": "LineString", "coordinates": document["points"]},
        "properties": {
            "kind": "route",
            **{key: value for key, value in document.items() if key not in _APART},
            "site_m": document["site_m"],
            "segments": document["segments"],
            "waypoints": document["waypoints"],
            "waypoints_m": document["waypoints_m"],
            "waypoint_s": document["waypoint_s"],
        },
    }
    places = [document["points"][0][:2], *document["waypoints"]]
    corners = [document["site_m"][0], *document["waypoints_m"]]
    marks = [
        {
            "type": "Feature",
            "geometry": {"type": "Point", "coordinates": place},
            "properties": {"kind": "waypoint", "number": number, "site_m": corner},
        }
        for number, (place, corner) in enumerate(zip(places, corners, strict=True))
    ]
    content = {
        "type": "FeatureCollection",
        "features": [line, *marks],
        "request": document["request"],
        "sha256": document["sha256"],
    }
    if "body" in document:
        content["body"] = document["body"]
    return json.dumps(content, ensure_ascii=False, allow_nan=False)


def parse(text: str, name: str) -> tuple[dict[str, Any], str]:
    """The fields of the route in a document, and its hash; ``name`` is the file that a message names.

    Raises
    ------
    InputError
        When it is no such document, naming the key.
    """
    if len(text) > MOST_CHARACTERS:
        raise InputError(f"{name}: too large for a route ({len(text)} characters)")
    root = _Node(name, "", json_of(text, name))
    route_feature = _route_feature(root)
    properties = route_feature.node("properties")
    request = _request(root.node("request"))
    ground = properties.node("terrain")
    points = route_feature.node("geometry").numbers("coordinates", 3)
    site = properties.numbers("site_m", 2)
    if len(points) < 2 or len(points) != len(site):
        raise InputError(f"{name}: features.properties.site_m: must have the line's points, two at least")
    segments = properties.nodes("segments")
    if len(segments) != len(points) - 1:
        raise InputError(f"{name}: features.properties.segments: {len(segments)}, where the line has {len(points) - 1}")
    first = segments[0].node("cost_terms").content
    terms = {term: np.array([segment.node("cost_terms").number(term) for segment in segments]) for term in first}
    spacing_m = properties.number("spacing_m")
    if not spacing_m > 0.0:
        raise InputError(f"{name}: features.properties.spacing_m: must be greater than zero")
    waypoints_m, waypoints_deg = properties.numbers("waypoints_m", 2), properties.numbers("waypoints", 2)
    waypoint_s = properties.row("waypoint_s")
    if not len(waypoints_m) or not len(waypoints_m) == len(waypoints_deg) == len(waypoint_s):
        raise InputError(
            f"{name}: features.properties.waypoints_m: must have a place in waypoints and a time in waypoint_s "
            "for each point, one at least"
        )
    fields: dict[str, Any] = {
        "request": request,
        "terrain": TerrainNote(ground.text("label"), ground.number("resolution_m"), ground.number("generated_below_m")),
        "spacing_m": spacing_m,
        "east_m": site[:, 0],
        "north_m": site[:, 1],
        "elevation_m": points[:, 2],
        "longitude_deg": points[:, 0],
        "latitude_deg": points[:, 1],
        "segment_m": np.array([segment.number("distance_m") for segment in segments]),
        "slope_deg": np.array([segment.number("slope_deg") for segment in segments]),
        "segment_s": np.array([segment.number("duration_s") for segment in segments]),
        "terms": terms,
        "max_slope_deg": properties.number("max_slope_deg"),
        "cell_slope_deg": properties.number("cell_slope_deg"),
        "driven_m": properties.number("drive_m") if "drive_m" in properties.content else None,
        "waypoints_m": waypoints_m,
        "waypoints_deg": waypoints_deg,
        "waypoint_s": waypoint_s,
        "corridor_m": properties.number("corridor_m") if "corridor_m" in properties.content else None,
        "timing": properties.node("timing").content if "timing" in properties.content else None,
        "basis": _basis(properties) if "body" in properties.content else None,
        "checked": properties.text("checked") if "checked" in properties.content else "",
    }
    if "violations" in properties.content:
        fields["violations"], fields["waivers"] = _violations(properties.nodes("violations"), len(segments))
    return fields, root.text("sha256")


def _route_feature(root: "_Node") -> "_Node":
    for feature in root.nodes("features"):
        kind = feature.content.get("properties")
        if isinstance(kind, dict) and kind.get("kind") == "route":
            return feature
    raise InputError(f"{root.file}: features: none has properties.kind 'route'; this is no route of roverctl")


def _basis(properties: "_Node") -> Basis:
    body, vehicle = properties.node("body"), properties.node("vehicle")
    sources = properties.node("terrain").nodes("sources")
    return Basis(
        vehicle.text("mission"), body.text("name"), body.number("radius_m"), vehicle.text("sha256"),
        tuple(GroundSource(source.text("name"), source.text("sha256")) for source in sources),
    )  # fmt: skip


def _violations(nodes: list["_Node"], count: int) -> tuple[tuple[RouteViolation, ...], tuple[Waiver, ...]]:
    found, waivers = [], []
    for node in nodes:
        segments, worst, place = node.row("segments"), node.number("segment"), node.row("site_m")
        if len(segments) != 2 or not 0 <= segments[0] <= worst <= segments[1] < count or len(place) != 2:
            raise node.fail("segments", f"must be the first and the last of {count} segments, around 'segment'")
        value, limit = (None if node.content.get(key) is None else node.number(key) for key in ("value", "limit"))
        found.append(
            RouteViolation(
                node.text("key"), node.text("kind"), int(segments[0]), int(segments[1]), int(worst),
                (float(place[0]), float(place[1])), value, limit, node.text("unit"), node.text("text"),
            )
        )  # fmt: skip
        if "waiver" in node.content:
            waiver = node.node("waiver")
            try:
                waivers.append(Waiver(waiver.text("name"), waiver.text("reason"), found[-1].key))
            except InputError as error:
                raise InputError(f"{node.file}: {node.key}: {error}") from None
    return tuple(found), with_waivers((), tuple(waivers))


def _request(node: "_Node") -> RouteRequest:
    def point(key: str) -> tuple[float, float]:
        value = _vector(node, key, node.content.get(key), 2)
        return value[0], value[1]

    via = node.content.get("via_m", [])
    if not isinstance(via, list):
        raise node.fail("via_m", "must be a list of points")
    vectors = [_vector(node, "via_m", v, 2) for v in via]
    spacing = node.content.get("spacing_m")
    try:
        return RouteRequest(
            start_m=point("start_m"),
            goal_m=point("goal_m"),
            via_m=tuple((v[0], v[1]) for v in vectors),
            objective=node.text("objective"),
            max_slope_rad=math.radians(node.number("max_slope_deg")),
            spacing_m=None if spacing is None else node.number("spacing_m"),
            max_up_rad=_limit(node, "max_up_deg"),
            max_down_rad=_limit(node, "max_down_deg"),
            max_across_rad=_limit(node, "max_across_deg"),
            avoid=_zones(node, "avoid"),
            within=_zones(node, "within"),
            weights=_weights(node),
            depart_ns=parse_utc(node.text("depart")) if "depart" in node.content else None,
            need_contact=node.content.get("need_contact") is True,
        )
    except InputError as error:
        if str(error).startswith(node.file):
            raise
        raise InputError(f"{node.file}: {node.key}: {error}") from None


def _limit(node: "_Node", key: str) -> float | None:
    return math.radians(node.number(key)) if key in node.content else None


def _weights(node: "_Node") -> tuple[tuple[str, float], ...]:
    if "weights" not in node.content:
        return ()
    weights = node.node("weights")
    return tuple((name, weights.number(name)) for name in weights.content)


def _zones(node: "_Node", key: str) -> tuple[Zone, ...]:
    if key not in node.content:
        return ()
    zones = []
    for zone in node.nodes(key):
        rings = zone.content.get("rings_m")
        if not isinstance(rings, list) or not all(isinstance(ring, list) for ring in rings):
            raise zone.fail("rings_m", "must be a list of rings of points")
        corners = [[_vector(zone, "rings_m", corner, 2) for corner in ring] for ring in rings]
        zones.append(Zone(zone.text("name"), tuple(tuple((c[0], c[1]) for c in ring) for ring in corners)))
    return tuple(zones)


def _vector(node: "_Node", key: str, value: Any, length: int) -> list[float]:
    if value is None:
        raise node.fail(key, "this key is missing")
    if not isinstance(value, list) or len(value) != length or not all(_is_number(c) for c in value):
        raise node.fail(key, f"must be {length} numbers, not {str(value)[:40]}")
    return [float(c) for c in value]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


class _Node:
    """An object of the document that knows its place, so that every complaint names file and key."""

    def __init__(self, file: str, key: str, content: Any) -> None:
        self.file, self.key = file, key
        if not isinstance(content, dict):
            raise InputError(f"{file}: {key or 'the document'}: must be an object {{...}}")
        self.content: dict[str, Any] = content

    def fail(self, key: str, problem: str) -> InputError:
        return InputError(f"{self.file}: {f'{self.key}.{key}' if self.key else key}: {problem}")

    def _get(self, key: str) -> Any:
        if key not in self.content:
            raise self.fail(key, "this key is missing")
        return self.content[key]

    def node(self, key: str) -> "_Node":
        return _Node(self.file, f"{self.key}.{key}" if self.key else key, self._get(key))

    def nodes(self, key: str) -> list["_Node"]:
        content = self._get(key)
        if not isinstance(content, list):
            raise self.fail(key, "must be a list")
        place = f"{self.key}.{key}" if self.key else key
        return [_Node(self.file, f"{place}[{i}]", item) for i, item in enumerate(content)]

    def text(self, key: str) -> str:
        value = self._get(key)
        if not isinstance(value, str):
            raise self.fail(key, "must be a text")
        return value

    def number(self, key: str) -> float:
        value = self._get(key)
        if not _is_number(value):
            raise self.fail(key, f"must be a number, not {str(value)[:40]}")
        return float(value)

    def row(self, key: str) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        value = self._get(key)
        if not isinstance(value, list):
            raise self.fail(key, "must be a list of numbers")
        return np.array(_vector(self, key, value, len(value)), dtype=np.float64)

    def numbers(self, key: str, length: int) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        value = self._get(key)
        if not isinstance(value, list):
            raise self.fail(key, "must be a list of points")
        rows = [_vector(self, f"{key}[{i}]", item, length) for i, item in enumerate(value)]
        return np.array(rows, dtype=np.float64).reshape(-1, length)
