"""All craters and the regional floor at once: for a given geometry every elevation is one linear least squares."""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg
from scipy.ndimage import gaussian_filter

from docs.methods.crater_survey.model import Shape
from docs.methods.crater_survey.region import STEP, Region
from docs.methods.crater_survey.single import patch, refined
from roverctl.terrain.reconstruction import morphometry
from roverctl.terrain.source import Array

EVERY = 3  # cells: the spacing of the fit
DEGREE = 8
NEAR_M, NEAR_WEIGHT = 34e3, 200.0  # the plain that the rover is on counts for more
OUTSIDE_WEIGHT = 0.1  # where there is no raster, the floor is drawn to the basin's
SHALLOWEST = 0.01  # depth over diameter, below which it is no crater
SMALL_M = 3.5e3  # radius, below which a crater is sharpened
WORTH = 0.65  # a crater stays that leaves no more than this of what there was without it


def floor_terms(region: Region, east: Array, north: Array) -> Array:
    """u**i * v**j of total degree DEGREE at most."""
    u, v = (east - region.ground[0]) / region.ground[2], (north - region.ground[1]) / region.ground[3]
    return np.stack([u**i * v**j for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)], -1)


@dataclass(frozen=True)
class Fit:
    """Shapes, youngest first, with the elevations of each; the floor's coefficients."""

    region: Region
    shapes: list[Shape]
    heights: list[Array]
    floor: Array

    def of(self, east: Array, north: Array) -> tuple[Array, Array]:
        """What all shapes show on a grid of axes, and the share of what lies behind that they leave."""
        e, n = np.meshgrid(east, north)
        z, seen = np.zeros(e.shape), np.ones(e.shape)
        for shape, heights in zip(self.shapes, self.heights, strict=True):
            part = window(shape, east, north)
            cover, columns = shape.columns(e[part], n[part])
            z[part] += seen[part] * (columns @ heights)
            seen[part] *= 1.0 - cover
        return z, seen

    def surface(self) -> Array:
        """On the whole grid."""
        region = self.region
        z, seen = self.of(region.east, region.north)
        e, n = np.meshgrid(region.east, region.north)
        return z + seen * (region.behind + region.seen * (floor_terms(region, e, n) @ self.floor))

    def figures(self) -> str:
        """How near it comes."""
        ours, theirs = self.surface(), self.region.z
        there = ~np.isnan(theirs)
        off = (ours - theirs)[there]
        near = np.hypot(*np.meshgrid(self.region.east, self.region.north))[there] < 30e3
        return (
            f"correlation {np.corrcoef(ours[there], theirs[there])[0, 1]:.4f}, RMS {np.sqrt((off**2).mean()):.1f} m, "
            f"within 30 km {np.sqrt((off[near] ** 2).mean()):.1f} m"
        )


def window(shape: Shape, east: Array, north: Array) -> tuple[slice, slice]:
    """Rows and columns of a grid that a shape may reach."""
    j0, j1 = np.searchsorted(east, [shape.east - shape.reach, shape.east + shape.reach])
    i0, i1 = np.searchsorted(north, [shape.north - shape.reach, shape.north + shape.reach])
    return np.s_[i0:i1, j0:j1]


def fit_together(region: Region, shapes: list[Shape]) -> Fit:
    """The elevations of all shapes (youngest first) and of the floor."""
    every = np.s_[::EVERY, ::EVERY]
    east, north, z = region.east[::EVERY], region.north[::EVERY], region.z[every]
    e, n = np.meshgrid(east, north)
    missing = np.isnan(z)
    weight = np.where(missing, OUTSIDE_WEIGHT, np.where(np.hypot(e, n) < NEAR_M, NEAR_WEIGHT, 1.0)).ravel()
    cells = np.arange(z.size).reshape(z.shape)
    seen = np.ones(z.shape)
    rows, columns, values, ridges, at = [], [], [], [], 0
    for shape in shapes:
        part = window(shape, east, north)
        cover, own = shape.columns(e[part], n[part])
        used = cover * seen[part] > 1e-4
        ids, own = cells[part][used], (own * seen[part][..., None])[used]
        rows.append(np.repeat(ids, shape.size))
        columns.append(np.tile(np.arange(at, at + shape.size), len(ids)))
        values.append(own.ravel())
        ridges.append(shape.ridge() * max(int((cover == 1.0).sum()), 8))
        seen[part] *= 1.0 - cover
        at += shape.size
    ids = cells[seen > 1e-4]
    terms = floor_terms(region, e.ravel()[ids], n.ravel()[ids])
    terms = terms * (seen * region.seen[every]).ravel()[ids][:, None]
    count = terms.shape[1]
    rows.append(np.repeat(ids, count))
    columns.append(np.tile(np.arange(at, at + count), len(ids)))
    values.append(terms.ravel())
    joined = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    matrix = sp.csr_matrix(joined, shape=(z.size, at + count))
    ridge = sp.block_diag([*ridges, 1e-4 * sp.identity(count)], format="csr") + 1e-3 * sp.identity(at + count)
    target = np.where(missing, region.outside[every], z) - seen * region.behind[every]
    normal = (matrix.T @ sp.diags(weight) @ matrix + ridge).tocsc()
    best = scipy.sparse.linalg.spsolve(normal, matrix.T @ (weight * target.ravel()))
    ends = np.cumsum([shape.size for shape in shapes])
    return Fit(region, shapes, np.split(best[:at], ends[:-1]), best[at:])


