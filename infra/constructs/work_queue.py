"""Queues with their dead-letter queues. The gateway's monitor watches both (infra/watched.py)."""

from typing import Any

from aws_cdk import Duration, RemovalPolicy
from aws_cdk import aws_sqs as sqs
from constructs import Construct

from shared.events.queues import DEAD_LETTERS, MAX_RECEIVES

_COMMON: dict[str, Any] = {
    "encryption": sqs.QueueEncryption.SQS_MANAGED,
    "enforce_ssl": True,
    "removal_policy": RemovalPolicy.DESTROY,
}


class DeadLetterQueue(sqs.Queue):
    """Queue `<name>-dlq`, which keeps failed messages for 14 days."""

    def __init__(self, scope: Construct, name: str, *, prefix: str) -> None:
        super().__init__(
            scope,
            f"{name}-dlq",
            queue_name=f"{prefix}-{name}{DEAD_LETTERS}",
            retention_period=Duration.days(14),
            **_COMMON,
        )


class WorkQueue(sqs.Queue):
    """Queue of a worker.

    The worker itself moves what cannot work to the dead-letter queue (shared.events.queues). SQS
    does so with messages whose worker crashes each time.
    """

    def __init__(
        self, scope: Construct, name: str, *, prefix: str, worker_timeout: Duration
    ) -> None:
        """Create the queue `name` of `@app.on_sqs_message`, whose function times out as given."""
        self.dead_letters = DeadLetterQueue(scope, name, prefix=prefix)
        super().__init__(
            scope,
            f"{name}-queue",
            queue_name=f"{prefix}-{name}",
            # Six times the function's timeout, as AWS advises for Lambda with partial batches.
            visibility_timeout=Duration.seconds(6 * int(worker_timeout.to_seconds())),
            dead_letter_queue=sqs.DeadLetterQueue(
                queue=self.dead_letters, max_receive_count=MAX_RECEIVES
            ),
            **_COMMON,
        )
