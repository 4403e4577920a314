"""Models of AWS services as they ship: only the operations that the code calls.

botocore reads the whole model of a service to make its client. That of Systems Manager has 146
operations, of which we call one; reading all of it takes 60 ms of a cold start, ten times as long
as that of Secrets Manager.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

# Operations of services whose models are far larger than what we call.
OPERATIONS = {
    "cloudwatch": ("GetMetricData", "GetMetricStatistics"),
    "sesv2": ("SendEmail",),
    "ssm": ("GetParameter",),
}


def trim(data: Path) -> None:
    """Reduce the uncompressed models in botocore's folder `data`."""
    for service, operations in OPERATIONS.items():
        for path in (data / service).glob("*/service-2.json"):
            model = keep(json.loads(path.read_bytes()), operations)
            path.write_text(json.dumps(model, separators=(",", ":")))


def keep(model: dict[str, Any], operations: Iterable[str]) -> dict[str, Any]:
    """Return a service model with these operations and the shapes that they need."""
    kept = {name: model["operations"][name] for name in operations}
    shapes: dict[str, Any] = {}
    waiting = list(_shapes_in(list(kept.values())))
    while waiting:
        name = waiting.pop()
        if name not in shapes:
            shapes[name] = model["shapes"][name]
            waiting += _shapes_in(shapes[name])
    return {**model, "operations": kept, "shapes": shapes}


def _shapes_in(node: Any) -> Iterator[str]:
    """Find the names of all shapes that a part of a model refers to."""
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "shape" and isinstance(value, str):
                yield value
            else:
                yield from _shapes_in(value)
    elif isinstance(node, list):
        for item in node:
            yield from _shapes_in(item)
