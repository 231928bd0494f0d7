"""The fit as craters.csv and regional.toml."""

from pathlib import Path

import numpy as np

from docs.methods.crater_survey.model import Shape
from docs.methods.crater_survey.together import DEGREE, Fit
from roverctl.mission.profile import Mission
from roverctl.terrain.reconstruction.catalogue import NUMBERS, OUTLINES, PEAKS, RIMS, TERMS, WALLS
from roverctl.terrain.source import Array

PLAINS = {"Von Kármán": 0.80, "Leibnitz": 0.82}  # shares of the radius, by the flat part of their mean profiles
BOTTOMS = {"Zhinyu": -6527}  # published (FACTS.md): the raster's pixels are too wide to see it
CONE = 0.55  # of the depth, at 0.6 radii: so deep a bowl is nearly a cone, and as large as the raster's
HEADER = """\
# Craters of the landing region, the oldest first; the columns are told in roverctl/terrain/reconstruction/catalogue.py.
# Measured on LROC WAC GLD100 (Scholten+ 2012, JGR 117:E00H17) at 64 pixels per degree by docs/methods/crater_survey;
# the names are the IAU gazetteer's.
"""
FLOOR_HEADER = """\
# The regional floor between the craters, metres above the 1737.4 km sphere: a surface of total degree 8, fitted
# together with craters.csv by docs/methods/crater_survey. Keys: roverctl/terrain/reconstruction/regional.py.
"""


def write(fit: Fit, mission: Mission, folder: Path) -> None:
    """Both files."""
    pairs = list(zip(fit.shapes, fit.heights, strict=True))
    lines = [",".join(("name", "form", *NUMBERS))]
    for shape, heights in reversed(pairs):
        numbers = _numbers(shape, heights, mission)
        form = "hill" if shape.hill else "plain" if shape.plain else "bowl" if shape.nodes == 3 else "flat"
        lines.append(",".join([shape.name, form, *(numbers.get(column, "") for column in NUMBERS)]))
    quoted = [line.replace("Von Kármán, mare", '"Von Kármán, mare"') for line in lines]
    (folder / "craters.csv").write_text(HEADER + "\n".join(quoted) + "\n", encoding="utf-8")
    ground = [f"{v / 1000.0:.0f}" for v in fit.region.ground]
    rows, at = [], 0
    for i in range(DEGREE + 1):
        row = fit.floor[at : at + DEGREE + 1 - i]
        at += len(row)
        rows.append("    [" + ", ".join(f"{v:.1f}" for v in row) + "],\n")
    window = ", ".join(f"{v:g}" for v in fit.region.window)
    text = f"window_deg = [{window}]\ncentre_km = [{ground[0]}, {ground[1]}]\n"
    text += f"half_km = [{ground[2]}, {ground[3]}]\njoin_km = {ground[4]}\n"
    (folder / "regional.toml").write_text(FLOOR_HEADER + text + "coefficients_m = [\n" + "".join(rows) + "]\n")


def _numbers(shape: Shape, heights: Array, mission: Mission) -> dict[str, str]:
    longitude, latitude = mission.site.to_geographic(shape.east, shape.north)
    rim, _, floor = shape.harmonics
    nodes, waves = heights[: shape.nodes], heights[shape.nodes : shape.nodes + 2 * rim]
    terms = heights[shape.nodes + 2 * rim : shape.nodes + 2 * rim + floor]
    out = {"lat": f"{latitude:.4f}", "lon_east": f"{longitude:.4f}", "diameter_km": f"{shape.radius / 500.0:.2f}"}
    out["peak_m" if shape.hill else "floor_m"] = f"{nodes[0]:.0f}"
    if shape.crater:
        out |= {"rim_m": f"{nodes[-1]:.0f}", "depth_m": f"{round(nodes[-1]) - round(nodes[0]):.0f}"}
        walls = ("w60_m",) if shape.nodes == 3 else WALLS
        out |= {column: f"{v - nodes[0]:.0f}" for column, v in zip(walls, nodes[1:-1], strict=True)}
    if shape.peak is not None:
        out |= {column: f"{v:.3f}" for column, v in zip(PEAKS[1:], shape.peak, strict=True)}
        out[PEAKS[0]] = f"{heights[-1]:.0f}"
    if shape.name in PLAINS:
        out["plain"] = f"{PLAINS[shape.name]:.2f}"
    outline = 1000.0 * np.asarray(shape.outline).ravel()
    out |= {column: f"{v:.0f}" for column, v in zip(OUTLINES, outline, strict=False)}
    out |= {column: f"{v:.0f}" for column, v in zip(RIMS, waves, strict=False)}
    out |= {column: f"{v:.0f}" for column, v in zip(TERMS, terms, strict=False)}
    if shape.name in BOTTOMS:
        bottom, rim_m = BOTTOMS[shape.name], round(nodes[-1])
        out |= {"floor_m": f"{bottom}", "depth_m": f"{rim_m - bottom}", "w60_m": f"{CONE * (rim_m - bottom):.0f}"}
    return out
