"""One crater at a time: its neighbourhood, its rim's crest, its shape by least squares, and whether it is one."""

from collections.abc import Callable

import numpy as np
from scipy.ndimage import gaussian_filter, map_coordinates

from docs.methods.crater_survey.model import BODY_M, Shape, stretch
from docs.methods.crater_survey.region import STEP, Region
from roverctl.terrain.source import Array

AZIMUTHS = 96
SECTORS = 12
LEAST_DEPTH = 0.022  # of the diameter
LEAST_KM = 4.8  # of the diameter
NEAR_M = 42e3  # from the site: within, craters below LEAST_KM are looked for too
Points = tuple[Array, Array, Array]


def patch(region: Region, ground: Array, shape: Shape, reach: float = 1.6, most: int = 45) -> Points:
    """East, north and elevation of the cells within ``reach`` radii, thinned to ``most`` across."""
    width = shape.radius * reach
    j0, j1 = np.searchsorted(region.east, [shape.east - width, shape.east + width])
    i0, i1 = np.searchsorted(region.north, [shape.north - width, shape.north + width])
    every = max(1, int(2.0 * width / STEP / most))
    part = np.s_[i0:i1:every, j0:j1:every]
    e, n = np.meshgrid(region.east[part[1]], region.north[part[0]])
    z = ground[part]
    there = ~np.isnan(z) & (np.hypot(e - shape.east, n - shape.north) < width)
    return e[there], n[there], z[there]


def remainder(shape: Shape, points: Points) -> Array:
    """What a crater on a sloping plane leaves unexplained; its elevations are the best for its geometry."""
    e, n, z = points
    cover, columns = shape.columns(e, n)
    bare = (1.0 - cover)[:, None]
    plane = np.stack([np.ones_like(e), (e - shape.east) / shape.radius, (n - shape.north) / shape.radius], -1)
    both = np.concatenate([columns, bare * plane], -1)
    normal = both.T @ both
    normal[: shape.size, : shape.size] += shape.ridge() * (cover == 1.0).sum()
    normal[np.diag_indices_from(normal)] += 1e-3
    return np.asarray(z - z.mean() - both @ np.linalg.solve(normal, both.T @ (z - z.mean())))


def refined(shape: Shape, rest: Callable[[Shape], Array], limit: float, rounds: int = 6, stiff: float = 0.35) -> Shape:
    """Gauss-Newton over place, radius and outline; ``rest`` gives a shape's remainder on fixed points.

    limit: of shift and change of radius, shares of the radius; stiff: how dear an outline's harmonics are.
    """
    step = np.concatenate([np.zeros(3), shape.outline.ravel()])
    dear = np.concatenate([np.full(3, 0.02), stiff * np.repeat(np.arange(2, 2 + len(shape.outline)), 2)])
    left = rest(shape.moved(step))
    penalty = 2.0 * (left**2).sum() * dear**2
    cost, damping = (left**2).sum() + (penalty * step**2).sum(), 1e-2
    for _ in range(rounds):
        slope = np.empty((len(left), len(step)))
        for k in range(len(step)):
            aside = step.copy()
            aside[k] += 0.01
            slope[:, k] = (rest(shape.moved(aside)) - left) / 0.01
        for _ in range(4):
            normal = slope.T @ slope + np.diag(penalty)
            normal[np.diag_indices_from(normal)] *= 1.0 + damping
            trial = step + np.clip(-np.linalg.solve(normal, slope.T @ left + penalty * step), -0.1, 0.1)
            trial[:3] = np.clip(trial[:3], -limit, limit)
            trial[3:] = np.clip(trial[3:], -0.12, 0.12)
            after = rest(shape.moved(trial))
            found = (after**2).sum() + (penalty * trial**2).sum()
            if found < cost:
                damping = max(0.3 * damping, 1e-4)
                break
            damping *= 6.0
        else:
            break
        settled = cost - found < 1e-3 * cost
        step, left, cost = trial, after, found
        if settled:
            break
    return shape.moved(step)


