"""What a route stands on, to be told later: body, ground and vehicle, by content and not by where it lay."""

import dataclasses
import hashlib
import json
from dataclasses import dataclass

from roverctl.mission.profile import Mission
from roverctl.terrain.source import GroundSource, Terrain


@dataclass(frozen=True, slots=True)
class Basis:
    """The mission's name, body and vehicle figures (a digest), and the sources of the ground, the uppermost first."""

    mission: str
    body: str
    body_radius_m: float
    vehicle_sha256: str
    ground: tuple[GroundSource, ...]

    @property
    def ground_sha256(self) -> str:
        """One digest of all sources, in their order."""
        return hashlib.sha256(" ".join(source.sha256 for source in self.ground).encode()).hexdigest()


def basis_of(mission: Mission, terrain: Terrain) -> Basis:
    """The basis of what is planned now."""
    from roverctl.terrain.identity import ground_sources  # loads kernels, which reading a route does without

    return Basis(
        mission.name,
        mission.body.name,
        mission.body.radius_m,
        vehicle_sha256(mission),
        ground_sources(terrain, mission),
    )


def vehicle_sha256(mission: Mission) -> str:
    """Digest of the vehicle's figures: JSON with sorted keys, no spaces."""
    figures = dataclasses.asdict(mission.vehicle)
    return hashlib.sha256(json.dumps(figures, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def differences(planned: Basis, now: Basis) -> list[str]:
    """What a route was planned on that is not so now, in words; empty where nothing differs."""
    told = []
    if (planned.body, planned.body_radius_m) != (now.body, now.body_radius_m):
        told.append(
            f"planned on {planned.body} (radius {planned.body_radius_m / 1000.0:,.1f} km), the mission {now.mission} "
            f"is on {now.body} ({now.body_radius_m / 1000.0:,.1f} km)"
        )
    if planned.vehicle_sha256 != now.vehicle_sha256:
        told.append(f"planned for a vehicle of {planned.mission} with other figures than {now.mission}'s now")
    if [s.sha256 for s in planned.ground] != [s.sha256 for s in now.ground]:
        then, here = (" over ".join(source.name for source in basis.ground) for basis in (planned, now))
        told.append(
            f"planned on {then}, the ground is now {here}" if then != here else f"the content of {here} has changed"
        )
    return told
