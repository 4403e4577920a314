"""MiniStack, whose idle function workers end: `python -m infra.local.ministack_server`.

MiniStack 1.5.33 keeps one warm process per function for ever. A stack that ran all end-to-end tests
held 60 of them and 3 to 4.5 GB. Here a worker that had nothing to do for `IDLE_SECONDS` ends, and
the next call of its function is a cold start, as on AWS.

MiniStack has no setting for this, so the pool of workers is read from its module `lambda_runtime`.
Nor has it one for the size of a template. On AWS the API is one resource, but here it is expanded
(`infra.local.api_expansion`) into more than the 500 that a template may have.
tests/unit/local/test_ministack_server.py fails if an upgrade changes either.
"""

import threading
import time

from ministack.core import lambda_runtime
from ministack.services.cloudformation import engine

# Longer than the sweepers' minute: they stay warm instead of starting again every time.
IDLE_SECONDS = 90.0
_LOOK_EVERY_SECONDS = 10.0
MAX_RESOURCES = 5000


def admit_expanded_templates() -> None:
    """Admit templates with as many resources as an expanded API has."""
    engine._SECTION_QUOTAS = tuple(
        (section, *nouns, MAX_RESOURCES if section == "Resources" else maximum)
        for section, *nouns, maximum in engine._SECTION_QUOTAS
    )


def end_idle_workers(now: float, idle_seconds: float = IDLE_SECONDS) -> int:
    """End the workers that were last used `idle_seconds` before `now`; return their number."""
    ended = []
    # A worker is leased and returned under the same lock, so none is ended during an invocation.
    with lambda_runtime._lock:
        for key, workers in list(lambda_runtime._workers.items()):
            idle = [
                worker
                for worker in workers
                if not worker.in_use and now - worker.last_used >= idle_seconds
            ]
            ended += idle
            lambda_runtime._workers[key] = [worker for worker in workers if worker not in idle]
    lambda_runtime.kill_workers(ended)
    return len(ended)


def _end_idle_workers_for_ever() -> None:
    while True:
        time.sleep(_LOOK_EVERY_SECONDS)
        end_idle_workers(time.time())


if __name__ == "__main__":
    from ministack.app import main

    admit_expanded_templates()
    threading.Thread(target=_end_idle_workers_for_ever, daemon=True, name="idle-workers").start()
    main()
