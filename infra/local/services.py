"""Background processes of a stack on this machine, and their health checks."""

import hashlib
import http.client
import importlib.metadata
import shutil
import socket
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from infra.application import REGION
from infra.local import endpoints, loopback, ministack_state, mongo_venv, processes, zips
from infra.local.kinds import Kind, Runtime
from infra.local.processes import Process
from infra.local.settings import ACCESS_KEY, ACCOUNT, HOST, SECRET_KEY, Settings
from infra.localstack import containers
from infra.localstack_host import server

_STANDINS = Path(__file__).parent / "standins"
_MINISTACK_SERVER = Path(__file__).parent / "ministack_server.py"

# So that the log files are up to date.
_UNBUFFERED = {"PYTHONUNBUFFERED": "1"}


def services(settings: Settings) -> list[Process]:
    """Return the processes in the order they start; they stop in the reverse order."""
    if settings.runtime is Runtime.CONTAINERS:
        return [standins(settings)]
    return [_AWS[settings.kind](settings), mongo(settings), standins(settings)]


def is_running(settings: Settings) -> bool:
    """Return whether AWS runs, by this kind of stack."""
    if settings.runtime is Runtime.CONTAINERS:
        return endpoints.is_healthy(settings.aws_endpoint, settings.kind)
    return processes.find(settings, settings.kind) is not None


def aws(settings: Settings) -> Process:
    """Return MiniStack, the AWS endpoint. It runs the Lambda functions as child processes.

    It writes its state only when it is asked to end, so it gets time for that.
    """
    state_dir = settings.data_dir / "ministack" / "state"
    s3_dir = settings.data_dir / "ministack" / "s3"
    temporary_dir = settings.local_dir / "tmp"
    environment = {
        **_UNBUFFERED,
        "AUTH": "true",
        "BIND_HOST": HOST,
        "MINISTACK_HOST": HOST,
        "GATEWAY_PORT": str(settings.aws_port),
        "MINISTACK_REGION": REGION,
        "MINISTACK_ACCOUNT_ID": ACCOUNT,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": REGION,
        "PERSIST_STATE": "1",
        "STATE_DIR": str(state_dir),
        "S3_PERSIST": "1",
        "S3_DATA_DIR": str(s3_dir),
        # Listeners of services we do not use; both would bind further ports.
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
        # It unpacks function code there, and leaves it behind when it is killed.
        "TMPDIR": str(temporary_dir),
        "LOG_LEVEL": "INFO",
    }

    def prepare() -> None:
        shutil.rmtree(temporary_dir, ignore_errors=True)
        temporary_dir.mkdir(parents=True)
        ministack_state.mend(state_dir, s3_dir, settings.aws_port)

    return Process(
        name="ministack",
        command=(sys.executable, "-m", "infra.local.ministack_server"),
        environment=environment,
        ports={"AWS_PORT": settings.aws_port},
        version=f"{importlib.metadata.version('ministack')} {_hash(_MINISTACK_SERVER)}",
        is_healthy=lambda: _answers(f"{settings.aws_endpoint}/_ministack/ready"),
        prepare=prepare,
        after_a_crash="AWS is as it was when it last stopped in good order; S3 keeps every object.",
    )


def mongo(settings: Settings) -> Process:
    """Return SecantusDB, the MongoDB wire server (docs/adr/0008)."""
    command = (
        *(str(settings.mongo_venv / "bin" / "secantusd-py"), "--host", HOST),
        *("--port", str(settings.mongo_port)),
        *("--storage-path", str(settings.data_dir / "mongo")),
        *("--sync-on-commit", "--cache-size", "256M"),
    )
    return Process(
        name="mongo",
        command=command,
        environment=_UNBUFFERED,
        ports={"MONGO_PORT": settings.mongo_port},
        version=mongo_venv.version(settings),
        is_healthy=lambda: _accepts(settings.mongo_port),
    )


def standins(settings: Settings) -> Process:
    """Return the SMTP, Twilio, Web Push and sign-in stand-ins with their inbox page.

    Functions in containers reach them over the bridge of Docker's network.
    """
    also_on = containers.find_bridge() if settings.runtime is Runtime.CONTAINERS else None
    command = (
        *(sys.executable, "-m", "infra.local.standins"),
        *("--inbox-port", str(settings.inbox_port), "--smtp-port", str(settings.smtp_port)),
        *("--data-dir", str(settings.data_dir / "standins")),
        *("--feedback-topic", settings.topic_arn("mail-feedback")),
        *("--aws-endpoint", settings.aws_endpoint),
        *("--application-host", settings.standins_host),
        *(("--also-on", also_on) if also_on else ()),
    )
    return Process(
        name="standins",
        command=command,
        environment=_UNBUFFERED,
        ports={"INBOX_PORT": settings.inbox_port, "SMTP_PORT": settings.smtp_port},
        version=_sources_hash(_STANDINS),
        is_healthy=lambda: _answers(f"{settings.inbox_url}/health"),
        stop_deadline=5,
    )


# What makes the process of the AWS endpoint, by its kind; its name is that of the kind.
_AWS: Mapping[Kind, Callable[[Settings], Process]] = {
    Kind.MINISTACK: aws,
    Kind.LOCALSTACK: server.process,
}


def _sources_hash(directory: Path) -> str:
    return hashlib.sha256(zips.pack(zips.read(directory))).hexdigest()


def _hash(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()


def _answers(url: str) -> bool:
    try:
        status, _ = loopback.get(url, timeout=2)
    except (OSError, http.client.HTTPException):
        return False
    return status == 200


def _accepts(port: int) -> bool:
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex((HOST, port)) == 0
