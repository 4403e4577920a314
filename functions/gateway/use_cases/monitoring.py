"""Monitoring: what functions cannot report themselves, reported as failures of their features.

A function that crashes, is throttled or never runs logs nothing, and dead letters are silent. An
alarm for each of them would cost an environment that nobody uses more than everything else
(docs/adr/0024), so one scheduled function looks at all of them. What it asks every time is in the
free tier; it asks about single functions only when Lambda counted an error anywhere.
"""

import base64
import zlib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import msgspec

from shared.events.queues import DEAD_LETTERS
from shared.platform import aws, correlation, metrics
from shared.platform.config import from_environment, resource_name
from shared.platform.logs import logger

# Longer than the time between two runs: metrics are late, and a run may be lost. A failure may
# be reported by two runs, which changes nothing for the alarm.
LOOK_BACK = timedelta(minutes=10)
HEARTBEAT_WITHIN = timedelta(minutes=15)

_MINUTE = 60
_COUNTS = (
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesNotVisible",
    "ApproximateNumberOfMessagesDelayed",
)


class Watched(msgspec.Struct, frozen=True):
    """What belongs to a feature, by names without the environment.

    Attributes:
        functions: All functions.
        queues: Queues with a worker; each has dead letters.
        streams: Functions that read a table's stream, which have dead letters too.
        schedules: Functions that run every minute.
    """

    functions: tuple[str, ...] = ()
    queues: tuple[str, ...] = ()
    streams: tuple[str, ...] = ()
    schedules: tuple[str, ...] = ()


class MonitorSettings(msgspec.Struct, frozen=True):
    """Settings of the monitor.

    Attributes:
        watched: `Watched` by feature (`pack`); infra/watched.py makes it from the decorators.
    """

    watched: str


class Finding(msgspec.Struct, frozen=True):
    """Something wrong.

    Attributes:
        what: What is wrong, such as `dead letters`.
        name: Which function or queue.
        value: How many, or for how many seconds.
    """

    what: str
    name: str
    value: float


Look = Iterator[tuple[str, Finding]]


class LookIncomplete(Exception):
    """Some of the looks failed. The others were made, and what they found is reported."""


def pack(watched: Mapping[str, Watched]) -> str:
    """Return a variable that says what is watched.

    It is compressed to a third, because all variables of a function share 4 KB.
    """
    return base64.b64encode(zlib.compress(msgspec.json.encode(watched))).decode()


def unpack(text: str) -> dict[str, Watched]:
    """Return what is watched, by feature."""
    return msgspec.json.decode(zlib.decompress(base64.b64decode(text)), type=dict[str, Watched])


def run(now: datetime) -> None:
    """Look at everything once, and report what is wrong as failures of its feature.

    Raises:
        LookIncomplete: Some looks failed.
    """
    watched = unpack(from_environment(MonitorSettings).watched)
    incomplete = False
    found: defaultdict[str, list[Finding]] = defaultdict(list)
    with correlation.bound(None):
        for look in _looks(watched, now):
            try:
                for feature, finding in look:
                    found[feature].append(finding)
            except Exception:
                incomplete = True
                logger.exception("look failed")
        for feature, findings in found.items():
            logger.error(
                "failures found",
                findings=msgspec.to_builtins(findings),
                **metrics.of_failures(feature, len(findings)),
            )
    if incomplete:
        raise LookIncomplete()


def _looks(watched: Mapping[str, Watched], now: datetime) -> Iterator[Look]:
    for feature, parts in watched.items():
        for look in (_look_at_queues, _look_at_streams, _look_at_schedules):
            yield ((feature, finding) for finding in look(parts, now))
    yield _look_at_functions(watched, now)


