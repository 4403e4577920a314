"""What a request answers, and when, while something that it needs is throttled, slow or away."""

import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from types import SimpleNamespace
from typing import Any, NamedTuple

import pytest
from botocore import exceptions as aws_errors
from botocore.httpsession import URLLib3Session
from pymongo import IndexModel
from pymongo import errors as mongo_errors

from files.store import files
from infra import features
from shared.data import mongodb, mongodb_indexes, tombstones
from shared.http import idempotency, leases, rate_limits
from shared.http.caller import Caller, Role
from shared.http.idempotency import KeyedRequest, StoredResponse
from shared.platform import aws, clock, config, deadlines
from shared.platform.outages import Outage
from tests.support import http_aws
from tests.support.captured_logs import Logs
from tests.support.gateway import client_for

GATEWAY_SECONDS = 29
SECRET = "arn:aws:kms:internal"  # what no response may show

Failure = Callable[["Aws", Any], Any]


@dataclass
class Aws:
    """AWS with a clock of its own: nothing is sent, and waiting takes no time.

    Attributes:
        now: Seconds since the test began.
        attempts: Requests that were sent, by operation.
        failures: What happens to the requests of an operation; `*` stands for all others.
    """

    now: float = 0.0
    attempts: Counter[str] = field(default_factory=Counter)
    failures: dict[str, Failure] = field(default_factory=dict)

    def send(self, request: Any) -> Any:
        operation = http_aws.operation_of(request)
        self.attempts[operation] += 1
        failure = self.failures.get(operation) or self.failures.get("*")
        if failure is not None:
            return failure(self, request)
        return http_aws.respond(request, http_aws.answer(operation, request))

    def wait(self, seconds: float) -> None:
        self.now += seconds


def throttled(_aws: Aws, request: Any) -> Any:
    return http_aws.refuse(request, "ThrottlingException", SECRET)


def over_capacity(_aws: Aws, request: Any) -> Any:
    return http_aws.refuse(request, "ProvisionedThroughputExceededException", SECRET)


def internal_error(_aws: Aws, request: Any) -> Any:
    return http_aws.refuse(request, "InternalServerError", SECRET, 500)


def unavailable(_aws: Aws, request: Any) -> Any:
    return http_aws.refuse(request, "SlowDown", SECRET, 503)


def refused(_aws: Aws, request: Any) -> Any:
    raise aws_errors.EndpointConnectionError(endpoint_url=f"{request.url} {SECRET}")


def no_connection(aws_: Aws, request: Any) -> Any:
    aws_.now += aws.CONNECT_TIMEOUT_SECONDS
    raise aws_errors.ConnectTimeoutError(endpoint_url=f"{request.url} {SECRET}")


def no_answer(aws_: Aws, request: Any) -> Any:
    """Connect at the last moment, and never answer: the longest that an attempt can take."""
    aws_.now += aws.CONNECT_TIMEOUT_SECONDS + aws.READ_TIMEOUT_SECONDS
    raise aws_errors.ReadTimeoutError(endpoint_url=f"{request.url} {SECRET}")


FAILURES = [
    throttled,
    over_capacity,
    internal_error,
    unavailable,
    refused,
    no_connection,
    no_answer,
]


class Route(NamedTuple):
    """A request, and an operation that it needs."""

    feature: str
    method: str
    path: str
    operation: str
    body: dict[str, Any] | None = None


MULTIPART = {
    "name": "session.mp4",
    "size": 20 * 1024 * 1024,
    "contentType": "video/mp4",
    "sha256": "0" * 64,
    "purpose": "message",
}
REFRESH = {"refreshToken": f"usr_1.ses_1.1.{'A' * 43}"}
CALENDAR = {"name": "Family", "url": "https://calendar.example/private.ics"}

