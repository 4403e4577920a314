"""What an environment costs in a month in which nobody uses it, counted on its templates.

MongoDB is not part of it, nor is what only requests cause. These are the list prices of us-east-1
on 2026-11-30, from the pricing page of each service (aws.amazon.com/<service>/pricing). What an
account gets free every month, not only in its first year, is taken off; its environments share it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from infra.watched import MONITOR
from shared.events.queues import DEAD_LETTERS

Templates = Mapping[str, Mapping[str, Any]]

MINUTES = 730 * 60  # of an average month
# Pollers wait for 20 seconds. While a queue is empty there are five of them, or "as few as 2" where
# no maximum concurrency is set ("Configuring scaling behavior for SQS event source mappings" in the
# Lambda guide).
RECEIVES_PER_MINUTE = 15
RECEIVES_PER_MINUTE_WITHOUT_MAXIMUM = 6
# Rounded up: START, END and REPORT lines, and one query that finds nothing.
LOG_BYTES_PER_RUN = 1_000
SECONDS_PER_RUN = 0.5
# An index query without results is half a read unit, and a sweeper asks for eight shards.
READ_UNITS_PER_SWEEP = 4.0
# The monitor asks CloudWatch about errors and throttles of all functions together.
METRICS_OF_ALL_FUNCTIONS = 2


@dataclass(frozen=True)
class Item:
    """A row of the bill: `amount` in units of the price, `free` of them without charge."""

    name: str
    amount: float
    price: float
    free: float = 0

    @property
    def dollars(self) -> float:
        """Price of a month."""
        return max(0.0, self.amount - self.free) * self.price


@dataclass(frozen=True)
class _Schedule:
    """A rule: its runs in a month, and the function that it runs."""

    runs: float
    function: dict[str, Any]

    @property
    def is_monitor(self) -> bool:
        return str(self.function["FunctionName"]).endswith(MONITOR)


def estimate(templates: Templates) -> list[Item]:
    """Return the bill of an idle month."""
    mappings = list(_of(templates, "Lambda::EventSourceMapping"))
    streams = sum("StartingPosition" in mapping for mapping in mappings)
    schedules = list(_schedules(templates))
    runs = sum(schedule.runs for schedule in schedules)
    looks = sum(schedule.runs for schedule in schedules if schedule.is_monitor)
    sweeps = runs - looks
    sweepers = sum(not schedule.is_monitor for schedule in schedules)
    gigabyte_seconds = sum(
        schedule.runs * SECONDS_PER_RUN * schedule.function["MemorySize"] / 1024
        for schedule in schedules
    )
    traces = sum(
        schedule.runs
        for schedule in schedules
        if schedule.function.get("TracingConfig", {}).get("Mode") == "Active"
    )
    polls = sum(
        RECEIVES_PER_MINUTE if "ScalingConfig" in mapping else RECEIVES_PER_MINUTE_WITHOUT_MAXIMUM
        for mapping in mappings
        if "StartingPosition" not in mapping
    )
    polls += _count_swept_queues(templates)
    counts = _count(templates, "SQS::Queue") * looks
    statistics = (METRICS_OF_ALL_FUNCTIONS + streams + sweepers) * looks
    return [
        Item("customer KMS keys", _count(templates, "KMS::Key"), 1.00),
        Item("web ACLs, each with one rule", _count(templates, "WAFv2::WebACL"), 6.00),
        Item("requests to SQS, millions", (polls * MINUTES + counts) / 1e6, 0.40, free=1),
        Item("alarm metrics", _alarm_metrics(templates), 0.10, free=10),
        Item("composite alarms", _count(templates, "CloudWatch::CompositeAlarm"), 0.50),
        # What alarms on queries find is paid for too: ours find metrics of deliveries, and there
        # are none.
        Item("dashboards", _count(templates, "CloudWatch::Dashboard"), 3.00, free=3),
        Item("secrets", _count(templates, "SecretsManager::Secret"), 0.40),
        Item("requests to CloudWatch, thousands", statistics / 1e3, 0.01, free=1_000),
        Item("scheduled invocations, millions", runs / 1e6, 0.20, free=1),
        Item("GB-seconds of them, thousands", gigabyte_seconds / 1e3, 0.0133334, free=400),
        Item("their logs, GB", runs * LOG_BYTES_PER_RUN / 1e9, 0.50, free=5),
        Item("their traces, millions", traces / 1e6, 5.00, free=0.1),
        Item("scheduled rules", len(schedules), 0.00),
        Item("read units of sweepers, millions", sweeps * READ_UNITS_PER_SWEEP / 1e6, 0.125),
    ]


def table(items: list[Item]) -> str:
    """Return the bill as the Markdown table of docs/runbook.md."""
    rows = [
        f"| {item.name} | {item.amount:.6g} | {item.free:g} | {item.price:g} | {item.dollars:.2f} |"
        for item in items
    ]
    total = sum(item.dollars for item in items)
    return "\n".join(
        [
            "| in a month | amount | of it free | $ each | $ |",
            "|---|---:|---:|---:|---:|",
            *rows,
            f"| **sum** | | | | **{total:.2f}** |",
        ]
    )


def _of(templates: Templates, type_: str) -> Iterator[dict[str, Any]]:
    for template in templates.values():
        for resource in template["Resources"].values():
            if resource["Type"] == f"AWS::{type_}":
                yield resource.get("Properties", {})


def _count(templates: Templates, type_: str) -> int:
    return len(list(_of(templates, type_)))


def _count_swept_queues(templates: Templates) -> int:
    """Count the queues without a mapping, which a sweeper asks once a minute."""
    count = 0
    for template in templates.values():
        resources = template["Resources"]
        mapped = [
            resource["Properties"].get("EventSourceArn")
            for resource in resources.values()
            if resource["Type"] == "AWS::Lambda::EventSourceMapping"
        ]
        for name, resource in resources.items():
            if resource["Type"] == "AWS::SQS::Queue":
                is_working = not str(resource["Properties"]["QueueName"]).endswith(DEAD_LETTERS)
                count += is_working and {"Fn::GetAtt": [name, "Arn"]} not in mapped
    return count


def _alarm_metrics(templates: Templates) -> int:
    """Count the metrics that alarms look at; each one in an expression counts."""
    counted = 0
    for alarm in _of(templates, "CloudWatch::Alarm"):
        queries = alarm.get("Metrics", [alarm])
        counted += sum("MetricName" in query or "MetricStat" in query for query in queries)
    return counted


def _schedules(templates: Templates) -> Iterator[_Schedule]:
    for template in templates.values():
        resources = template["Resources"]
        for rule in resources.values():
            if rule["Type"] != "AWS::Events::Rule":
                continue
            expression = rule["Properties"]["ScheduleExpression"]
            found = re.fullmatch(r"rate\((\d+) (minute|hour|day)s?\)", expression)
            if found is None:
                raise ValueError(f"{expression} is a schedule that this cannot count.")
            minutes = int(found[1]) * {"minute": 1, "hour": 60, "day": 1440}[found[2]]
            for target in rule["Properties"]["Targets"]:
                function = resources[target["Arn"]["Fn::GetAtt"][0]]["Properties"]
                yield _Schedule(MINUTES / minutes, function)
