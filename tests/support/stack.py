"""Stack for tests, and boto3 clients of it by localstack-client."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import localstack_client.session

from infra.application import REGION
from infra.local import processes, services
from infra.local import stack as local_stack
from infra.local.settings import ACCESS_KEY, HOST, SECRET_KEY, Settings, StackError
from infra.localstack import containers
from tests.support.api import new_email
from tests.support.stack_guard import guarded

# What EventBridge invokes a sweeper with every minute.
SCHEDULED = {
    "version": "0",
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "000000000000",
    "time": "2026-03-02T12:00:00Z",
    "region": "us-east-1",
    "resources": [],
    "detail": {},
}


@dataclass(frozen=True)
class RunningStack:
    """Contents of `.local/stack.json`, and access to its AWS endpoint."""

    settings: Settings
    description: dict[str, Any]

    @property
    def api_url(self) -> str:
        """URL of the API; routes are below it."""
        return str(self.description["apiUrl"])

    @property
    def api_keys(self) -> dict[str, str]:
        """API keys of the client applications."""
        return dict(self.description["apiKeys"])

    @property
    def inbox_url(self) -> str:
        """URL of the stand-ins."""
        return str(self.description["inboxUrl"])

    def user(self, role: str) -> dict[str, str]:
        """Return the demo user of a role: email, password, id."""
        return dict(self.description["users"][role])

    def new_person(self, role: str) -> dict[str, str]:
        """Provision a person that no other test uses, with a rate limit of their own."""
        person = {"email": new_email(), "password": "a-long-secret", "name": "Robin"}
        answer = self.client("lambda").invoke(
            FunctionName=f"{self.settings.prefix()}auth-provision-user",
            Payload=json.dumps({**person, "role": role}),
        )
        return {**person, "id": json.load(answer["Payload"])["id"]}

    def client(self, service: str) -> Any:
        """Return a client of the stack's AWS endpoint."""
        session = localstack_client.session.Session(
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name=REGION,
            localstack_host=f"{HOST}:{self.settings.aws_port}",
        )
        return session.client(service)

    def sweep(self, feature: str) -> None:
        """Invoke the sweeper of a feature now, as EventBridge does every minute."""
        answer = self.client("lambda").invoke(
            FunctionName=f"{self.settings.prefix()}{feature}-sweeper",
            Payload=json.dumps(SCHEDULED),
        )
        assert "FunctionError" not in answer, answer["Payload"].read()

    @contextmanager
    def down(self, name: str) -> Iterator[None]:
        """Stop a process or container of the stack while the block runs."""
        processes_of = {one.name: one for one in services.services(self.settings)}
        if name not in processes_of:
            containers.stop(self.settings, only=[name])
            try:
                yield
            finally:
                containers.start(self.settings, only=[name])
                containers.wait_until_healthy(self.settings)
            return
        process = processes_of[name]
        processes.stop(self.settings, process)
        try:
            yield
        finally:
            processes.start(self.settings, process)
            processes.wait_until_healthy(self.settings, process)


def described_settings(file: Path) -> Settings:
    """Return the settings of the stack that a file describes."""
    return Settings.load(environment={"LOCAL_DIR": str(file.resolve().parent)})


def pids(settings: Settings) -> set[int]:
    """Return the ids of a stack's processes on this machine."""
    records = [processes.find(settings, one.name) for one in services.services(settings)]
    return {record.pid for record in records if record is not None}


def described_stack(file: Path) -> RunningStack:
    """Return the stack that a file describes, which runs and stays.

    Raises:
        StackError: It does not run.
    """
    settings = described_settings(file)
    if not services.is_running(settings):
        raise StackError(f"The stack that {file} describes does not run.")
    return RunningStack(settings, settings.description())


@contextmanager
def running_stack(folder: Path) -> Iterator[RunningStack]:
    """Start a stack that lives in `folder`; stop it afterwards."""
    settings = Settings.on_free_ports(folder)
    with guarded(settings.run_dir):
        try:
            yield RunningStack(settings, local_stack.start(settings))
        finally:
            local_stack.stop(settings)
