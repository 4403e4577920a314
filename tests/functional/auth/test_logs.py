"""Logs contain no credentials and no personal data."""

import re
from datetime import timedelta

from time_machine import TimeMachineFixture

from tests.functional.auth.people import People, outbox
from tests.support import aws_calls
from tests.support.captured_logs import Logs

EMAIL = "canary.address@example.com"
PASSWORD = "canary-password"
WRONG_PASSWORD = "canary-wrong-password"
NAME = "Canary Name"


def test_passwords_codes_tokens_addresses_and_names_are_never_logged(
    people: People, clock: TimeMachineFixture, logs: Logs
) -> None:
    secrets: list[str] = [EMAIL, PASSWORD, WRONG_PASSWORD, NAME, "canary"]

    attempt = people.register(EMAIL, PASSWORD, NAME)
    people.verify(attempt, "000000" if attempt.sent_code != "000000" else "000001")
    people.register(EMAIL, "canary7", NAME)
    first = people.verify(attempt).json_body
    people.register(EMAIL, PASSWORD, NAME)
    people.login(EMAIL, WRONG_PASSWORD)
    second = people.login(EMAIL, PASSWORD).json_body
    third = people.refresh(second["refreshToken"]).json_body
    clock.shift(timedelta(minutes=1))
    people.refresh(second["refreshToken"])
    people.refresh("canary." + third["refreshToken"])
    client = people.signed_in(first)
    client.get("/v1/auth/me")
    people.client.with_token("canary" + first["accessToken"]).get("/v1/auth/me")
    client.delete("/v1/auth/me", json={"password": WRONG_PASSWORD})
    with aws_calls.failing("TransactWriteItems", ConnectionError("down")):
        client.delete("/v1/auth/me", json={"password": PASSWORD})
        people.register("canary.second@example.com", PASSWORD, NAME)
    with aws_calls.failing("Sign", ConnectionError("down")):
        people.login(EMAIL, PASSWORD)
    client.delete("/v1/auth/me", json={"password": PASSWORD})

    secrets.append(attempt.id)
    for tokens in (first, second, third):
        secrets += [tokens["accessToken"], tokens["refreshToken"]]
        secrets.append(tokens["refreshToken"].rpartition(".")[2])
    statuses = {line["status"] for line in logs.named("request")}
    assert statuses == {200, 202, 204, 401, 403, 422, 500}, "the log lines were not captured"
    assert [secret for secret in secrets if secret in logs.text] == []
    codes = [event.data["code"] for event in outbox("user.verification_requested")]
    assert [code for code in codes if re.search(rf"\b{code}\b", logs.text)] == []
