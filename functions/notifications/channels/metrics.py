"""Metrics of deliveries per channel, in the embedded metric format of CloudWatch."""

from notifications.models import Channel, DeliveryStatus
from shared.platform.logs import logger

NAMESPACE = "ArtistBooking"


def count_delivery(channel: Channel, status: DeliveryStatus) -> None:
    """Count a delivery as DeliverySent, DeliveryFailed or DeliverySuppressed."""
    # Imported here because only workers count deliveries, and the import takes 45 ms.
    from aws_lambda_powertools.metrics import MetricUnit, single_metric  # noqa: PLC0415

    try:
        with single_metric(
            name=f"Delivery{status.capitalize()}",
            unit=MetricUnit.Count,
            value=1,
            namespace=NAMESPACE,
            default_dimensions={"channel": channel.value},
        ):
            pass  # printed at the end of the block
    except Exception:  # the message is sent whether it is counted or not
        logger.exception("delivery not counted")
