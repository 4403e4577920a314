"""MiniStack with other settings than it has: `python -m infra.local.ministack_server`.

MiniStack 1.5.33 keeps one warm process per function for ever. A stack that ran all end-to-end tests
held 60 of them and 3 to 4.5 GB. Here a worker that had nothing to do for `IDLE_SECONDS` ends, and
the next call of its function is a cold start, as on AWS.

Its poller calls the functions of all DynamoDB streams itself, one after the other, and gives no
queue a batch meanwhile: where every feature has a relay of its outbox, queues wait for seconds
while their workers are idle. Here each stream is read in a thread of its own, as on AWS. And at
most `BATCHES_AT_ONCE` batches of a queue are worked off at once: each one more begins with a cold
start, which takes longer on a laptop than a fuller batch.

MiniStack has no setting for any of this, so the pool of workers is read from its module
`lambda_runtime`, and the poller is changed in `lambda_svc`. Nor has it one for the size of a
template. On AWS the API is one resource, but here it is expanded (`infra.local.api_expansion`) into
more than the 500 that a template may have. tests/unit/local/test_ministack_server.py fails if an
upgrade changes any of them.
"""

import contextvars
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

from ministack.core import lambda_runtime
from ministack.services import dynamodb, lambda_svc
from ministack.services.cloudformation import engine

EventSource = dict[str, Any]
EventSources = Iterator[tuple[str, str, EventSource]]  # with their accounts and regions

# Longer than the sweepers' minute: they stay warm instead of starting again every time.
IDLE_SECONDS = 90.0
_LOOK_EVERY_SECONDS = 10.0
MAX_RESOURCES = 5000
BATCHES_AT_ONCE = 2


def admit_expanded_templates() -> None:
    """Admit templates with as many resources as an expanded API has."""
    engine._SECTION_QUOTAS = tuple(
        (section, *nouns, MAX_RESOURCES if section == "Resources" else maximum)
        for section, *nouns, maximum in engine._SECTION_QUOTAS
    )


class StreamThreads:
    """Threads that read the DynamoDB streams: one for each stream that has new records.

    Args:
        list_sources: Lists the event sources.
        poll: Calls the functions of the streams that `list_sources` lists with a batch each, and
            returns whether there was one.
    """

    def __init__(self, list_sources: Callable[[], EventSources], poll: Callable[[], bool]) -> None:
        self._list_all = list_sources
        self._poll = poll
        self._only = threading.local()  # the source that is the thread's own
        self._pause_until: dict[str, float] = {}

    def list_sources(self) -> EventSources:
        """List the event sources; in a thread of a stream only that one."""
        only = getattr(self._only, "id", None)
        for source in self._list_all():
            if only in (None, source[2]["UUID"]):
                yield source

    def start(self) -> bool:
        """Start a thread for each stream that has records and no thread. Return whether one did."""
        started = [
            contextvars.copy_context().run(self._start_if_new, *source)
            for source in self._list_all()
            if ":dynamodb:" in source[2].get("EventSourceArn", "")
        ]
        return any(started)

    def _start_if_new(self, account: str, region: str, source: EventSource) -> bool:
        lambda_svc._request_account_id.set(account)
        lambda_svc._request_region.set(region)
        id_ = source["UUID"]
        if lambda_svc._esm_inflight.get(id_) or not self._has_records(source):
            return False
        lambda_svc._dispatch_esm_batch(id_, self._read, id_)
        return True

    def _has_records(self, source: EventSource) -> bool:
        id_ = source["UUID"]
        paused_until = lambda_svc._esm_backoff_until.get(id_, 0)
        if max(paused_until, self._pause_until.get(id_, 0)) > time.time():
            return False
        table = source["EventSourceArn"].partition("/stream/")[0].rpartition("/")[2]
        start, end = dynamodb.stream_start_position(table), dynamodb.stream_end_position(table)
        position = lambda_svc._dynamodb_stream_positions.get(id_, -1)
        is_new: bool = end > max(position, start)
        return is_new

    def _read(self, id_: str) -> None:
        self._only.id = id_
        if not self._poll():  # it is disabled, or failed: not again at once
            self._pause_until[id_] = time.time() + lambda_svc._ESM_BACKOFF_SECONDS


def free_the_poller() -> None:
    """Let the poller read streams in threads, and work off fewer batches of a queue at once."""
    threads = StreamThreads(lambda_svc._iter_all_esms, lambda_svc._poll_dynamodb_streams)
    lambda_svc._iter_all_esms = threads.list_sources
    lambda_svc._poll_dynamodb_streams = threads.start
    lambda_svc._ESM_SQS_DEFAULT_CONCURRENCY = BATCHES_AT_ONCE


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
    free_the_poller()
    threading.Thread(target=_end_idle_workers_for_ever, daemon=True, name="idle-workers").start()
    main()
