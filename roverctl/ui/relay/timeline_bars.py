"""What the contact timeline draws: bars with their rows, colours and words; no painting."""

from dataclasses import dataclass
from typing import Final

from roverctl.core.nouns import ContactWindow
from roverctl.mission.profile import Mission
from roverctl.session.api.relay import Impaired, Timeline
from roverctl.ui.relay.timeline_words import (
    contact_words,
    day_words,
    gap_cause,
    gap_words,
    impaired_words,
    maintenance_words,
    span_words,
    turn_words,
)

SUN_ROW: Final = "Sun"
TROUBLE_ROW: Final = "trouble"
EARTH_ROW: Final = "Earth"
_MOST_LANES: Final = 3
_FOR_EVER_NS: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class Bar:
    """A span on some rows. ``tells`` is for a hover, the first of ``labels`` that fits stands on it; ``top`` and
    ``bottom`` are shares of the row, 0 above; ``colour`` a palette's name.
    """

    row: int
    from_ns: int
    to_ns: int
    colour: str
    tells: str
    labels: tuple[str, ...] = ()
    alpha: int = 255
    hatched: bool = False
    dashed: bool = False
    rows: int = 1
    top: float = 0.2
    bottom: float = 0.8
    label_left: bool = False


def row_names(mission: Mission, troubles: list[Impaired]) -> list[str]:
    """From above: stations, the relay (the Earth where there is none), the Sun, and what went wrong, in lanes."""
    rows = [station.name for station in mission.stations]
    rows += [mission.relay if mission.orbit is not None else EARTH_ROW, SUN_ROW]
    return rows + [TROUBLE_ROW, "", ""][: max(_lanes(troubles), default=-1) + 1]


def bars_of(
    mission: Mission, timeline: Timeline | None, contacts: tuple[ContactWindow, ...], troubles: list[Impaired], now: int
) -> list[Bar]:
    """In the order of painting; ``contacts`` are those of the timeline, or what is known while it has not come."""
    rows = row_names(mission, troubles)
    stations = len(mission.stations)
    found = [
        Bar(rows.index(w.station), w.aos_ns, w.los_ns, "in_limits", contact_words(w), alpha=110)
        for w in contacts
        if w.station in rows[:stations]
    ]
    if timeline is not None:
        found += _contact_bars(mission, timeline, rows, stations)
        found += _sun_bars(timeline, stations + 1)
    return found + _trouble_bars(troubles, rows, stations, now)


def _contact_bars(mission: Mission, timeline: Timeline, rows: list[str], stations: int) -> list[Bar]:
    found = []
    for turn in timeline.turns:
        inside = (w for w in timeline.contacts if w.station == turn.station and w.aos_ns < turn.end_ns <= w.los_ns)
        tells = "\n".join([turn_words(turn, timeline), *map(contact_words, inside)])
        found.append(Bar(rows.index(turn.station), turn.begin_ns, turn.end_ns, "in_limits", tells, alpha=230))
        if turn.short:
            overlap = turn.overlap_ns or 0
            found.append(
                Bar(rows.index(turn.station), turn.begin_ns - overlap // 2, turn.begin_ns + overlap // 2, "warning",
                    tells, top=0.0, bottom=0.2)
            )  # fmt: skip
    found += [
        Bar(0, gap.begin_ns, gap.end_ns, "warning", gap_words(gap, timeline), (gap_cause(gap), "no contact"),
            hatched=True,
            rows=stations, top=0.1, bottom=0.9)
        for gap in timeline.gaps
    ]  # fmt: skip
    found += [
        Bar(rows.index(works.station), works.begin_ns, works.end_ns, "distress", maintenance_words(works),
            (works.name,), hatched=True)
        for works in timeline.maintenance
    ]  # fmt: skip
    over = "over the terrain" if timeline.over_skyline else "over the mask, the terrain is not known yet"
    what = f"{mission.relay} above the rover's horizon, {over}" if mission.orbit is not None else "The Earth is up"
    return found + [
        Bar(stations, *span, "accent", span_words(what, span, timeline), alpha=110) for span in timeline.relay_up
    ]


def _sun_bars(timeline: Timeline, row: int) -> list[Bar]:
    found = [Bar(row, timeline.from_ns, timeline.to_ns, "line", "Night: the Sun is below the horizon")]
    found += [
        Bar(row, *span, "warning", span_words("The Sun is up", span, timeline), alpha=130) for span in timeline.day
    ]
    found += [
        Bar(row, *span, "distress", span_words("Noon nap: the Sun is high", span, timeline), ("nap",), alpha=200)
        for span in timeline.nap
    ]
    for day in timeline.days:
        if day.sunrise_ns is not None and day.sunset_ns is not None:
            labels = (f"lunar day {day.number}", f"day {day.number}")
            found.append(
                Bar(row, day.sunrise_ns, day.sunset_ns, "text", day_words(day), labels, alpha=0, label_left=True)
            )
    return found


def _lanes(troubles: list[Impaired]) -> list[int]:
    """A lane for each, so that what holds at once does not cover each other."""
    lanes: list[int] = []
    ends = [0] * _MOST_LANES
    for trouble in troubles:
        lane = next((i for i, end in enumerate(ends) if end <= trouble.began_ns), _MOST_LANES - 1)
        ends[lane] = max(ends[lane], _FOR_EVER_NS if trouble.ends_ns is None else trouble.ends_ns)
        lanes.append(lane)
    return lanes


def _trouble_bars(troubles: list[Impaired], rows: list[str], stations: int, now: int) -> list[Bar]:
    """Solid as far as it went, dashed as far as it will go; and on the rows that are out of service."""
    found: list[Bar] = []
    for trouble, lane in zip(troubles, _lanes(troubles), strict=True):
        tells = impaired_words(trouble)
        row = stations + 2 + lane
        until = max(trouble.ends_ns if trouble.over and trouble.ends_ns is not None else now, trouble.began_ns)
        found.append(Bar(row, trouble.began_ns, until, "critical", tells, (trouble.name,), alpha=190))
        ends_ns = trouble.ends_ns or until
        if ends_ns > until:
            found.append(Bar(row, until, ends_ns, "critical", tells, (trouble.name,), dashed=True))
        found += [
            Bar(hit, trouble.began_ns, ends_ns, "critical", tells, hatched=True)
            for hit in _rows_hit(trouble, rows, stations)
        ]
    return found


def _rows_hit(trouble: Impaired, rows: list[str], stations: int) -> list[int]:
    """The rows that are out of service while it lasts."""
    if trouble.name == "station_down" and trouble.detail in rows[:stations]:
        return [rows.index(trouble.detail)]
    if trouble.name == "conjunction":
        return list(range(stations))
    return [stations] if trouble.name == "relay_safe_mode" else []