def by_age(shapes: list[Shape], fit: Fit | None = None) -> list[Shape]:
    """Youngest first: the smaller and the fresher; what lies within a crater is younger than it.

    Freshness is depth over that of a fresh crater (Pike 1977), known once there is a fit; its weight is our choice.
    """
    depths = {}
    if fit is not None:
        depths = {s: h[s.nodes - 1] - h[0] for s, h in zip(fit.shapes, fit.heights, strict=True) if not s.plain}
    ages: dict[Shape, float] = {}
    for shape in sorted(shapes, key=lambda s: -s.radius):
        age = float(np.log(shape.radius))
        if shape in depths:
            age -= 0.6 * float(np.log(np.clip(depths[shape] / morphometry.depth_m(2.0 * shape.radius), 0.15, 1.3)))
        for older, its_age in ages.items():
            if np.hypot(older.east - shape.east, older.north - shape.north) < older.radius:
                age = min(age, its_age - 1e-3)
        ages[shape] = age
    return sorted(shapes, key=lambda s: ages[s])


def among(fit: Fit, k: int, most: int) -> tuple[Array, ...]:
    """A crater's neighbourhood: east, north, elevation; what stands before it, how much that leaves, what is behind."""
    shape = fit.shapes[k]
    e, n, z = patch(fit.region, fit.region.z, shape, reach=1.7, most=most)
    front, seen, behind, left = np.zeros_like(z), np.ones_like(z), np.zeros_like(z), np.ones_like(z)
    for m, (other, heights) in enumerate(zip(fit.shapes, fit.heights, strict=True)):
        apart = np.hypot(other.east - shape.east, other.north - shape.north)
        if m == k or apart > other.reach + 1.75 * shape.radius:
            continue
        cover, columns = other.columns(e, n)
        if m < k:
            front += seen * (columns @ heights)
            seen *= 1.0 - cover
        else:
            behind += left * (columns @ heights)
            left *= 1.0 - cover
    i = ((n - fit.region.north[0]) / STEP).round().astype(int)
    j = ((e - fit.region.east[0]) / STEP).round().astype(int)
    floor = floor_terms(fit.region, e, n) @ fit.floor
    behind += left * (fit.region.behind[i, j] + fit.region.seen[i, j] * floor)
    return e, n, z, front, seen, behind


def deep(fit: Fit) -> list[Shape]:
    """Those whose rims stand over their floors, once all are fitted together; named ones and those by eye stay."""
    return [
        shape
        for shape, h in zip(fit.shapes, fit.heights, strict=True)
        if shape.plain or shape.name or shape.kept or h[shape.nodes - 1] - h[0] > SHALLOWEST * 2.0 * shape.radius
    ]


def sharpened(fit: Fit) -> Fit:
    """Small craters, of which the common grid has but a few cells, take their elevations from every cell."""
    heights = list(fit.heights)
    for k, shape in enumerate(fit.shapes):
        if shape.radius < SMALL_M or shape.plain:
            e, n, z, front, seen, behind = among(replace(fit, heights=heights), k, most=200)
            if len(z) < 2 * shape.size:
                continue
            cover, columns = shape.columns(e, n)
            target, columns = z - front - seen * (1.0 - cover) * behind, columns * seen[:, None]
            normal = columns.T @ columns + shape.ridge() * max(int((cover == 1.0).sum()), 8)
            normal[np.diag_indices_from(normal)] += 1e-3
            heights[k] = np.linalg.solve(normal, columns.T @ target + 1e-3 * heights[k])
    return replace(fit, heights=heights)


def swept(fit: Fit) -> list[Shape]:
    """Each crater's geometry refined among its neighbours; those that explain too little are dropped."""
    kept = []
    for k, shape in enumerate(fit.shapes):
        e, n, z, front, seen, behind = among(fit, k, most=50)
        if len(z) < 40:
            kept.append(shape)
            continue
        now = fit.heights[k]

        def rest(other: Shape, now=now, front=front, seen=seen, behind=behind, e=e, n=n, z=z) -> Array:
            cover, columns = other.columns(e, n)
            target, columns = z - front - seen * (1.0 - cover) * behind, columns * seen[:, None]
            normal = columns.T @ columns + other.ridge() * max(int((cover == 1.0).sum()), 8)
            normal[np.diag_indices_from(normal)] += 0.01 * len(z)  # near the elevations that it has
            return target - columns @ np.linalg.solve(normal, columns.T @ target + 0.01 * len(z) * now)

        better = refined(shape, rest, 0.03 if shape.radius < 15e3 else 0.01, rounds=3)
        without = ((z - front - seen * behind) ** 2).sum()
        if shape.name or shape.kept or (rest(better) ** 2).sum() <= WORTH * without:
            kept.append(better)
    return kept


def with_peaks(fit: Fit) -> list[Shape]:
    """Craters above 20 km across get a peak where one stands 150 m out of their floor, within 0.24 radii."""
    region = fit.region
    rest = gaussian_filter(np.nan_to_num(region.z - fit.surface()), 2)
    out = []
    for shape in fit.shapes:
        e, n, z = patch(region, rest, shape, reach=0.24, most=200)
        if shape.radius >= 10e3 and shape.nodes == 6 and len(z) >= 40:
            _, _, _, dx, dy = shape.at(e, n)
            k = int(np.argmax(z))
            half = z > 0.5 * z[k]
            if z[k] > 150.0 and half.mean() < 0.6:
                radius = float(np.clip(2.0 * 0.24 * np.sqrt(half.mean()), 0.1, 0.3))
                shape = replace(shape, peak=(round(float(dx[k]), 3), round(float(dy[k]), 3), round(radius, 3)))
        out.append(shape)
    return out
