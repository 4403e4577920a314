"""Actions of a record, which share one resource of API Gateway.

An API has at most 300 resources, one for each segment of a path. So `/v1/files/{id}/parts` and
`/v1/files/{id}/complete` are one resource there, `/v1/files/{id}/{action}`, and a function finds
its route by the segment that came (docs/adr/0095).
"""

import re
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

ACTION = "action"
_RESOURCE = f"{{{ACTION}}}"
# A segment that a route may end with. Others, as "{id}", never name a route.
_SEGMENT = re.compile(r"[a-z0-9.-]+")


def share(guarded: Iterable[str], others: Iterable[str] = ()) -> dict[str, str]:
    """Return the resources that paths share, by path; a path that shares none is left out.

    Args:
        guarded: Paths whose methods all need an access token and an API key, as those of a shared
            resource do.
        others: All other paths.
    """
    guarded = set(guarded)
    paths = guarded | set(others)
    above = {parent for path in paths for parent in _list_parents(path)}
    beside: dict[str, list[str]] = defaultdict(list)
    with_parameter: set[str] = set()
    for path in paths | above:
        parent, _, name = path.rpartition("/")
        if name.startswith("{"):
            with_parameter.add(parent)  # a resource has one child that is a parameter
        elif path in guarded and path not in above and parent.endswith("}"):
            beside[parent].append(path)
    return {
        path: f"{parent}/{_RESOURCE}"
        for parent, actions in beside.items()
        if len(actions) > 1 and parent not in with_parameter
        for path in actions
    }


def resolve(event: dict[str, Any]) -> dict[str, Any] | None:
    """Return a request of a shared resource as one of the path that it names; None for others."""
    resource = event.get("requestContext", {}).get("resourcePath", "")
    if not resource.endswith(_RESOURCE):
        return None
    parameters = dict(event["pathParameters"])
    name = parameters.pop(ACTION)
    path = resource.removesuffix(_RESOURCE) + (name if _SEGMENT.fullmatch(name) else "")
    return {
        **event,
        "resource": path,
        "pathParameters": parameters,
        "requestContext": {**event["requestContext"], "resourcePath": path},
    }


def _list_parents(path: str) -> Iterable[str]:
    parent = path.rpartition("/")[0]
    while parent:
        yield parent
        parent = parent.rpartition("/")[0]
