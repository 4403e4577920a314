"""One line with metrics per request or batch; what users see as a failure reaches the alarm."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from chalice.app import SQSEvent

from shared.events import queues, sweeper
from shared.events.outbox import relay
from shared.events.sweeper import DueRecord, SweepIncomplete
from shared.http.caller import Role
from tests.functional.shared.studio import Studio
from tests.functional.shared.test_queues import Job, Poison, message
from tests.support import emf, streams
from tests.support.captured_logs import Logs

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FEATURE = ("feature", "tests")  # of the environment in tests/conftest.py


def only_line(logs: Logs) -> dict[str, Any]:
    """Return the one line that has metrics."""
    (line,) = (line for line in logs.lines if "_aws" in line)
    return line


class TestRequests:
    def test_a_500_is_a_failure_of_the_feature_in_the_line_of_the_request(
        self, studio: Studio, logs: Logs
    ) -> None:
        assert studio.client.as_user("usr_mara").get("/v1/broken").status_code == 500
        line = only_line(logs)
        dimensions = (FEATURE, ("routeGroup", "broken"), ("statusClass", "5xx"))
        assert emf.read(line) == {
            ("Latency", dimensions): line["Latency"],
            ("Latency", (FEATURE,)): line["Latency"],
            ("RequestErrors", (FEATURE,)): 1,
            ("Failures", (FEATURE,)): 1,
        }
        assert (line["message"], line["status"]) == ("request", 500)

    @pytest.mark.parametrize(
        ("path", "role", "status"),
        [
            ("/v1/orders/1", "client", 200),
            ("/v1/orders/1", "root", 401),
            ("/v1/orders/1?pageSize=no", "client", 422),
        ],
    )
    def test_no_other_status_is(
        self, studio: Studio, logs: Logs, path: str, role: Any, status: int
    ) -> None:
        client = studio.client.as_user("usr_mara", role)
        assert client.get(path).status_code == status
        line = only_line(logs)
        assert emf.failures(line) == 0
        dimensions = (FEATURE, ("routeGroup", "orders"), ("statusClass", f"{status // 100}xx"))
        assert emf.read(line) == {
            ("Latency", dimensions): line["Latency"],
            ("Latency", (FEATURE,)): line["Latency"],
            ("RequestErrors", (FEATURE,)): 0,
        }

    def test_ids_are_in_no_dimension(self, studio: Studio, logs: Logs) -> None:
        studio.client.as_user("usr_mara", Role.ARTIST).delete("/v1/orders/ord_17")
        found = str(emf.read(only_line(logs)).keys())
        assert "usr_mara" not in found
        assert "ord_17" not in found


class TestQueues:
    @pytest.fixture(autouse=True)
    def sqs(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """No queue: the delays that a consumer asks for go nowhere."""

        class Sqs:
            def change_message_visibility(self, **_: Any) -> None:
                pass

        monkeypatch.setattr("shared.platform.aws.client", lambda _: Sqs())
        monkeypatch.setenv("QUEUE_URL_ORDERS", "https://sqs/orders")

    def consume(self, *receives: int, failing: set[int]) -> None:
        def handle(job: Job) -> None:
            if job.number in failing:
                raise Poison

        records = [message(Job(n), f"m{n}", received) for n, received in enumerate(receives)]
        queues.consume(SQSEvent({"Records": records}, None), "orders", Job, handle, 1)

    def test_a_batch_is_one_line_with_its_records_and_failures(self, logs: Logs) -> None:
        self.consume(1, 1, 4, failing={1, 2})
        source = (FEATURE, ("source", "orders"))
        assert emf.read(only_line(logs)) == {
            ("Records", source): 3,
            ("FailedRecords", source): 2,
        }

    def test_a_message_that_fails_for_the_last_time_reaches_the_alarm(self, logs: Logs) -> None:
        self.consume(5, 5, 4, failing={0, 2})
        assert emf.failures(only_line(logs)) == 1


class TestSweeps:
    def sweep(self, *due: str, failing: bool = False) -> None:
        def act(due: DueRecord, now: datetime) -> None:
            if failing:
                raise Poison

        records = [DueRecord(f"pk{at}", "sk", at, "{}") for at in due]
        sweeper.sweep(records, act, lambda *_: None, NOON, lambda: True)

    def test_an_idle_sweep_logs_nothing_and_emits_nothing(self, logs: Logs) -> None:
        self.sweep()
        assert logs.text == ""

    def test_records_that_are_due_are_counted(self, logs: Logs) -> None:
        self.sweep("2026-11-22T11:59:00Z", "2026-11-22T11:59:30Z")
        line = only_line(logs)
        assert emf.read(line) == {("Records", (FEATURE, ("source", "due"))): 2}
        assert line["waitedSeconds"] == 60

    @pytest.mark.parametrize(
        ("first", "failures"), [("2026-11-22T11:50:00Z", 0), ("2026-11-22T11:49:59Z", 1)]
    )
    def test_a_sweep_that_lags_reaches_the_alarm(
        self, logs: Logs, first: str, failures: int
    ) -> None:
        self.sweep("2026-11-22T12:00:00Z", first)
        assert emf.failures(only_line(logs)) == failures

    def test_each_failed_record_reaches_the_alarm(self, logs: Logs) -> None:
        with pytest.raises(SweepIncomplete):
            self.sweep("2026-11-22T12:00:00Z", "2026-11-22T12:00:00Z", failing=True)
        assert emf.failures(only_line(logs)) == 2


class TestOutbox:
    def relay(self, written_at: datetime, **image: Any) -> None:
        record = streams.record({"pk": {"S": "OUTBOX#ord_1"}, "sk": {"S": "evt_1"}} | image)
        record["dynamodb"]["ApproximateCreationDateTime"] = written_at.timestamp()
        relay(streams.read([record]), "auth")

    @pytest.mark.parametrize(("age", "failures"), [(600, 0), (601, 1)])
    def test_an_event_that_waited_too_long_reaches_the_alarm(
        self, aws: None, time_machine: Any, logs: Logs, age: int, failures: int
    ) -> None:
        time_machine.move_to(NOON, tick=False)
        event = {"S": EVENT}
        self.relay(NOON - timedelta(seconds=age), event=event)
        line = only_line(logs)
        assert emf.failures(line) == failures
        assert emf.read(line)["Records", (FEATURE, ("source", "outbox"))] == 1
        assert line["waitedSeconds"] == age


EVENT = (
    '{"id":"evt_1","source":"/artist-booking/studio","type":"order.placed","subject":"ord_1",'
    '"time":"2026-11-22T12:00:00Z","data":{}}'
)
