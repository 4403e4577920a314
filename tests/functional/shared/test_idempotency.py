"""Idempotency keys: one key, one effect, despite retries, crashes and equal keys of others."""

import zlib
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from types import SimpleNamespace
from typing import Any

import msgspec
import pytest
from botocore.endpoint import Endpoint
from botocore.exceptions import ConnectionClosedError, EndpointConnectionError
from ulid import ULID

from domain.errors import DomainError, Forbidden, NotFound
from domain.ids import new_id
from shared.data import idempotency_store
from shared.http import idempotency
from shared.http.caller import Caller, Role
from shared.http.idempotency import KeyedRequest, StoredResponse
from shared.http.problems import Problem, from_error
from shared.http.repetition import find_made
from shared.platform import aws
from shared.platform.config import resource_name
from tests.support import aws_calls, lossy_aws
from tests.support.threads import together

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FIRST = 200  # requests
RECORD_ID = sha256(b"usr_1 POST /v1/orders\nkey-1").hexdigest()

pytestmark = pytest.mark.usefixtures("aws")


class Worker:
    """A request that counts its effects and answers differently each time."""

    def __init__(self) -> None:
        self.effects = 0

    def __call__(self) -> StoredResponse:
        self.effects += 1
        return StoredResponse(
            201, {"location": f"/v1/orders/{self.effects}"}, f'{{"n":{self.effects}}}'
        )


@pytest.fixture
def work() -> Worker:
    return Worker()


def once(
    work: Callable[[], StoredResponse],
    at: datetime = NOON,
    *,
    user: str = "usr_1",
    session: str = "ses_1",
    **changes: Any,
) -> StoredResponse:
    request = KeyedRequest(
        key="key-1",
        caller=Caller(user, "ada@example.com", Role.CLIENT, session),
        method="POST",
        path="/v1/orders",
        query={"draft": ["1"]},
        body=b'{"title":"rose"}',
    )
    changed = msgspec.structs.replace(request, **changes)
    return idempotency.run_once(changed, at, work)


def refusal(work: Callable[[], StoredResponse], at: datetime = NOON, **call: Any) -> Problem:
    """Return the problem of a request that is refused."""
    with pytest.raises((DomainError, Problem)) as caught:
        once(work, at, **call)
    assert isinstance(caught.value, DomainError | Problem)
    return from_error(caught.value)


def crash() -> StoredResponse:
    raise SystemExit


def test_a_repeated_request_gets_the_same_response_and_has_one_effect(work: Worker) -> None:
    first = once(work)
    again = once(work, NOON + timedelta(hours=23, minutes=59))
    assert again == first
    assert work.effects == 1


@pytest.mark.parametrize(
    "other",
    [
        {"body": b'{"title":"lily"}'},
        {"query": {}},
        {"query": {"draft": ["1", "2"]}},
        {"query": {"draft": ["1"], "x": ["y"]}},
        {"session": "ses_2"},
    ],
)
def test_another_request_with_the_same_key_is_refused(work: Worker, other: Any) -> None:
    once(work)
    problem = refusal(work, **other)
    assert (problem.status, problem.code) == (422, "idempotency_key_reused")
    assert work.effects == 1


def test_a_repeated_request_is_refused_while_the_first_is_running(work: Worker) -> None:
    problems = []

    def slow() -> StoredResponse:
        problems.append(refusal(work))
        return work()

    once(slow)
    (problem,) = problems
    assert (problem.status, problem.code) == (409, "request_in_progress")
    assert problem.headers == {"Retry-After": "1"}
    assert work.effects == 1


def test_exactly_one_of_concurrent_requests_runs(work: Worker) -> None:
    def call() -> StoredResponse | int:
        try:
            return once(work)
        except (DomainError, Problem) as problem:
            return from_error(problem).status

    results = together(10, call)
    answers = [result for result in results if isinstance(result, StoredResponse)]
    assert work.effects == 1
    assert answers
    assert set(map(str, answers)) == {str(answers[0])}
    assert {result for result in results if isinstance(result, int)} <= {409}


