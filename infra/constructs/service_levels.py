"""Service level objectives of a feature, and alarms on how fast its error budget is used up.

The windows and rates are those of Google's SRE workbook, chapter 5, "Multiwindow, Multi-Burn-Rate
Alerts", for a month's budget: 2 % of it in an hour, 5 % in six hours, 10 % in a day. Each long
window is joined with a short one, a twelfth of it, so that an alarm ends soon after its cause. A
period of CloudWatch has a day at most, so the workbook's window of three days is left out.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from aws_cdk import Duration
from aws_cdk import aws_cloudwatch as cloudwatch
from aws_cdk import aws_cloudwatch_actions as actions
from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.environments import ServiceLevel
from shared.platform.metrics import FEATURE, LATENCY, REQUEST_ERRORS

SECTION = "An error budget burns"


@dataclass(frozen=True)
class Burn:
    """A rate at which the budget is used up, and the two windows that both must show it."""

    rate: float
    long: Duration
    short: Duration


FAST = (
    Burn(14.4, Duration.hours(1), Duration.minutes(5)),
    Burn(6, Duration.hours(6), Duration.minutes(30)),
)
SLOW = (Burn(3, Duration.days(1), Duration.hours(2)),)


class ServiceLevelAlarms(Construct):
    """Two composite alarms of a feature: its budget burns fast (page), or slowly (ticket)."""

    def __init__(
        self, scope: Construct, *, prefix: str, feature: str, level: ServiceLevel, topic_arn: str
    ) -> None:
        super().__init__(scope, "ServiceLevel")
        self._prefix = prefix
        self._feature = feature
        self._level = level
        topic = sns.Topic.from_topic_arn(self, "Topic", topic_arn)
        for speed, burns in (("fast", FAST), ("slowly", SLOW)):
            rules = [
                cloudwatch.AlarmRule.all_of(*pair) for burn in burns for pair in self._pairs(burn)
            ]
            name = f"{feature}-budget-burns-{speed}"
            composite = cloudwatch.CompositeAlarm(
                self,
                name,
                composite_alarm_name=f"{prefix}-{name}",
                alarm_description=(
                    f"People wait for {feature} or get errors, more than a month allows. "
                    f"See docs/runbook.md, {SECTION}."
                ),
                alarm_rule=cloudwatch.AlarmRule.any_of(*rules),
            )
            composite.add_alarm_action(actions.SnsAction(topic))

    def _pairs(self, burn: Burn) -> Iterator[tuple[cloudwatch.Alarm, cloudwatch.Alarm]]:
        for window in (self._unanswered, self._slow):
            yield window(burn, burn.long), window(burn, burn.short)

    def _unanswered(self, burn: Burn, window: Duration) -> cloudwatch.Alarm:
        """Return the alarm on the share of requests that got a 5xx."""
        return self._alarm(
            REQUEST_ERRORS,
            "Average",
            window,
            burn.rate * (1 - self._level.answered),
            cloudwatch.ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        )

    def _slow(self, burn: Burn, window: Duration) -> cloudwatch.Alarm:
        """Return the alarm on the percentage of requests that were answered in time."""
        return self._alarm(
            LATENCY,
            f"PR(:{self._level.milliseconds})",
            window,
            100 * (1 - burn.rate * (1 - self._level.in_time)),
            cloudwatch.ComparisonOperator.LESS_THAN_OR_EQUAL_TO_THRESHOLD,
        )

    def _alarm(
        self,
        metric_name: str,
        statistic: str,
        window: Duration,
        threshold: float,
        operator: cloudwatch.ComparisonOperator,
    ) -> cloudwatch.Alarm:
        name = f"{self._feature}-{metric_name.lower()}-{window.to_minutes()}-minutes"
        metric = cloudwatch.Metric(
            namespace=self._prefix,
            metric_name=metric_name,
            dimensions_map={FEATURE: self._feature},
            statistic=statistic,
            period=window,
        )
        return metric.create_alarm(
            self,
            name,
            alarm_name=f"{self._prefix}-{name}",
            alarm_description=f"A part of {self._feature}-budget-burns-…; notifies nobody.",
            threshold=round(threshold, 6),
            evaluation_periods=1,
            comparison_operator=operator,
            treat_missing_data=cloudwatch.TreatMissingData.NOT_BREACHING,
        )
