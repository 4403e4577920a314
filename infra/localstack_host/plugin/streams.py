"""Event sources of streams: halves of a batch with which a function failed.

LocalStack repeats such a batch as a whole, so that one event keeps back all beside it.
"""

import functools
from collections.abc import Sequence
from typing import Any

from localstack.runtime import hooks
from localstack.services.lambda_.event_source_mapping.esm_worker_factory import EsmWorkerFactory
from localstack.services.lambda_.event_source_mapping.event_processor import (
    BatchFailureError,
    EventProcessor,
    PartialBatchFailureError,
)

from infra.localstack_host.plugin import halves


class BisectingProcessor(EventProcessor):  # type: ignore[misc]  # LocalStack is not installed here
    """Processor that hands a batch on in halves, as long as the function fails with it."""

    def __init__(self, whole: Any, poller: Any) -> None:
        """Take the processor of whole batches, and the poller that calls it."""
        self._whole = whole
        self._poller = poller

    def process_events_batch(self, input_events: Sequence[Any]) -> None:
        """Process the events in order, up to the first with which the function fails.

        Raises:
            PartialBatchFailureError: It fails with that one; the poller repeats it and the rest.
        """
        errors = []

        def succeeds(events: Sequence[Any]) -> bool:
            try:
                self._whole.process_events_batch(events)
            except BatchFailureError as failure:
                errors.append(failure.error)
                return False
            return True

        failed = halves.process(input_events, succeeds)
        if failed is not None:
            first = {"itemIdentifier": self._poller.get_sequence_number(input_events[failed])}
            raise PartialBatchFailureError(
                partial_failure_payload={"batchItemFailures": [first]}, error=errors[-1]
            )

    def generate_event_failure_context(self, abort_condition: str, **details: Any) -> Any:
        """Return what the message to a dead-letter queue says."""
        return self._whole.generate_event_failure_context(abort_condition, **details)


@hooks.on_infra_start()  # type: ignore[untyped-decorator]
def bisect_batches() -> None:
    """Let event sources with BisectBatchOnFunctionError do what it says."""
    make = EsmWorkerFactory.get_esm_worker

    @functools.wraps(make)
    def make_bisecting(self: Any) -> Any:
        worker = make(self)
        if self.esm_config.get("BisectBatchOnFunctionError"):
            poller = worker.poller
            poller.processor = BisectingProcessor(poller.processor, poller)
        return worker

    EsmWorkerFactory.get_esm_worker = make_bisecting
