"""What a hover tells of the bars of the timeline."""

import math

from roverctl.core.nouns import ContactWindow
from roverctl.core.times import SECOND_NS, format_utc
from roverctl.session.api.relay import Impaired, LunarDay, Span, Timeline
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


def day_words(day: LunarDay) -> str:
    """A lunar day."""
    parts = [("sunrise", day.sunrise_ns), ("noon", day.noon_ns), ("sunset", day.sunset_ns)]
    return f"Lunar day {day.number}: " + ", ".join(f"{name} {when(t)}" for name, t in parts if t is not None)


def impaired_words(trouble: Impaired) -> str:
    """Something that was let go wrong."""
    until = "" if trouble.ends_ns is None else f" until {when(trouble.ends_ns)}"
    what = f"{trouble.name} {trouble.detail}".strip()
    return f"{what}: from {when(trouble.began_ns)}{until}{'' if trouble.over else ', in force'}"
