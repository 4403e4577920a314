"""How many deliveries came to which end, per channel: EMF, which CloudWatch makes metrics of."""

from notifications.models import Channel, Status
from shared.platform.logs import logger

NAMESPACE = "ArtistBooking"


def count_delivery(channel: Channel, status: Status) -> None:
    """Count one as DeliverySent, DeliveryFailed or DeliverySuppressed."""
    # Imported here because only workers count, and it takes 45 ms.
    from aws_lambda_powertools.metrics import MetricUnit, single_metric  # noqa: PLC0415

    try:
        with single_metric(
            name=f"Delivery{status.capitalize()}",
            unit=MetricUnit.Count,
            value=1,
            namespace=NAMESPACE,
            default_dimensions={"channel": channel.value},
        ):
            pass  # it is printed on leaving
    except Exception:  # the message is on its way whether it is counted or not
        logger.exception("not counted")
