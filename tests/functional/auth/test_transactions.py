"""A change and its events are written in one transaction or not at all."""

from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from auth import store
from auth.use_cases import token_keys
from tests.functional.auth.conftest import NOON
from tests.functional.auth.people import EMAIL, PASSWORD, People, outbox, stored_items
from tests.support import aws_calls, fake_aws

DOWN = ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")
IN_TRANSACTION = ClientError({"Error": {"Code": "TransactionConflictException"}}, "PutItem")
LOST = EndpointConnectionError(endpoint_url="https://dynamodb")


@pytest.fixture(autouse=True)
def _token_keys(people: People) -> None:
    """Make the keys of tokens, which are not a part of any change."""
    token_keys.signer(NOON)
    token_keys.sealing_key(NOON)


def everything() -> list[dict[str, Any]]:
    """Return all items of auth's table but the keys of tokens, without the tries of an attempt.

    A try is taken before the code is compared, whatever happens then.
    """
    return [
        {name: value for name, value in item.items() if name != "tries_left"}
        for item in stored_items("")
        if item["pk"]["S"] != store.TOKEN_KEYS
    ]


def assert_one_transaction(calls: Counter[str]) -> None:
    """Assert that one transaction made all writes: a crash between two would separate them."""
    writes = {name for name in calls if "Put" in name or "Write" in name or "Delete" in name}
    assert writes == {"dynamodb:TransactWriteItems"}
    assert calls["dynamodb:TransactWriteItems"] == 1


def test_registering_is_one_transaction(people: People) -> None:
    with aws_calls.counted() as calls:
        people.register()
    assert_one_transaction(calls)
    assert len(stored_items("ATTEMPT")) == 1
    assert sorted(event.type for event in outbox()) == [
        "user.registered",
        "user.verification_requested",
    ]


def test_a_failed_registration_writes_nothing(people: People) -> None:
    with aws_calls.failing("TransactWriteItems", DOWN):
        assert people.register().answer.status_code == 503
    assert everything() == []


def test_creating_an_account_is_one_transaction(people: People) -> None:
    attempt = people.register()
    with aws_calls.counted() as calls:
        people.verify(attempt)
    assert_one_transaction(calls)
    assert (
        len(stored_items("PROFILE"))
        == len(stored_items("OWNER"))
        == len(stored_items("SESSION#"))
        == 1
    )
    assert len(outbox("user.verified")) == 1


def test_the_code_stays_valid_when_creating_the_account_fails(people: People) -> None:
    attempt = people.register()
    before = everything()
    with aws_calls.failing("TransactWriteItems", DOWN):
        assert people.verify(attempt).status_code == 503
    assert everything() == before
    assert people.verify(attempt).status_code == 200


def test_an_account_exists_once_when_the_answer_was_lost(people: People) -> None:
    attempt = people.register()
    with aws_calls.failing("TransactWriteItems", LOST, after=True):
        assert people.verify(attempt).status_code == 503
    assert people.verify(attempt).status_code == 401  # the code is used
    assert people.login().status_code == 200
    assert len(outbox("user.verified")) == 1


def test_deleting_an_account_is_one_transaction(people: People) -> None:
    client = people.signed_in(people.sign_up())
    people.login()
    with aws_calls.failing("BatchWriteItem", DOWN):  # the devices, which nobody can use by now
        assert client.delete("/v1/auth/me", json={"password": PASSWORD}).status_code == 503
    assert stored_items("PROFILE") == stored_items("OWNER") == stored_items("SESSION#") == []
    assert len(outbox("user.deleted")) == 1
    assert len(outbox("session.ended")) == 2


def test_a_failed_deletion_leaves_the_account_complete(people: People) -> None:
    client = people.signed_in(people.sign_up())
    before = everything()
    with aws_calls.failing("TransactWriteItems", DOWN):
        assert client.delete("/v1/auth/me", json={"password": PASSWORD}).status_code == 503
    assert everything() == before
    assert client.get("/v1/auth/me").status_code == 200


@pytest.mark.parametrize("taken", ["PROFILE", "OWNER"])
def test_a_failed_condition_cancels_the_event_too(people: People, taken: str) -> None:
    """DynamoDB cancels the whole transaction: here the account exists when the code is entered."""
    attempt = people.register()
    (waiting,) = stored_items("ATTEMPT")
    holder = {
        "PROFILE": {"S": f"USER#{waiting['subject']['S']}"},
        "OWNER": {"S": f"EMAIL#{EMAIL}"},
    }[taken]
    item = {"pk": holder, "sk": {"S": taken}}
    fake_aws.client("dynamodb").put_item(TableName=f"{fake_aws.PREFIX}-auth", Item=item)
    before = everything()
    assert people.verify(attempt).status_code == 401
    assert everything() == before


@pytest.mark.parametrize(
    ("operation", "partition"),
    [("PutItem", "AUDIT#"), ("UpdateItem", "USER#")],
    ids=["place in the audit log", "known device"],
)
def test_a_sign_in_waits_for_a_transaction_on_its_items(
    people: People, operation: str, partition: str
) -> None:
    people.sign_up()
    met: list[str] = []

    def in_transaction(call: aws_calls.Call, client: Any, name: str, parameters: Any) -> Any:
        keys = parameters.get("Item") or parameters.get("Key") or {}
        is_meant = name == operation and str(keys.get("pk", {}).get("S")).startswith(partition)
        if is_meant and not met:
            met.append(name)
            raise IN_TRANSACTION
        return call(client, name, parameters)

    with aws_calls.each_by(in_transaction):
        assert people.login().status_code == 200
    assert met == [operation]
