"""The first answer of each function in a fresh process: CPU of the import and of one request.

Ours run from the real bundle with its bytecode, without site-packages. The peers do the same work
in the same run: they decode and validate, make the same calls of AWS and MongoDB, and answer.
"""

import json
import os
import statistics
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from infra import bundling
from infra.paths import ROOT
from tests.bench import recording, standins
from tests.bench.recording import Case

RUNS = 9
PEERS = {
    "with_fastapi": "FastAPI",
    "with_powertools": "Powertools",
    "with_chalice": "Chalice",
}

# Waits for nothing but the answers, so that CPU is all there is to measure.
MEASURE = """
import json, sys, time
from importlib import import_module
sys.path[:0] = {path!r}
event = json.loads(sys.stdin.read())
module, _, name = {handler!r}.rpartition(".")
started = time.process_time()
answer = getattr(import_module(module), name)(event, None)
seconds = time.process_time() - started
print()
print(json.dumps([seconds, answer.get("statusCode")]))
"""


@dataclass(frozen=True)
class Row:
    """CPU of one function's first answer, in milliseconds, and of the peers' by their names."""

    name: str
    ours: float
    peers: dict[str, float]

    def ratio(self, peer: str) -> float:
        """Return ours as a part of a peer's."""
        return self.ours / self.peers[peer]


def build() -> Path:
    """Build the bundles for this machine and return their folder."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    target = replace(bundling.HOST, parent=folder)
    bundling.layer(target)
    for bundle in bundling.list_all():
        bundling.function(bundle, target)
    return target.folder


def measure(bundles: Path, runs: int = RUNS) -> Generator[Row, None, None]:
    """Measure every case in turns with its peers, so that noise hits all alike."""
    with standins.fake_mongodb() as mongo_uri, closing(recording.record(mongo_uri)) as cases:
        for case in cases:
            yield _measure_case(case, bundles, mongo_uri, runs)


def _measure_case(case: Case, bundles: Path, mongo_uri: str, runs: int) -> Row:
    samples: dict[str, list[float]] = {name: [] for name in ("ours", *PEERS)}
    group = case.handler.partition(".")[0]
    ours = [str(bundles / "layer" / "python"), str(bundles / group)]
    theirs = [sysconfig.get_paths()["purelib"], str(ROOT)]
    with standins.fake_aws(case.exchanges) as url:
        environment = _environment(case) | {"AWS_ENDPOINT_URL": url, "_HANDLER": case.handler}
        made = [each.call for each in case.exchanges]
        # Peers that read tokens ask KMS for the key themselves.
        calls = json.dumps([each for each in made if not (case.reads_tokens and each[0] == "kms")])
        for_peers = environment | {"BENCH_CALLS": calls, "_HANDLER": "peer.handler"}
        if case.reads_documents:
            for_peers["BENCH_MONGO_URI"] = mongo_uri
        if case.reads_tokens:
            for_peers["BENCH_TOKENS"] = "1"
        for _ in range(runs):
            event = json.dumps(case.event)
            samples["ours"].append(_run(ours, case.handler, event, environment, case.status))
            for peer in PEERS:
                handler, event = f"tests.bench.peers.{peer}.handler", json.dumps(case.peer_event)
                samples[peer].append(_run(theirs, handler, event, for_peers, case.status or 200))
    medians = {name: statistics.median(times) * 1000 for name, times in samples.items()}
    return Row(case.name, medians.pop("ours"), medians)


def _environment(case: Case) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.startswith(("AWS_", "POWERTOOLS_"))
        or name in ("ENVIRONMENT", "RESOURCE_PREFIX", "TOKEN_ISSUER", "ALLOWED_ORIGINS")
    }
    return {**kept, **case.environment, "HOME": str(ROOT)}


def _run(
    path: list[str], handler: str, event: str, environment: dict[str, str], status: int | None
) -> float:
    """Return the CPU seconds of a fresh process from the import to the answer."""
    result = subprocess.run(
        [sys.executable, "-I", "-S", "-c", MEASURE.format(path=path, handler=handler)],
        env=environment,
        input=event,
        capture_output=True,
        text=True,
        check=False,
    )
    if result.returncode != 0:
        raise RuntimeError(f"{handler} failed: {result.stderr}")
    seconds, answered = json.loads(result.stdout.splitlines()[-1])
    if answered != status:
        raise RuntimeError(f"{handler} answered {answered} instead of {status}: {result.stdout}")
    return float(seconds)
