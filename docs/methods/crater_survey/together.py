"""All craters and the regional floor at once: for a given geometry every elevation is one linear least squares."""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp
import scipy.sparse.linalg
from scipy.ndimage import gaussian_filter, map_coordinates

from docs.methods.crater_survey.model import Shape, power
from docs.methods.crater_survey.region import FAR_STEP, STEP, Region
from docs.methods.crater_survey.single import patch, refined
from roverctl.terrain.reconstruction import morphometry
from roverctl.terrain.source import Array

EVERY = 3  # cells: the spacing of the fit
DEGREE = 8
NEAR_M, NEAR_WEIGHT = 34e3, 200.0  # the plain that the rover is on counts for more
BEYOND_WEIGHT = 0.05  # of a cell of the join, by the basin's share: there the floor is drawn to the basin
SHALLOWEST = 0.01  # depth over diameter, below which it is no crater
WIDE_M = 30e3  # radius from which enough of a wall is seen to take it as it is
PAN, POINTED = 0.14, 0.58  # of the depth, at 0.6 radii: beyond, the polynomial of a bowl does not rise throughout
SMALL_M = 3.5e3  # radius, below which a crater is sharpened
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
        e, n = np.meshgrid(east, north)
        z, seen = np.zeros(e.shape), np.ones(e.shape)
        for shape, heights in zip(self.shapes, self.heights, strict=True):
            part = window(shape, east, north)
            cover, columns = shape.columns(e[part], n[part])
            z[part] += seen[part] * np.einsum("ijk,k->ij", columns, heights)
            seen[part] *= 1.0 - cover
        return z, seen

    def surface(self, every: int = 1) -> Array:
        """On the whole grid, or on every so many of its cells."""
        region, part = self.region, np.s_[::every, ::every]
        east, north = region.east[::every], region.north[::every]
        z, seen = self.of(east, north)
        floor = np.einsum("ijk,k->ij", floor_terms(region, *np.meshgrid(east, north)), self.floor)
        return z + seen * (region.behind[part] + region.seen[part] * floor)

    def figures(self) -> str:
        """How near it comes."""
        ours, theirs = self.surface(EVERY), self.region.z[::EVERY, ::EVERY]
        there = ~np.isnan(theirs)
        off = (ours - theirs)[there]
        near = np.hypot(*np.meshgrid(self.region.east[::EVERY], self.region.north[::EVERY]))[there] < 30e3
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
    weight = np.where(missing, 0.0, np.where(np.hypot(e, n) < NEAR_M, NEAR_WEIGHT, 1.0)).ravel()
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
    floor_normal, floor_right = _beyond(region)
    joined = (np.concatenate(values), (np.concatenate(rows), np.concatenate(columns)))
    matrix = sp.csr_matrix(joined, shape=(z.size, at + count))
    ridge = sp.block_diag([*ridges, floor_normal], format="csr") + 1e-3 * sp.identity(at + count)
    target = np.where(missing, 0.0, z) - seen * region.behind[every]
    normal = (matrix.T @ sp.diags(weight) @ matrix + ridge).tocsc()
    right = matrix.T @ (weight * target.ravel()) + np.concatenate([np.zeros(at), floor_right])
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


def sound(fit: Fit) -> list[Shape]:
    """Those that are craters, once all are fitted together: the rim stands over the floor. Named ones stay.

    One whose wall does not rise all the way, most of it hidden, say, takes the common profile from now on; one that
    is named or found by eye, where it has no depth without.
    """
    out = []
    for shape, heights in zip(fit.shapes, fit.heights, strict=True):
        if shape.plain:
            out.append(shape)
            continue
        depth = heights[shape.nodes - 1] - heights[0]
        deep = depth > (0.0 if shape.name else SHALLOWEST * 2.0 * shape.radius)
        trusted = shape.name or shape.kept
        if deep and ((trusted and shape.nodes == 6) or shape.radius > WIDE_M or rising(shape, heights)):
            out.append(shape)
        elif deep or shape.name or (trusted and not shape.common):
            out.append(replace(shape, common=True))
    return out


def without_hollows(fit: Fit) -> Fit:
    """What has no depth after all is left out, its neighbours as they are; a named one keeps a little."""
    pairs = []
    for shape, heights in zip(fit.shapes, fit.heights, strict=True):
        depth = heights[shape.nodes - 1] - heights[0]
        if shape.plain or depth > SHALLOWEST * 2.0 * shape.radius:
            pairs.append((shape, heights))
        elif shape.name:
            raised = heights.copy()
            raised[shape.nodes - 1] += SHALLOWEST * 2.0 * shape.radius - depth
            pairs.append((shape, raised))
    return replace(fit, shapes=[shape for shape, _ in pairs], heights=[heights for _, heights in pairs])


def rising(shape: Shape, heights: Array) -> bool:
    """Whether the wall rises from node to node, and a bowl is neither pointed nor a pan."""
    wall = heights[: shape.nodes]
    depth = max(wall[-1] - wall[0], 1.0)
    if shape.nodes == 3:
        return bool(PAN < (wall[1] - wall[0]) / depth < POINTED)
    return bool((np.diff(wall) > -0.1 * depth).all())


def sharpened(fit: Fit) -> Fit:
    """Small craters, of which the common grid has but a few cells, take their elevations from every cell."""
    heights = list(fit.heights)
    for k, shape in enumerate(fit.shapes):
        if shape.radius < SMALL_M and not shape.plain:
            e, n, z, front, seen, behind = among(replace(fit, heights=heights), k, most=200)
            if len(z) < 2 * shape.size:
                continue
            cover, columns = shape.columns(e, n)
            target, columns = z - front - seen * (1.0 - cover) * behind, columns * seen[:, None]
            normal = columns.T @ columns + shape.ridge() * max(int((cover == 1.0).sum()), 8)
            normal[np.diag_indices_from(normal)] += 1e-3
            better = np.linalg.solve(normal, columns.T @ target + 1e-3 * heights[k])
            least = 0.0 if shape.name else SHALLOWEST * 2.0 * shape.radius
            if rising(shape, better) and better[2] - better[0] > least:
                heights[k] = better
    return replace(fit, heights=heights)


def crested(fit: Fit) -> Fit:
    """The rims of large named craters raised to their crests: least squares alone give the ragged ridge's mean.

    The crest is the mean over the azimuths of the highest point between 0.85 and 1.15 radii, in the raster and in the
    fit alike. What other craters hide of a rim cannot be raised.
    """
    ours = fit.surface()
    heights = list(fit.heights)
    for k, shape in enumerate(fit.shapes):
        if shape.name and not shape.plain and shape.radius > WIDE_M:
            theirs, there = crest_m(fit.region, fit.region.z, shape)
            mine, _ = crest_m(fit.region, ours, shape)
            if there.mean() > 0.6:
                heights[k] = heights[k].copy()
                heights[k][shape.nodes - 1] += max(0.0, float((theirs - mine)[there].mean()))
    return replace(fit, heights=heights)


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
