"""Metrics of deliveries per channel, in the embedded metric format of CloudWatch.

An idle environment emits none of them. infra/constructs/delivery_monitoring.py has the dashboard
that shows them and the alarms on them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any

from notifications.models import Channel, DeliveryStatus
from notifications.rules import delivery_states
from shared.platform import metrics

CHANNEL = "channel"
EVENT_TO_ACCEPT = "EventToAccept"


def describe(
    channel: Channel, statuses: Iterable[DeliveryStatus], waits: Sequence[timedelta] = ()
) -> dict[str, Any]:
    """Count deliveries as DeliverySent, DeliveryFailed and so on; return members of a log line.

    Those that are tried again are counted when they end.

    Args:
        channel: The channel of all of them.
        statuses: The states that they have got into.
        waits: How long those that a provider accepted have waited, each since its event or request,
            or since it was due, in the case of what is sent later.
    """
    counted = Counter(status for status in statuses if status in COUNTED)
    counts = {f"Delivery{status.capitalize()}": number for status, number in counted.items()}
    milliseconds = [max(0, round(wait.total_seconds() * 1000)) for wait in waits]
    return metrics.of_values(
        {CHANNEL: channel.value},
        {name: ("Count", number) for name, number in counts.items()}
        | ({EVENT_TO_ACCEPT: ("Milliseconds", milliseconds)} if milliseconds else {}),
    )


COUNTED = delivery_states.OVER | {DeliveryStatus.UNKNOWN}
