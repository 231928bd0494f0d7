"""The discrete-event clock of the engine: what happens next is data, so it can be saved, loaded and continued."""

import heapq
from collections.abc import Callable
from typing import Any, NamedTuple

Payload = Any  # plain data: int, float, str, bytes, and lists and dicts of these


class ScheduledEvent(NamedTuple):
    """Ordered by time, then priority (lower first), then the order of scheduling."""

    t_ns: int
    priority: int
    number: int
    kind: str
    payload: Payload


class Scheduler:
    """Runs events in order; ``handlers`` maps an event's kind to what handles it.

    Time never runs backwards. How ``advance_to`` is sliced does not change what happens: handlers see only the
    event's own time.
    """

    def __init__(self, start_ns: int) -> None:
        self.now_ns = start_ns
        self._heap: list[ScheduledEvent] = []
        self._number = 0
        self.handlers: dict[str, Callable[[int, Payload], None]] = {}

    def at(self, t_ns: int, kind: str, payload: Payload = None, priority: int = 0) -> None:
        """Schedule an event; one in the past is an error of the program."""
        if t_ns < self.now_ns:
            raise ValueError(f"event '{kind}' at {t_ns} lies before the clock at {self.now_ns}")
        self._number += 1
        heapq.heappush(self._heap, ScheduledEvent(int(t_ns), priority, self._number, kind, payload))

    def advance_to(self, t_ns: int, budget: int | None = None) -> bool:
        """Run everything due up to and including ``t_ns``, or ``budget`` events; True when the clock stands there."""
        heap, handlers = self._heap, self.handlers
        while heap and heap[0].t_ns <= t_ns:
            if budget is not None:
                if budget <= 0:
                    return False
                budget -= 1
            event = heapq.heappop(heap)
            self.now_ns = event.t_ns
            handlers[event.kind](event.t_ns, event.payload)
        self.now_ns = max(self.now_ns, t_ns)
        return True

    @property
    def next_ns(self) -> int | None:
        """When the next event is due."""
        return self._heap[0].t_ns if self._heap else None

    def save(self) -> dict[str, Any]:
        """Everything, as plain data."""
        return {"now_ns": self.now_ns, "number": self._number, "events": [list(e) for e in sorted(self._heap)]}

    def load(self, state: dict[str, Any]) -> None:
        """Take the place of what ``save`` gave."""
        self.now_ns = state["now_ns"]
        self._number = state["number"]
        self._heap = [ScheduledEvent(*event) for event in state["events"]]
        heapq.heapify(self._heap)
