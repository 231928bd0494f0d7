"""A plain without anything: what stands on it is the detail alone."""

import numpy as np

from roverctl.terrain.source import Array


class Level:
    label, resolution_m, generated_below_m = "level", 1000.0, 0.0

    def elevation(self, east_m: Array, north_m: Array, spacing_m: float) -> Array:
        return np.zeros(np.broadcast(east_m, north_m).shape)
