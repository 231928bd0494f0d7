"""The rates that a rover's transmitter can be set to: `[link] return_modes`, where a profile has them."""

import itertools

from roverctl.mission.figures import Table

_MOST = 8
_SLOWEST_BIT_S, _FASTEST_BIT_S = 100.0, 6e6  # what housekeeping can say of it, and bear


def read_return_modes(link: Table) -> tuple[float, ...]:
    """Rates in bit/s, slowest first; none where the profile has none.

    Raises
    ------
    ProfileError
        When they do not rise, are too many, or one is out of bounds.
    """
    if "return_modes" not in link.content:
        return ()
    rates = link.curve("return_modes", "bit_s")
    rising = all(a < b for a, b in itertools.pairwise(rates))
    if not rising or len(rates) > _MOST or not all(_SLOWEST_BIT_S <= rate <= _FASTEST_BIT_S for rate in rates):
        raise link.fail("return_modes", f"must be 2 to {_MOST} rates that rise, from 0.1 to 6000 kbit/s")
    return rates
