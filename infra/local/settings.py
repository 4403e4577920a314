"""Settings of a stack on this machine: its kind, directories and ports, and the URLs that follow.

Nothing that is installed is imported here: `infra.local.preflight` runs before anything is.
"""

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from infra.application import REGION, prefix_of
from infra.local.kinds import Kind, Runtime

if TYPE_CHECKING:
    import boto3

HOST = "127.0.0.1"
# Name of this machine inside of containers (docs.docker.com, "Networking").
CONTAINERS_HOST = "host.docker.internal"
ENVIRONMENT = "local"
# MiniStack's account, and the one the local templates are synthesized for.
ACCOUNT = "000000000000"

# MiniStack takes the key `test` for the account's root and checks no signature of it, which is
# what a deployer needs; LocalStack takes any key. Lambda functions get the credentials of their own
# role instead.
ACCESS_KEY = "test"
SECRET_KEY = "test"  # noqa: S105 - MiniStack's own default

# Environment variable of each port, with its default.
DEFAULT_PORTS: Mapping[str, int] = {
    "AWS_PORT": 4566,
    "MONGO_PORT": 27017,
    "INBOX_PORT": 8025,
    "SMTP_PORT": 1025,
}
# Process that listens on it; on the port of AWS it is that of the kind of stack.
_PROCESS_OF_PORT: Mapping[str, str] = {
    "MONGO_PORT": "mongo",
    "INBOX_PORT": "standins",
    "SMTP_PORT": "standins",
}

PROJECT_ROOT = Path(__file__).resolve().parents[2]


class StackError(Exception):
    """Error with a message for people, shown without a traceback."""


class SourceError(StackError):
    """The sources do not make stacks that deploy."""


