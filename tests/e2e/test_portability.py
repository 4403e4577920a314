"""Each row of docs/portability.md, asked of the stack that runs."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

import pytest
from botocore.exceptions import ClientError

from infra.local.kinds import Kind, Runtime
from infra.local.settings import StackError
from infra.local.stack import require_no_other
from infra.localstack.capabilities import has_websockets
from tests.e2e.test_files import BUCKET, announce, as_function, send
from tests.functional.files import samples
from tests.support.api import Api
from tests.support.portability import capabilities, target_of_tests
from tests.support.stack import RunningStack

OPEN = "/v1/notifications/vapid-public-key"


def signed_in(stack: RunningStack) -> Api:
    artist = stack.user("artist")
    api = Api(stack.api_url, stack.api_keys["web"])
    return api.signed_in(artist["email"], artist["password"])


def has_authorizers(stack: RunningStack) -> bool:
    person = signed_in(stack)
    forged = replace(person, token=f"{person.token}x")
    statuses = [one.get("/v1/auth/me").status_code for one in (person, forged)]
    return statuses == [200, 401]


@contextmanager
def burst_of_one(stack: RunningStack) -> Iterator[None]:
    """Let the mobile application send one request, and then no further one."""
    apigateway = stack.client("apigateway")
    (plan,) = (
        one for one in apigateway.get_usage_plans()["items"] if one["name"].endswith("-mobile")
    )

    def change(rate: float, burst: int) -> None:
        operations = [
            {"op": "replace", "path": f"/throttle/{name}", "value": str(value)}
            for name, value in (("rateLimit", rate), ("burstLimit", burst))
        ]
        apigateway.update_usage_plan(usagePlanId=plan["id"], patchOperations=operations)

    change(0.001, 1)
    yield
    change(plan["throttle"]["rateLimit"], plan["throttle"]["burstLimit"])


def throttles(stack: RunningStack) -> bool:
    mobile = Api(stack.api_url, stack.api_keys["mobile"])
    with burst_of_one(stack):
        statuses = {mobile.get(OPEN).status_code for _ in range(3)}
    return 429 in statuses


def renders_gateway_responses(stack: RunningStack) -> bool:
    answer = Api(stack.api_url, None).get(OPEN)
    assert answer.status_code == 403
    return (
        answer.headers["content-type"].startswith("application/problem+json")
        and answer.json().get("code") == "invalid_api_key"
        and "strict-transport-security" in answer.headers
    )


def tells_addresses_apart(stack: RunningStack) -> bool:
    wrong = {"email": "nobody@example.com", "password": "not-the-one"}
    remaining = [
        Api(stack.api_url, stack.api_keys["web"]).post("/v1/auth/login", wrong).headers["ratelimit"]
        for _ in range(2)
    ]
    first, second = (text.partition(";r=")[2].partition(";")[0] for text in remaining)
    return first == second


def enforces_roles(stack: RunningStack) -> bool:
    try:
        as_function(stack, "api").put_object(Bucket=BUCKET, Key="clean/portability", Body=b"x")
    except ClientError as error:
        return error.response["Error"]["Code"] == "AccessDenied"
    return False


def refuses_further_fields(stack: RunningStack) -> bool:
    content = samples.image()
    upload = announce(signed_in(stack), content)
    return send(upload, content, acl="public-read") == 403


def keeps_lifecycle_rules(stack: RunningStack) -> bool:
    try:
        answer = stack.client("s3").get_bucket_lifecycle_configuration(Bucket=BUCKET)
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchLifecycleConfiguration":
            return False
        raise
    return bool(answer["Rules"])


def starts_some_features(stack: RunningStack) -> bool:
    try:
        require_no_other(replace(stack.settings, kind=Kind.MINISTACK, runtime=Runtime.PROCESSES))
    except StackError:
        return False
    return True


PROBES: Mapping[str, Callable[[RunningStack], bool]] = {
    "websockets": lambda stack: has_websockets(stack.client("apigatewayv2")),
    "authorizers": has_authorizers,
    "throttling": throttles,
    "gateway-responses": renders_gateway_responses,
    "addresses": tells_addresses_apart,
    "role-policies": enforces_roles,
    "upload-forms": refuses_further_fields,
    "lifecycle": keeps_lifecycle_rules,
    "some-features": starts_some_features,
}


@pytest.mark.parametrize("key", capabilities())
def test_the_stack_can_do_what_the_table_says(stack: RunningStack, key: str) -> None:
    expected = capabilities()[key][target_of_tests()] is None
    assert PROBES[key](stack) is expected, f"docs/portability.md is wrong about {key}"
