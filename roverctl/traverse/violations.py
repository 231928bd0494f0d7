"""Limits that a route breaks, and who lets it: a route with one that nobody waived becomes no command."""

from dataclasses import dataclass, replace
from typing import Any

from roverctl.core.errors import CommandRefusedError, InputError
from roverctl.mission.profile import Mission
from roverctl.traverse.request import Point

_LONGEST_NAME, _LONGEST_REASON = 60, 300  # characters
_CONTACT_MIN = 1.0  # contact times are found to the second, waits begin at a track's points


@dataclass(frozen=True, slots=True)
class RouteViolation:
    """A limit broken on segments ``first`` to ``last``, worst at ``place_m`` on segment ``worst``.

    ``kind`` is slope, climb, descent, cross slope, footprint, obstacle, keep-out, keep-in, no data, edge, charge, cold,
    heat, night or contact. ``value`` and ``limit`` are in ``unit``, None where there is none. ``key`` tells it from the
    route's others: the kind and a number, such as ``slope-2``.
    """

    key: str
    kind: str
    first: int
    last: int
    worst: int
    place_m: Point
    value: float | None
    limit: float | None
    unit: str
    text: str


@dataclass(frozen=True, slots=True)
class Waiver:
    """Who lets a violation be, and why. ``violation`` is its key.

    Raises
    ------
    InputError
        Without a name or a reason, or with ones that do not fit a command's comment.
    """

    name: str
    reason: str
    violation: str

    def __str__(self) -> str:
        """As a command's comment tells it."""
        return f"{self.violation} waived by {self.name}: {self.reason}"

    def __post_init__(self) -> None:
        for what, text, most in (("name", self.name, _LONGEST_NAME), ("reason", self.reason, _LONGEST_REASON)):
            if not text.strip():
                raise InputError(f"waiver of {self.violation}: needs a {what}")
            if len(text) > most or not text.isprintable():
                raise InputError(
                    f"waiver of {self.violation}: the {what} must be one line of {most} characters at most"
                )


def over_text(value: float, limit: float, unit: str = "°") -> str:
    """A value and the limit that it is over, slopes in degrees, with as many decimals as show that it is."""
    decimals = next((n for n in range(1, 6) if round(value, n) > limit), 6)
    return f"{value:.{decimals}f}{unit}, the limit is {limit:g}{unit}"


def waived(violations: tuple[RouteViolation, ...], name: str, reason: str, which: str = "all") -> tuple[Waiver, ...]:
    """Waivers of the violations that ``which`` means: a key, a kind, or all.

    Raises
    ------
    InputError
        When there is no such violation.
    """
    found = [v for v in violations if which in ("all", v.key, v.kind, v.kind.replace(" ", "-"))]
    if not found:
        there = ", ".join(v.key for v in violations) or "there are none"
        raise InputError(f"no violation '{which}' to waive ({there})")
    return tuple(Waiver(name, reason, violation.key) for violation in found)


def with_waivers(earlier: tuple[Waiver, ...], later: tuple[Waiver, ...]) -> tuple[Waiver, ...]:
    """Both, in the order of the violations' keys; where one is waived twice the later holds."""
    by_key = {waiver.violation: waiver for waiver in (*earlier, *later)}
    return tuple(by_key[key] for key in sorted(by_key))


def unwaived(violations: tuple[RouteViolation, ...], waivers: tuple[Waiver, ...]) -> tuple[RouteViolation, ...]:
    """What nobody waived."""
    let = {waiver.violation for waiver in waivers}
    return tuple(violation for violation in violations if violation.key not in let)


def check_waived(violations: tuple[RouteViolation, ...], waivers: tuple[Waiver, ...]) -> None:
    """That a route may become a command.

    Raises
    ------
    CommandRefusedError
        Naming the first violation that nobody waived.
    """
    left = unwaived(violations, waivers)
    if left:
        more = f", and {len(left) - 1} more" if len(left) > 1 else ""
        raise CommandRefusedError(
            f"the route breaks a limit: {left[0].key}: {left[0].text}{more}; plan it anew, or waive it with a name and "
            "a reason"
        )


def numbered(found: list[RouteViolation]) -> tuple[RouteViolation, ...]:
    """In order along the route, with keys that number each kind."""
    counts: dict[str, int] = {}
    keyed = []
    for violation in sorted(found, key=lambda v: (v.first, v.last, v.kind, v.text)):
        counts[violation.kind] = counts.get(violation.kind, 0) + 1
        keyed.append(replace(violation, key=f"{violation.kind.replace(' ', '-')}-{counts[violation.kind]}"))
    return tuple(keyed)


def timed_violations(mission: Mission, timing: dict[str, Any], last: int, end_m: Point) -> list[RouteViolation]:
    """What a departure breaks, from a route's ``timing``: they hold for all of it, at its end."""
    vehicle = mission.vehicle
    low_c, high_c = vehicle.lowest_temperature_k - 273.15, vehicle.highest_temperature_k - 273.15
    charge, margin_h = 100.0 * timing["lowest_charge"], timing["sunset_margin_h"]
    cold_c, warm_c = timing["lowest_temperature_degc"], timing["highest_temperature_degc"]
    least = 100.0 * vehicle.plan_charge
    found = []

    def add(kind: str, value: float, limit: float, unit: str, text: str) -> None:
        found.append(RouteViolation("", kind, 0, last, last, end_m, value, limit, unit, text))

    if charge < least:
        add("charge", charge, least, "%", f"charge falls to {charge:.1f} %, plans keep {least:g} %")
    if cold_c < low_c:
        add("cold", cold_c, low_c, "degC", f"the body cools to {cold_c:.1f} °C, the limit is {low_c:g} °C")
    if warm_c > high_c:
        add("heat", warm_c, high_c, "degC", f"the body warms to {warm_c:.1f} °C, the limit is {high_c:g} °C")
    if margin_h < 0.0:
        add("night", margin_h, 0.0, "h", f"arrives {-margin_h:.1f} h after the Sun is too low")
    return found


def contact_violation(timing: dict[str, Any], last: int, end_m: Point) -> list[RouteViolation]:
    """A drive without contact that was asked for with it."""
    waits_min = timing["wait_s"] / 60.0
    gap_min = timing["contact_gap_min"] - waits_min
    if gap_min <= _CONTACT_MIN:
        return []
    text = f"{gap_min:.0f} min of the drive without contact, which was asked for"
    return [RouteViolation("", "contact", 0, last, last, end_m, gap_min, 0.0, "min", text)]


def command_comment(sha256: str, waivers: tuple[Waiver, ...]) -> str:
    """What a command made from a route carries: the route's hash, and who waived what and why."""
    return "; ".join([f"route {sha256}", *map(str, waivers)])
