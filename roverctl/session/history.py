"""What has been learnt so far, in the order of learning: events, and what became of commands.

A live session only moves forward; in replay the same history is applied up to whatever time is looked at.
"""

import bisect
from collections.abc import Callable

from roverctl.commanding.queue import CommandQueue
from roverctl.core.errors import RoverctlError
from roverctl.core.nouns import Event, Severity, StageChange
from roverctl.mission.mdb import Mdb
from roverctl.mission.packets import decode_tc
from roverctl.session.api.session import Message
from roverctl.session.report import Report


class History:
    """Events and evidence with the times at which they were learnt, and the queue as of a time.

    Parameters
    ----------
    mdb
        Reads telecommands that the queue does not know: replay's only source of commands.
    queue
        Of a live session, with what its journal told. Replay begins with an empty one each time it goes back.
    """

    def __init__(self, mdb: Mdb, queue: CommandQueue) -> None:
        self._mdb = mdb
        self.queue = queue
        self._events: list[Event] = []
        self._event_times: list[int] = []
        self._learnt: list[tuple[int, StageChange | bytes]] = []
        self._applied = 0
        self._applied_ns = 0
        self.messages: list[Message] = []

    def take(self, report: Report) -> None:
        """Add what a report brought; reports come in the order of learning."""
        if report.events:
            disordered = bool(self._event_times) and self._event_times[-1] > report.events[0].reception_ns
            self._events += report.events
            if disordered:
                self._events.sort(key=lambda event: event.reception_ns)
            self._event_times = [event.reception_ns for event in self._events]
        came: list[tuple[int, StageChange | bytes]] = list(report.released)
        came += [(change.learnt_ns, change) for change in report.stages]
        self._learnt += sorted(came, key=lambda item: item[0])

    def events(self, now_ns: int) -> list[Event]:
        """Received by now, oldest first."""
        return self._events[: bisect.bisect_right(self._event_times, now_ns)]

    def bring_to(self, now_ns: int, going_back: Callable[[], None]) -> bool:
        """Bring the queue to what was known at now; True when that changed it."""
        changed = False
        if now_ns < self._applied_ns:
            self.queue = CommandQueue(self._mdb)
            self._applied = 0
            going_back()
            changed = True
        while self._applied < len(self._learnt) and self._learnt[self._applied][0] <= now_ns:
            t_ns, what = self._learnt[self._applied]
            self._applied += 1
            changed = True
            if isinstance(what, StageChange):
                self.queue.learn(what)
            elif self.queue.seen_released(t_ns, what) is None:
                self._from_log(t_ns, what)
        self._applied_ns = now_ns
        return changed

    def _from_log(self, t_ns: int, packet: bytes) -> None:
        try:
            tc = decode_tc(packet)
            command, arguments = self._mdb.decode_arguments(tc.service, tc.subservice, tc.body)
        except RoverctlError as error:
            self.messages.append(Message(f"a telecommand that cannot be read: {error}", Severity.WARNING))
            return
        self.queue.add_from_log(t_ns, packet, command.name, arguments)
