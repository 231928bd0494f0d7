"""The segments of the command, from waypoint to waypoint, and what each costs and why."""

from PySide6.QtGui import QFont

from roverctl.session.api.traverse import RouteView
from roverctl.traverse.costs import TERM_WORDS
from roverctl.ui.status import took_text, way_figure
from roverctl.ui.tables import Listed
from roverctl.ui.theme import mono
from roverctl.ui.traverse.cards import whole_figures
from roverctl.ui.traverse.legs import Leg, legs

MOST_LEGS = 600


class LegModel(Listed[tuple[int, Leg]]):
    """The legs as rows, numbered."""

    COLUMNS = ("segment", "m", "time", "slope °", "climb m")
    RIGHT = frozenset({1, 2, 3, 4})

    def take(self, route: RouteView | None) -> None:
        """Another route."""
        self.exchange([] if route is None else list(enumerate(legs(route)[:MOST_LEGS], start=1)))

    def font(self, row: tuple[int, Leg], column: int) -> QFont:
        return mono()

    def text(self, row: tuple[int, Leg], column: int) -> str:
        number, leg = row
        return (
            str(number), way_figure(leg.distance_m), took_text(leg.duration_s), f"{leg.slope_deg:+.1f}",
            f"{leg.climb_m:+.2f}",
        )[column]  # fmt: skip


def why_text(route: RouteView, leg: int) -> str:
    """What a segment costs, term by term; they add up."""
    unit = "" if route.cost_unit == "1" else f" {route.cost_unit}"
    terms = {name: float(values[leg]) for name, values in route.terms.items() if leg < len(values)}
    total = sum(terms.values())
    shown = [
        f"{TERM_WORDS.get(name, name)} {value:.1f}"
        for name, value in sorted(terms.items(), key=_dearest)
        if value >= 0.05
    ]
    return (
        f"<b>Segment {leg + 1}</b> costs {total:.1f}{unit} of {route.cost:.1f}{unit}: {' + '.join(shown) or 'nothing'}."
    )


def _dearest(item: tuple[str, float]) -> float:
    return -item[1]


def straight_text(route: RouteView) -> str:
    """Why not straight there: the first limit that a straight line breaks, else what each costs beside the way."""
    blocked = [(i, s) for i, s in enumerate(route.straight) if s.text]
    if not blocked and len(route.waypoints) == len(route.straight):
        return ""  # it goes straight
    if not blocked:
        told = [
            f"{f'to stop {number}' if len(route.straight) > 1 else 'there'}</b> is free of hazards and {leg.costs}."
            for number, leg in enumerate(route.straight, start=1)
        ]
        return "<br>".join(f"<b>Straight {text}" for text in told)
    number, first = blocked[0]
    to = "" if len(route.straight) == 1 else f" to stop {number + 1}"
    return whole_figures(f"<b>Why not straight there?</b> At {first.along_m:.1f} m{to}: {first.text}.")
