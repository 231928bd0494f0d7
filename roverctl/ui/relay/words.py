"""How delays, ranges and ways are put into words, from a hundredth of a second to hours."""

import itertools
from html import escape

from roverctl.core.times import MILLISECOND_NS, SECOND_NS, format_clock
from roverctl.session.api.outlook import SkyNow
from roverctl.session.api.relay import Way
from roverctl.ui.status import span_text


def delay_text(seconds: float, *, unit: bool = True) -> str:
    """``5.84 s``, ``20 min 4.2 s``, ``1 h 20 min``; without its unit only where that is s."""
    if seconds < 99.995:
        return f"{seconds:.2f} s" if unit else f"{seconds:.2f}"
    if seconds < 3600.0:
        tenths = round(seconds * 10)
        return f"{tenths // 600} min {tenths % 600 / 10:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes // 60} h {minutes % 60} min"


def part_texts(way: Way) -> list[str]:
    """The parts of a way to the millisecond, rounded so that what is written adds up to the whole as written."""
    ends = [0]
    for part in way.parts:
        ends.append(ends[-1] + part.time_ns)
    shown = [round(end / MILLISECOND_NS) for end in ends]
    return [_milliseconds(after - before) for before, after in itertools.pairwise(shown)]


def _milliseconds(count: int) -> str:
    return f"{count / 1000:.3f} s"


def range_text(metres: float) -> str:
    """Thousands of kilometres, or kilometres below one: ``61,234 km``, with thin spaces."""
    return f"{metres / 1000.0:,.0f} km".replace(",", "\N{THIN SPACE}")


def way_table(what: str, t_ns: int, way: Way, by_hand: str) -> str:
    """A way as rich text: every part that takes time, in order, and their sum."""
    rows = [
        f"<tr><td>{escape(part.name)}</td><td align=right>&nbsp;&nbsp;{text}</td></tr>"
        for part, text in zip(way.parts, part_texts(way), strict=True)
        if part.time_ns
    ]
    note = f"<tr><td colspan=2>The delay is set by hand: {escape(by_hand)}</td></tr>" if by_hand else ""
    whole = _milliseconds(round(way.total_ns / MILLISECOND_NS))
    total = f"<tr><td><b>in all</b></td><td align=right>&nbsp;&nbsp;<b>{whole}</b></td></tr>"
    return f"<p>{escape(what)} <b>{format_clock(t_ns, 1)}</b></p><table>{''.join(rows)}{total}{note}</table>"


def contact_words(sky: SkyNow, now_ns: int) -> str:
    """How long there is contact, through whichever stations: ``LOS in 14:55:22``; or until it comes."""
    if sky.next_change_ns is not None:
        return f"{'LOS' if sky.station else 'AOS'} in {span_text((sky.next_change_ns - now_ns) / SECOND_NS)}"
    hours = (sky.turns[-1].end_ns - now_ns) // (3600 * SECOND_NS) if sky.turns else 0
    return f"no LOS for {hours} h" if hours > 0 else ""


def turns_words(sky: SkyNow) -> str:
    """Which station has the contact until when: ``Kashi until 15:50, Neuquén until 02:55``."""
    known = len(sky.turns) if sky.next_change_ns is not None else len(sky.turns) - 1
    texts = [f"{turn.station} until {format_clock(turn.end_ns)[:5]}" for turn in sky.turns[:known]]
    return ", ".join(texts + [f"then {turn.station}" for turn in sky.turns[known:]])
