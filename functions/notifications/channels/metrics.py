"""Metrics of deliveries per channel, in the embedded metric format of CloudWatch."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from notifications.models import Channel, DeliveryStatus
from notifications.rules import delivery_states
from shared.platform import metrics

NAMESPACE = "ArtistBooking"


def count_deliveries(channel: Channel, statuses: Iterable[DeliveryStatus]) -> dict[str, Any]:
    """Count deliveries as DeliverySent, DeliveryFailed and so on; return members of a log line.

    Those that are tried again are counted when they end.
    """
    counted = Counter(status for status in statuses if status in COUNTED)
    counts = {f"Delivery{status.capitalize()}": number for status, number in counted.items()}
    return metrics.of_counts(NAMESPACE, {"channel": channel.value}, counts)


COUNTED = delivery_states.OVER | {DeliveryStatus.UNKNOWN}
