"""Idle function workers end, workers at work do not, and streams do not hold up queues."""

import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest
from ministack.core import lambda_runtime
from ministack.services import dynamodb, lambda_svc
from ministack.services.cloudformation import engine

from infra.local.ministack_server import (
    BATCHES_AT_ONCE,
    MAX_RESOURCES,
    EventSources,
    admit_expanded_templates,
    end_idle_workers,
    free_the_poller,
)

CONFIG = {
    "FunctionArn": "arn:aws:lambda:us-east-1:000000000000:function:app-auth-api",
    "Runtime": "python3.13",
}


@pytest.fixture(autouse=True)
def no_workers() -> Iterator[None]:
    yield
    lambda_runtime.kill_workers([w for pool in lambda_runtime._workers.values() for w in pool])
    lambda_runtime._workers.clear()


def lease() -> lambda_runtime.Worker:
    worker, _ = lambda_runtime.acquire_worker("app-auth-api", CONFIG, b"")
    if worker._proc is None:
        worker._proc = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    return worker


def test_the_last_worker_of_a_function_ends_when_idle() -> None:
    worker = lease()
    process = worker._proc
    lambda_runtime.release_worker(worker)
    assert end_idle_workers(worker.last_used + 89) == 0
    assert process.poll() is None
    assert end_idle_workers(worker.last_used + 90) == 1
    assert process.poll() is not None
    assert lease() is not worker


def test_a_worker_at_work_does_not_end() -> None:
    worker, idle = lease(), lease()
    lambda_runtime.release_worker(idle)
    assert end_idle_workers(worker.last_used + 900) == 1
    assert worker._proc.poll() is None
    lambda_runtime.release_worker(worker)
    assert lease() is worker


def test_an_expanded_api_may_have_more_resources_than_aws_allows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(engine, "_SECTION_QUOTAS", engine._SECTION_QUOTAS)
    resource = {"Type": "AWS::ApiGateway::Resource"}
    template = {"Resources": {f"r{number}": resource for number in range(MAX_RESOURCES)}}
    with pytest.raises(ValueError, match="maximum allowed, 500"):
        engine._validate_template_limits(template)
    admit_expanded_templates()
    engine._validate_template_limits(template)


@pytest.fixture
def streams(monkeypatch: pytest.MonkeyPatch) -> Iterator["Streams"]:
    """Let MiniStack have two streams with new records, and a queue."""
    made = Streams()
    monkeypatch.setattr(lambda_svc, "_iter_all_esms", made.list_sources)
    monkeypatch.setattr(lambda_svc, "_poll_dynamodb_streams", made.poll)
    monkeypatch.setattr(lambda_svc, "_ESM_SQS_DEFAULT_CONCURRENCY", 5)
    monkeypatch.setattr(dynamodb, "stream_start_position", lambda _table: 0)
    monkeypatch.setattr(dynamodb, "stream_end_position", lambda _table: 1)
    free_the_poller()
    yield made
    made.may_end.set()
    made.join()


class Streams:
    """Event sources: the streams of `auth`, whose function takes long, and `files`; and a queue."""

    DEADLINE_SECONDS = 10

    def __init__(self) -> None:
        self.polled: list[list[str]] = []
        self.has_batch = True
        self.may_end = threading.Event()

    def list_sources(self) -> EventSources:
        """List them as `lambda_svc._iter_all_esms` does."""
        for name in ("auth", "files"):
            table = f"arn:aws:dynamodb:us-east-1:000000000000:table/{name}/stream/2026"
            yield "000000000000", "us-east-1", {"UUID": name, "EventSourceArn": table}
        queue = {"UUID": "queue", "EventSourceArn": "arn:aws:sqs:us-east-1:000000000000:mails"}
        yield "000000000000", "us-east-1", queue

    def poll(self) -> bool:
        """Call the functions of the streams that MiniStack lists."""
        listed = [source["UUID"] for *_, source in lambda_svc._iter_all_esms()]
        self.polled.append(listed)
        if "auth" in listed:
            assert self.may_end.wait(self.DEADLINE_SECONDS)
        return self.has_batch

    def join(self, *but: str) -> None:
        """Wait for the threads of the streams, but those."""
        while set(lambda_svc._esm_inflight) - set(but):
            assert lambda_svc._esm_wake.wait(self.DEADLINE_SECONDS)  # one has ended
            lambda_svc._esm_wake.clear()


def test_a_slow_function_of_a_stream_holds_up_no_other(streams: Streams) -> None:
    assert lambda_svc._poll_dynamodb_streams()  # returns, although the function has not
    streams.join("auth")
    assert sorted(streams.polled) == [["auth"], ["files"]]
    assert lambda_svc._poll_dynamodb_streams()
    streams.join("auth")
    assert sorted(streams.polled) == [["auth"], ["files"], ["files"]]  # one thread for a stream
    streams.may_end.set()
    streams.join()
    assert lambda_svc._poll_dynamodb_streams()
    streams.join()
    assert streams.polled.count(["auth"]) == 2


def test_a_stream_whose_function_fails_is_not_called_again_at_once(streams: Streams) -> None:
    streams.has_batch = False
    streams.may_end.set()
    assert lambda_svc._poll_dynamodb_streams()
    streams.join()
    assert not lambda_svc._poll_dynamodb_streams()
    assert len(streams.polled) == 2


def test_few_batches_of_a_queue_are_worked_off_at_once(streams: Streams) -> None:
    assert lambda_svc._sqs_esm_concurrency({}, {}, {}) == BATCHES_AT_ONCE
    sources = [source["UUID"] for *_, source in lambda_svc._iter_all_esms()]
    assert sources == ["auth", "files", "queue"]
    assert not streams.polled
