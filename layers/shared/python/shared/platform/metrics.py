"""Metrics in the embedded metric format: members of a log line that CloudWatch reads as metrics.

    logger.info("request", **metrics.of_request("services", 200, 12.5))

The specification is "Embedded metric format" in the CloudWatch user guide. A function logs one such
line per request or batch. Dimensions hold no ids and no personal data, because every combination of
their values is a metric that is paid for while it is emitted (docs/adr/0024). An idle environment
emits none: `Failures`, on which each feature has its alarm, exists only while something fails.
"""

from collections.abc import Mapping
from typing import Any

from shared.platform.clock import now
from shared.platform.config import Common, from_environment, path_name

FEATURE = "feature"
FAILURES = "Failures"
# Of all requests of a feature, for its service level objectives.
LATENCY = "Latency"
REQUEST_ERRORS = "RequestErrors"
# Work that waits longer than this is a failure, even if it is done in the end.
LATE_SECONDS = 600
# Uptime monitors ask for it all day, so measuring it would cost an idle environment a metric each.
UNMEASURED = "health"

_NOT_IMPLEMENTED = 501  # an environment without WebSockets says so on purpose


def of_request(route_group: str, status: int, milliseconds: float) -> dict[str, Any]:
    """Return the members of the line of a request; a status of 5xx is a failure of the feature.

    `Latency` is that of the feature and of its route group and status class. `RequestErrors` is of
    the feature: whether the request was answered by a 5xx (1) or not (0). Their statistics are its
    service levels.

    Args:
        route_group: What the request was about, such as `services`.
        status: HTTP status of the response.
        milliseconds: Time until the response was ready.
    """
    is_failure = status >= 500 and status != _NOT_IMPLEMENTED
    members: dict[str, Any] = {
        FEATURE: feature(),
        "routeGroup": route_group,
        "statusClass": f"{status // 100}xx",
        LATENCY: milliseconds,
    }
    directives = []
    counts: dict[str, int] = {}
    if route_group != UNMEASURED:
        by_group = [FEATURE, "routeGroup", "statusClass"]
        directives.append(_directive([FEATURE], by_group, units={LATENCY: "Milliseconds"}))
        counts[REQUEST_ERRORS] = int(is_failure)
    if is_failure:
        counts[FAILURES] = 1
    if counts:
        directives.append(_directive([FEATURE], units=dict.fromkeys(counts, "Count")))
    return members | counts | _metadata(directives)


def of_batch(
    source: str, records: int, *, failed: int = 0, lost: int = 0, waited_seconds: float = 0
) -> dict[str, Any]:
    """Return the members of the line of a batch: of messages, of events, or of due records.

    Args:
        source: Where the records came from, such as the name of a queue.
        records: How many records there were.
        failed: How many of them failed, and will be tried again or not.
        lost: How many failed in a way that somebody must look at; each is a failure.
        waited_seconds: How long the oldest record waited beyond its time. More than ten minutes is
            one more failure.
    """
    counts = {"Records": records} | ({"FailedRecords": failed} if failed else {})
    members = {FEATURE: feature(), "source": source, "waitedSeconds": round(waited_seconds)}
    directives = [_directive([FEATURE, "source"], units=dict.fromkeys(counts, "Count"))]
    failures = lost + (waited_seconds > LATE_SECONDS)
    if failures:
        counts[FAILURES] = failures
        directives.append(_directive([FEATURE], units={FAILURES: "Count"}))
    return members | counts | _metadata(directives)


def of_failures(of_feature: str, count: int) -> dict[str, Any]:
    """Return the members of a line that reports failures of a feature, which may be another's."""
    directives = [_directive([FEATURE], units={FAILURES: "Count"})]
    return {FEATURE: of_feature, FAILURES: count} | _metadata(directives)


def of_values(
    dimensions: Mapping[str, str], values: Mapping[str, tuple[str, int | list[int]]]
) -> dict[str, Any]:
    """Return the members of a line that has other metrics, such as those of a channel's deliveries.

    Args:
        dimensions: Dimensions of all of them.
        values: The unit and the value of each metric, or up to 100 values.
    """
    if not values:
        return {}
    units = {name: unit for name, (unit, _) in values.items()}
    members = {name: value for name, (_, value) in values.items()}
    return {**dimensions, **members} | _metadata([_directive(list(dimensions), units=units)])


def merge(first: Mapping[str, Any], second: Mapping[str, Any]) -> dict[str, Any]:
    """Return the members of one line that has the metrics of two."""
    merged = {**first, **second}
    blobs = [members["_aws"] for members in (first, second) if "_aws" in members]
    if len(blobs) == 2:
        directives = [each for blob in blobs for each in blob["CloudWatchMetrics"]]
        merged["_aws"] = blobs[0] | {"CloudWatchMetrics": directives}
    return merged


def feature() -> str:
    """Return the feature of this function by its name in paths and resources."""
    return path_name(from_environment(Common).powertools_service_name)


def _directive(*dimensions: list[str], units: dict[str, str]) -> dict[str, Any]:
    return {
        # Of this environment: an account may hold several.
        "Namespace": from_environment(Common).resource_prefix,
        "Dimensions": list(dimensions),
        "Metrics": [{"Name": name, "Unit": unit} for name, unit in units.items()],
    }


def _metadata(directives: list[dict[str, Any]]) -> dict[str, Any]:
    if not directives:
        return {}
    milliseconds = round(now().timestamp() * 1000)
    return {"_aws": {"Timestamp": milliseconds, "CloudWatchMetrics": directives}}
