"""CPU of a request in a warm container: typed, validated, authorized, limited and logged.

Measured without the calls of AWS that each such request makes: the read of the tombstone, and that
of the route itself, which is measured alone beside it. The calls of the rate limit, one for about
twenty requests, are part of it. The function runs from the real bundle of the layer.
"""

import json
import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from infra.paths import ROOT
from tests.bench import recording
from tests.bench.standins import Exchange, fake_aws
from tests.support.gateway import NEVER

RUNS = 9
REQUESTS = 500
# Of 1,000 a user has in a window, so many are granted before the window counts as a new one.
LEASABLE_TOKENS = 400

# In turns, so that noise hits both alike; each run is a loop in one process.
MEASURE = """
import contextlib, io, json, sys, time
sys.path[:0] = {path!r}
import feature
from shared.data import tombstones
event = json.loads(sys.stdin.read())

def request():
    answer = feature.app(event, None)
    assert answer["statusCode"] == 201, answer

def measured(call):
    started = time.process_time()
    for _ in range({requests}):
        call()
    return (time.process_time() - started) / {requests}

output = io.StringIO()
with contextlib.redirect_stdout(output):
    call = feature.read_item
    feature.read_item = lambda: None
    tombstones.is_deleted = lambda user_id, consistent=True: False
    measured(request), measured(call)
    samples = [(measured(request), measured(call)) for _ in range({runs})]
print(json.dumps(samples))
"""
BODY = {
    "serviceId": "svc_01JD2Z5Q0V8XKM3F7T9B4N6RWC_01JD2Z5Q0V8XKM3F7T9B4N6RWD",
    "startsAt": "2030-01-31T09:30:00Z",
    "price": {"amount": 20_000, "currency": "EUR"},
    "tags": ["fine-line", "botanical"],
    "notes": "Left forearm, please",
}


@dataclass(frozen=True)
class Figures:
    """Median microseconds of CPU: of a request besides its call of AWS, and of that call."""

    besides: float
    call: float


class Window:
    """The window of a rate limit that never fills: requests are spread over many windows."""

    def __init__(self) -> None:
        self._granted = self._leased = 0

    def update(self, call: dict[str, Any]) -> dict[str, Any]:
        """Grant what is asked for, as DynamoDB does in the half of a window that is leased."""
        values = {
            name: int(value["N"]) for name, value in call["ExpressionAttributeValues"].items()
        }
        self._granted = (self._granted + values[":hits"]) % LEASABLE_TOKENS
        self._leased += values[":leased"]
        window = {"hits": self._granted, "leased": self._leased, "expires_at": NEVER}
        return {"Attributes": {name: {"N": str(value)} for name, value in window.items()}}


def measure(bundles: Path, runs: int = RUNS, requests: int = REQUESTS) -> Figures:
    """Measure both in turns."""
    path = [str(bundles / "layer" / "python"), str(ROOT / "tests" / "bench" / "warm")]
    item = json.dumps({"Item": {"pk": {"S": "pk"}, "sk": {"S": "sk"}, "record": {"S": "{}"}}})
    read = Exchange("DynamoDB_20120810.GetItem", "artist-booking-local-bench", "", 200, item)
    counted = {("DynamoDB_20120810.UpdateItem", "artist-booking-local-limits"): Window().update}
    with fake_aws([read], counted) as url:
        kept = {name: value for name, value in os.environ.items() if name.startswith("AWS_")}
        script = MEASURE.format(path=path, runs=runs, requests=requests)
        result = subprocess.run(
            [sys.executable, "-I", "-S", "-c", script],
            env=kept | {"AWS_ENDPOINT_URL": url, "_HANDLER": "feature.app.app"},
            input=json.dumps(recording.api_event("POST", "/v1/bench", body=BODY)),
            capture_output=True,
            text=True,
            check=False,
        )
    if result.returncode != 0:
        raise RuntimeError(result.stderr)
    samples = json.loads(result.stdout.splitlines()[-1])
    besides, call = (statistics.median(times) * 1e6 for times in zip(*samples, strict=True))
    return Figures(besides, call)
