"""Lambda functions as processes of this machine: LAMBDA_RUNTIME_EXECUTOR=subprocess.

LocalStack asks for one executor per execution environment; it pools them, hands out credentials and
stores the logs. LAMBDA_PYTHON names the interpreter, which has awslambdaric.
"""

import os
import shutil
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from localstack import config
from localstack.aws.connect import connect_to
from localstack.services.lambda_.invocation.executor_endpoint import StatusErrorException
from localstack.services.lambda_.invocation.lambda_models import InvocationResult
from localstack.services.lambda_.invocation.plugins import RuntimeExecutorPlugin
from localstack.services.lambda_.invocation.runtime_executor import (
    LambdaRuntimeException,
    RuntimeExecutor,
)
from localstack.utils.cloudwatch.cloudwatch_util import store_cloudwatch_logs

from infra.localstack_host.plugin import layers
from infra.localstack_host.plugin.function_process import (
    Function,
    FunctionProcess,
    Result,
    StartFailed,
    Stopped,
)

_HOST = "127.0.0.1"
# Of the shell that started LocalStack, a function sees nothing else.
_INHERITED = ("LANG", "LC_ALL", "LD_LIBRARY_PATH", "PATH")


class SubprocessExecutor(RuntimeExecutor):  # type: ignore[misc]  # LocalStack is not installed here
    """One execution environment."""

    def __init__(self, id: str, function_version: Any) -> None:
        super().__init__(id, function_version)
        self._folder = Path(tempfile.gettempdir()) / "environments" / id
        self._log = self._folder / "log"
        self._process: FunctionProcess | None = None
        self._variables: Mapping[str, str] = {}

    def start(self, env_vars: Mapping[str, Any]) -> None:
        """Start the function; raise StatusErrorException if it cannot be loaded."""
        self.prepare_version(self.function_version)
        (self._folder / "tmp").mkdir(parents=True)
        self._variables = {name: str(value) for name, value in env_vars.items()}
        self._process = FunctionProcess(self._function(), self._log)
        try:
            self._process.start()
        except StartFailed as failure:
            self._keep_logs(failure.logs)
            raise StatusErrorException("The function did not start", failure.error) from failure
        except Stopped as stopped:
            raise LambdaRuntimeException("The environment was stopped as it started") from stopped

    def invoke(self, payload: Mapping[str, str]) -> Any:
        """Let the function answer one invocation."""
        assert self._process is not None
        try:
            result = self._process.invoke(
                payload["invoke-id"],
                payload["invoked-function-arn"],
                payload["payload"].encode(),
                payload.get("trace-id") or "",
            )
        except StartFailed as failure:
            result = Result(failure.error, is_error=True, logs=failure.logs)
        except Stopped as stopped:
            raise LambdaRuntimeException("The environment was stopped meanwhile") from stopped
        return InvocationResult(
            payload["invoke-id"], result.payload, is_error=result.is_error, logs=result.logs
        )

    def stop(self) -> None:
        """End the process and remove what it left behind."""
        if self._process is not None:
            self._process.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def get_logs(self) -> str:
        """Return what is not yet stored."""
        return "" if self._process is None else self._process.logs()

    def get_address(self) -> str:
        """Return where LocalStack reaches the environment."""
        return _HOST

    def get_endpoint_from_executor(self) -> str:
        """Return where the environment reaches LocalStack."""
        return _HOST

    def get_runtime_endpoint(self) -> str:
        """Return the address of LocalStack's own runtime client, which is not used."""
        return f"http://{_HOST}:{config.GATEWAY_LISTEN[0].port}/_localstack_lambda/{self.id}"

    @classmethod
    def prepare_version(cls, function_version: Any) -> None:
        """Unpack the code and the layers."""
        settings = function_version.config
        if not settings.runtime.startswith("python"):
            raise LambdaRuntimeException(f"There is no interpreter for {settings.runtime} here")
        settings.code.prepare_for_execution()
        for layer in settings.layers or ():
            layer.code.prepare_for_execution()

    @classmethod
    def cleanup_version(cls, function_version: Any) -> None:
        """Keep the unpacked code: LocalStack itself removes it with the function."""

    @classmethod
    def validate_environment(cls) -> bool:
        """Say that functions can run, if there is an interpreter for them."""
        return bool(os.environ.get("LAMBDA_PYTHON"))

    def _function(self) -> Function:
        settings = self.function_version.config
        task = Path(settings.code.get_unzipped_code_location())
        opt = layers.merge(
            [Path(layer.code.get_unzipped_code_location()) for layer in settings.layers or ()],
            self._folder / "opt",
        )
        path = layers.python_path(task, opt, settings.runtime)
        user_path = self._variables.get("PYTHONPATH")
        environment = {
            **{name: os.environ[name] for name in _INHERITED if name in os.environ},
            **self._variables,
            "AWS_EXECUTION_ENV": f"AWS_Lambda_{settings.runtime}",
            "HOME": str(self._folder / "tmp"),
            "LAMBDA_TASK_ROOT": str(task),
            "PYTHONDONTWRITEBYTECODE": "1",
            "PYTHONPATH": os.pathsep.join([*map(str, path), *([user_path] if user_path else [])]),
            "PYTHONUNBUFFERED": "1",
            "TMPDIR": str(self._folder / "tmp"),
        }
        return Function(
            command=(os.environ["LAMBDA_PYTHON"], "-m", "awslambdaric", settings.handler),
            environment=environment,
            task=task,
            memory=settings.memory_size,
            timeout=settings.timeout,
            version=self.function_version.id.qualifier,
        )

    def _keep_logs(self, text: str) -> None:
        """Store what a function wrote that did not start, for which LocalStack has no logs."""
        logs = connect_to(region_name=self.function_version.id.region).logs
        group = self._variables["AWS_LAMBDA_LOG_GROUP_NAME"]
        store_cloudwatch_logs(logs, group, self._variables["AWS_LAMBDA_LOG_STREAM_NAME"], text)


class SubprocessExecutorPlugin(RuntimeExecutorPlugin):  # type: ignore[misc]
    """Registration of the executor under its name."""

    name = "subprocess"

    def load(self, *_: Any, **__: Any) -> type[SubprocessExecutor]:
        """Return the executor."""
        return SubprocessExecutor
