"""What disturbs the link now: bit errors always, and the impairments in force. Plain data, chance included.

Chance is a hash of seed, leg and how often that leg was asked before, so it is part of the saved state.
"""

from typing import Any, Final

from roverctl.core.times import SECOND_NS
from roverctl.mission.profile import Mission
from roverctl.relay.delivery.frame_loss import cltu_loss, faded, tm_frame_loss
from roverctl.relay.impairments import LEGS, Impairment

_DUPLICATE_AFTER_NS: Final = SECOND_NS // 2  # our choice
_MASK: Final = (1 << 64) - 1
_NEGLIGIBLE: Final = 1e-15  # a frame loss as rare as this is not drawn for


class Disturbances:
    """Asked by the legs for every frame; changed by ``begin`` and ``end``.

    ``quiet`` while no impairment is in force; ``spares_telemetry`` while, besides, bit errors cost no telemetry frame.
    """

    def __init__(self, mission: Mission, seed: int) -> None:
        link = mission.link
        self._bit_errors = {
            "forward": link.forward_bit_errors,
            "return": link.return_bit_errors,
            "earth": link.relay_bit_errors,
        }
        self._stations = len(mission.stations)
        self._seed = seed & _MASK
        self._active: dict[int, tuple[Impairment, int, int]] = {}  # by number: what, begin, end
        self._drawn = dict.fromkeys(LEGS, 0)
        self._tm_loss: dict[str, float] = {}
        self._refresh()

    # In force

    def begin(self, number: int, impairment: Impairment, begin_ns: int, end_ns: int) -> None:
        """An impairment comes into force."""
        self._active[number] = (impairment, begin_ns, end_ns)
        self._refresh()

    def end(self, number: int) -> Impairment | None:
        """It is over; None when it was over already."""
        item = self._active.pop(number, None)
        self._refresh()
        return None if item is None else item[0]

    def numbers_of(self, name: str) -> list[int]:
        """Those in force under a name."""
        return [number for number, item in self._active.items() if item[0].name == name]

    def _of(self, name: str, leg: str = "") -> list[tuple[Impairment, int, int]]:
        return [item for item in self._active.values() if item[0].name == name and item[0].leg == leg]

    def _refresh(self) -> None:
        self.quiet = not self._active
        self._tm_loss = {leg: tm_frame_loss(self._errors(leg)) for leg in ("return", "earth")}
        self.spares_telemetry = self.quiet and max(self._tm_loss.values()) <= _NEGLIGIBLE

    # Asked by the legs

    def rate_bit_s(self, leg: str, nominal_bit_s: float) -> float:
        """The rate that is left."""
        for impairment, _, _ in self._of("rate_drop", leg) if not self.quiet else ():
            nominal_bit_s *= impairment.numbers["factor"]
        return nominal_bit_s

    def loses(self, leg: str, t_ns: int, length_b: int) -> bool:
        """Whether a frame is lost: a CLTU of that length going up, a telemetry frame coming down."""
        chance = cltu_loss(self._errors(leg), length_b) if leg == "forward" else self._tm_loss[leg]
        if not self.quiet:
            for impairment, begin_ns, _ in self._of("burst", leg):
                length_ns = round(impairment.numbers["length_s"] * SECOND_NS)
                if (t_ns - begin_ns) % (length_ns + round(impairment.numbers["gap_s"] * SECOND_NS)) < length_ns:
                    return True
            for impairment, _, _ in self._of("loss", leg):
                chance = 1.0 - (1.0 - chance) * (1.0 - impairment.numbers["probability"])
        return chance > _NEGLIGIBLE and self._draw(leg) < chance

    def arrivals(self, leg: str, t_ns: int) -> list[int]:
        """When a frame that is due at ``t_ns`` arrives: later when it is overtaken, twice when it is doubled."""
        if self.quiet:
            return [t_ns]
        for impairment, _, _ in self._of("reorder", leg):
            if self._draw(leg) < impairment.numbers["probability"]:
                t_ns += round(self._draw(leg) * impairment.numbers["delay_s"] * SECOND_NS)
        times = [t_ns]
        for impairment, _, _ in self._of("duplicate", leg):
            if self._draw(leg) < impairment.numbers["probability"]:
                times.append(t_ns + _DUPLICATE_AFTER_NS)
        return times

    def stations_out(self, t_ns: int) -> tuple[frozenset[int], int]:
        """The stations without contact now, and until when that set is known to stay."""
        if self.quiet:
            return frozenset(), t_ns
        conjunctions, down = self._of("conjunction"), self._of("station_down")
        if conjunctions:
            return frozenset(range(self._stations)), max(end_ns for _, _, end_ns in conjunctions)
        out = frozenset(impairment.station for impairment, _, _ in down)
        return out, min((end_ns for _, _, end_ns in down), default=t_ns)

    def relay_safe_until(self) -> int | None:
        """When the relay comes out of safe mode; None when it is not in it."""
        return max((end_ns for _, _, end_ns in self._of("relay_safe_mode")), default=None)

    def _errors(self, leg: str) -> float:
        errors = self._bit_errors[leg]
        for impairment, _, _ in self._of("fade", leg):
            errors = faded(errors, impairment.numbers["depth_db"])
        return errors

    def _draw(self, leg: str) -> float:
        """Uniform in 0..1, by the finaliser of SplitMix64."""
        self._drawn[leg] += 1
        x = (self._seed * 0x9E3779B97F4A7C15 + self._drawn[leg] * 0xD1B54A32D192ED03 + LEGS.index(leg)) & _MASK
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9 & _MASK
        x = (x ^ x >> 27) * 0x94D049BB133111EB & _MASK
        return ((x ^ x >> 31) >> 11) / (1 << 53)

    # Saved and loaded

    def save(self) -> dict[str, Any]:
        """Everything, as plain data."""
        active = [
            [number, i.name, i.numbers, i.leg, i.station, begin, end]
            for number, (i, begin, end) in self._active.items()
        ]
        return {"active": active, "drawn": dict(self._drawn)}

    def load(self, saved: dict[str, Any]) -> None:
        """Take the place of what ``save`` gave."""
        self._active = {
            number: (Impairment(name, dict(numbers), leg, station), begin_ns, end_ns)
            for number, name, numbers, leg, station, begin_ns, end_ns in saved["active"]
        }
        self._drawn = dict(saved["drawn"])
        self._refresh()
