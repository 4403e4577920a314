"""Crashes: what a request made whose response was lost is made once, or anew where it must be."""

from typing import Any
from unittest import mock

import pytest
from chalice.test import HTTPResponse

from shared.data import idempotency_store
from shared.data.idempotency_store import IdempotencyRecord
from tests.functional.auth.people import PASSWORD, People, outbox
from tests.functional.auth.test_email_changes import NEW, confirm
from tests.support.authenticator import Authenticator

ASSISTANT = {"email": "noa@example.com", "scopes": ["messages"]}


class Killed(BaseException):
    """The process was killed."""


def kill(record: IdempotencyRecord, _: bytes) -> None:
    idempotency_store.abandon(record)  # as if its minute had passed
    raise Killed


def post_twice(people: People, tokens: Any, path: str, body: Any) -> HTTPResponse:
    """Post with a key, lose the response, and post again."""
    person, headers = people.signed_in(tokens), {"idempotency-key": "one"}
    with mock.patch.object(idempotency_store, "save_response", kill), pytest.raises(Killed):
        person.post(path, json=body, headers=headers)
    return person.post(path, json=body, headers=headers)


def test_the_codes_of_a_repeated_change_of_address_are_mailed(people: People) -> None:
    tokens = people.sign_up()
    answer = post_twice(people, tokens, "/v1/auth/email", {"email": NEW, "password": PASSWORD})
    assert answer.status_code == 202
    first, second = outbox("user.email_change_requested")
    assert first.id != second.id
    assert confirm(people, tokens, answer.json_body["attemptId"]).status_code == 204


def test_an_export_is_accepted_once(people: People) -> None:
    answer = post_twice(people, people.sign_up(), "/v1/auth/exports", None)
    assert answer.status_code == 202
    (event,) = outbox("export.requested")
    assert event.data["exportId"] == answer.json_body["id"]


def test_an_assistant_is_invited_once(people: People) -> None:
    tokens = people.sign_up()
    answer = post_twice(people, tokens, "/v1/auth/assistants", ASSISTANT)
    assert (answer.status_code, answer.json_body["email"]) == (201, ASSISTANT["email"])
    listed = people.signed_in(tokens).get("/v1/auth/assistants").json_body["items"]
    assert [each["id"] for each in listed] == [answer.json_body["id"]]


def test_a_passkey_is_added_once(people: People) -> None:
    tokens = people.sign_up()
    owner = people.signed_in(tokens)
    begun = owner.post("/v1/auth/passkeys/options").json_body
    credential = Authenticator().create(begun["publicKey"])
    body = {"attemptId": begun["attemptId"], "name": "Phone", "credential": credential}
    answer = post_twice(people, tokens, "/v1/auth/passkeys", body)
    assert answer.status_code == 201, answer.body
    listed = owner.get("/v1/auth/passkeys").json_body["items"]
    assert [each["id"] for each in listed] == [answer.json_body["id"]]
    # Without the key, the challenge is used.
    assert owner.post("/v1/auth/passkeys", json=body).status_code == 401