def test_a_claim_whose_answer_was_lost_is_repeated_by_the_sdk(
    work: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first attempt was carried out, and must not be taken for another request."""
    get_response: Any = vars(Endpoint)["_get_response"]
    lost: list[str] = []

    def lose_the_first(endpoint: Any, request: Any, operation: Any, context: Any) -> Any:
        response = get_response(endpoint, request, operation, context)
        if operation.name == "PutItem" and not lost:
            lost.append(operation.name)
            return None, ConnectionClosedError(endpoint_url="dynamodb")
        return response

    monkeypatch.setattr(Endpoint, "_get_response", lose_the_first)
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
    assert once(work).status == 201
    assert lost


def test_no_first_request_is_locked_out_by_lost_answers(
    work: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each claim is carried out, its answer is lost on the wire, and the SDK sends it again."""
    monkeypatch.setattr("botocore.endpoint.time", SimpleNamespace(sleep=lambda _: None))
    with lossy_aws.losing("PutItem") as endpoint:
        monkeypatch.setitem(aws._clients, "dynamodb", endpoint.connect())
        statuses = Counter(once(work, key=f"key-{number}").status for number in range(FIRST))
    assert statuses == {201: FIRST}  # none was told request_in_progress
    assert work.effects == FIRST
    assert endpoint.lost.total() == FIRST
    assert endpoint.calls == {"PutItem": 2 * FIRST, "UpdateItem": FIRST}


def test_a_response_that_was_changed_in_the_table_is_not_answered(work: Worker) -> None:
    once(work)
    record = idempotency_store.IdempotencyRecord.get(RECORD_ID)
    sealed = bytearray(record.sealed_response)
    sealed[20] ^= 1
    idempotency_store.save_response(record, bytes(sealed))
    assert refusal(work).code == "idempotency_key_reused"
    assert work.effects == 1


def test_a_claim_that_arrives_late_leaves_the_response_alone(
    work: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The SDK gave the first attempt up, and DynamoDB carries it out after the request."""
    claim = idempotency_store.claim
    claims: list[idempotency_store.IdempotencyRecord] = []

    def remember(record: idempotency_store.IdempotencyRecord, instant: float) -> bool:
        claims.append(record)
        return claim(record, instant)

    monkeypatch.setattr(idempotency_store, "claim", remember)
    first = once(work)
    assert not claim(claims[0], NOON.timestamp())
    assert once(work, NOON + timedelta(hours=1)) == first
    assert work.effects == 1


def test_nothing_of_a_response_or_request_can_be_read_in_the_table() -> None:
    text = "IBAN DE89370400440532013000, code ABCD-EFGH, see you at nine"
    answer = StoredResponse(201, {"location": "/v1/orders/1"}, text * 20)
    assert once(lambda: answer, body=text.encode()) == answer
    (item,) = aws.client("dynamodb").scan(TableName=resource_name("idempotency"))["Items"]
    stored = item["sealed_response"]["B"]
    assert len(stored) < len(text) * 5  # it is compressed
    with pytest.raises(zlib.error):
        zlib.decompress(stored)
    for word in ("DE89", "ABCD", "nine", "orders", "usr_1", "ses_1", "key-1"):
        assert word not in str(item)
    assert sha256(text.encode()).hexdigest() not in str(item)  # nor be guessed
    assert once(lambda: answer, body=text.encode()) == answer


def test_a_response_that_was_stored_unsealed_is_not_run_again(work: Worker) -> None:
    """By the version before, which had no `request_hash` either."""
    once(work)
    key = {"id": {"S": RECORD_ID}}
    changes = "SET answer = :answer REMOVE sealed_response, request_hash"
    aws.client("dynamodb").update_item(
        TableName=resource_name("idempotency"),
        Key=key,
        UpdateExpression=changes,
        ExpressionAttributeValues={":answer": {"S": "{}"}},
    )
    assert refusal(work, NOON + timedelta(hours=1)).code == "idempotency_key_reused"
    assert work.effects == 1


@pytest.mark.parametrize("error", [Forbidden("Taken."), RuntimeError("bug")])
def test_a_failed_request_releases_its_key(work: Worker, error: Any) -> None:
    def failing() -> StoredResponse:
        raise error

    with pytest.raises(type(error)):
        once(failing)
    assert once(work).status == 201


def test_the_claim_of_a_crashed_request_expires_after_a_minute(
    work: Worker, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A killed container does not give up its claim.
    monkeypatch.setattr(idempotency_store, "abandon", lambda _: None)
    with pytest.raises(SystemExit):
        once(crash)
    assert refusal(work, NOON + timedelta(seconds=59)).status == 409
    assert once(work, NOON + timedelta(seconds=60)).status == 201
    assert work.effects == 1


class Shop:
    """A request that makes two orders, and breaks afterwards."""

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error
        self.made: list[str] = []

    def __call__(self) -> StoredResponse:
        self.made.extend((new_id("ord"), new_id("ord"), new_id("evt")))
        if self.error is not None:
            raise self.error
        return StoredResponse(201, {}, self.made[-3])


@pytest.mark.parametrize("error", [SystemExit(), RuntimeError("bug"), EndpointConnectionError])
def test_the_repetition_of_a_failed_request_makes_the_same_ids(error: Any) -> None:
    error = error(endpoint_url="dynamodb") if isinstance(error, type) else error
    failing, shop = Shop(error), Shop()
    with pytest.raises(type(error)):
        once(failing)
    once(shop, NOON + timedelta(hours=1))
    assert shop.made == failing.made
    assert len(set(shop.made)) == 3
    assert {ULID.parse(each[4:]).datetime for each in shop.made} == {NOON}


def test_ids_cannot_be_derived_from_a_request_alone() -> None:
    """Two callers with one key, or one caller a day later, do not get ids that they could guess."""
    shops = [Shop() for _ in range(3)]
    once(shops[0])
    once(shops[1], user="usr_2")
    once(shops[2], NOON + timedelta(hours=24))
    assert len({each for shop in shops for each in shop.made}) == 9


@pytest.mark.parametrize("other", [{"body": b"{}"}, {"session": "ses_2"}])
def test_another_request_does_not_take_the_claim_of_a_failed_one_over(
    work: Worker, other: Any
) -> None:
    with pytest.raises(RuntimeError):
        once(Shop(RuntimeError("bug")))
    problem = refusal(work, NOON + timedelta(hours=1), **other)
    assert (problem.status, problem.code) == (422, "idempotency_key_reused")
    assert work.effects == 0


def test_what_was_made_before_a_crash_is_found() -> None:
    orders: dict[str, str] = {}

    def order() -> StoredResponse:
        if found := find_made("ord", orders.get):
            return StoredResponse(201, {}, found)
        made = new_id("ord")
        orders[made] = f"order {made}"
        raise RuntimeError("bug")

    with pytest.raises(RuntimeError):
        once(order)
    assert [once(order).body] == list(orders.values())


def test_nothing_is_found_that_was_not_made(work: Worker) -> None:
    def find(_: str) -> None:
        raise NotFound

    def run() -> StoredResponse:
        assert find_made("ord", find) is None
        return work()

    assert find_made("ord", pytest.fail) is None  # outside of a request
    with pytest.raises(RuntimeError):
        once(Shop(RuntimeError("bug")))
    assert once(run).status == 201


def test_the_first_request_looks_for_nothing(work: Worker) -> None:
    def run() -> StoredResponse:
        assert find_made("ord", pytest.fail) is None
        return work()

    assert once(run).status == 201


def test_one_of_concurrent_repetitions_takes_the_claim_over(work: Worker) -> None:
    with pytest.raises(RuntimeError):
        once(Shop(RuntimeError("bug")))

    def call() -> int:
        try:
            return once(work).status
        except Problem as problem:
            return problem.status

    assert set(together(10, call)) <= {201, 409}
    assert work.effects == 1


def test_a_refused_repetition_keeps_its_ids() -> None:
    """The first one may have made them: the refusal says nothing about it."""
    failing, shop = Shop(RuntimeError("bug")), Shop()
    with pytest.raises(RuntimeError):
        once(failing)
    with pytest.raises(Forbidden):
        once(Shop(Forbidden("Busy.")))
    once(shop)
    assert shop.made == failing.made


def test_a_response_that_could_not_be_stored_blocks_a_second_effect(
    work: Worker,
) -> None:
    lost = EndpointConnectionError(endpoint_url="dynamodb")
    with aws_calls.failing("UpdateItem", lost), pytest.raises(Exception, match="dynamodb"):
        once(work)
    assert refusal(work).status == 409
    assert work.effects == 1


@pytest.mark.parametrize(
    "scope",
    [
        {"user": "usr_2"},
        {"path": "/v1/appointments"},
        {"path": "/v1/orders/1"},
        {"method": "PUT"},
    ],
    ids=["other caller", "other route", "other resource", "other method"],
)
def test_the_same_key_in_another_scope_is_another_key(work: Worker, scope: Any) -> None:
    first = once(work)
    other = once(work, **scope, body=b'{"title":"lily"}')
    assert other != first
    assert work.effects == 2


def test_a_key_expires_after_a_day(work: Worker) -> None:
    once(work)
    assert once(work, NOON + timedelta(hours=24), body=b'{"title":"lily"}')
    assert work.effects == 2


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_1_to_255_characters(work: Worker, key: str) -> None:
    problem = refusal(work, key=key)
    assert problem.status == 422
    assert problem.errors[0].field == "header.idempotency-key"
    assert work.effects == 0


def test_a_key_may_have_255_characters_of_any_kind(work: Worker) -> None:
    assert once(work, key="ü" * 255).status == 201
