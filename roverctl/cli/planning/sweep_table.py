"""The departures of ``--sweep`` as a table for people: at most some twenty rows, evenly over the span."""

from typing import Any

_MOST_ROWS = 18  # beside the latest safe departure and the recommended one
_HEAD = f"{'departure':20}  {'arrival':20}  {'shadow':>8}  {'gaps':>8}  {'charge':>6}  {'to night':>8}"


def sweep_table(sweep: dict[str, Any]) -> list[str]:
    """Lines of the document ``sweep``: when it arrives, minutes in shadow and without contact, the lowest charge, hours
    from the arrival to night; the latest safe departure and the recommended one are marked.

    Recommended is the safe departure that is under way for the shortest, and the earliest of those.
    """
    departures, latest = sweep["departures"], sweep["latest_safe"]
    safe = [row for row in departures if row["safe"]]
    best = min(safe, key=lambda row: (round((row["drive_s"] + row["wait_s"]) / 60.0), row["depart"]), default=None)
    last = len(departures) - 1
    shown = {round(number * last / (_MOST_ROWS - 1)) for number in range(_MOST_ROWS)} if last > 0 else {0}
    rows = {departures[number]["depart"]: departures[number] for number in shown}
    for row in (best, latest):
        if row is not None:
            rows[row["depart"]] = row
    marks = {row["depart"]: "" for row in rows.values()}
    for row, word in ((best, "recommended"), (latest, "latest safe")):
        if row is not None:
            marks[row["depart"]] += f"  <- {word}" if not marks[row["depart"]] else f", {word}"
    return [_HEAD, *(_line(rows[depart]) + marks[depart] for depart in sorted(rows))]


def _line(row: dict[str, Any]) -> str:
    if "problem" in row:
        return f"{row['depart']:20}  {row['problem']}"
    figures = (
        f"{row['shadow_min']:.0f} min", f"{row['contact_gap_min']:.0f} min", f"{100.0 * row['lowest_charge']:.0f} %",
        f"{row['sunset_margin_h']:.1f} h",
    )  # fmt: skip
    told = "  ".join(f"{text:>{width}}" for text, width in zip(figures, (8, 8, 6, 8), strict=True))
    return f"{row['depart']:20}  {row['arrive']:20}  {told}" + ("" if row["safe"] else "  not safe")