def alone(region: Region, ground: Array, shape: Shape, limit: float = 0.35) -> Shape:
    """The best shape for its own neighbourhood."""
    points = patch(region, ground, shape)
    return refined(shape, lambda other: remainder(other, points), limit)


def crest(region: Region, shape: Shape) -> Shape:
    """Place, radius and outline from the highest point in each azimuth between 0.82 and 1.2 radii."""
    azimuth = np.arange(AZIMUTHS) * 2.0 * np.pi / AZIMUTHS
    shares = np.linspace(0.82, 1.2, 39)
    published = shape.radius
    highest = len(shape.outline) + 1
    waves = [part(k * azimuth) for k in range(2, highest + 1) for part in (np.cos, np.sin)]
    for _ in range(2):
        width = 1.0 + np.stack(waves, -1) @ shape.outline.ravel()
        back = np.linalg.inv(stretch(shape.east, shape.north, BODY_M))
        r = shape.radius * width[:, None] * shares
        dx, dy = r * np.sin(azimuth)[:, None], r * np.cos(azimuth)[:, None]
        e = shape.east + back[0, 0] * dx + back[0, 1] * dy
        n = shape.north + back[1, 0] * dx + back[1, 1] * dy
        at = [(n - region.north[0]) / STEP, (e - region.east[0]) / STEP]
        z = map_coordinates(region.z, at, order=1, mode="constant", cval=np.nan)
        there = ~np.isnan(z).any(axis=1)
        if there.sum() < 40:
            return shape
        depth = np.median(z[there].max(axis=1) - z[there, 0])
        top = np.argmax(z[there] - 0.8 * depth * np.abs(shares - 1.0), axis=1)
        out = shares[top] * width[there] - 1.0
        terms = np.stack([np.ones(AZIMUTHS), np.sin(azimuth), np.cos(azimuth), *waves], -1)[there]
        dear = np.diag([0.0, 2.0, 2.0] + [3.0 * k for k in range(2, highest + 1) for _ in (0, 1)])
        weight = np.ones(len(out))
        for _ in range(5):  # robust against a neighbour's rim
            best = np.linalg.solve(terms.T @ (terms * weight[:, None]) + dear, terms.T @ (weight * out))
            weight = 1.0 / (1.0 + ((out - terms @ best) / 0.05) ** 2)
        radius = float(np.clip(shape.radius * (1.0 + best[0]), 0.93 * published, 1.07 * published))
        shift = back @ best[1:3] * shape.radius
        step = np.array([*(shift / shape.radius), np.log(radius / shape.radius), *np.clip(best[3:], -0.1, 0.1)])
        shape = shape.moved(step)
    return shape


def foot(region: Region, shape: Shape, rise_m: float, reach: tuple[float, float]) -> Shape:
    """A plain's place, radius and outline: in each azimuth where the ground first stands ``rise_m`` over the middle.

    reach: the nearest and the farthest that it is looked for, and put where it is not found, in radii.
    """
    azimuth = np.arange(AZIMUTHS) * 2.0 * np.pi / AZIMUTHS
    r = shape.radius * np.linspace(*reach, 80)
    e, n = shape.east + np.sin(azimuth)[:, None] * r, shape.north + np.cos(azimuth)[:, None] * r
    smooth = gaussian_filter(region.filled, 1500.0 / STEP)
    z = map_coordinates(smooth, [(n - region.north[0]) / STEP, (e - region.east[0]) / STEP], order=1)
    i, j = (round((v - axis[0]) / STEP) for v, axis in ((shape.north, region.north), (shape.east, region.east)))
    up = z > smooth[i, j] + rise_m
    out = np.where(up.any(axis=1), r[up.argmax(axis=1)], r[-1]) / shape.radius - 1.0
    waves = [part(k * azimuth) for k in range(2, 7) for part in (np.cos, np.sin)]
    terms = np.stack([np.ones(AZIMUTHS), np.sin(azimuth), np.cos(azimuth), *waves], -1)
    best = np.linalg.lstsq(terms, out, rcond=None)[0]
    return shape.moved(np.array([best[1], best[2], np.log1p(best[0]), *(best[3:] / (1.0 + best[0]))]))


