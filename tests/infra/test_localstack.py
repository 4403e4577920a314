"""LocalStack by compose: its file, and what is refused before anything starts."""

import json
import re
import shutil
import subprocess
import sys
from typing import Any

import pytest
import yaml

from infra import bundling
from infra.environments import ENVIRONMENTS
from infra.local.kinds import Kind
from infra.local.settings import DEFAULT_PORTS, StackError
from infra.localstack import capabilities
from infra.localstack.containers import COMPOSE_FILE
from infra.paths import ROOT
from shared.platform.config import Limits

# The keys of the compose specification that the file uses, and what they hold.
SERVICE = {
    "command": list,
    "environment": dict,
    "extra_hosts": list,
    "healthcheck": dict,
    "image": str,
    "networks": list,
    "ports": list,
    "profiles": list,
    "volumes": list,
}


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / COMPOSE_FILE).read_text())
    return loaded


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = compose["services"]
    return found


def test_without_a_token_localstack_is_not_started() -> None:
    with pytest.raises(StackError, match=r"LOCALSTACK_AUTH_TOKEN.*KIND=ministack"):
        capabilities.require_token({})
    capabilities.require_token({"LOCALSTACK_AUTH_TOKEN": "ls-1"})


def test_an_edition_without_authorizers_is_refused() -> None:
    with pytest.raises(StackError, match="authorizers"):
        capabilities.require_authorizers({"edition": "community"})
    capabilities.require_authorizers({"edition": "pro"})


def test_where_everybody_has_one_address_only_limits_per_person_stay() -> None:
    environment = ENVIRONMENTS["local"]
    raised = environment.with_one_address().limits
    for name in Limits.__struct_fields__:
        factor = 1 if name in ("user_limit", "refresh_limit") else 1000
        assert getattr(raised, name) == factor * getattr(environment.limits, name)
    assert ENVIRONMENTS["local"].limits == Limits()


def test_containers_get_wheels_of_this_machines_processor() -> None:
    options = bundling.CONTAINER.pip_options or ()
    assert "--python-version=3.13" in options
    assert not [option for option in options if "arm64" in option or "AMD64" in option]


def test_everything_listens_on_loopback_only(services: dict[str, Any]) -> None:
    for service in services.values():
        for port in service.get("ports", []):
            assert port.startswith("127.0.0.1:")


def test_every_image_is_pinned_to_one_release_and_belongs_to_a_profile(
    services: dict[str, Any],
) -> None:
    for service in services.values():
        assert re.fullmatch(r"[a-z/]+:\d+\.\d+\.\d+", service["image"])
        assert service["profiles"]
        assert set(service["profiles"]) <= set(Kind)


def test_each_kind_of_stack_has_its_service_and_mongodb(services: dict[str, Any]) -> None:
    for kind in Kind:
        started = {name for name, one in services.items() if kind in one["profiles"]}
        assert started == {kind, "mongo"}


def test_the_file_follows_the_specification_of_compose(compose: dict[str, Any]) -> None:
    declared = {key for key in compose if not key.startswith("x-")}
    assert declared == {"name", "services", "networks", "volumes"}
    for service in compose["services"].values():
        for key, value in service.items():
            assert isinstance(value, SERVICE[key]), key
        assert set(service["networks"]) <= set(compose["networks"])
        for volume in service["volumes"]:
            source, _, target = volume.partition(":")
            assert source.startswith("/") or source in compose["volumes"]
            assert target.startswith("/")
        for value in service.get("environment", {}).values():
            assert isinstance(value, str)


def test_compose_itself_takes_the_file_where_there_is_compose() -> None:
    command = [shutil.which("docker") or sys.executable, "compose"]
    version = subprocess.run([*command, "version"], capture_output=True, check=False)
    for kind in Kind if version.returncode == 0 else ():  # the test above checks what it can
        result = subprocess.run(
            [*command, "-f", ROOT / COMPOSE_FILE, "--profile", kind, "config", "--format", "json"],
            capture_output=True,
            text=True,
            check=True,
        )
        assert set(json.loads(result.stdout)["services"]) == {kind, "mongo"}


def test_ports_follow_the_variables_of_the_stack(services: dict[str, Any]) -> None:
    published = [port for service in services.values() for port in service["ports"]]
    named = {name: default for port in published for name, default in _variables(port)}
    assert named == {name: str(DEFAULT_PORTS[name]) for name in ("AWS_PORT", "MONGO_PORT")}


def test_functions_reach_this_machine_and_this_machine_what_functions_presign(
    services: dict[str, Any],
) -> None:
    for service in services.values():
        assert service["extra_hosts"] == ["host.docker.internal:host-gateway"]
    environment = services["localstack"]["environment"]
    assert environment["LAMBDA_DOCKER_FLAGS"] == "--add-host host.docker.internal:host-gateway"
    # On this machine that name is the loopback, where the port is published as it is inside.
    assert environment["HOSTNAME_FROM_LAMBDA"] == "localhost.localstack.cloud"
    port = "${AWS_PORT:-4566}"
    assert services["localstack"]["ports"] == [f"127.0.0.1:{port}:{port}"]
    assert environment["GATEWAY_LISTEN"] == f"0.0.0.0:{port}"


def test_signatures_are_checked_and_urls_of_queues_need_no_other_host(
    services: dict[str, Any],
) -> None:
    environment = services["localstack"]["environment"]
    assert environment["S3_SKIP_SIGNATURE_VALIDATION"] == "0"
    assert environment["SQS_ENDPOINT_STRATEGY"] == "path"


def _variables(text: str) -> list[tuple[str, str]]:
    return re.findall(r"\$\{(\w+):-([^}]*)\}", text)