ROUTES = [
    # Each feature's own dependencies …
    Route("appointments", "GET", "/v1/appointments", "Query"),
    Route("appointments", "GET", "/v1/appointments?cursor=AAAA", "GetParameter"),
    Route("appointments", "POST", "/v1/appointments/external-calendars", "Query", CALENDAR),
    Route(
        "appointments",
        "POST",
        "/v1/appointments/external-calendars",
        "TransactWriteItems",
        CALENDAR,
    ),
    Route(
        "appointments",
        "POST",
        "/v1/appointments/external-calendars",
        "SendMessageBatch",
        CALENDAR,
    ),
    Route("auth", "POST", "/v1/auth/refresh", "VerifyMac", REFRESH),
    Route("auth", "POST", "/v1/auth/refresh", "GetItem", REFRESH),
    Route("consultations", "GET", "/v1/consultations", "Query"),
    Route("files", "GET", "/v1/files", "Query"),
    Route("files", "POST", "/v1/files", "POST incoming", MULTIPART),
    Route("messaging", "GET", "/v1/messages/conversations?cursor=AAAA", "GetParameter"),
    Route("notifications", "GET", "/v1/notifications/inbox?cursor=AAAA", "GetParameter"),
    Route("policies", "GET", "/v1/policies/acceptances", "Query"),
    Route("profiles", "GET", "/v1/profiles/artists", "Query"),
    Route("quick_actions", "GET", "/v1/quick-actions/executions", "Query"),
    Route("social", "GET", "/v1/social/accounts", "Query"),
    Route("social", "GET", "/v1/social/accounts", "GetParameter"),
    # … the rate limit, which all have, and the claim of an idempotency key.
    Route("gateway", "GET", "/v1/docs", "UpdateItem"),
    Route("notifications", "GET", "/v1/notifications/inbox", "UpdateItem"),
    Route("files", "POST", "/v1/files", "PutItem", MULTIPART),
]


# Requests that call several services, one after the other.
LONG = [route for route in ROUTES if route.operation in {"SendMessageBatch", "GetItem", "PutItem"}]


