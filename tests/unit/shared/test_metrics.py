"""Metrics are valid EMF, without ids, and silent where nothing happens."""

from collections.abc import Iterator

import pytest
from time_machine import TimeMachineFixture

from shared.platform import config, metrics
from tests.support import emf

FEATURE = ("feature", "quick-actions")


@pytest.fixture(autouse=True)
def of_quick_actions(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("POWERTOOLS_SERVICE_NAME", "quick_actions")
    config.forget()
    yield
    config.forget()


def test_a_request_is_its_latency_by_feature_route_group_and_status_class() -> None:
    line = metrics.of_request("links", 201, 12.5)
    dimensions = (FEATURE, ("routeGroup", "links"), ("statusClass", "2xx"))
    assert emf.read(line) == {
        ("Latency", dimensions): 12.5,
        ("Latency", (FEATURE,)): 12.5,
        ("RequestErrors", (FEATURE,)): 0,
    }


@pytest.mark.parametrize(("status", "share"), [(200, 0), (422, 0), (501, 0), (500, 1), (503, 1)])
def test_the_average_of_request_errors_is_the_share_of_5xx(status: int, share: int) -> None:
    line = metrics.of_request("links", status, 1)
    assert emf.read(line)["RequestErrors", (FEATURE,)] == share


@pytest.mark.parametrize(
    ("status", "failures"),
    [
        *((status, 0) for status in (200, 302, 400, 404, 429, 499, 501)),
        *((status, 1) for status in (500, 502, 503, 504)),
    ],
)
def test_only_a_5xx_that_nobody_intended_is_a_failure(status: int, failures: int) -> None:
    assert emf.failures(metrics.of_request("links", status, 1)) == failures


def test_a_health_check_is_measured_only_where_it_fails() -> None:
    assert "_aws" not in metrics.of_request("health", 200, 1)
    failed = metrics.of_request("health", 503, 1)
    assert emf.read(failed) == {("Failures", (FEATURE,)): 1}


def test_a_batch_counts_its_records_and_only_failures_that_there_were() -> None:
    source = (FEATURE, ("source", "quick-actions-events"))
    line = metrics.of_batch("quick-actions-events", 10)
    assert emf.read(line) == {("Records", source): 10}
    line = metrics.of_batch("quick-actions-events", 10, failed=3, lost=2)
    assert emf.read(line) == {
        ("Records", source): 10,
        ("FailedRecords", source): 3,
        ("Failures", (FEATURE,)): 2,
    }


@pytest.mark.parametrize(("seconds", "failures"), [(0, 0), (600, 0), (600.5, 1), (86_400, 1)])
def test_work_that_waited_more_than_ten_minutes_is_a_failure(seconds: float, failures: int) -> None:
    line = metrics.of_batch("outbox", 1, waited_seconds=seconds)
    assert emf.failures(line) == failures
    assert line["waitedSeconds"] == round(seconds)


def test_failures_of_another_feature_are_under_its_name() -> None:
    assert emf.read(metrics.of_failures("auth", 3)) == {("Failures", (("feature", "auth"),)): 3}


def test_metrics_are_of_the_environment_and_the_moment(time_machine: TimeMachineFixture) -> None:
    time_machine.move_to(1_790_000_000, tick=False)
    metadata = metrics.of_failures("auth", 1)["_aws"]
    assert metadata["Timestamp"] == 1_790_000_000_000
    (directive,) = metadata["CloudWatchMetrics"]
    assert directive["Namespace"] == "artist-booking-local"