@dataclass(frozen=True)
class Settings:
    """One stack. Two with different directories and ports run side by side."""

    root: Path
    local_dir: Path
    aws_port: int
    mongo_port: int
    inbox_port: int
    smtp_port: int
    kind: Kind = Kind.MINISTACK
    runtime: Runtime = Runtime.PROCESSES

    @classmethod
    def load(cls, root: Path = PROJECT_ROOT, environment: Mapping[str, str] = os.environ) -> Self:
        """Return the settings of this project's stack.

        A port comes from its environment variable, else from the last `up` (so that `make status`
        finds a stack on other ports), else from the defaults. Kind and runtime are those of the
        described stack: commands follow it.

        Raises:
            StackError: A port is not a number between 1 and 65535.
        """
        local_dir = root / environment.get("LOCAL_DIR", ".local")
        ports = {**DEFAULT_PORTS, **_remembered_ports(local_dir)}
        for name in DEFAULT_PORTS:
            if environment.get(name):
                ports[name] = _port(name, environment[name])
        return cls._on(root, local_dir, ports).described()

    @classmethod
    def on_free_ports(cls, local_dir: Path, root: Path = PROJECT_ROOT) -> Self:
        """Return settings for a stack beside a running one: own directory, free ports."""
        listeners = [socket.create_server((HOST, 0)) for _ in DEFAULT_PORTS]
        ports = [listener.getsockname()[1] for listener in listeners]
        for listener in listeners:
            listener.close()
        return cls._on(root, local_dir, dict(zip(DEFAULT_PORTS, ports, strict=True)))

    @classmethod
    def _on(cls, root: Path, local_dir: Path, ports: Mapping[str, int]) -> Self:
        return cls(
            root=root.resolve(),
            local_dir=local_dir.resolve(),
            aws_port=ports["AWS_PORT"],
            mongo_port=ports["MONGO_PORT"],
            inbox_port=ports["INBOX_PORT"],
            smtp_port=ports["SMTP_PORT"],
        )

    @property
    def ports(self) -> dict[str, int]:
        """Port by its environment variable."""
        ports = (self.aws_port, self.mongo_port, self.inbox_port, self.smtp_port)
        return dict(zip(DEFAULT_PORTS, ports, strict=True))

    def described(self) -> Self:
        """Return the settings with kind and runtime of the described stack."""
        description = self.description()
        return replace(
            self,
            kind=Kind(description.get("kind", Kind.MINISTACK)),
            runtime=Runtime(description.get("runtime", Runtime.PROCESSES)),
        )

    def process_of_port(self, variable: str) -> str:
        """Return the name of what listens on the port of an environment variable."""
        return _PROCESS_OF_PORT.get(variable, self.kind)

    @property
    def command(self) -> str:
        """Command that starts a stack of this kind."""
        is_embedded = (self.kind, self.runtime) == (Kind.MINISTACK, Runtime.PROCESSES)
        return "make up" if is_embedded else "make up-localstack"

    @property
    def aws_endpoint(self) -> str:
        """URL of the AWS endpoint."""
        return f"http://{HOST}:{self.aws_port}"

    @property
    def inbox_url(self) -> str:
        """URL of the inbox page; the stand-ins of other providers answer below it."""
        return f"http://{HOST}:{self.inbox_port}"

    @property
    def standins_host(self) -> str:
        """Host of the stand-ins, as the functions see it."""
        return CONTAINERS_HOST if self.runtime is Runtime.CONTAINERS else HOST

    @property
    def standins_url(self) -> str:
        """URL of the stand-ins, as the functions see it."""
        return f"http://{self.standins_host}:{self.inbox_port}"

    @property
    def mongo_uri(self) -> str:
        """URI of the MongoDB server, as this machine sees it.

        `retryWrites=false`: SecantusDB's retry cache makes writes four times slower after 12,000
        of them. `directConnection=true`: while it stops, it says that it belongs to no replica set,
        and a client that looks for one would never ask it again. Both measured.
        """
        direct = "directConnection=true"
        options = direct if self.runtime is Runtime.CONTAINERS else f"retryWrites=false&{direct}"
        return f"mongodb://{HOST}:{self.mongo_port}/?{options}"

    @property
    def functions_mongo_uri(self) -> str:
        """URI of the MongoDB server, as the functions see it."""
        if self.runtime is Runtime.CONTAINERS:
            return "mongodb://mongo:27017/?directConnection=true"
        return self.mongo_uri

    @property
    def data_dir(self) -> Path:
        """Directory that `down` keeps and `reset` deletes. Each kind of stack has its own."""
        is_embedded = (self.kind, self.runtime) == (Kind.MINISTACK, Runtime.PROCESSES)
        return self.local_dir / ("data" if is_embedded else f"data-{self.kind}-{self.runtime}")

    @property
    def run_dir(self) -> Path:
        """Directory with one record per background process."""
        return self.local_dir / "run"

    @property
    def logs_dir(self) -> Path:
        """Directory with one log file per background process."""
        return self.local_dir / "logs"

    @property
    def stack_file(self) -> Path:
        """File that describes the running stack to clients, as JSON."""
        return _stack_file(self.local_dir)

    @property
    def mongo_venv(self) -> Path:
        """Virtual environment of SecantusDB, which is GPL and never imported by our code."""
        return self.root / ".venv-mongo"

    def prefix(self) -> str:
        """Prefix of the names of all resources."""
        return f"{prefix_of(ENVIRONMENT)}-"

    def topic_arn(self, name: str) -> str:
        """ARN of a topic."""
        return f"arn:aws:sns:{REGION}:{ACCOUNT}:{self.prefix()}{name}"

    def api_url(self, rest_api_id: str) -> str:
        """URL of the deployed REST API's stage `api`."""
        return f"{self.aws_endpoint}/_aws/execute-api/{rest_api_id}/api"

    def websocket_url(self, websocket_api_id: str) -> str:
        """URL of the deployed WebSocket API's stage `live`."""
        return f"ws://{HOST}:{self.aws_port}/_aws/execute-api/{websocket_api_id}/live"

    def session(self) -> "boto3.Session":
        """Return a boto3 session whose clients reach this stack and nothing else.

        It overrides profiles, endpoints and proxies of the developer's shell and ~/.aws.
        """
        import boto3  # noqa: PLC0415
        import botocore.session  # noqa: PLC0415
        from botocore.config import Config  # noqa: PLC0415

        core = botocore.session.get_session()
        store = core.get_component("config_store")
        for name, value in {
            "profile": None,
            "config_file": os.devnull,
            "endpoint_url": self.aws_endpoint,
            "ignore_configured_endpoint_urls": False,
        }.items():
            store.set_config_variable(name, value)
        core.set_default_client_config(Config(proxies={}))
        return boto3.Session(
            aws_access_key_id=ACCESS_KEY,
            aws_secret_access_key=SECRET_KEY,
            region_name=REGION,
            botocore_session=core,
        )

    def description(self) -> dict[str, Any]:
        """Return what the stack file holds; {} without one."""
        return _read(self.stack_file)

    def remember_kind(self) -> None:
        """Let commands follow this kind of stack, even if it does not start as a whole."""
        mine = {"kind": self.kind, "runtime": self.runtime}
        if not mine.items() <= self.description().items():
            self.local_dir.mkdir(parents=True, exist_ok=True)
            self.stack_file.write_text(json.dumps(mine, indent=2) + "\n")

    def remember_ports(self) -> None:
        """Keep the ports for commands that run without their environment variables."""
        self.local_dir.mkdir(parents=True, exist_ok=True)
        _ports_file(self.local_dir).write_text(json.dumps(self.ports, indent=2))

    def remembered_ports(self) -> dict[str, int]:
        """Return the ports of the last start; empty if there was none."""
        return _remembered_ports(self.local_dir)


def _ports_file(local_dir: Path) -> Path:
    return local_dir / "ports.json"


def _stack_file(local_dir: Path) -> Path:
    return local_dir / "stack.json"


def _remembered_ports(local_dir: Path) -> dict[str, int]:
    return _read(_ports_file(local_dir))


def _read(file: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(file.read_text())
    except FileNotFoundError:
        return {}
    return content


def _port(name: str, text: str) -> int:
    if text.isdecimal() and 1 <= int(text) <= 65535:
        return int(text)
    raise StackError(f"{name}={text} is not a port number.")
