"""A stop that stands where the vehicle may not go."""

from roverctl.core.errors import InfeasibleError
from roverctl.traverse.request import Point


class StopInHazardError(InfeasibleError):
    """A stop that is not free ground.

    Attributes
    ----------
    stop
        Its number: 0 the start, then via points, then the goal.
    nearest_m
        The nearest free place (east, north); None where there is none around.
    """

    def __init__(self, text: str, stop: int, nearest_m: Point | None) -> None:
        super().__init__(text)
        self.stop = stop
        self.nearest_m = nearest_m
