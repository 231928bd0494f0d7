"""Times as an operator types them."""

from roverctl.core.errors import InputError
from roverctl.core.times import DAY_NS, format_utc, parse_utc


def time_typed(text: str, now_ns: int) -> int | None:
    """UTC ns of ISO 8601, or of a time of day, which is the next one from now on; None for nothing.

    Raises
    ------
    InputError
        When it is neither.
    """
    text = text.strip()
    if not text:
        return None
    if is_whole(text):
        whole = text if text.endswith("Z") else f"{text}Z"
        return parse_utc(whole.replace(" ", "T"))
    if text.lower() == "now":
        return now_ns
    day = format_utc(now_ns, 0)[:11]
    parts = text.removesuffix("Z").split(":")
    if not 2 <= len(parts) <= 3 or not all(part.isdigit() for part in parts):
        raise InputError(f"time '{text}': give one like 12:30, or 2019-01-11T12:30:00Z; nothing leaves it open")
    clock = ":".join(part.zfill(2) for part in (*parts, "00")[:3])
    t_ns = parse_utc(f"{day}{clock}Z")
    return t_ns if t_ns >= now_ns else t_ns + DAY_NS


def is_whole(text: str) -> bool:
    """Whether a time is typed with its date."""
    return "T" in text or text.count("-") == 2