@pytest.fixture(scope="module", autouse=True)
def clients() -> Iterator[None]:
    """The clients of an API function, made once for these tests."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("AWS_LAMBDA_FUNCTION_NAME", "prefix-feature-api")
        aws.forget()
        aws.prepare("dynamodb", "kms", "s3", "ssm", "sns", "sqs")
    yield
    aws.forget()


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """AWS, empty and without failures; nothing else is reached."""
    account = Aws()
    for variable in ("SIGNING_KEYS", "REFRESH_KEY", "FILES_BUCKET"):
        monkeypatch.setenv(variable, "name")
    monkeypatch.setenv("QUEUE_URL_APPOINTMENTS_EXTERNAL_CALENDARS", "https://sqs.example/1/q")
    monkeypatch.setattr(URLLib3Session, "send", lambda _, request: account.send(request))
    fake_time = SimpleNamespace(sleep=account.wait, monotonic=lambda: account.now)
    monkeypatch.setattr("botocore.endpoint.time", fake_time)
    monkeypatch.setattr(deadlines, "time", fake_time)
    # Each request counts, as in all tests: see tests/conftest.py.
    monkeypatch.setattr(leases, "UNSPENT", sys.maxsize)
    rate_limits.forget()
    config.forget()
    yield account
    rate_limits.forget()
    config.forget()


def call(route: Route, key: str | None = None) -> Any:
    """Send the request of a route as an artist."""
    client = client_for(features.load(route.feature)).as_user("usr_1", Role.ARTIST)
    headers = {"idempotency-key": key} if key else {}
    options: dict[str, Any] = {} if route.body is None else {"json": route.body}
    return client.request(route.method, route.path, headers=headers, **options)


def assert_unavailable(response: Any) -> None:
    assert response.status_code == 503
    assert response.headers["Retry-After"] == "5"
    assert response.json_body["code"] == "unavailable"
    text = response.body.decode()
    for internal in (SECRET, "amazonaws", "Exception", "DynamoDB", "Error", "mongo"):
        assert internal not in text


def find_operation(account: Aws, operation: str) -> str:
    """Return the full name of an operation that was called."""
    return next(name for name in account.attempts if name.startswith(operation))


def identify(route: Route) -> str:
    return f"{route.feature} {route.path} {route.operation}"


@pytest.mark.parametrize("failure", FAILURES)
@pytest.mark.parametrize("route", ROUTES, ids=identify)
def test_a_service_that_fails_is_a_503(
    account: Aws, logs: Logs, route: Route, failure: Failure
) -> None:
    fail(account, route.operation, failure)
    response = call(route, "key-1" if route.operation == "PutItem" else None)
    assert_unavailable(response)
    assert account.attempts[find_operation(account, route.operation)] <= aws.MAX_ATTEMPTS
    assert account.now < GATEWAY_SECONDS
    (line,) = logs.named("dependency down")
    assert line["cause"] in {
        # Of pynamodb, of botocore, and those that botocore's model of DynamoDB names.
        "VerboseClientError",
        "ClientError",
        "ThrottlingException",
        "ProvisionedThroughputExceededException",
        "InternalServerError",
        "EndpointConnectionError",
        "ConnectTimeoutError",
        "ReadTimeoutError",
        "DeadlineExceeded",
    }


def fail(account: Aws, operation: str, failure: Failure) -> None:
    """Make the requests of an operation fail, whichever key or address it names."""

    def is_meant(name: str) -> bool:
        return name.startswith(operation)

    def failing(aws_: Aws, request: Any) -> Any:
        name = http_aws.operation_of(request)
        if is_meant(name):
            return failure(aws_, request)
        return http_aws.respond(request, http_aws.answer(name, request))

    account.failures["*"] = failing


def test_every_feature_is_covered() -> None:
    with_routes = {name for name in features.names() if features.load(name).routes}
    assert {route.feature for route in ROUTES} == with_routes


@pytest.mark.parametrize(
    "code", ["AccessDeniedException", "ValidationException", "ResourceNotFoundException"]
)
def test_an_error_of_our_own_stays_a_500(account: Aws, code: str) -> None:
    account.failures["Query"] = lambda _, request: http_aws.refuse(request, code)
    response = call(ROUTES[0])
    assert response.status_code == 500
    assert response.json_body["code"] == "internal_error"
    assert "Retry-After" not in response.headers


def test_a_throttled_transaction_is_a_503(account: Aws) -> None:
    answer = {
        "__type": "TransactionCanceledException",
        "CancellationReasons": [{"Code": "None"}, {"Code": "ThrottlingError", "Message": SECRET}],
    }
    account.failures["TransactWriteItems"] = lambda _, request: http_aws.respond(
        request, answer, 400
    )
    assert_unavailable(call(ROUTES[3]))


@pytest.mark.parametrize("sender", [True, False])
def test_a_message_that_the_queue_did_not_take(account: Aws, sender: bool) -> None:
    failed = [{"Id": "0", "SenderFault": sender, "Code": "InternalError"}]
    account.failures["SendMessageBatch"] = lambda _, request: http_aws.respond(
        request, {"Failed": failed, "Successful": []}
    )
    response = call(ROUTES[4])
    if sender:
        assert response.status_code == 500
    else:
        assert_unavailable(response)


def test_a_secret_that_was_read_before_outlasts_an_outage(
    account: Aws, monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    before = config.secret("cursors")
    monkeypatch.setattr(config, "SECRET_MAX_AGE_SECONDS", 0)
    account.failures["GetParameter"] = throttled
    assert config.secret("cursors") == before
    assert account.attempts["GetParameter"] == 1 + aws.MAX_ATTEMPTS
    (line,) = logs.named("secret not refreshed")
    assert line["secret"] == "cursors"

    account.failures["GetParameter"] = lambda _, request: http_aws.refuse(
        request, "AccessDeniedException"
    )
    with pytest.raises(aws_errors.ClientError):
        config.secret("cursors")


# ---- MongoDB -----------------------------------------------------------------------------------


class BrokenDatabase:
    """A database of which every operation fails."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def __getattr__(self, name: str) -> "BrokenDatabase":
        return self

    def __call__(self, *args: object, **options: object) -> None:
        raise self._error


