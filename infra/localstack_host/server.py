"""Process of LocalStack on this machine, kept to loopback addresses."""

import hashlib
import os
from pathlib import Path

from infra.application import REGION
from infra.local import endpoints, zips
from infra.local.kinds import Kind
from infra.local.processes import Process
from infra.local.settings import ACCESS_KEY, HOST, SECRET_KEY, Settings, StackError
from infra.localstack_host import environments, listeners
from infra.paths import ROOT

_PLUGIN = Path(__file__).parent / "plugin"
_START_SECONDS = 120.0


def process(settings: Settings) -> Process:
    """Return LocalStack, the AWS endpoint. It runs the functions as child processes.

    It keeps nothing when it stops, and downloads nothing when it starts. Its environment is made
    when the process starts.
    """
    temporary = settings.local_dir / "tmp"
    interpreters = environments.locate()

    def prepare() -> None:
        environments.ensure()
        temporary.mkdir(parents=True, exist_ok=True)

    return Process(
        name=Kind.LOCALSTACK,
        command=(str(interpreters.server), "-m", "localstack.runtime.main"),
        environment={
            "AWS_ACCESS_KEY_ID": ACCESS_KEY,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
            "DISABLE_EVENTS": "1",
            "DNS_ADDRESS": "0",
            "FILESYSTEM_ROOT": str(settings.data_dir / "localstack"),
            "GATEWAY_LISTEN": f"{HOST}:{settings.aws_port}",
            "GATEWAY_SERVER": "loopback",
            "LAMBDA_PYTHON": str(interpreters.functions),
            # Several functions start at once on a machine with few processors.
            "LAMBDA_RUNTIME_ENVIRONMENT_TIMEOUT": "60",
            "LAMBDA_RUNTIME_EXECUTOR": "subprocess",
            "LOCALSTACK_HOST": f"{HOST}:{settings.aws_port}",
            "PROVIDER_OVERRIDE_DYNAMODB": "moto",
            "PROVIDER_OVERRIDE_DYNAMODBSTREAMS": "moto",
            "PYTHONPATH": os.pathsep.join((str(ROOT), str(_PLUGIN / "entry_points"))),
            "PYTHONUNBUFFERED": "1",
            "S3_SKIP_SIGNATURE_VALIDATION": "0",
            "SKIP_SSL_CERT_DOWNLOAD": "1",
            "SQS_ENDPOINT_STRATEGY": "path",
            # Code of functions is unpacked there; a path of a socket must be short.
            "TMPDIR": str(temporary),
            "XDG_CACHE_HOME": str(settings.local_dir / "cache"),
        },
        ports={"AWS_PORT": settings.aws_port},
        version=f"{environments.version()} {_hash(_PLUGIN)}",
        is_healthy=lambda: endpoints.is_healthy(settings.aws_endpoint, Kind.LOCALSTACK),
        prepare=prepare,
        after_a_crash="LocalStack keeps nothing: everything is deployed and seeded again.",
        start_deadline=_START_SECONDS,
        # It keeps nothing, so that nothing is lost when it does not end in time.
        stop_deadline=5.0,
        inspect=require_loopback,
    )


def require_loopback(pid: int) -> None:
    """Refuse a process that other machines could reach.

    Raises:
        StackError: It listens at other addresses than those of the loopback, which it names.
    """
    exposed = listeners.exposed(pid)
    if exposed:
        raise StackError(
            f"LocalStack listens at {', '.join(exposed)}, where other machines reach it. It takes "
            "any request for an administrator's, so it was stopped. It may listen at loopback "
            "addresses only."
        )


def _hash(folder: Path) -> str:
    return hashlib.sha256(zips.pack(zips.read(folder))).hexdigest()
