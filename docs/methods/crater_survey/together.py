"""All craters and the regional floor at once: for a given geometry every elevation is one linear least squares."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg
from scipy.ndimage import gaussian_filter, map_coordinates

from docs.methods.crater_survey.model import HUGE_M, Shape, power
from docs.methods.crater_survey.region import FAR_STEP, STEP, Region
from docs.methods.crater_survey.single import patch, refined
from roverctl.terrain.reconstruction import morphometry
from roverctl.terrain.source import Array

EVERY = 3  # cells: the spacing of the fit
DEGREE = 8
BAND = 64  # rows of a grid at once: what is at hand stays small
NEAR_M, NEAR_WEIGHT = 34e3, 200.0  # the plain that the rover is on counts for more
BEYOND_WEIGHT = 0.05  # of a cell of the join, by the basin's share: there the floor is drawn to the basin
HELD = 1e3  # times the weight of a crater's cells: what a rim that is given counts for
SMALL_M = 3.5e3  # radius, below which a crater is sharpened
CRESTED_M = 8e3  # radius, from which a named crater's rim is set to its crest
HIGHEST_CREST_M = 400.0  # of that shift
WORTH = 0.65  # a crater stays that leaves no more than this of what there was without it


def floor_terms(region: Region, east: Array, north: Array) -> Array:
    """u**i * v**j of total degree DEGREE at most."""
    u, v = (east - region.ground[0]) / region.ground[2], (north - region.ground[1]) / region.ground[3]
    us, vs = ([power(x, k) for k in range(DEGREE + 1)] for x in (u, v))
    terms = np.stack([us[i] * vs[j] for i in range(DEGREE + 1) for j in range(DEGREE + 1 - i)])
    return np.moveaxis(terms, 0, -1)


@dataclass(frozen=True)
class Fit:
    """Shapes, youngest first, with the elevations of each; the floor's coefficients."""

    region: Region
    shapes: list[Shape]
    heights: list[Array]
    floor: Array

    def of(self, east: Array, north: Array) -> tuple[Array, Array]:
        """What all shapes show on a grid of axes, and the share of what lies behind that they leave."""
        z, seen = np.zeros((len(north), len(east))), np.ones((len(north), len(east)))
        for top in range(0, len(north), BAND):
            band = np.s_[top : top + BAND]
            e, n = np.meshgrid(east, north[band])
            for shape, heights in zip(self.shapes, self.heights, strict=True):
                part = window(shape, east, north[band])
                if e[part].size == 0:
                    continue
                cover, columns = shape.columns(e[part], n[part])
                z[band][part] += seen[band][part] * np.einsum("ijk,k->ij", columns, heights)
                seen[band][part] *= 1.0 - cover
        return z, seen

    def surface(self, every: int = 1) -> Array:
        """On the whole grid, or on every so many of its cells."""
        return self.on(self.region.east[::every], self.region.north[::every])

    def on(self, east: Array, north: Array) -> Array:
        """On a grid of axes within the region; the basin's craters by the nearest of its cells."""
        region = self.region
        i, j = (((v - own[0]) / STEP).round().astype(int) for v, own in ((north, region.north), (east, region.east)))
        part = np.ix_(i, j)
        z, seen = self.of(east, north)
        floor = np.concatenate(
            [
                floor_terms(region, *np.meshgrid(east, north[k : k + BAND])) @ self.floor
                for k in range(0, len(north), BAND)
            ]
        )
        return z + seen * (region.behind[part] + region.seen[part] * floor)

    def figures(self) -> str:
        """How near it comes."""
        ours, theirs = self.surface(EVERY), self.region.z[::EVERY, ::EVERY]
        there = ~np.isnan(theirs)
        off = (ours - theirs)[there]
        near = np.hypot(*np.meshgrid(self.region.east[::EVERY], self.region.north[::EVERY]))[there] < 30e3
        rms, mean = np.sqrt((off**2).mean()), off.mean()
        return (
            f"correlation {np.corrcoef(ours[there], theirs[there])[0, 1]:.4f}, RMS {rms:.1f} m, mean {mean:+.1f} m, "
            f"within 30 km {np.sqrt((off[near] ** 2).mean()):.1f} m"
        )


