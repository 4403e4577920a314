"""A change and the event that tells of it are written together or not at all."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from tests.functional.auth.people import PASSWORD, People, kept, outbox
from tests.support import aws_calls, fake_aws

DOWN = ClientError({"Error": {"Code": "InternalServerError"}}, "TransactWriteItems")
LOST = EndpointConnectionError(endpoint_url="https://dynamodb")


def everything() -> list[dict[str, object]]:
    """All that auth's table holds."""
    return kept("")


def assert_one_transaction(calls) -> None:
    """Nothing else may write, or a crash between the two would part them."""
    writes = {name for name in calls if "Put" in name or "Write" in name or "Delete" in name}
    assert writes == {"dynamodb:TransactWriteItems"}
    assert calls["dynamodb:TransactWriteItems"] == 1


def test_registering_is_one_transaction(people: People) -> None:
    with aws_calls.counted() as calls:
        people.register()
    assert_one_transaction(calls)
    assert len(kept("REGISTRATION#")) == 1
    assert sorted(event.type for event in outbox()) == [
        "user.registered",
        "user.verification_requested",
    ]


def test_a_registration_that_fails_leaves_nothing(people: People) -> None:
    with aws_calls.failing("TransactWriteItems", DOWN):
        assert people.register().answer.status_code == 500
    assert everything() == []


def test_opening_an_account_is_one_transaction(people: People) -> None:
    code = people.register().code
    with aws_calls.counted() as calls:
        people.verify(code)
    assert_one_transaction(calls)
    assert len(kept("PROFILE")) == len(kept("OWNER")) == len(kept("SESSION#")) == 1
    assert len(outbox("user.verified")) == 1


def test_an_account_that_could_not_be_opened_leaves_the_code_good(people: People) -> None:
    code = people.register().code
    before = everything()
    with aws_calls.failing("TransactWriteItems", DOWN):
        assert people.verify(code).status_code == 500
    assert everything() == before
    assert people.verify(code).status_code == 200


def test_an_account_whose_answer_was_lost_is_open_and_told_once(people: People) -> None:
    code = people.register().code
    with aws_calls.failing("TransactWriteItems", LOST, after=True):
        assert people.verify(code).status_code == 500
    assert people.verify(code).status_code == 401  # the code is used
    assert people.login().status_code == 200
    assert len(outbox("user.verified")) == 1


def test_deleting_an_account_is_one_transaction_before_anything_else(people: People) -> None:
    client = people.signed_in(people.sign_up())
    with aws_calls.failing("BatchWriteItem", DOWN):  # the sessions, which nobody can use now
        assert client.delete("/v1/auth/me", json={"password": PASSWORD}).status_code == 500
    assert kept("PROFILE") == kept("OWNER") == []
    assert len(outbox("user.deleted")) == 1


def test_an_account_that_could_not_be_deleted_is_whole(people: People) -> None:
    client = people.signed_in(people.sign_up())
    before = everything()
    with aws_calls.failing("TransactWriteItems", DOWN):
        assert client.delete("/v1/auth/me", json={"password": PASSWORD}).status_code == 500
    assert everything() == before
    assert client.get("/v1/auth/me").status_code == 200


@pytest.mark.parametrize("taken", ["PROFILE", "OWNER"])
def test_a_condition_that_fails_takes_the_event_back(people: People, taken: str) -> None:
    """DynamoDB itself cancels the whole: here the account stands already when the code comes."""
    code = people.register().code
    (attempt,) = kept("REGISTRATION#")
    holder = {
        "PROFILE": {"S": f"USER#{attempt['user_id']['S']}"},
        "OWNER": attempt["pk"],
    }[taken]
    item = {"pk": holder, "sk": {"S": taken}}
    fake_aws.client("dynamodb").put_item(TableName=f"{fake_aws.PREFIX}-auth", Item=item)
    before = everything()
    assert people.verify(code).status_code == 401
    assert everything() == before
