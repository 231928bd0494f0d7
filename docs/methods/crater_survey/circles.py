"""Candidate circles: a crater's profile matched with the ground at every place and many radii."""

from collections.abc import Callable, Sequence

import numpy as np
from scipy.fft import irfft2, next_fast_len, rfft2
from scipy.ndimage import maximum_filter

from docs.methods.crater_survey.region import STEP, Region
from roverctl.terrain.source import Array

REACH = 1.45  # radii that the profile is matched over
RIM = 0.22  # of the depth
FLOOR = 0.6  # of the radius: a flat floor
COARSE = 9  # cells a radius, from which a larger radius is looked for on a coarser grid
LEAST_LIKENESS = 0.7
LEAST_DEPTH = 0.015  # of the diameter


Profile = Callable[[Array], Array]


def bowl(x: Array) -> Array:
    """A crater one deep: RIM of it above the ground outside."""
    return _crater(x, 0.0)


def floored(x: Array) -> Array:
    """The same with a flat floor."""
    return _crater(x, FLOOR)


def search(region: Region, ground: Array, radii: Array, profiles: Sequence[Profile] = (bowl, floored)) -> Array:
    """Rows of row, column (cells), radius (m), likeness (a correlation), depth (m); the likeliest first, none twice."""
    found = np.concatenate([_of_radius(ground, float(radius), profiles) for radius in radii])
    inside = ~np.isnan(region.z)[
        found[:, 0].round().astype(int).clip(0, ground.shape[0] - 1),
        found[:, 1].round().astype(int).clip(0, ground.shape[1] - 1),
    ]
    return _apart(found[inside])


def _of_radius(ground: Array, radius: float, profiles: Sequence[Profile]) -> Array:
    """The places where the correlation with a profile, a plane left free, is greatest around."""
    coarse = max(1, int(radius / STEP / COARSE))
    height, width = (n // coarse for n in ground.shape)
    z = ground[: height * coarse, : width * coarse].reshape(height, coarse, width, coarse).mean(axis=(1, 3))
    step = STEP * coarse
    pad = int(np.ceil(REACH * radius / step))
    x, y = np.meshgrid(*(2 * [np.arange(-pad, pad + 1) * step]))
    r = np.hypot(x, y) / radius
    disc = (r <= REACH).astype(float)
    count = disc.sum()
    padded = np.pad(z, pad, mode="reflect")
    size = [next_fast_len(n) for n in padded.shape]
    spectrum, squares = rfft2(padded, size), rfft2(padded * padded, size)

    def match(field: Array, template: Array) -> Array:
        return irfft2(field * np.conj(rfft2(template, size)), size)[:height, :width]

    mean = match(spectrum, disc) / count
    tilt = (disc * x * x).sum()
    spread = match(squares, disc) - count * mean**2
    spread -= (match(spectrum, disc * x) ** 2 + match(spectrum, disc * y) ** 2) / tilt
    spread = np.maximum(spread, 1.0)
    best, depth = np.full(z.shape, -1.0), np.zeros(z.shape)
    for profile in profiles:
        template = profile(r) * disc
        template -= disc * template.sum() / count
        power = (template**2).sum()
        product = match(spectrum, template)
        likeness = product / np.sqrt(spread * power)
        better = likeness > best
        best[better], depth[better] = likeness[better], (product / power)[better]
    top = maximum_filter(best, size=max(3, int(0.5 * radius / step) | 1))
    at = np.argwhere((best == top) & (best > LEAST_LIKENESS) & (depth > 2.0 * LEAST_DEPTH * radius))
    rows = [((i + 0.5) * coarse - 0.5, (j + 0.5) * coarse - 0.5, radius, best[i, j], depth[i, j]) for i, j in at]
    return np.array(rows).reshape(-1, 5)


def _crater(x: Array, floor: float) -> Array:
    u = np.clip((x - floor) / (1.0 - floor), 0.0, 1.0)
    apron = RIM * (np.clip(REACH - x, 0.0, None) / (REACH - 1.0)) ** 2
    return np.where(x < 1.0, RIM - 1.0 + u * u, apron)


def _apart(found: Array) -> Array:
    """The likeliest first, leaving out every circle that is much the same as one before it."""
    found = found[np.argsort(-found[:, 3], kind="stable")]
    kept, count = np.empty_like(found), 0
    for row in found:
        before = kept[:count]
        apart = np.hypot(row[0] - before[:, 0], row[1] - before[:, 1]) * STEP / np.maximum(row[2], before[:, 2])
        ratio = np.exp(np.abs(np.log(row[2] / before[:, 2])))
        if not (((apart < 0.55) & (ratio < 1.9)) | ((apart < 0.25) & (ratio < 2.6))).any():
            kept[count] = row
            count += 1
    return kept[:count]