def window(shape: Shape, east: Array, north: Array) -> tuple[slice, slice]:
    """Rows and columns of a grid that a shape may reach."""
    j0, j1 = np.searchsorted(east, [shape.east - shape.reach, shape.east + shape.reach])
    i0, i1 = np.searchsorted(north, [shape.north - shape.reach, shape.north + shape.reach])
    return np.s_[i0:i1, j0:j1]


def fit_together(region: Region, shapes: list[Shape], rims: dict[Shape, float] | None = None) -> Fit:
    """The elevations of all shapes (youngest first) and of the floor. rims: elevations of rims that are given."""
    every = np.s_[::EVERY, ::EVERY]
    east, north, z = region.east[::EVERY], region.north[::EVERY], region.z[every]
    e, n = np.meshgrid(east, north)
    missing = np.isnan(z)
    weight = np.where(missing, 0.0, np.where(np.hypot(e, n) < NEAR_M, NEAR_WEIGHT, 1.0)).ravel()
    cells = np.arange(z.size).reshape(z.shape)
    seen = np.ones(z.shape)
    rows, columns, values, ridges, at = [], [], [], [], 0
    held: list[tuple[int, float, float]] = []
    for shape in shapes:
        part = window(shape, east, north)
        cover, own = shape.columns(e[part], n[part])
        used = np.maximum(cover, np.abs(own).max(axis=-1)) * seen[part] > 1e-4
        ids, own = cells[part][used], (own * seen[part][..., None])[used]
        rows.append(np.repeat(ids, shape.size))
        columns.append(np.tile(np.arange(at, at + shape.size), len(ids)))
        values.append(own.ravel())
        ridges.append(shape.ridge() * max(int((cover == 1.0).sum()), 8))
        if rims and shape in rims:
            held.append((at + shape.nodes - 1, HELD * max(int((cover == 1.0).sum()), 8), rims[shape]))
            ridges[-1][shape.nodes - 1, shape.nodes - 1] += held[-1][1]
        seen[part] *= 1.0 - cover
        at += shape.size
    ids = cells[seen > 1e-4]
    terms = floor_terms(region, e.ravel()[ids], n.ravel()[ids])
    terms = terms * (seen * region.seen[every]).ravel()[ids][:, None]
    count = terms.shape[1]
    rows.append(np.repeat(ids, count))
    columns.append(np.tile(np.arange(at, at + count), len(ids)))
    values.append(terms.ravel())
    floor_normal, floor_right = _beyond(region)
    joined = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    matrix = sp.csr_matrix(joined, shape=(z.size, at + count))
    ridge = sp.block_diag([*ridges, floor_normal], format="csr") + 1e-3 * sp.identity(at + count)
    target = np.where(missing, 0.0, z) - seen * region.behind[every]
    normal = (matrix.T @ sp.diags(weight) @ matrix + ridge).tocsc()
    right = matrix.T @ (weight * target.ravel()) + np.concatenate([np.zeros(at), floor_right])
    for row, dear, rim in held:
        right[row] += dear * rim
    best = scipy.sparse.linalg.spsolve(normal, right)
    ends = np.cumsum([shape.size for shape in shapes])
    return Fit(region, shapes, np.split(best[:at], ends[:-1]), best[at:])


def _beyond(region: Region) -> tuple[Array, Array]:
    """The floor's share in the normal equations, of the join beyond the window."""
    east, north, level, share = region.beyond.T
    terms = floor_terms(region, east, north)
    weight = BEYOND_WEIGHT * share * (FAR_STEP / (EVERY * STEP)) ** 2
    return terms.T @ (terms * weight[:, None]), terms.T @ (weight * level)


