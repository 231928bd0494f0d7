"""Routes for other programs: KML, GPX and CSV. Only GeoJSON holds all of a route, and is read back as the same.

KML and GPX have no body: KML's hint tells one to programs that know it, in GPX it is a keyword; their readers take
longitude and latitude for the Earth's otherwise.
"""

import csv
import io
from pathlib import Path
from xml.sax.saxutils import escape

import numpy as np

from roverctl.core.errors import InputError
from roverctl.traverse.route import Route

SUFFIXES = (".geojson", ".json", ".kml", ".gpx", ".csv")


def check_suffix(file: Path) -> None:
    """That routes can be written to a file of this name; raises InputError."""
    if file.suffix.lower() not in SUFFIXES:
        raise InputError(f"{file}: routes are written as {', '.join(SUFFIXES)}")


def write_route(route: Route, file: Path) -> None:
    """Write a route in the format of the file's suffix.

    Raises
    ------
    InputError
        For another suffix, or when the file cannot be written.
    """
    check_suffix(file)
    writers = {".kml": kml, ".gpx": gpx, ".csv": table}
    writer = writers.get(file.suffix.lower(), Route.to_geojson)
    try:
        file.write_text(writer(route), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{file}: cannot be written: {error.strerror}") from None


def kml(route: Route) -> str:
    """KML 2.2: the commanded line on the ground, and its waypoints."""
    places = [f"{lon!r},{lat!r}" for lon, lat in _places(route)]
    points = "".join(
        f"<Placemark><name>{number}</name><Point><coordinates>{place}</coordinates></Point></Placemark>\n"
        for number, place in enumerate(places)
    )
    title = escape(_title(route))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<kml xmlns="http://www.opengis.net/kml/2.2" hint="target={escape(_body(route).casefold())}">\n'
        f"<Document><name>{title}</name>\n"
        f"<Placemark><name>{title}</name><description>{escape(_about(route))}</description>\n"
        f"<LineString><tessellate>1</tessellate><coordinates>{' '.join(places)}</coordinates></LineString>"
        "</Placemark>\n"
        f"{points}</Document>\n</kml>\n"
    )


def gpx(route: Route) -> str:
    """GPX 1.1: the commanded line as a route."""
    points = "".join(
        f'<rtept lat="{lat!r}" lon="{lon!r}"><name>{number}</name></rtept>\n'
        for number, (lon, lat) in enumerate(_places(route))
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<gpx version="1.1" creator="roverctl" xmlns="http://www.topografix.com/GPX/1/1">\n'
        f"<metadata><name>{escape(_title(route))}</name><keywords>body={escape(_body(route))}</keywords></metadata>\n"
        f"<rte><name>{escape(_title(route))}</name><desc>{escape(_about(route))}</desc>\n{points}</rte>\n</gpx>\n"
    )


def table(route: Route) -> str:
    """A row for each point of the exact path, with the step that leads there."""
    out = io.StringIO()
    rows = csv.writer(out, lineterminator="\n")
    names = list(route.terms)
    rows.writerow(
        ["lon_deg", "lat_deg", "elevation_m", "east_m", "north_m", "along_m", "seconds", "slope_deg",
         *(f"{name}_cost" for name in names), "body"]
    )  # fmt: skip
    along = np.concatenate(([0.0], np.cumsum(route.segment_m)))
    columns = [
        route.longitude_deg, route.latitude_deg, route.elevation_m, route.east_m, route.north_m, along, route.passing_s,
        *(np.concatenate(([0.0], values)) for values in (route.slope_deg, *(route.terms[name] for name in names))),
    ]  # fmt: skip
    body = _body(route)
    rows.writerows([*row, body] for row in zip(*(column.tolist() for column in columns), strict=True))
    return out.getvalue()


def _places(route: Route) -> list[tuple[float, float]]:
    """Longitude and latitude of the first point and of every waypoint."""
    first = (float(route.longitude_deg[0]), float(route.latitude_deg[0]))
    return [first, *((lon, lat) for lon, lat in route.waypoints_deg.tolist())]


def _body(route: Route) -> str:
    return "Moon" if route.basis is None else route.basis.body


def _title(route: Route) -> str:
    return f"R-{route.sha256[:8]}"


def _about(route: Route) -> str:
    return (
        f"{route.drive_m:.1f} m, {route.drive_s / 60.0:.1f} min, steepest {route.max_slope_deg:.1f} deg, on "
        f"{route.terrain.label}, sha256 {route.sha256}"
    )
