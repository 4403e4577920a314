"""Alarms, which all notify the topic `alarms` of the foundation stack.

Each costs money per metric that it looks at, so there is one per feature, on a metric that our
functions emit when something fails (docs/adr/0024). The gateway's monitor adds what a function
cannot report itself: crashes, throttles, dead letters, queues and streams that lag, schedules that
do not run. The alarms on API Gateway and on the monitor are on metrics of AWS.
"""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from shared.platform.metrics import FAILURES, FEATURE

PERIOD = Duration.minutes(5)
SLOW_MILLISECONDS = 5000
RUNBOOK = "docs/runbook.md, What alarms mean and what to do"


class Alarms(Construct):
    """Alarms of one stack."""

    def __init__(self, scope: Construct, *, prefix: str, topic_arn: str) -> None:
        super().__init__(scope, "Alarms")
        self._prefix = prefix
        self._action = actions.SnsAction(sns.Topic.from_topic_arn(self, "Topic", topic_arn))

    def when_at_least(
        self,
        threshold: float,
        metric: cloudwatch.Metric | cloudwatch.MathExpression,
        name: str,
        meaning: str,
        *,
        periods: int = 1,
        missing: cloudwatch.TreatMissingData = cloudwatch.TreatMissingData.NOT_BREACHING,
    ) -> cloudwatch.Alarm:
        """Add an alarm for a metric that reaches the threshold.

        Args:
            threshold: Lowest value that is not good.
            metric: The metric.
            name: Name of the alarm without the environment.
            meaning: What people see.
            periods: For how many times five minutes in a row.
            missing: What five minutes without a value mean; by default, that all is well.
        """
        alarm = metric.with_(period=PERIOD).create_alarm(
            self,
            name,
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=f"{meaning} See {RUNBOOK}.",
            threshold=threshold,
            evaluation_periods=periods,
            comparison_operator=(cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD),
            treat_missing_data=missing,
        )
        alarm.add_alarm_action(self._action)
        return alarm

    def watch_feature(self, feature: str) -> cloudwatch.Alarm:
        """Add the alarm of a feature: any failure of its requests or of its other work."""
        failures = cloudwatch.Metric(
            namespace=self._prefix,
            metric_name=FAILURES,
            dimensions_map={FEATURE: feature},
            statistic="Sum",
        )
        meaning = f"Requests to {feature} fail, or work that it promised is not done."
        return self.when_at_least(1, failures, f"{feature}-failures", meaning)

    def watch_rest_api(self, api_name: str) -> None:
        """Add alarms for responses of 5xx and for slow ones, as API Gateway counts them."""
        dimensions = {"ApiName": api_name}
        errors = cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name="5XXError",
            dimensions_map=dimensions,
            statistic="Sum",
        )
        self.when_at_least(1, errors, "gateway-5xx", "People are answered with a 5xx.")
        latency = cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name="Latency",
            dimensions_map=dimensions,
            statistic="p95",
        )
        meaning = "For a quarter of an hour, one response in twenty took five seconds or longer."
        self.when_at_least(SLOW_MILLISECONDS, latency, "gateway-latency", meaning, periods=3)

    def watch_websocket_api(self, api_id: str, stage: str, feature: str) -> None:
        """Add an alarm for frames and connections that API Gateway could not pass on."""
        errors = cloudwatch.Metric(
            namespace="AWS/ApiGateway",
            metric_name="ExecutionError",
            dimensions_map={"ApiId": api_id, "Stage": stage},
            statistic="Sum",
        )
        meaning = "People do not see messages arrive until they load the page again."
        self.when_at_least(1, errors, f"{feature}-live-errors", meaning)

    def watch_query(
        self, threshold: float, query: str, name: str, meaning: str, *, periods: int = 1
    ) -> None:
        """Add an alarm for a query of metrics that reaches the threshold.

        It is paid for per metric that the query finds, so that it costs nothing while the functions
        emit none.
        """
        expression = cloudwatch.MathExpression(expression=query, using_metrics={}, period=PERIOD)
        self.when_at_least(threshold, expression, name, meaning, periods=periods)

    def watch_monitor(self, monitor: lambda_.IFunction) -> None:
        """Add the alarm of the monitor itself, whose silence would look like health.

        Lambda counts errors of every run, zero as well, so a missing value means that it did not
        run: a free heartbeat.
        """
        meaning = "For a quarter of an hour nobody looked at crashes, dead letters and lag."
        self.when_at_least(
            1,
            monitor.metric_errors(),
            "gateway-monitor",
            meaning,
            periods=3,
            missing=cloudwatch.TreatMissingData.BREACHING,
        )
