"""Delivery: claim the messages of a batch, hand them over, save the results.

The database owns each delivery, not the queue: a message on the queue only says "now". Whatever
remains to be done is saved with the instant at which the sweeper continues, so no queue that is
lost and no worker that dies keeps a message back for longer than the lease and a minute.

A batch is claimed in one write and one read, and its results are saved in one write; those of SMS
one by one, because a second copy costs money and nobody recognises it.

After the hand-over, a timeout means unknown, not again. See `_Batch._ask`, and
docs/adr/0053-deliveries-are-sent-in-batches.md.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from notifications.channels import (
    NOT_ASKABLE,
    NotConfigured,
    NotSupported,
    Outcome,
    OutcomeKind,
    Provider,
    ProviderError,
    metrics,
)
from notifications.models import Channel, Delivery, DeliveryStatus, MessageCategory, Step
from notifications.rules import delivery_states, patience
from notifications.rules import kill_switches as rules
from notifications.rules.fairness import BatchBudget, SlowTime
from notifications.schemas import DeliveryOrder
from notifications.store import deliveries as store
from notifications.store import subscriptions
from notifications.store.deliveries import Result
from notifications.use_cases import dispatch, hand_over, kill_switches, sms_costs, suppressions
from notifications.use_cases.hand_over import Obstacle
from shared.events import queues
from shared.platform import correlation
from shared.platform.logs import logger

LEASE = timedelta(seconds=120)  # longer than the timeout of the workers
MAX_COPIES = 1  # of a delivery whose fate is unknown, where a copy is recognised
CAREFUL_AFTER = 2  # dead workers: the delivery may be what they died of
MAX_DEATHS = 5

slow_time = SlowTime()  # one per container


class Means(msgspec.Struct, frozen=True):
    """What a worker has for a batch.

    Attributes:
        has_time: Whether enough time is left to begin another delivery.
        retry_base_seconds: The environment's wait after a first failure.
    """

    has_time: Callable[[], bool]
    retry_base_seconds: int


def deliver_batch(
    delivery_ids: Sequence[str],
    channel: Channel,
    provider: Provider,
    get_now: Callable[[], datetime],
    given: Means,
) -> Mapping[str, Any]:
    """Send those of the deliveries that can be claimed.

    Others were sent, or belong to another worker; if that one has died, the sweeper enqueues them
    again when its lease ends.

    Returns:
        Members for the log line of the batch: each delivery with its result, and the metrics.
    """
    now = get_now()
    claimed = store.claim_batch(delivery_ids, channel, now, now + LEASE)
    batch = _Batch(channel, provider, get_now, given)
    if claimed:
        batch.run(claimed)
    return batch.describe()


class _Batch:
    """The claimed deliveries of a batch, and their results so far."""

    def __init__(
        self,
        channel: Channel,
        provider: Provider,
        get_now: Callable[[], datetime],
        given: Means,
    ) -> None:
        self._provider = provider
        self._channel = channel
        self._get_now = get_now
        self._given = given
        self._budget = BatchBudget(slow_time)
        self._begun: dict[str, datetime] = {}
        self._again_at: dict[str, datetime] = {}
        self._origins: Mapping[str, str] = {}
        self._results: list[Result] = []
        self._unsaved: list[Result] = []
        self._stopped: list[str] = []

    def run(self, claimed: Sequence[Delivery]) -> None:
        """Hand the deliveries over, codes first, and save the results."""
        now = self._get_now()
        obstacles = hand_over.find_obstacles(claimed, now)
        self._stopped = kill_switches.list_stopped_providers(self._channel, now)
        self._provider.stop(self._stopped)
        free: list[Delivery] = []
        careful: list[Delivery] = []
        for delivery in sorted(claimed, key=_rank):
            obstacle = obstacles.get(delivery.id)
            if obstacle is None and (names := self._provider.list_stopped(delivery)):
                self._hold(delivery, names)
            elif obstacle is None:
                (careful if _count_deaths(delivery) >= CAREFUL_AFTER else free).append(delivery)
            elif obstacle.until is None:
                self._record(delivery, Outcome.suppressed(obstacle.reason))
            else:
                self._postpone(delivery, obstacle.until, obstacle)
        self._origins = self._provider.find_origins([*free, *careful])
        for delivery in careful[1:]:
            self._postpone(delivery, self._get_now())
        self._send(free)
        if careful:  # one, alone and after everything is saved, so that nobody dies with it
            self._save()
            self._send(careful[:1])
        self._save()

    def describe(self) -> Mapping[str, Any]:
        """Return the members of the log line."""
        described = [
            {
                "delivery_id": result.delivery.id,
                "correlation_id": result.delivery.correlation_id,
                "status": result.step.status.value,
                "reason": result.reason,
                "attempts": result.delivery.attempts,
            }
            for result in self._results
        ]
        statuses = [result.step.status for result in self._results if not result.is_postponed]
        counted = metrics.describe(self._channel, statuses, self._list_waits())
        return counted | {"channel": self._channel.value, "deliveries": described}

    def _list_waits(self) -> list[timedelta]:
        """List how long what a provider has accepted had to wait, since it was expected."""
        return [
            result.step.at - (result.delivery.expected_at or result.delivery.created_at)
            for result in self._results
            if result.step.status is DeliveryStatus.SENT
        ]

    def _send(self, deliveries: Sequence[Delivery]) -> None:
        sendable = [delivery for delivery in deliveries if self._ask(delivery)]
        waiting = {delivery.id: delivery for delivery in sendable}
        for delivery, outcome in self._provider.send_all(sendable, self._may_begin):
            del waiting[delivery.id]
            self._count_time(delivery)
            self._record(delivery, outcome)
            if self._channel is Channel.SMS:
                self._save()
        for delivery in waiting.values():
            self._postpone(delivery, self._again_at.get(delivery.id, self._get_now()))

    def _ask(self, delivery: Delivery) -> bool:
        """Ask for a delivery that an earlier attempt may have handed over. Return whether to send.

        The provider is asked. If it has the delivery, that is the result; if it surely has not, the
        delivery is sent. If it cannot say, a delivery whose copy is recognised is sent once more,
        and any other waits for the callback.

        A worker that died may not even have begun. So where the provider cannot be asked, what it
        left is sent: a message that comes twice is better than none.
        """
        before = _get_status_before(delivery)
        has_died = before is DeliveryStatus.SENDING
        if not has_died and before is not DeliveryStatus.UNKNOWN:
            return True
        if has_died and _count_deaths(delivery) >= MAX_DEATHS:
            self._give_up(delivery, Outcome.temporary("internal_error", "its workers died"))
            return False
        if not self._given.has_time():
            return True  # it is not begun either, but postponed
        outcome = self._find(delivery)
        if outcome is None or self._may_repeat(delivery, outcome, has_died=has_died):
            return True
        self._record(delivery, outcome)
        if self._channel is Channel.SMS:  # the next may have the same text, and not be the same SMS
            self._save()
        return False

    def _find(self, delivery: Delivery) -> Outcome | None:
        try:
            return self._provider.find(delivery)
        except ProviderError as error:
            return Outcome.unknown(error.reason, error.detail)

    def _may_repeat(self, delivery: Delivery, outcome: Outcome, *, has_died: bool) -> bool:
        if outcome.kind is not OutcomeKind.UNKNOWN:
            return False
        if self._provider.recognises_copy(delivery):
            return has_died or delivery.copies < MAX_COPIES
        return has_died and outcome.reason == NOT_ASKABLE

    def _may_begin(self, delivery: Delivery) -> bool:
        now = self._get_now()
        if not self._given.has_time():
            return False
        if delivery.id in self._begun:  # it has its place, and goes on at another provider
            return True
        origin = self._origins.get(delivery.id)
        again_at = self._budget.take(_get_recipient(delivery), origin, now)
        if again_at is not None:
            self._again_at[delivery.id] = again_at
            return False
        self._begun[delivery.id] = now
        return True

    def _count_time(self, delivery: Delivery) -> None:
        now = self._get_now()
        took = now - self._begun.get(delivery.id, now)
        origin = self._origins.get(delivery.id)
        self._budget.count(_get_recipient(delivery), origin, took, now)

    def _record(self, delivery: Delivery, outcome: Outcome) -> None:
        if outcome.reason in _ANOTHER_TAKES and self._stopped:
            # The providers that could take it are stopped.
            self._hold(delivery, self._stopped)
            return
        if outcome.subscription_gone:
            subscriptions.delete([delivery.address], delivery.recipient_id)
            suppressions.add_gone(delivery, self._get_now())
        elif outcome.kind is OutcomeKind.REJECTED:
            suppressions.add_rejection(delivery, outcome.detail, self._get_now())
        if outcome.kind in _IN_THE_END:
            self._add(
                delivery,
                _IN_THE_END[outcome.kind],
                outcome,
                provider_reference=outcome.reference,
            )
        elif outcome.kind is OutcomeKind.UNKNOWN:
            self._continue(delivery, DeliveryStatus.UNKNOWN, outcome, patience.UNKNOWN)
        else:
            patient = patience.find(outcome.reason)
            self._continue(delivery, DeliveryStatus.QUEUED, outcome, patient)

    def _continue(
        self,
        delivery: Delivery,
        status: DeliveryStatus,
        outcome: Outcome,
        patient: patience.Patience,
    ) -> None:
        now = self._get_now()
        since = delivery.failing_since or now
        if patience.is_over(patient, since, now):
            self._give_up(delivery, outcome)
            return
        failures = delivery.failures + 1
        wait = patience.compute_wait(
            patient, failures, self._given.retry_base_seconds, outcome.after_seconds
        )
        is_copy = _get_status_before(delivery) is DeliveryStatus.UNKNOWN
        self._add(
            delivery,
            status,
            outcome,
            due_at=now + wait,
            failing_since=since,
            failures=failures,
            copies=delivery.copies + (is_copy and delivery.id in self._begun),
        )

    def _give_up(self, delivery: Delivery, outcome: Outcome) -> None:
        """Mark a delivery as failed. What surely was not accepted can be sent by a redrive."""
        retryable = outcome.kind is OutcomeKind.TEMPORARY
        self._add(delivery, DeliveryStatus.FAILED, outcome, retryable=retryable, detail="gave up")

    def _hold(self, delivery: Delivery, providers: Sequence[str]) -> None:
        """Hold back a delivery that waits for providers that operators have stopped."""
        obstacle = hand_over.hold(delivery, rules.build_provider_ids(providers))
        self._postpone(delivery, obstacle.until or self._get_now(), obstacle)

    def _postpone(
        self, delivery: Delivery, until: datetime, obstacle: Obstacle | None = None
    ) -> None:
        """Undo the claim of a delivery that was not begun."""
        before = _get_status_before(delivery)
        is_unknown = before in (DeliveryStatus.UNKNOWN, DeliveryStatus.SENDING)
        status = DeliveryStatus.UNKNOWN if is_unknown else DeliveryStatus.QUEUED
        step = Step(status=status, at=self._get_now())
        stopped_by = () if obstacle is None else obstacle.stopped_by
        reason = hand_over.STOPPED if stopped_by else None
        self._keep(
            Result(
                delivery,
                step,
                reason,
                due_at=until,
                is_postponed=True,
                stopped_by=stopped_by,
                expected_at=None if obstacle is None else until,
            )
        )

    def _add(
        self,
        delivery: Delivery,
        status: DeliveryStatus,
        outcome: Outcome,
        *,
        detail: str = "",
        **changes: Any,
    ) -> None:
        at = self._get_now()
        step = Step(status=status, at=at, detail=detail or outcome.detail or outcome.reason or "")
        is_over = not delivery_states.is_open(status)
        # A code must not be stored longer than it is of use.
        erase = is_over and delivery.category is MessageCategory.SECURITY
        changes["erase_content"] = erase and not changes.get("retryable", False)
        self._keep(Result(delivery, step, reason=outcome.reason, **changes))

    def _keep(self, result: Result) -> None:
        self._results.append(result)
        self._unsaved.append(result)

    def _save(self) -> None:
        unsaved, self._unsaved = self._unsaved, []
        store.save_results([_with_grace(result) for result in unsaved])
        _enqueue_if_possible(unsaved, self._get_now())
        sms_costs.release(_list_unsent(unsaved), self._get_now())
        for result in unsaved:
            if result.retryable:
                _bury(result)


# Why one provider cannot take what another may.
_ANOTHER_TAKES = {NotConfigured.reason, NotSupported.reason}
_IN_THE_END = {
    OutcomeKind.ACCEPTED: DeliveryStatus.SENT,
    OutcomeKind.REJECTED: DeliveryStatus.FAILED,
    OutcomeKind.SUPPRESSED: DeliveryStatus.SUPPRESSED,
}


def _list_unsent(results: Sequence[Result]) -> list[Delivery]:
    """List the deliveries that were surely not sent, by this attempt or one before it."""
    sent = (DeliveryStatus.SENT, DeliveryStatus.UNKNOWN)
    return [each.delivery for each in results if each.step.status not in sent]


def _rank(delivery: Delivery) -> tuple[bool, str]:
    return delivery.category is not MessageCategory.SECURITY, delivery.id


def _get_recipient(delivery: Delivery) -> str:
    return delivery.recipient_id or delivery.recipient_key


def _get_status_before(delivery: Delivery) -> DeliveryStatus:
    """Return the state that a delivery was claimed in; the claim is its last step."""
    if len(delivery.timeline) < 2:
        return DeliveryStatus.QUEUED
    return delivery.timeline[-2].status


def _count_deaths(delivery: Delivery) -> int:
    """Count the workers that claimed a delivery one after the other and saved no result."""
    claims = 0
    for step in reversed(delivery.timeline):
        if step.status is not DeliveryStatus.SENDING:
            break
        claims += 1
    return claims - 1


def _is_soon(result: Result, now: datetime) -> bool:
    """Return whether SQS can keep a message back until a delivery continues."""
    longest = timedelta(seconds=queues.MAX_DELAY_SECONDS)
    return result.due_at is not None and result.due_at - now <= longest


def _with_grace(result: Result) -> Result:
    """Return a result that is due for the sweeper only after its message had time to come."""
    if result.due_at is None or not _is_soon(result, result.step.at):
        return result
    return msgspec.structs.replace(result, due_at=result.due_at + dispatch.GRACE)


def _enqueue_if_possible(results: Sequence[Result], now: datetime) -> None:
    """Put what continues within minutes on the queue; the sweeper does if it fails."""
    by_delay: dict[int, list[Delivery]] = {}
    for result in results:
        if result.due_at is not None and _is_soon(result, result.step.at):
            delay = max(0, round((result.due_at - now).total_seconds()))
            by_delay.setdefault(delay, []).append(result.delivery)
    try:
        for delay, deliveries in by_delay.items():
            dispatch.enqueue(deliveries, delay)
    except Exception:
        logger.exception("left to the sweeper", deliveries=len(results))


def _bury(result: Result) -> None:
    """Put a delivery that was given up where operators find it, and `make redrive` sends it."""
    delivery = result.delivery
    body = msgspec.json.encode(DeliveryOrder(delivery.id)).decode()
    reason = result.reason or "gave up"
    with correlation.bound(delivery.correlation_id):
        try:
            queues.bury(dispatch.get_queue(delivery.channel), body, reason, correlation.current())
        except Exception:  # it is marked as failed and retryable all the same
            logger.exception("dead letter not sent", delivery_id=delivery.id)
