"""Deployment to the containers of localstack-compose.yml: `make deploy-localstack`.

The templates are the same as everywhere. The bundles hold wheels for this machine's processor,
because the functions run in its containers. Provider settings come from .env, if there is one.
"""

import json
import os
import platform
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from infra import bundling, configure
from infra.app import build, new_app
from infra.local import assembly, endpoints, seed
from infra.local.deploy import deploy
from infra.local.kinds import Kind
from infra.local.settings import Settings, StackError
from infra.operate.ensure_indexes import ensure_indexes
from infra.paths import ROOT

MONGO_URI = "mongodb://mongo:27017/?directConnection=true"
REFUSAL = (
    "LocalStack needs LOCALSTACK_AUTH_TOKEN: the editions that start without one run neither "
    "Lambda authorizers nor throttling, so the API would be incomplete. Set the token, or use "
    "MiniStack: docker compose -f localstack-compose.yml --profile ministack up -d"
)


def container_target() -> bundling.Target:
    """Return the target of bundles for Linux on this machine's processor."""
    machine = {"arm64": "aarch64", "AMD64": "x86_64"}.get(platform.machine(), platform.machine())
    options = (
        f"--platform=manylinux2014_{machine}",
        f"--platform=manylinux_2_28_{machine}",
        f"--python-version={bundling.AWS_PYTHON}",
        "--implementation=cp",
    )
    return bundling.Target("container", options)


def check(health: Mapping[str, Any] | None, is_ministack: bool, token: str | None) -> None:
    """Refuse early an endpoint that could only take a part of the deployment.

    Args:
        health: Response of `/_localstack/health`; None when nothing answers.
        is_ministack: Whether MiniStack answers instead of LocalStack.
        token: LOCALSTACK_AUTH_TOKEN, if it is set.

    Raises:
        StackError: The endpoint cannot take the whole deployment.
    """
    if health is None:
        raise StackError(
            "Nothing answers at port 4566. First: docker compose -f localstack-compose.yml "
            "--profile localstack up -d"
        )
    if not is_ministack and (health.get("edition") == "community" or not token):
        raise StackError(REFUSAL)


def has_websockets(api_gateway_v2: Any) -> bool:
    """Ask the endpoint whether it offers API Gateway v2; clients poll where it does not."""
    try:
        api_gateway_v2.get_apis(MaxResults="1")
    except ClientError as error:
        if error.response["ResponseMetadata"]["HTTPStatusCode"] == 501:
            return False
        raise
    return True


def main() -> None:
    """Check, synthesize, deploy, configure and seed; print how to reach the stack."""
    settings = Settings.load()
    endpoint = settings.aws_endpoint
    kind = endpoints.find_kind(endpoint)
    health = endpoints.read_health(endpoint, kind)
    check(health, kind is Kind.MINISTACK, os.environ.get("LOCALSTACK_AUTH_TOKEN"))
    session = settings.session()
    websockets = has_websockets(session.client("apigatewayv2"))
    with tempfile.TemporaryDirectory() as folder:
        app = new_app(folder)
        build(app, "local", container_target(), websockets=websockets)
        app.synth()
        outputs = deploy(session, assembly.read(Path(folder)), kind)
    dotenv = ROOT / ".env"
    providers = configure.read(dotenv) if dotenv.exists() else {}
    ssm, prefix = session.client("ssm"), settings.prefix().rstrip("-")
    databases = {"MONGO_URI": MONGO_URI, "MESSAGING_MONGO_URI": MONGO_URI}
    configure.create_keys(ssm, prefix)
    configure.put(ssm, prefix, databases | providers)
    for line in ensure_indexes(session, settings.prefix()):
        print(line)
    rest_api_id = outputs[f"{settings.prefix()}gateway"]["RestApiId"]
    configure.put(ssm, prefix, {"API_URL": settings.api_url(rest_api_id)})
    description = {"apiUrl": settings.api_url(rest_api_id), **seed.seed(settings, session)}
    print(json.dumps(description, indent=2))


if __name__ == "__main__":
    try:
        main()
    except StackError as error:
        sys.exit(str(error))