@pytest.mark.parametrize(
    "error",
    [
        mongo_errors.AutoReconnect(SECRET),
        mongo_errors.NetworkTimeout(SECRET),
        mongo_errors.ServerSelectionTimeoutError(SECRET),
        mongo_errors.NotPrimaryError(SECRET),
        mongo_errors.ExecutionTimeout(SECRET, 50),
    ],
    ids=lambda error: type(error).__name__,
)
@pytest.mark.parametrize(
    ("feature", "path"),
    [("messaging", "/v1/messages/conversations"), ("notifications", "/v1/notifications/inbox")],
)
def test_a_database_that_fails_is_a_503(
    account: Aws, monkeypatch: pytest.MonkeyPatch, feature: str, path: str, error: Exception
) -> None:
    break_database(monkeypatch, feature, error)
    assert_unavailable(call(Route(feature, "GET", path, "")))


def test_an_operation_that_the_database_refuses_is_a_500(
    account: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_database(monkeypatch, "notifications", mongo_errors.OperationFailure(SECRET, 2))
    response = call(Route("notifications", "GET", "/v1/notifications/inbox", ""))
    assert response.status_code == 500
    assert SECRET not in response.body.decode()


def test_no_operation_begins_that_could_end_after_the_deadline(
    account: Aws, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_database(monkeypatch, "notifications", AssertionError("The database was asked."))
    account.failures["UpdateItem"] = slow_success
    assert_unavailable(call(Route("notifications", "GET", "/v1/notifications/inbox", "")))


def test_a_check_of_indexes_that_takes_long_is_followed_by_no_operation(account: Aws) -> None:
    database = mongodb.InTime(lambda: account.wait(mongodb.LONGEST_OPERATION_SECONDS))
    with deadlines.within(deadlines.REQUEST_SECONDS):
        with pytest.raises(deadlines.DeadlineExceeded):
            database()
        assert account.now == mongodb.LONGEST_OPERATION_SECONDS


def test_a_check_of_indexes_ends_in_time(account: Aws) -> None:
    class SlowCollection:
        def find_one(self, _: str) -> None:
            account.wait(4)

        def index_information(self) -> dict[str, Any]:
            account.wait(4)
            return {}

    database: Any = defaultdict(SlowCollection)
    declared = {str(number): [IndexModel("field")] for number in range(10)}
    with deadlines.within(deadlines.REQUEST_SECONDS), pytest.raises(deadlines.DeadlineExceeded):
        mongodb_indexes.require(database, declared)
    assert account.now <= deadlines.REQUEST_SECONDS


def break_database(monkeypatch: pytest.MonkeyPatch, feature: str, error: Exception) -> None:
    store = import_module(f"{feature}.store")
    monkeypatch.setattr(store.database, "_made", lambda: BrokenDatabase(error))


# ---- deadlines ---------------------------------------------------------------------------------


def slow_success(aws_: Aws, request: Any) -> Any:
    """Answer just before the timeout."""
    aws_.now += aws.CONNECT_TIMEOUT_SECONDS + aws.READ_TIMEOUT_SECONDS - 0.01
    return http_aws.respond(request, http_aws.answer(http_aws.operation_of(request), request))


@pytest.mark.parametrize("seconds", [0.0, 2.0, 3.5, 5.0, 6.0, 6.99])
@pytest.mark.parametrize("answered", range(5))
@pytest.mark.parametrize("route", LONG, ids=identify)
def test_a_request_ends_before_the_gateway_gives_up(
    account: Aws, monkeypatch: pytest.MonkeyPatch, route: Route, answered: int, seconds: float
) -> None:
    """All services are slow, then silent, even for the release of the idempotency key."""
    for feature in ("messaging", "notifications"):
        break_database(monkeypatch, feature, mongo_errors.NetworkTimeout(SECRET))
    monkeypatch.setattr("random.random", lambda: 0.999)  # the longest pauses

    def become_silent(aws_: Aws, request: Any) -> Any:
        if sum(aws_.attempts.values()) > answered:
            return no_answer(aws_, request)
        aws_.now += seconds
        return http_aws.respond(request, http_aws.answer(http_aws.operation_of(request), request))

    account.failures["*"] = become_silent
    response = call(route, "key-1")
    assert account.now < GATEWAY_SECONDS
    if answered == 0:
        assert_unavailable(response)


def test_a_call_of_a_worker_has_all_its_attempts(account: Aws) -> None:
    account.failures["*"] = no_answer
    with pytest.raises(aws_errors.ReadTimeoutError):
        aws.client("sns").publish(TopicArn="topic", Message="text")
    assert sum(account.attempts.values()) == aws.MAX_ATTEMPTS


def test_an_attempt_begins_only_if_it_can_end_in_time(account: Aws) -> None:
    account.failures["*"] = no_answer
    with (
        deadlines.within(aws.CONNECT_TIMEOUT_SECONDS + aws.READ_TIMEOUT_SECONDS + 1),
        pytest.raises(deadlines.DeadlineExceeded),
    ):
        aws.client("sns").publish(TopicArn="topic", Message="text")
    assert sum(account.attempts.values()) == 1


@pytest.mark.parametrize(
    ("table", "key", "read"),
    [
        (
            "files",
            {"pk": {"S": "FILE#fil_1"}, "sk": {"S": "RECORD"}},
            lambda: files.find_files(["fil_1"]),
        ),
        (
            "tombstones",
            {"id": {"S": "usr_1"}},
            lambda: tombstones.find_deleted("usr_1"),
        ),
    ],
)
def test_keys_of_a_batch_that_stay_unprocessed_end_it(
    account: Aws,
    monkeypatch: pytest.MonkeyPatch,
    table: str,
    key: dict[str, Any],
    read: Callable[[], object],
) -> None:
    for module in ("dynamodb", "tombstones"):
        monkeypatch.setattr(f"shared.data.{module}.time", SimpleNamespace(sleep=account.wait))

    def unprocessed(_: Aws, request: Any) -> Any:
        keys = {f"artist-booking-local-{table}": {"Keys": [key]}}
        nothing: dict[str, list[Any]] = {table: [] for table in keys}
        return http_aws.respond(request, {"Responses": nothing, "UnprocessedKeys": keys})

    account.failures["BatchGetItem"] = unprocessed
    with pytest.raises(Outage):
        read()
    assert account.attempts["BatchGetItem"] == aws.MAX_ATTEMPTS
    assert 0 < account.now < 1


# ---- idempotency keys --------------------------------------------------------------------------

KEYED = KeyedRequest(
    key="key-1",
    caller=Caller("usr_1", "ada@example.com", Role.CLIENT, "ses_1"),
    method="POST",
    path="/v1/files",
    query={},
    body=b"",
)


@pytest.mark.parametrize("seconds", [0, deadlines.REQUEST_SECONDS])
def test_the_claim_of_an_unanswered_request_is_given_up(account: Aws, seconds: float) -> None:
    def fail_late() -> StoredResponse:
        account.now += seconds
        raise deadlines.DeadlineExceeded

    with deadlines.within(deadlines.REQUEST_SECONDS), pytest.raises(deadlines.DeadlineExceeded):
        idempotency.run_once(KEYED, clock.now(), fail_late)
    assert account.attempts == {"PutItem": 1, "UpdateItem": 1}


def test_the_response_of_a_slow_request_is_stored(account: Aws) -> None:
    """It is done, so its repetition must not do it again."""
    done = StoredResponse(201, {}, "")

    def succeed_late() -> StoredResponse:
        account.now += deadlines.REQUEST_SECONDS
        return done

    with deadlines.within(deadlines.REQUEST_SECONDS):
        answer = idempotency.run_once(KEYED, clock.now(), succeed_late)
    assert answer == done
    assert account.attempts == {"PutItem": 1, "UpdateItem": 1}


def test_a_claim_that_is_not_given_up_does_not_hide_why(account: Aws, logs: Logs) -> None:
    account.failures["UpdateItem"] = no_answer

    def fail() -> StoredResponse:
        raise LookupError("the reason")

    with pytest.raises(LookupError, match="the reason"):
        idempotency.run_once(KEYED, clock.now(), fail)
    assert logs.named("idempotency key not given up")
    assert account.attempts["UpdateItem"] == 1