def accepted(region: Region, ground: Array, found: Array) -> list[Shape]:
    """The candidates that prove to be craters, the surest first."""
    rows = []
    for row, column, radius, likeness, _ in found:
        least = 0.84 if radius < 4e3 else 0.80 if radius < 6e3 else 0.76 if radius < 10e3 else 0.70
        if ground is not region.z:  # a remainder is rougher
            least = 0.80 if radius < 4e3 else 0.72
        if likeness < least:
            continue
        shape = Shape(region.east[0] + column * STEP, region.north[0] + row * STEP, radius)
        if len(patch(region, ground, shape)[2]) < 60:
            continue
        shape = alone(region, ground, shape)
        points = patch(region, ground, shape)
        if len(points[2]) >= 60:
            explained, depth, closed = quality(shape, points)
            if is_crater(shape, explained, depth, closed):
                rows.append((explained, shape))
    return [shape for _, shape in sorted(rows, key=lambda pair: -pair[0])]


def quality(shape: Shape, points: Points) -> tuple[float, float, float]:
    """Share of the variance explained, depth (m), and share of the azimuths whose rim stands over the floor."""
    e, n, z = points
    x, cosine, sine, _, _ = shape.at(e, n)
    left, near = remainder(shape, points), x < 1.3
    plane = np.stack([np.ones_like(e), e - shape.east, n - shape.north], -1)
    level = z - plane @ np.linalg.lstsq(plane[near], z[near], rcond=None)[0]
    explained = 1.0 - (left[near] ** 2).sum() / max((level[near] ** 2).sum(), 1.0)
    sector = ((np.arctan2(sine, cosine) / (2.0 * np.pi) * SECTORS) % SECTORS).astype(int)
    within = x < 0.5
    if not within.any():
        return 0.0, 0.0, 0.0
    floor, low = np.median(level[within]), np.percentile(z[within], 30)
    tops, closed, counted = [], 0, 0
    for k in range(SECTORS):
        rim = (sector == k) & (x > 0.8) & (x < 1.2)
        if rim.any():
            counted += 1
            closed += bool(z[rim].max() > low + 0.016 * shape.radius)
            crest_ = rim & (x > 0.85) & (x < 1.15)
            tops += [level[crest_].max()] if crest_.any() else []
    return float(explained), float(np.median(tops) - floor) if tops else 0.0, closed / max(counted, 1)


def is_crater(shape: Shape, explained: float, depth: float, closed: float) -> bool:
    """Deep enough, round enough, closed all around, and explained by the profile. Our choice of limits."""
    km = shape.radius / 500.0
    if km < LEAST_KM or depth < LEAST_DEPTH * 2.0 * shape.radius or np.abs(shape.outline).max() > 0.1:
        return False
    return closed >= (0.99 if km > 12.0 else 0.9 if km > 8.0 else 0.75) and explained >= (
        0.65 if km > 16.0 else 0.7 if km > 10.0 else 0.75
    )


def same(one: Shape, other: Shape) -> bool:
    """Whether two circles are one crater found twice."""
    wide = max(one.radius, other.radius)
    apart = float(np.hypot(one.east - other.east, one.north - other.north)) / wide
    ratio = wide / min(one.radius, other.radius)
    return apart < 0.5 and ratio < 2.2


def joined(known: list[Shape], more: list[Shape]) -> list[Shape]:
    """``known`` and those of ``more`` that are not among them."""
    out = list(known)
    for shape in more:
        if not any(same(shape, other) for other in out):
            out.append(shape)
    return out


def near_the_site(region: Region, found: Array, known: list[Shape]) -> list[Shape]:
    """Craters below LEAST_KM around the site, which the plain's 15 m depends on."""
    rows = []
    for row, column, radius, likeness, depth in found:
        shape = Shape(region.east[0] + column * STEP, region.north[0] + row * STEP, radius, kept=True)
        if np.hypot(shape.east, shape.north) < NEAR_M and likeness > 0.75 and depth > 20.0:
            rows.append(shape)
    return joined(known, rows)[len(known) :]
