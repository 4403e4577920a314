"""Functions as processes that speak the Runtime API, within the limits of Lambda."""

import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.kinds import Kind, Runtime
from infra.local.processes import Process, find, start, wait_until_healthy
from infra.local.settings import Settings, StackError
from infra.localstack_host import listeners, server
from infra.localstack_host.plugin.function_process import (
    Function,
    FunctionProcess,
    Result,
    StartFailed,
)

# A runtime interface client that evaluates its payload.
CLIENT = """
import http.client, json, os, sys, time
print("loading", flush=True)
api = http.client.HTTPConnection(os.environ["AWS_LAMBDA_RUNTIME_API"])
root = "/2018-06-01/runtime/"
def call(method, path, body=None):
    api.request(method, root + path, body)
    answer = api.getresponse()
    return answer, answer.read()
if sys.argv[1] == "unloadable":
    call("POST", "init/error", json.dumps({"errorType": "Runtime.ImportModuleError"}))
    sys.exit(1)
while True:
    answer, payload = call("GET", "invocation/next")
    id = answer.headers["Lambda-Runtime-Aws-Request-Id"]
    print("invoked", flush=True)
    try:
        body = json.dumps(eval(payload))
        call("POST", f"invocation/{id}/response", body)
    except Exception as error:
        call("POST", f"invocation/{id}/error", json.dumps({"errorType": type(error).__name__}))
"""

Run = Callable[..., FunctionProcess]


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """Make environments, and stop them afterwards."""
    made = []

    def make(handler: str = "loadable", memory: int = 512, timeout: float = 30) -> FunctionProcess:
        function = Function(
            (sys.executable, "-c", CLIENT, handler), dict(os.environ), tmp_path, memory, timeout
        )
        made.append(FunctionProcess(function, tmp_path / "log"))
        return made[-1]

    yield make
    for process in made:
        process.stop()


def invoke(process: FunctionProcess, code: str) -> Result:
    return process.invoke("id-1", "arn:aws:lambda:function", code.encode())


def test_a_function_answers_and_what_it_writes_is_its_log(run: Run) -> None:
    process = run()
    process.start()
    first = invoke(process, "{'sum': 1 + 2}")
    assert (json.loads(first.payload), first.is_error) == ({"sum": 3}, False)
    assert "loading\n" in first.logs
    assert "START RequestId: id-1 Version: $LATEST\n" in first.logs
    assert "Max Memory Used: " in first.logs
    second = invoke(process, "1 / 0")
    assert (json.loads(second.payload), second.is_error) == (
        {"errorType": "ZeroDivisionError"},
        True,
    )
    assert "loading" not in second.logs


def test_a_function_that_cannot_be_loaded_says_so_in_its_log(run: Run) -> None:
    with pytest.raises(StartFailed, match="ImportModuleError") as failure:
        run("unloadable").start()
    assert failure.value.logs.startswith("loading\nINIT_REPORT ")
    assert "Error Type: Runtime.ImportModuleError" in failure.value.logs


def test_a_function_that_takes_too_long_is_killed(run: Run) -> None:
    process = run(timeout=0.2)
    process.start()
    slow = invoke(process, "time.sleep(60)")
    assert json.loads(slow.payload)["errorType"] == "Sandbox.Timedout"
    assert "Task timed out after 0.20 seconds" in slow.logs


def test_a_function_that_ends_is_started_again(run: Run) -> None:
    process = run()
    process.start()
    ended = invoke(process, "os._exit(3)")
    assert json.loads(ended.payload) == {
        "errorType": "Runtime.ExitError",
        "errorMessage": "RequestId: id-1 Error: Runtime exited with error: exit status 3",
    }
    assert invoke(process, "'again'").payload == b'"again"'


def test_a_function_that_takes_too_much_memory_is_killed(run: Run) -> None:
    process = run(memory=100)
    process.start()
    greedy = invoke(process, "(bytearray(200_000_000), time.sleep(60))")
    assert json.loads(greedy.payload)["errorType"] == "Runtime.OutOfMemory"
    assert "signal: killed" in greedy.logs
    assert invoke(process, "'again'").payload == b'"again"'


def test_open_listeners_are_found() -> None:
    kept, opened = socket.create_server(("127.0.0.1", 0)), socket.create_server(("", 0))
    with kept, opened:
        own = kept.getsockname()[1]
        port = opened.getsockname()[1]
        assert f"0.0.0.0:{port}" in listeners.exposed(os.getpid())
        assert f"127.0.0.1:{own}" not in listeners.exposed(os.getpid())


def test_a_localstack_that_others_reach_is_stopped_again(tmp_path: Path) -> None:
    settings = replace(
        Settings.on_free_ports(tmp_path), kind=Kind.LOCALSTACK, runtime=Runtime.PROCESSES
    )
    code = "import socket, time; s = socket.create_server(('', 0)); time.sleep(60)"

    def listens() -> bool:
        record = find(settings, "open")
        return record is not None and bool(listeners.exposed(record.pid))

    process = Process(
        "open",
        (sys.executable, "-c", code),
        {},
        {},
        "1",
        listens,
        inspect=server.require_loopback,
    )
    record = start(settings, process)
    with pytest.raises(StackError, match=r"listens at 0\.0\.0\.0:\d+, where other machines"):
        wait_until_healthy(settings, process)
    assert find(settings, "open") is None
    with pytest.raises(ProcessLookupError):
        os.kill(record.pid, 0)


def test_localstack_is_told_to_stay_on_the_loopback_and_to_download_nothing(
    tmp_path: Path,
) -> None:
    settings = replace(
        Settings.on_free_ports(tmp_path), kind=Kind.LOCALSTACK, runtime=Runtime.PROCESSES
    )
    environment = server.process(settings).environment
    expected = {
        "GATEWAY_LISTEN": f"127.0.0.1:{settings.aws_port}",
        "GATEWAY_SERVER": "loopback",
        "SKIP_SSL_CERT_DOWNLOAD": "1",
        "DISABLE_EVENTS": "1",
        "SQS_ENDPOINT_STRATEGY": "path",
        "S3_SKIP_SIGNATURE_VALIDATION": "0",
    }
    assert expected.items() <= environment.items()
