"""Idle function workers end, and workers at work do not."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from ministack.core import lambda_runtime
from ministack.services.cloudformation import engine

from infra.local.ministack_server import (
    MAX_RESOURCES,
    admit_expanded_templates,
    end_idle_workers,
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
