"""A draft as it crosses to the workshop, and the request that it comes to."""

from dataclasses import replace
from typing import Any

import msgspec

from roverctl.session.api.draft import Draft
from roverctl.session.api.values import Place
from roverctl.traverse.annotations import zones_of
from roverctl.traverse.request import RouteRequest


def draft_of(content: Any) -> Draft:
    """The draft that ``pack`` sent."""
    return msgspec.convert(content, Draft)


def request_of(draft: Draft, start_m: Place) -> RouteRequest:
    """What is asked of the planner; a draft with a goal.

    Raises
    ------
    InputError
        For a zone whose outline crosses itself, or what else a request refuses.
    """
    assert draft.goal_m is not None
    return replace(request_between(draft, start_m, draft.goal_m), via_m=draft.via_m)


def request_between(draft: Draft, start_m: Place, goal_m: Place) -> RouteRequest:
    """The same by the draft's limits, from a place to a place; errors as for ``request_of``."""
    avoid, within = zones_of(draft.marks)
    return RouteRequest(
        start_m=start_m,
        goal_m=goal_m,
        objective=draft.objective,
        max_slope_rad=draft.max_slope_rad,
        spacing_m=draft.spacing_m,
        avoid=avoid,
        within=within,
        depart_ns=draft.depart_ns,
        need_contact=draft.need_contact and draft.depart_ns is not None,
    )