def _look_at_queues(parts: Watched, now: datetime) -> Iterator[Finding]:
    for name in (*parts.queues, *parts.streams):
        dead = _count_messages(name + DEAD_LETTERS)
        if dead:
            yield Finding("dead letters", name, dead)
    for queue in parts.queues:
        # An empty queue has no age, and its number of messages costs less to ask for.
        if _count_messages(queue):
            age = _statistic(
                "AWS/SQS ApproximateAgeOfOldestMessage", {"QueueName": queue}, now, LOOK_BACK
            )
            if age >= metrics.LATE_SECONDS:
                yield Finding("oldest message waits", queue, age)


def _look_at_streams(parts: Watched, now: datetime) -> Iterator[Finding]:
    for name in parts.streams:
        age = _lambda_statistic("IteratorAge", now, LOOK_BACK, name) / 1000
        if age >= metrics.LATE_SECONDS:
            yield Finding("oldest event waits", name, age)


def _look_at_schedules(parts: Watched, now: datetime) -> Iterator[Finding]:
    for name in parts.schedules:
        if not _lambda_statistic("Invocations", now, HEARTBEAT_WITHIN, name):
            yield Finding("does not run", name, HEARTBEAT_WITHIN.total_seconds())


def _look_at_functions(watched: Mapping[str, Watched], now: datetime) -> Look:
    """Look for crashes, timeouts (which Lambda counts as errors) and throttles of our functions.

    It asks about single functions only if any function of the account had one.
    """
    counted = {"crashed or timed out": "Errors", "throttled": "Throttles"}
    if not any(_lambda_statistic(metric, now, LOOK_BACK) for metric in counted.values()):
        return
    owners = {name: feature for feature, parts in watched.items() for name in parts.functions}
    asked = [(what, name) for name in owners for what in counted]
    for start in range(0, len(asked), 500):  # at most so many in a call
        part = asked[start : start + 500]
        answer = aws.client("cloudwatch").get_metric_data(
            StartTime=now - LOOK_BACK,
            EndTime=now,
            MetricDataQueries=[
                {
                    "Id": f"m{position}",
                    "MetricStat": {
                        "Metric": {
                            "Namespace": "AWS/Lambda",
                            "MetricName": counted[what],
                            "Dimensions": [{"Name": "FunctionName", "Value": resource_name(name)}],
                        },
                        "Period": _MINUTE,
                        "Stat": "Sum",
                    },
                }
                for position, (what, name) in enumerate(part)
            ],
        )
        for result in answer["MetricDataResults"]:
            what, name = part[int(result["Id"][1:])]
            if sum(result["Values"]):
                yield owners[name], Finding(what, name, sum(result["Values"]))


def _count_messages(queue: str) -> int:
    answer = aws.client("sqs").get_queue_attributes(
        QueueUrl=_queue_url(resource_name(queue)), AttributeNames=list(_COUNTS)
    )
    return sum(int(answer["Attributes"][name]) for name in _COUNTS)


@cache
def _queue_url(name: str) -> str:
    url: str = aws.client("sqs").get_queue_url(QueueName=name)["QueueUrl"]
    return url


def _lambda_statistic(
    metric: str, now: datetime, look_back: timedelta, function: str | None = None
) -> float:
    """Return a statistic of one function, or of all functions of the account."""
    dimensions = {"FunctionName": function} if function else {}
    return _statistic(f"AWS/Lambda {metric}", dimensions, now, look_back)


def _statistic(
    metric: str, dimensions: Mapping[str, str], now: datetime, look_back: timedelta
) -> float:
    """Return the sum of a count, or the maximum of an age; 0 where nothing was counted."""
    namespace, name = metric.split()
    statistic = "Maximum" if "Age" in name else "Sum"
    answer: dict[str, Any] = aws.client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=name,
        Dimensions=[
            {"Name": dimension, "Value": resource_name(value)}
            for dimension, value in dimensions.items()
        ],
        StartTime=now - look_back,
        EndTime=now,
        Period=_MINUTE,
        Statistics=[statistic],
    )
    values = [float(point[statistic]) for point in answer["Datapoints"]]
    return max([0.0, *values]) if statistic == "Maximum" else sum(values)