def by_age(shapes: list[Shape], fit: Fit | None = None) -> list[Shape]:
    """Youngest first: the smaller and the fresher; what lies within a crater is younger than it.

    Freshness is depth over that of a fresh crater (Pike 1977), known once there is a fit; its weight is our choice.
    """
    depths = {}
    if fit is not None:
        depths = {s: h[s.nodes - 1] - h[0] for s, h in zip(fit.shapes, fit.heights, strict=True) if s.crater}
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


def sharpened(fit: Fit, good: Callable[[Shape, Array], bool]) -> Fit:
    """Small craters, of which the common grid has but a few cells, take their elevations from every cell.

    good: whether elevations are a crater's; else it keeps those that it has.
    """
    heights = list(fit.heights)
    for k, shape in enumerate(fit.shapes):
        if shape.radius < SMALL_M and shape.crater:
            e, n, z, front, seen, behind = among(replace(fit, heights=heights), k, most=200)
            if len(z) < 2 * shape.size:
                continue
            cover, columns = shape.columns(e, n)
            target, columns = z - front - seen * (1.0 - cover) * behind, columns * seen[:, None]
            normal = columns.T @ columns + shape.ridge() * max(int((cover == 1.0).sum()), 8)
            normal[np.diag_indices_from(normal)] += 1e-3
            better = np.linalg.solve(normal, columns.T @ target + 1e-3 * heights[k])
            if good(shape, better):
                heights[k] = better
    return replace(fit, heights=heights)


def crests(fit: Fit) -> dict[Shape, float]:
    """The rims that named craters must have for their crests to stand as high as the raster's.

    Least squares alone give the ragged ridge's mean. The crest is the mean over the azimuths of the highest point
    between 0.85 and 1.15 radii, in the raster and in the fit alike. What other craters hide of a rim cannot be moved.
    """
    ours = fit.surface()
    rims = {}
    for k, shape in enumerate(fit.shapes):
        if shape.name and shape.crater and shape.radius > CRESTED_M:
            theirs, there = crest_m(fit.region, fit.region.z, shape)
            mine, _ = crest_m(fit.region, ours, shape)
            if there.mean() > 0.6:
                shift = float((theirs - mine)[there].mean())
                now = float(fit.heights[k][shape.nodes - 1])
                rims[shape] = now + float(np.clip(shift, -HIGHEST_CREST_M, HIGHEST_CREST_M))
    return rims


def crest_m(region: Region, ground: Array, shape: Shape) -> tuple[Array, Array]:
    """The highest point of each azimuth about the rim, and where all of them are known."""
    azimuth = np.radians(np.arange(0.0, 360.0, 2.0))
    r = shape.radius * np.arange(0.85, 1.151, 0.025)[:, None]
    at = [(shape.north + r * np.cos(azimuth) - region.north[0]) / STEP,
          (shape.east + r * np.sin(azimuth) - region.east[0]) / STEP]  # fmt: skip
    z = map_coordinates(ground, at, order=1, mode="constant", cval=np.nan)
    return z.max(axis=0), ~np.isnan(z).any(axis=0)


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

        better = refined(shape, rest, 0.25 if shape.hill else 0.03 if shape.radius < 15e3 else 0.01, rounds=3)
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
        if 10e3 <= shape.radius < HUGE_M and shape.nodes == 6 and len(z) >= 40:
            _, _, _, dx, dy = shape.at(e, n)
            k = int(np.argmax(z))
            half = z > 0.5 * z[k]
            if z[k] > 150.0 and half.mean() < 0.6:
                radius = float(np.clip(2.0 * 0.24 * np.sqrt(half.mean()), 0.1, 0.3))
                shape = replace(shape, peak=(round(float(dx[k]), 3), round(float(dy[k]), 3), round(radius, 3)))
        out.append(shape)
    return out
