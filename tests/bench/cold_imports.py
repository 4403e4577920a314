"""Cold start before the first request: importing the handler in a fresh process."""

import os
import statistics
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

from infra import features
from infra.paths import FUNCTIONS, LAYER, ROOT

RUNS = 9
MEASURE = """
import sys, time
sys.stdout.flush()
started = time.perf_counter()
import {module}
print(time.perf_counter() - started)
"""
BASELINE = "tests.bench.hello_world"


@dataclass(frozen=True)
class Row:
    """Cold import of one handler in milliseconds, and its ratio to the baseline."""

    name: str
    milliseconds: float
    ratio: float


def measure() -> list[Row]:
    """Import every handler's module and the baseline in turns, so that noise hits all alike.

    The functions of a group share a module, and so their cold import.
    """
    modules = {BASELINE: "FastAPI + Mangum + boto3, hello world"}
    modules |= {f"{group}.app": group for group in features.names()}
    samples: dict[str, list[float]] = {module: [] for module in modules}
    for _ in range(RUNS):
        for module, times in samples.items():
            times.append(_import_seconds(module))
    medians = {module: statistics.median(times) * 1000 for module, times in samples.items()}
    return [
        Row(_title(module, name), medians[module], medians[module] / medians[BASELINE])
        for module, name in modules.items()
    ]


def _title(module: str, name: str) -> str:
    if module == BASELINE:
        return name
    app = features.load(name)
    others: list[Any] = [*app.event_sources, *app.builtin_auth_handlers, *app.pure_lambda_functions]
    handlers = ["api"] * bool(app.routes) + [other.name.replace("_", "-") for other in others]
    return f"{name}: {', '.join(handlers)}"


def _import_seconds(module: str) -> float:
    path = os.pathsep.join(map(str, (FUNCTIONS, LAYER / "python", ROOT)))
    result = subprocess.run(
        [sys.executable, "-c", MEASURE.format(module=module)],
        env={**os.environ, "PYTHONPATH": path, "AWS_REGION": "us-east-1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return float(result.stdout.splitlines()[-1])
