"""``roverctl relay``: the geometry of the delay."""

import argparse
import csv
import sys
from typing import Any

from roverctl.cli.main import print_json, say
from roverctl.core.errors import InputError
from roverctl.core.times import SECOND_NS, parse_utc

_MOST_ROWS = 1_000_000


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Times, mission, format."""
    parser.add_argument("--mission", default="change4", metavar="NAME|DIR")
    parser.add_argument("--at", action="append", metavar="UTC", help="a time; may be repeated")
    parser.add_argument("--from", dest="begin", metavar="UTC", help="the first of many times")
    parser.add_argument("--to", metavar="UTC", help="not after this")
    parser.add_argument("--step", type=float, default=3600.0, metavar="S", help="seconds between them (3600)")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="one JSON document on standard output")
    form.add_argument("--csv", action="store_true", help="comma-separated, with a heading")


def run(arguments: argparse.Namespace) -> int:
    """Print rows."""
    times = _times(arguments)
    from roverctl.ephemeris.report import relay_rows
    from roverctl.ephemeris.sky import Sky
    from roverctl.mission.profile import load_mission

    sky = Sky(load_mission(arguments.mission))
    rows = relay_rows(sky, times)
    if sky.relay is not None and (warning := sky.relay.warning(max(times))):
        say(f"roverctl: {warning}")
    if arguments.json:
        print_json(rows)
    elif arguments.csv:
        writer = csv.DictWriter(sys.stdout, [*rows[0], "note"] if "note" not in rows[0] else list(rows[0]), restval="")
        writer.writeheader()
        writer.writerows(rows)
    else:
        for row in rows:
            contact = row["station"] if row["contact"] else f"no contact ({row['station']} is nearest to it)"
            print("\n".join([f"{row['utc']}  {contact}", *_lines(row)]))  # noqa: T201
    return 0


def _lines(row: dict[str, Any]) -> list[str]:
    near = f"{row['station_relay_km']:12.1f} km {row['station_relay_m_s']:+10.2f} m/s"
    station, rover = f"{row['station_elevation_deg']:.2f} deg up", f"{row['relay_elevation_deg']:.2f} deg up"
    legs = [
        f"  station - relay   {near}, {station}",
        f"  relay - rover     {row['relay_rover_km']:12.1f} km {row['relay_rover_m_s']:+10.2f} m/s, {rover}",
    ]
    if row["link"] == "direct":
        legs = [f"  station - rover   {near}, {station}, the Earth {rover}"]
    day = "the Sun does not rise" if row["lunar_day"] is None else f"lunar day {row['lunar_day']}"
    if row["lunar_day"] is not None:
        day += f": sunrise {row['sunrise']}, noon {row['noon']}, sunset {row['sunset']}"
    return [
        f"  Earth - Moon      {row['earth_moon_km']:12.1f} km {row['earth_moon_m_s']:+10.2f} m/s",
        *legs,
        f"  light up / down   {row['owlt_up_s']:12.6f} / {row['owlt_down_s']:.6f} s",
        f"  Sun at the rover  {row['sun_elevation_deg']:12.3f} deg up, azimuth {row['sun_azimuth_deg']:.2f}",
        f"  Earth             {row['earth_elevation_deg']:12.3f} deg up, azimuth {row['earth_azimuth_deg']:.2f}, "
        f"{100 * row['earth_lit']:.0f} % lit, {row['earth_phase']}",
        f"  {day}",
    ]


def _times(arguments: argparse.Namespace) -> list[int]:
    times = [parse_utc(text) for text in arguments.at or []]
    if arguments.begin is not None or arguments.to is not None:
        if arguments.begin is None or arguments.to is None:
            raise InputError("--from and --to go together")
        begin_ns, end_ns = parse_utc(arguments.begin), parse_utc(arguments.to)
        if not 0.001 <= arguments.step < 1e9:
            raise InputError(f"--step must lie between 0.001 and 1e9 s, not {arguments.step:g}")
        step_ns = round(arguments.step * SECOND_NS)
        if end_ns < begin_ns:
            raise InputError("--to lies before --from")
        if (end_ns - begin_ns) // step_ns >= _MOST_ROWS:
            raise InputError(f"more than {_MOST_ROWS} rows; take a longer --step")
        times += range(begin_ns, end_ns + 1, step_ns)
    if not times:
        raise InputError("give --at UTC, or --from UTC --to UTC --step S")
    return times
