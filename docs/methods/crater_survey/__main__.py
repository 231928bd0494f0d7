"""Measures the craters of the landing region on a raster and writes craters.csv and regional.toml.

    uv run python -m docs.methods.crater_survey RASTER.tif [FOLDER]

FOLDER is the mission's, resources/missions/change4 unless given. The method is told in
docs/methods/reconstruction.md. It takes some four minutes of one core.
"""

import sys
from pathlib import Path

import numpy as np

from docs.methods.crater_survey import circles, hills, single, written
from docs.methods.crater_survey.judged import gentle, is_sound, sound, without_hollows, without_nested
from docs.methods.crater_survey.model import Shape
from docs.methods.crater_survey.region import Region, load_region
from docs.methods.crater_survey.together import Fit, by_age, crests, fit_together, sharpened, swept, with_peaks
from roverctl.mission.profile import Mission, load_mission

# Large craters that the window's edge cuts, or that are too worn for the matched profile: read off the hillshade by eye
# (east, north, radius, km from the site), then measured as the others are.
BY_EYE = (
    (-281, 269, 54), (-259, 4, 32), (267, 303, 18), (87, 31, 31), (136, -35, 31), (203, 278, 17), (258, -183, 14),
    (-250, -120, 25), (-70, -277, 42),
)  # fmt: skip
# Craters of the gazetteer with their centres outside the window, that reach into it: name, latitude, longitude, km;
# Bose by its arc in the raster.
EDGE = (("Maksutov", -40.5, 191.3, 83), ("Bose", -54.1, 190.6, 91), ("Oppenheimer", -35.2, 193.7, 208))
# The mare of Von Kármán around the site, as a plain of its own: east, north, radius, km. It keeps clear of Mons Tai.
MARE = ("Von Kármán, mare", -1, 0, 36)
FOOT_RISE_M, FOOT_REACH = 40.0, (0.75, 1.25)  # its outline: the foot of the wall and of Mons Tai, or in mid-mare
ROUNDS = 1  # of looking for more craters on what the ones found leave unexplained


def seeds(region: Region, mission: Mission) -> list[Shape]:
    """The named craters and those by eye, with rims traced along the highest points."""
    shapes = []
    for feature in mission.features:
        if feature.kind == "crater":
            east, north = mission.site.to_site(feature.longitude_deg, feature.latitude_deg)
            shapes.append(Shape(float(east), float(north), 0.5 * feature.diameter_m, feature.name))
    for name, latitude, longitude, diameter in EDGE:
        east, north = mission.site.to_site(longitude, latitude)
        shapes.append(Shape(float(east), float(north), 500.0 * diameter, name))
    shapes += [Shape(1e3 * e, 1e3 * n, 1e3 * r, "", kept=True) for e, n, r in BY_EYE]
    return [single.crest(region, s) if s.radius > 10e3 else single.alone(region, region.z, s, 0.05) for s in shapes]


def found(region: Region, mission: Mission) -> Fit:
    """Search, fit; search what is left, fit again."""
    circles_ = circles.search(region, region.filled, 2400.0 * 1.09 ** np.arange(38))
    shapes = without_nested(single.joined(seeds(region, mission), single.accepted(region, region.z, circles_)))
    fit = report("searched", fit_together(region, by_age(shapes)))
    fit = report("by age", fit_together(region, by_age(fit.shapes, fit)))
    for _ in range(ROUNDS):
        rest = region.z - fit.surface()
        circles_ = circles.search(region, np.nan_to_num(rest), 2400.0 * 1.09 ** np.arange(26))
        shapes = without_nested(single.joined(fit.shapes, single.accepted(region, rest, circles_)))
        fit = fit_together(region, by_age(shapes))
        fit = fit_together(region, by_age(fit.shapes, fit))
        fit = report("searched the rest", fit_together(region, swept(fit)))
    return fit


def finished(fit: Fit) -> Fit:
    """Peaks, hills, small craters and the mare by the site; everything refined once more."""
    region = fit.region
    name, east, north, radius = MARE
    mare = Shape(1e3 * east, 1e3 * north, 1e3 * radius, name, plain=True, kept=True)
    mare = single.foot(region, mare, FOOT_RISE_M, FOOT_REACH)
    fit = report("mare", fit_together(region, by_age([*fit.shapes, mare, *hills.by_eye()], fit)))
    near = np.hypot(*np.meshgrid(region.east, region.north)) < single.NEAR_M + 8e3
    rest = np.where(near, np.nan_to_num(region.z - fit.surface()), 0.0)
    small = circles.search(region, rest, 1150.0 * 1.09 ** np.arange(9))
    shapes = single.joined(with_peaks(fit), hills.found(fit))
    more = single.near_the_site(region, small, shapes)
    fit = report("peaks, hills", fit_together(region, by_age([*shapes, *more], fit)))
    fit = report("swept", fit_together(region, swept(fit)))
    before = 0
    while len(fit.shapes) != before:  # what the common walls leave shows in the neighbours'
        before = len(fit.shapes)
        fit = report("sound", fit_together(region, by_age(sound(fit), fit)))
        fit = report("gentle", fit_together(region, gentle(fit)))
    for _ in range(2):
        fit = report("crests", fit_together(region, fit.shapes, crests(fit)))
    return report("sharpened", hills.topped(without_hollows(sharpened(fit, is_sound))))


def main() -> None:
    """Measure, and write the mission's files."""
    raster = Path(sys.argv[1])
    mission = load_mission()
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else mission.folder
    written.write(finished(found(load_region(raster, mission), mission)), mission, folder)


def report(what: str, fit: Fit) -> Fit:
    """Tell how far the fit has come."""
    print(f"{what}: {len(fit.shapes)} craters, {fit.figures()}", file=sys.stderr, flush=True)
    return fit


if __name__ == "__main__":
    main()
