"""Alarms, which all notify the topic `alarms` of the foundation stack."""

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

PERIOD = Duration.minutes(5)


class Alarms(Construct):
    """Alarms of one stack."""

    def __init__(self, scope: Construct, *, prefix: str, topic_arn: str) -> None:
        super().__init__(scope, "Alarms")
        self._prefix = prefix
        self._action = actions.SnsAction(sns.Topic.from_topic_arn(self, "Topic", topic_arn))

    def when_at_least(
        self, threshold: float, metric: cloudwatch.Metric, name: str, meaning: str
    ) -> None:
        """Add an alarm for a metric that reaches the threshold within five minutes."""
        alarm = metric.with_(period=PERIOD).create_alarm(
            self,
            name,
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=f"{meaning} See docs/runbook.md.",
            threshold=threshold,
            evaluation_periods=1,
            comparison_operator=(cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD),
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
        alarm.add_alarm_action(self._action)

    def watch_function(self, function: lambda_.Function, name: str) -> None:
        """Add alarms for errors and throttles of a function."""
        self.when_at_least(1, function.metric_errors(), f"{name}-errors", "A function raised.")
        self.when_at_least(
            1, function.metric_throttles(), f"{name}-throttles", "A function was throttled."
        )
