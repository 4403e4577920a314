"""Saved queries of CloudWatch Logs Insights, to which docs/runbook.md refers by name.

They are free; a run costs $0.005 for each GB that it reads.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from aws_cdk import aws_logs as logs
from constructs import Construct

from infra import log_groups

# Functions that serve people or work for them; what operators invoke prints its outcome. A query
# reads 50 log groups at most.
SERVING = ("-api", "-authorize", "-inspector", "-monitor", "-outbox", "-sweeper", "-worker")


@dataclass(frozen=True)
class SavedQuery:
    """A query over the logs of functions.

    Attributes:
        name: Name below the prefix of the environment.
        commands: Commands of the query language, in order.
        suffixes: Ends of the names of the functions to read.
    """

    name: str
    commands: Sequence[str]
    suffixes: tuple[str, ...] = SERVING

    @property
    def text(self) -> str:
        """The query as Logs Insights takes it."""
        return "\n| ".join(self.commands)


_NEWEST_FIRST = ("sort @timestamp desc", "limit 200")
QUERIES = (
    SavedQuery(
        "failures",
        (
            "fields @timestamp, message, feature, routeGroup, status, source, "
            "findings.0.what, findings.0.name, correlation_id",
            "filter Failures > 0",
            *_NEWEST_FIRST,
        ),
    ),
    SavedQuery(
        "one-request",
        (
            "fields @timestamp, feature, message, level, status, reason, cause, exception",
            'filter correlation_id = "cor_…"',
            "sort @timestamp asc",
            "limit 500",
        ),
    ),
    SavedQuery(
        "errors-by-cause",
        (
            'filter level = "ERROR"',
            "stats count() as times, latest(@timestamp) as last "
            "by service, message, exception_name",
            "sort times desc",
            "limit 50",
        ),
    ),
    SavedQuery(
        "slow-requests",
        (
            'filter message = "request" and milliseconds > 1000',
            "stats count() as times, pct(milliseconds, 95) as p95, max(milliseconds) as slowest "
            "by method, route",
            "sort times desc",
            "limit 50",
        ),
        ("-api",),
    ),
    SavedQuery(
        "refused-requests",
        (
            'filter message = "request" and status >= 400 and status < 500',
            "stats count() as times by status, method, route",
            "sort times desc",
            "limit 50",
        ),
        ("-api",),
    ),
    SavedQuery(
        "dependencies-down",
        (
            'filter message = "dependency down"',
            "stats count() as times, latest(@timestamp) as last by cause, reason, service",
            "sort times desc",
            "limit 50",
        ),
    ),
    SavedQuery(
        "late-batches",
        (
            "fields @timestamp, feature, source, Records, FailedRecords, waitedSeconds",
            'filter message = "batch" and (waitedSeconds > 60 or FailedRecords > 0)',
            *_NEWEST_FIRST,
        ),
    ),
    SavedQuery(
        "unpublished-events",
        (
            "fields @timestamp, event_type, event_id, reason, correlation_id",
            'filter message = "event" and outcome = "failed"',
            *_NEWEST_FIRST,
        ),
        ("-outbox",),
    ),
    SavedQuery(
        "failed-deliveries",
        (
            "fields @timestamp, channel, deliveries.0.delivery_id, deliveries.0.reason, "
            "deliveries.0.correlation_id",
            'filter message = "batch" and DeliveryFailed > 0',
            *_NEWEST_FIRST,
        ),
        ("notifications-email-worker", "notifications-push-worker", "notifications-sms-worker"),
    ),
    SavedQuery(
        "cold-starts",
        (
            'filter @type = "REPORT"',
            "stats count() as runs, count(@initDuration) as cold, "
            "pct(@initDuration, 95) as initMilliseconds, max(@maxMemoryUsed / 1e6) as megabytes "
            "by @log",
            "sort cold desc",
        ),
    ),
)


class SavedQueries(Construct):
    """The queries of an environment."""

    def __init__(self, scope: Construct, *, prefix: str, functions: Sequence[str]) -> None:
        super().__init__(scope, "SavedQueries")
        for query in QUERIES:
            logs.CfnQueryDefinition(
                self,
                query.name,
                name=f"{prefix}/{query.name}",
                query_string=query.text,
                log_group_names=log_groups.of_functions(prefix, functions, query.suffixes),
            )
