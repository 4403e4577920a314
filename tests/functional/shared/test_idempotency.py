"""One key, one effect: whatever is retried, whoever crashes, whoever else uses the same key."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import EndpointConnectionError

from shared import claims, idempotency
from shared.idempotency import Answer
from shared.problems import Problem, conflict
from tests.support import aws_calls
from tests.support.threads import together

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)

pytestmark = pytest.mark.usefixtures("aws")


class Worker:
    """Work that counts its effects and answers differently each time."""

    def __init__(self) -> None:
        self.effects = 0

    def __call__(self) -> Answer:
        self.effects += 1
        return Answer(201, {"location": f"/v1/orders/{self.effects}"}, f'{{"n":{self.effects}}}')


@pytest.fixture
def work() -> Worker:
    return Worker()


def once(
    work: Callable[[], Answer],
    at: datetime = NOON,
    *,
    key: str = "key-1",
    scope: str = "usr_1 POST /v1/orders",
    body: bytes = b'{"title":"rose"}',
) -> Answer:
    return idempotency.once(key, scope, body, at, work)


def refusal(work: Callable[[], Answer], at: datetime = NOON, **call: object) -> Problem:
    with pytest.raises(Problem) as caught:
        once(work, at, **call)
    return caught.value


def crash() -> Answer:
    raise SystemExit


def test_the_same_again_gives_the_same_answer_and_one_effect(work):
    first = once(work)
    again = once(work, NOON + timedelta(hours=23, minutes=59))
    assert again == first
    assert work.effects == 1


def test_another_body_under_the_same_key_is_refused(work):
    once(work)
    problem = refusal(work, body=b'{"title":"lily"}')
    assert (problem.status, problem.code) == (422, "idempotency_key_reused")
    assert work.effects == 1


def test_a_second_call_while_the_first_is_running_is_told_to_wait(work):
    seen = []

    def slow() -> Answer:
        seen.append(refusal(work))
        return work()

    once(slow)
    (problem,) = seen
    assert (problem.status, problem.code) == (409, "request_in_progress")
    assert problem.headers == {"Retry-After": "1"}
    assert work.effects == 1


def test_of_racing_calls_exactly_one_works(work):
    def call() -> Answer | int:
        try:
            return once(work)
        except Problem as problem:
            return problem.status

    results = together(10, call)
    answers = [result for result in results if isinstance(result, Answer)]
    assert work.effects == 1
    assert answers
    assert set(map(str, answers)) == {str(answers[0])}
    assert {result for result in results if isinstance(result, int)} <= {409}


@pytest.mark.parametrize("error", [conflict("taken", "Taken."), RuntimeError("bug")])
def test_work_that_failed_frees_the_key(work, error):
    def failing() -> Answer:
        raise error

    with pytest.raises(type(error)):
        once(failing)
    assert once(work).status == 201


def test_a_claim_that_a_crash_left_behind_can_be_retaken_after_a_minute(work, monkeypatch):
    # A killed container runs no clean-up either.
    monkeypatch.setattr(claims.Claim, "delete", lambda _: None)
    with pytest.raises(SystemExit):
        once(crash)
    assert refusal(work, NOON + timedelta(seconds=59)).status == 409
    assert once(work, NOON + timedelta(seconds=60)).status == 201
    assert work.effects == 1


def test_an_answer_that_could_not_be_kept_blocks_a_second_effect_for_the_time_being(work):
    lost = EndpointConnectionError(endpoint_url="dynamodb")
    with aws_calls.failing("UpdateItem", lost), pytest.raises(Exception, match="dynamodb"):
        once(work)
    assert refusal(work).status == 409
    assert work.effects == 1


@pytest.mark.parametrize(
    "scope",
    ["usr_2 POST /v1/orders", "usr_1 POST /v1/appointments", "usr_1 POST /v1/orders/1"],
    ids=["other caller", "other route", "other resource"],
)
def test_the_same_key_elsewhere_is_another_key(work, scope):
    first = once(work)
    other = once(work, scope=scope, body=b'{"title":"lily"}')
    assert other != first
    assert work.effects == 2


def test_after_a_day_the_key_is_new(work):
    once(work)
    assert once(work, NOON + timedelta(hours=24), body=b'{"title":"lily"}')
    assert work.effects == 2


@pytest.mark.parametrize("key", ["", "x" * 256])
def test_a_key_has_1_to_255_characters(work, key):
    problem = refusal(work, key=key)
    assert problem.status == 422
    assert problem.errors[0].field == "header.idempotency-key"
    assert work.effects == 0


def test_a_key_of_255_characters_of_any_kind_is_fine(work):
    assert once(work, key="ü" * 255).status == 201
