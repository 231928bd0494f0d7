"""How a link to a vehicle outside is written.

tcp://HOST:PORT              connect there, and again when it breaks off
tcp://HOST:PORT?listen       wait there for one peer at a time
udp://HOST:PORT?tm=PORT      telecommands to there, telemetry to the port here
file:TC_FILE?tm=TM_FILE      telecommands are appended to the one, telemetry is read from the other as it grows

``&framing=frames`` for transfer frames instead of space packets.
"""

from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from roverctl.core.errors import InputError

_FORMS = "tcp://HOST:PORT, tcp://HOST:PORT?listen, udp://HOST:PORT?tm=PORT or file:TC_FILE?tm=TM_FILE"


@dataclass(frozen=True, slots=True)
class Address:
    """A link that was read. ``tm_port`` is of UDP; the files are of ``file``."""

    scheme: str
    host: str = ""
    port: int = 0
    tm_port: int = 0
    listen: bool = False
    frames: bool = False
    tc_file: Path = Path()
    tm_file: Path = Path()


def read_address(text: str) -> Address:
    """Read a link's address.

    Raises
    ------
    InputError
        When it has none of the forms above.
    """
    try:
        parts = urlsplit(text)
        query = parse_qs(parts.query, keep_blank_values=True, max_num_fields=8)
        port = parts.port
    except ValueError:
        raise InputError(f"link '{text}': not of the form {_FORMS}") from None
    known = {"tcp": {"listen", "framing"}, "udp": {"tm", "framing"}, "file": {"tm", "framing"}}.get(parts.scheme)
    if known is None:
        raise InputError(f"link '{text}': not of the form {_FORMS}")
    for key in query:
        if key not in known:
            raise InputError(f"link '{text}': {parts.scheme} takes {', '.join(sorted(known))}, not '{key}'")
    framing = query.get("framing", ["packets"])[-1]
    if framing not in ("packets", "frames"):
        raise InputError(f"link '{text}': framing must be packets or frames, not '{framing}'")
    tm = query.get("tm", [""])[-1]
    if parts.scheme == "file":
        if not parts.path or not tm or parts.netloc:
            raise InputError(f"link '{text}': must be file:TC_FILE?tm=TM_FILE")
        return Address("file", frames=framing == "frames", tc_file=Path(unquote(parts.path)), tm_file=Path(tm))
    if not parts.hostname or not port:
        raise InputError(f"link '{text}': needs a host and a port from 1 to 65535")
    if parts.scheme == "udp" and not (tm.isascii() and tm.isdigit() and 0 < int(tm) < 65_536):
        raise InputError(f"link '{text}': tm must be a port from 1 to 65535, where telemetry comes in")
    return Address(
        parts.scheme, parts.hostname, port, int(tm or 0), listen="listen" in query, frames=framing == "frames"
    )
