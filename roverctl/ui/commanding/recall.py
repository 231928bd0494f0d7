"""What can still be done about a command, in sentences that say consequences."""

from roverctl.core.nouns import Stage
from roverctl.core.times import format_clock, format_duration
from roverctl.session.api.commands import CommandRow, CommandState
from roverctl.session.api.outlook import Forecast, SkyNow
from roverctl.ui.status import age_text

# Where a command is once the evidence of a stage is in.
_PLACES = {
    Stage.RELEASED: "on its way to the station",
    Stage.SENT: "on its way to the relay",
    Stage.AT_RELAY: "at the relay",
    Stage.RECEIVED: "at the rover",
    Stage.ACCEPTED: "at the rover",
    Stage.STARTED: "being carried out",
    Stage.PROGRESS: "being carried out",
    Stage.COMPLETED: "done",
}


def consequence(row: CommandRow, now_ns: int, forecast: Forecast | None, sky: SkyNow | None) -> tuple[str, str]:
    """Two sentences on a command: what is so, and what an act now would do; the second may be empty."""
    if row.state is CommandState.QUEUED:
        when = "" if sky is None else f" Released now it acts at the rover {sky.delay_up_s:.1f} s later at the soonest."
        if row.not_before_ns is not None and row.not_before_ns > now_ns:
            when = " Released it waits for its time."
        return f"has not left: it can be moved, held or removed{_time(row, now_ns)}.", when.strip()
    if row.state is CommandState.HELD:
        return f"is held back: Release passes over it until it is let go{_time(row, now_ns)}.", ""
    if row.state is CommandState.WAITING:
        told = row.note if row.not_before_ns is None else f"{row.note}{_time(row, now_ns)}"
        return f"{told}: it can be moved, held or removed; Release now sends it at once.", ""
    if row.state is CommandState.COMPLETED:
        at = "" if row.done_by_ns is None else f" at {format_clock(row.done_by_ns, 1)}"
        return f"is done{at}.", ""
    if row.state is CommandState.FAILED:
        failed = next((stage for stage in row.stages if stage.failed), None)
        detail = f": {failed.detail}" if failed is not None and failed.detail else ""
        return f"has failed{detail}. Nothing of it is under way.", ""
    known = [stage for stage in row.stages if stage.learnt_ns is not None]
    if not known:
        first = "is released, not yet reported sent: it cannot be recalled."
    else:
        last = known[-1]
        since_ns = last.occurred_ns if last.occurred_ns is not None else last.learnt_ns
        arrived = next((s for s in row.stages if s.stage is Stage.RECEIVED and s.learnt_ns is not None), None)
        place = _PLACES[last.stage]
        if arrived is not None:
            since_ns = arrived.occurred_ns if arrived.occurred_ns is not None else arrived.learnt_ns
            place = "at the rover"
        since = "" if since_ns is None else f" for {age_text((now_ns - since_ns) / 1e9)}"
        first = f"has been {place}{since}: it cannot be recalled."
    return first, stop_sentence(forecast, sky)


def _time(row: CommandRow, now_ns: int) -> str:
    """A command's own time, and how long until then or since."""
    if row.not_before_ns is None:
        return ""
    apart_s = (row.not_before_ns - now_ns) / 1e9
    since = f"in {format_duration(apart_s)}" if apart_s > 0.0 else f"{format_duration(-apart_s)} ago"
    return f"; not before {format_clock(row.not_before_ns)}, {since}"


def stop_sentence(forecast: Forecast | None, sky: SkyNow | None) -> str:
    """What a STOP released now would still do."""
    if forecast is None or forecast.stop_arrival_ns is None:
        return ""
    text = f"A STOP sent now arrives {format_clock(forecast.stop_arrival_ns, 1)}"
    if forecast.stop_distance_m is not None:
        text += f", after about {forecast.stop_distance_m:.1f} m more"
    text += "."
    if sky is not None and sky.send_what == "STOP":
        text += f" Light {sky.owlt_up_s:.2f} s, sending {sky.send_s:.2f} s."
    return text
