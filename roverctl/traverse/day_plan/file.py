"""A day's plan as GeoJSON (RFC 7946): each stop a point with its activities, so that any map program shows it.

The collection's member ``plan`` holds what is not a stop: name, start, objective and limits. A stop's place is its
point (longitude 0..360 east, planetocentric latitude); ``site_m`` beside it keeps the site frame's metres exactly, and
counts as long as it is within a centimetre of the point: a point that was moved in another program is where it was
moved to. Activities: ``{"kind": "panorama", "frames": 28}``, ``{"kind": "spectrum", "spectra": 2}``,
``{"kind": "radar", "duration_s": 600}``, ``{"kind": "nap"}`` or with ``duration_s``, ``{"kind": "charge", "to": 0.9}``.
A stop with ``locked`` keeps its place and its number when the others are put in order.
Features of the kinds keep-out, keep-in, target and note are annotations (``files.annotation_file``), after the stops.
"""

import json
import math
from pathlib import Path
from typing import Any

from roverctl.core.errors import InputError
from roverctl.core.text_files import json_of, text_of
from roverctl.core.times import format_utc, parse_utc
from roverctl.mission.profile import Mission
from roverctl.traverse.annotations import Annotations, Kind, added
from roverctl.traverse.day_plan.plan import KINDS, MOST_STOPS, Activity, DayPlan, Stop
from roverctl.traverse.files.annotation_file import annotation_of, feature_of

_MOST_CHARACTERS = 4 * 1024 * 1024
_SAME_PLACE_M = 0.01


def plan_to_geojson(plan: DayPlan, mission: Mission) -> str:
    """A plan as a file's text; ``plan_from_geojson`` gives the same plan back."""
    features = []
    for number, stop in enumerate(plan.stops):
        longitude, latitude = mission.site.to_geographic(*stop.point_m)
        features.append(
            {
                "type": "Feature",
                "geometry": {"type": "Point", "coordinates": [float(longitude), float(latitude)]},
                "properties": {
                    "kind": "stop", "number": number, "name": stop.name, "site_m": list(stop.point_m),
                    "activities": [_activity_document(activity) for activity in stop.activities],
                    **({"locked": True} if stop.locked else {}),
                },
            }
        )  # fmt: skip
    features += [feature_of(annotation, mission) for annotation in plan.annotations]
    about: dict[str, Any] = {
        "name": plan.name, "start": format_utc(plan.start_ns, 9), "objective": plan.objective,
        "need_contact": plan.need_contact,
    }  # fmt: skip
    if plan.max_slope_rad is not None:
        about["max_slope_deg"] = round(math.degrees(plan.max_slope_rad), 9)
    if plan.spacing_m is not None:
        about["spacing_m"] = plan.spacing_m
    return json.dumps({"type": "FeatureCollection", "plan": about, "features": features}, ensure_ascii=False, indent=1)


def _activity_document(activity: Activity) -> dict[str, Any]:
    amount = {} if activity.amount is None else {KINDS[activity.kind].key: activity.amount}
    return {"kind": activity.kind, **amount}


def plan_from_geojson(text: str, mission: Mission, name: str) -> DayPlan:
    """The plan in a document; ``name`` is the file that a message names.

    Raises
    ------
    InputError
        Naming file and key.
    """
    content = json_of(text, name)
    about, features = content.get("plan"), content.get("features")
    if not isinstance(about, dict) or not isinstance(features, list):
        raise InputError(f"{name}: no plan of a day: it needs the members plan {{...}} and features [...]")
    drawn = [feature for feature in features if _kind(feature) in list(Kind)]
    stops = [(i, feature) for i, feature in enumerate(features) if _kind(feature) not in list(Kind)]
    if len(stops) > MOST_STOPS:
        raise InputError(f"{name}: features: {len(stops):,} stops are too many; {MOST_STOPS} at most")
    try:
        annotations: Annotations = ()
        for number, feature in enumerate(drawn, start=1):
            annotations = added(annotations, annotation_of(feature, number, mission))
        return DayPlan(
            name=_text(about, "name", "plan"),
            start_ns=parse_utc(_text(about, "start", "plan")),
            stops=tuple(_stop(feature, mission, f"features[{i}]") for i, feature in stops),
            objective=_text(about, "objective", "plan") if "objective" in about else "time",
            max_slope_rad=(math.radians(_number(about, "max_slope_deg", "plan")) if "max_slope_deg" in about else None),
            spacing_m=_number(about, "spacing_m", "plan") if "spacing_m" in about else None,
            need_contact=about.get("need_contact") is True,
            annotations=annotations,
        )
    except InputError as error:
        raise InputError(f"{name}: {error}") from None


def read_plan(file: Path, mission: Mission) -> DayPlan:
    """The plan of a file; errors as for ``plan_from_geojson``."""
    return plan_from_geojson(text_of(file, _MOST_CHARACTERS, "a plan"), mission, str(file))


def _kind(feature: Any) -> Any:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    return properties.get("kind") if isinstance(properties, dict) else None


def _stop(feature: Any, mission: Mission, where: str) -> Stop:
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict) or geometry.get("type") != "Point" or not isinstance(properties, dict):
        raise InputError(f"{where}: must be a Point with properties")
    place = geometry.get("coordinates")
    if not isinstance(place, list) or len(place) < 2 or not all(_is_number(c) for c in place):
        raise InputError(f"{where}: geometry.coordinates: must be [longitude, latitude]")
    longitude, latitude = float(place[0]), float(place[1])
    if not (-180.0 <= longitude <= 360.0 and -90.0 <= latitude <= 90.0):
        raise InputError(f"{where}: geometry.coordinates: longitude lies in -180..360, latitude in -90..90")
    east, north = (float(c) for c in mission.site.to_site(longitude, latitude))
    kept = properties.get("site_m")
    if isinstance(kept, list) and len(kept) == 2 and all(_is_number(c) for c in kept):
        exact = float(kept[0]), float(kept[1])
        east, north = exact if math.dist(exact, (east, north)) < _SAME_PLACE_M else (east, north)
    activities = properties.get("activities", [])
    if not isinstance(activities, list):
        raise InputError(f"{where}: properties.activities: must be a list")
    try:
        return Stop(
            _text(properties, "name", "properties"), (east, north),
            tuple(_activity(item, f"properties.activities[{i}]") for i, item in enumerate(activities)),
            properties.get("locked") is True,
        )  # fmt: skip
    except InputError as error:
        raise InputError(f"{where}: {error}") from None


def _activity(item: Any, where: str) -> Activity:
    if not isinstance(item, dict):
        raise InputError(f'{where}: must be an object such as {{"kind": "panorama", "frames": 28}}')
    kind = _text(item, "kind", where)
    key = KINDS[kind].key if kind in KINDS else ""
    unknown = set(item) - {"kind", key}
    if key and unknown:
        raise InputError(f"{where}: unknown key '{min(unknown)}'; a {kind} has {key}")
    try:
        return Activity(kind, _number(item, key, where) if key in item else None)
    except InputError as error:
        raise error if str(error).startswith(where) else InputError(f"{where}: {error}") from None


def _text(content: dict[str, Any], key: str, where: str) -> str:
    value = content.get(key)
    if not isinstance(value, str):
        raise InputError(f"{where}.{key}: " + ("must be a text" if key in content else "this key is missing"))
    return value


def _number(content: dict[str, Any], key: str, where: str) -> float:
    value = content[key]
    if not _is_number(value):
        raise InputError(f"{where}.{key}: must be a number, not {str(value)[:40]}")
    return float(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300
