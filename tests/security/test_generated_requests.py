"""Requests that Schemathesis makes of the OpenAPI document, valid and invalid ones.

One of each kind per operation, the same in every run; `GENERATED=100` in the environment makes it a
hundred. The answer must be one that the document describes, and never a 5xx.
"""

import os
from dataclasses import dataclass
from typing import Any

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import APIOperation, Case, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.core.transport import Response
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from infra import openapi
from tests.support.api import TIMEOUT_SECONDS, Api, fresh_address
from tests.support.stack import RunningStack

EXAMPLES = int(os.environ.get("GENERATED", "1"))
CHECKS = [
    content_type_conformance,
    not_a_server_error,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
# After these the token of the caller opens nothing more.
ENDING = {"POST /v1/auth/logout", "DELETE /v1/auth/me", "DELETE /v1/auth/sessions"}

SCHEMA = schemathesis.openapi.from_dict(openapi.document())
Operation = APIOperation[Any, Any, Any, Any]
OPERATIONS: dict[str, Operation] = {
    f"{result.ok().method.upper()} {result.ok().path}": result.ok()
    for result in SCHEMA.get_all_operations()
    if isinstance(result, Ok)
}


@dataclass
class Caller:
    """An artist, whose requests are sent over one connection."""

    api: Api
    session: requests.Session

    def send(self, case: Case[Any]) -> Response:
        headers = {
            "X-Forwarded-For": fresh_address(),
            "x-api-key": str(self.api.key),
            "Authorization": f"Bearer {self.api.token}",
        }
        return case.call(
            base_url=self.api.base_url,
            session=self.session,
            headers=headers,
            timeout=TIMEOUT_SECONDS,
            allow_redirects=False,
        )


@pytest.fixture(scope="module")
def caller(stack: RunningStack) -> Caller:
    person = stack.new_person("artist")
    anyone = Api(stack.api_url, stack.api_keys["web"])
    return Caller(anyone.signed_in(person["email"], person["password"]), requests.Session())


def modes(operation: Operation) -> list[GenerationMode]:
    """List what can be generated: nothing is wrong with a request that has no fields."""
    has_fields = bool(operation.body or operation.query)
    return [GenerationMode.POSITIVE, *([GenerationMode.NEGATIVE] if has_fields else [])]


@pytest.mark.parametrize(
    ("name", "mode"),
    [
        pytest.param(name, mode, id=f"{mode.value} {name}")
        for name, operation in OPERATIONS.items()
        if name not in ENDING
        for mode in modes(operation)
    ],
)
def test_no_generated_request_breaks_a_feature(
    name: str, mode: GenerationMode, caller: Caller
) -> None:
    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=OPERATIONS[name].as_strategy(generation_mode=mode))
    def send(case: Case[Any]) -> None:
        case.validate_response(caller.send(case), checks=CHECKS)

    send()
