"""What a hover tells of the bars of the timeline."""

import math

from roverctl.core.nouns import ContactWindow
from roverctl.core.times import SECOND_NS, format_utc
from roverctl.session.api.relay import Gap, Impaired, LunarDay, Maintenance, Span, Timeline, Turn
from roverctl.ui.status import span_text


def when(t_ns: int) -> str:
    """Date and time, without the year."""
    return format_utc(t_ns, 0)[5:-1].replace("T", " ")


def contact_words(window: ContactWindow) -> str:
    """A pass."""
    peak = f"{math.degrees(window.peak_elevation_rad):.1f}° at {when(window.peak_ns)}"
    lasts = span_text((window.los_ns - window.aos_ns) / SECOND_NS)
    return f"{window.station}: AOS {when(window.aos_ns)}, LOS {when(window.los_ns)}, {lasts}\npeak {peak}"


def span_words(what: str, span: Span, timeline: Timeline) -> str:
    """A span; ends that were not computed are not told."""
    begins = "" if span[0] <= timeline.from_ns else f" from {when(span[0])}"
    ends = "" if span[1] >= timeline.to_ns else f" until {when(span[1])}"
    return f"{what}{begins}{ends}"


def turn_words(turn: Turn, timeline: Timeline) -> str:
    """Whose turn it is, and the hand-over before it."""
    words = span_words(f"{turn.station} has the contact", (turn.begin_ns, turn.end_ns), timeline)
    if turn.overlap_ns is None:
        return words
    overlap = f"hand-over: {span_text(turn.overlap_ns / SECOND_NS)} both see it"
    return f"{words}\n{overlap}{', shorter than the plan asks' if turn.short else ''}"


def gap_cause(gap: Gap) -> str:
    """Why nobody has contact, in short: what holds for all, else for each."""
    causes = {why for _, why in gap.causes}
    if len(causes) == 1:
        return f"no contact: {causes.pop()}"
    return "no contact: " + ", ".join(f"{name} {why}" for name, why in gap.causes)


def gap_words(gap: Gap, timeline: Timeline) -> str:
    """A gap with the cause of each station."""
    lines = [span_words("No contact", (gap.begin_ns, gap.end_ns), timeline)]
    return "\n".join(lines + [f"{name}: {why}" for name, why in gap.causes])


def maintenance_words(works: Maintenance) -> str:
    """A station off the air."""
    return f"{works.station}, maintenance: {works.name}\nfrom {when(works.begin_ns)} until {when(works.end_ns)}"


def day_words(day: LunarDay) -> str:
    """A lunar day."""
    parts = [("sunrise", day.sunrise_ns), ("noon", day.noon_ns), ("sunset", day.sunset_ns)]
    return f"Lunar day {day.number}: " + ", ".join(f"{name} {when(t)}" for name, t in parts if t is not None)


def impaired_words(trouble: Impaired) -> str:
    """Something that was let go wrong."""
    until = "" if trouble.ends_ns is None else f" until {when(trouble.ends_ns)}"
    what = f"{trouble.name} {trouble.detail}".strip()
    return f"{what}: from {when(trouble.began_ns)}{until}{'' if trouble.over else ', in force'}"
