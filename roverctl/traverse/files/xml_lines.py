"""Lines out of KML and GPX."""

from pathlib import Path

from roverctl.mission.profile import Mission
from roverctl.traverse.files.lines import Lines, Pairs, pair_of
from roverctl.traverse.files.reading import walk_xml


def from_kml(text: str, file: Path, mission: Mission) -> Lines:
    """The lines of KML's placemarks (and Google's tracks), else all its points as one; the body is that of ``hint``."""
    found = Lines([])
    loose: Pairs = []
    names: list[str] = []
    within: list[str] = []
    tracked: Pairs = []

    def begin(tag: str, attributes: dict[str, str]) -> None:
        if tag == "kml":
            hint = attributes.get("hint", "")
            found.body = hint.removeprefix("target=").capitalize() if hint.startswith("target=") else None
        if tag == "Placemark":
            names.append("")
        within.append(tag)

    def end(tag: str, content: str) -> None:
        within.pop()
        place = within[-1] if within else ""
        if tag == "name" and place == "Placemark":
            names[-1] = content.strip()[:200]
        elif tag == "coordinates" and place in ("LineString", "Point"):
            title = names[-1] if names and names[-1] else f"line {len(found.lines) + 1}"
            pairs = [pair_of(file, title, triple.split(",")) for triple in content.split()]
            if place == "Point":
                loose.extend(pairs)
            else:
                found.lines.append((title, pairs))
        elif tag == "coord" and place == "Track":
            tracked.append(pair_of(file, "Track", content.split()))
        elif tag == "Track":
            found.lines.append((names[-1] if names and names[-1] else "Track", tracked.copy()))
            tracked.clear()

    walk_xml(text, str(file), begin, end)
    if loose and not found.lines:
        found.lines.append((file.stem, loose))
    return found


def from_gpx(text: str, file: Path, mission: Mission) -> Lines:
    """A line for each segment of a track and each route, else all waypoints as one."""
    found = Lines([])
    loose: Pairs = []
    titles = {"trk": "", "rte": ""}
    within: list[str] = []

    def begin(tag: str, attributes: dict[str, str]) -> None:
        if tag in titles:
            titles[tag] = ""
        if tag in ("trkseg", "rte"):
            found.lines.append(("", []))
        if tag in ("trkpt", "rtept", "wpt"):
            pair = pair_of(file, tag, [attributes.get("lon"), attributes.get("lat")])
            (loose if tag == "wpt" or not found.lines else found.lines[-1][1]).append(pair)
        within.append(tag)

    def end(tag: str, content: str) -> None:
        within.pop()
        if tag == "name" and within and within[-1] in titles:
            titles[within[-1]] = content.strip()[:200]
        elif tag == "keywords":
            said = [word.strip().removeprefix("body=") for word in content.split(",") if "body=" in word]
            found.body = said[0] if said else None
        elif tag in ("trkseg", "rte"):
            title = titles["trk" if tag == "trkseg" else "rte"] or f"line {len(found.lines)}"
            found.lines[-1] = (title, found.lines[-1][1])

    walk_xml(text, str(file), begin, end)
    if loose and not any(points for _, points in found.lines):
        found.lines = [(file.stem, loose)]
    return found
