"""Dashboards of an environment: what people do (business), and how well it is served (technical).

Three dashboards are free; the third is that of deliveries (delivery_monitoring.py). What people do
is counted from log lines that exist anyway, because a custom metric costs $0.30 a month and a query
only when somebody looks: $0.005 for each GB that it reads.
"""

from collections.abc import Iterable, Mapping, Sequence

from aws_cdk import aws_cloudwatch as cloudwatch
from constructs import Construct

from infra import log_groups
from infra.constructs.alarms import PERIOD
from shared.events.queues import DEAD_LETTERS
from shared.platform.metrics import FAILURES, FEATURE, LATENCY, REQUEST_ERRORS

# What a number on the business dashboard counts: events that were published.
BUSINESS: Mapping[str, Sequence[str]] = {
    "Bookings": ("appointment.created", "appointment.confirmed", "appointment.completed"),
    "Lost bookings": (
        "appointment.cancelled",
        "appointment.declined",
        "appointment.expired",
        "appointment.no_show",
    ),
    "From request to booking": (
        "consultation.requested",
        "consultation.responded",
        "proposal.sent",
        "proposal.accepted",
    ),
    "Deposits": ("deposit.requested", "deposit.settled", "deposit.forfeited", "deposit.refunded"),
    "Sign-ups and farewells": ("user.verified", "user.deleted"),
    "Pages, and free times": ("service.saved", "portfolio_item.saved", "availability.opened"),
}
_RELAYED = 'filter message = "event" and outcome = "published"'
_SENT_MESSAGES = (
    'filter message = "request" and method = "POST" and status = 201 and route like /messages$/',
    "stats count() as messages by bin(1h)",
)


class Dashboards(Construct):
    """The business and the technical dashboard."""

    def __init__(
        self, scope: Construct, *, prefix: str, features: Iterable[str], functions: Sequence[str]
    ) -> None:
        super().__init__(scope, "Dashboards")
        self._prefix = prefix
        self._features = sorted(features)
        self._functions = functions
        for name, widgets in (("business", self._business()), ("technical", self._technical())):
            cloudwatch.Dashboard(
                self,
                name,
                dashboard_name=f"{prefix}-{name}",
                period_override=cloudwatch.PeriodOverride.AUTO,
                widgets=[widgets[start : start + 3] for start in range(0, len(widgets), 3)],
            )

    def _business(self) -> list[cloudwatch.IWidget]:
        outboxes = self._log_groups("-outbox")
        widgets = [
            self._query(
                title,
                outboxes,
                (
                    f"{_RELAYED} and event_type in [{_quote(types)}]",
                    "stats count() as events by bin(1h), event_type",
                ),
            )
            for title, types in BUSINESS.items()
        ]
        messages = self._query("Messages", self._log_groups("messaging-api"), _SENT_MESSAGES)
        return [*widgets, messages]

    def _technical(self) -> list[cloudwatch.IWidget]:
        api = {"ApiName": self._prefix}
        return [
            self._graph("Requests", [self._aws("ApiGateway", "Count", "Sum", api)]),
            self._graph(
                "Answers of 4xx and 5xx",
                [self._aws("ApiGateway", name, "Sum", api) for name in ("4XXError", "5XXError")],
            ),
            self._graph(
                "Milliseconds at the gateway",
                [self._aws("ApiGateway", "Latency", name, api) for name in ("p50", "p95", "p99")],
            ),
            self._graph("Share of 5xx", self._per_feature(REQUEST_ERRORS, "Average")),
            self._graph("Milliseconds, p95", self._per_feature(LATENCY, "p95")),
            self._graph("Failures", self._per_feature(FAILURES, "Sum")),
            self._search("Invocations at once", "AWS/Lambda,FunctionName", "ConcurrentExecutions"),
            self._search("Throttled invocations", "AWS/Lambda,FunctionName", "Throttles"),
            self._search("Crashed invocations", "AWS/Lambda,FunctionName", "Errors"),
            self._search(
                "Seconds that the oldest message waits",
                "AWS/SQS,QueueName",
                "ApproximateAgeOfOldestMessage",
            ),
            self._search(
                "Dead letters",
                "AWS/SQS,QueueName",
                "ApproximateNumberOfMessagesVisible",
                f' QueueName="{DEAD_LETTERS}"',
            ),
            self._search("Milliseconds that streams lag", "AWS/Lambda,FunctionName", "IteratorAge"),
            self._search(
                "Throttled reads of tables", "AWS/DynamoDB,TableName", "ReadThrottleEvents"
            ),
            self._search(
                "Throttled writes of tables", "AWS/DynamoDB,TableName", "WriteThrottleEvents"
            ),
            self._query(
                "Oldest event of an outbox, seconds",
                self._log_groups("-outbox"),
                (
                    'filter message = "batch" and source = "outbox"',
                    "stats max(waitedSeconds) as seconds by bin(5m), feature",
                ),
            ),
        ]

    def _log_groups(self, end: str) -> list[str]:
        return log_groups.of_functions(self._prefix, self._functions, end)

    def _query(self, title: str, groups: list[str], commands: Sequence[str]) -> cloudwatch.IWidget:
        return cloudwatch.LogQueryWidget(
            title=title,
            log_group_names=groups,
            query_lines=list(commands),
            view=cloudwatch.LogQueryVisualizationType.BAR,
            width=8,
        )

    def _graph(self, title: str, metrics: list[cloudwatch.IMetric]) -> cloudwatch.IWidget:
        return cloudwatch.GraphWidget(title=title, left=metrics, width=8)

    def _aws(
        self, service: str, name: str, statistic: str, dimensions: dict[str, str]
    ) -> cloudwatch.IMetric:
        return cloudwatch.Metric(
            namespace=f"AWS/{service}",
            metric_name=name,
            dimensions_map=dimensions,
            statistic=statistic,
            period=PERIOD,
            label=f"{name} {statistic}",
        )

    def _per_feature(self, name: str, statistic: str) -> list[cloudwatch.IMetric]:
        return [
            cloudwatch.Metric(
                namespace=self._prefix,
                metric_name=name,
                dimensions_map={FEATURE: feature},
                statistic=statistic,
                period=PERIOD,
                label=feature,
            )
            for feature in self._features
        ]

    def _search(
        self, title: str, schema: str, metric: str, further: str = ""
    ) -> cloudwatch.IWidget:
        """Show a metric of all resources of this environment that have it."""
        terms = f'{{{schema}}} MetricName="{metric}" "{self._prefix}"{further}'
        expression = cloudwatch.MathExpression(
            expression=f"SEARCH('{terms}', 'Maximum', {PERIOD.to_seconds():.0f})",
            using_metrics={},
            label="",
            period=PERIOD,
        )
        return self._graph(title, [expression])


def _quote(words: Iterable[str]) -> str:
    return ", ".join(f'"{word}"' for word in words)
