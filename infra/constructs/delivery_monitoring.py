"""Monitoring of deliveries: a dashboard of what notifications emits, and alarms on it.

Up to three dashboards are free. The alarms are on queries, which cost nothing while the metrics do
not exist (docs/adr/0061).
"""

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra.constructs.alarms import PERIOD, Alarms
from notifications.channels.metrics import CHANNEL, EVENT_TO_ACCEPT
from notifications.models import Channel
from shared.events.queues import DEAD_LETTERS
from shared.platform.metrics import FAILURES, FEATURE

MAX_FAILED = 10  # in five minutes
MAX_WAIT_MILLISECONDS = 60_000  # on average
_COUNTS = {
    "Accepted": "DeliverySent",
    "Delivered": "DeliveryDelivered",
    "Bounced": "DeliveryBounced",
    "Failed": "DeliveryFailed",
    "Not sent on purpose": "DeliverySuppressed",
    "Unknown": "DeliveryUnknown",
}


class DeliveryMonitoring(Construct):
    """Dashboard and alarms of deliveries."""

    def __init__(self, scope: Construct, *, prefix: str, alarms: Alarms) -> None:
        super().__init__(scope, "Deliveries")
        self._prefix = prefix
        alarms.watch_query(
            MAX_FAILED,
            self._query("SUM", "DeliveryFailed"),
            "notifications-failed",
            "Messages to ten people or more failed in five minutes.",
        )
        alarms.watch_query(
            MAX_WAIT_MILLISECONDS,
            self._query("AVG", EVENT_TO_ACCEPT),
            "notifications-late",
            "For a quarter of an hour, messages took a minute or longer to be accepted.",
            periods=3,
        )
        counts = [
            cloudwatch.GraphWidget(title=title, left=self._per_channel(name, "Sum"), width=8)
            for title, name in _COUNTS.items()
        ]
        waits = [
            cloudwatch.GraphWidget(
                title=f"Event to accept, {statistic}",
                left=self._per_channel(EVENT_TO_ACCEPT, statistic),
                width=8,
            )
            for statistic in ("p50", "p95", "Maximum")
        ]
        cloudwatch.Dashboard(
            self,
            "Dashboard",
            dashboard_name=f"{prefix}-notifications",
            period_override=cloudwatch.PeriodOverride.AUTO,
            widgets=[counts[:3], counts[3:], waits, [self._backlog(), self._failures()]],
        )

    def _query(self, function: str, name: str) -> str:
        """Return a query of CloudWatch Metrics Insights, over all channels."""
        schema = f'SCHEMA("{self._prefix}", {CHANNEL})'
        return " ".join(["SELECT", f"{function}({name})", "FROM", schema])

    def _per_channel(self, name: str, statistic: str) -> list[cloudwatch.IMetric]:
        return [
            cloudwatch.Metric(
                namespace=self._prefix,
                metric_name=name,
                dimensions_map={CHANNEL: channel.value},
                statistic=statistic,
                period=PERIOD,
                label=channel.value,
            )
            for channel in Channel
        ]

    def _backlog(self) -> cloudwatch.IWidget:
        """Show what waits on the queues, and in those of dead letters."""
        names = [
            f"{self._prefix}-notifications-{channel}{kind}"
            for channel in Channel
            for kind in ("", DEAD_LETTERS)
        ]
        waiting = [
            cloudwatch.Metric(
                namespace="AWS/SQS",
                metric_name="ApproximateNumberOfMessagesVisible",
                dimensions_map={"QueueName": name},
                statistic="Maximum",
                period=PERIOD,
                label=name.removeprefix(f"{self._prefix}-notifications-"),
            )
            for name in names
        ]
        return cloudwatch.GraphWidget(title="Waiting, and dead letters", left=waiting, width=12)

    def _failures(self) -> cloudwatch.IWidget:
        failures = cloudwatch.Metric(
            namespace=self._prefix,
            metric_name=FAILURES,
            dimensions_map={FEATURE: "notifications"},
            statistic="Sum",
            period=PERIOD,
        )
        return cloudwatch.GraphWidget(title="Failures", left=[failures], width=12)
