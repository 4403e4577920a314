"""Outages: nothing is lost, and health says what is down."""

import json

import pytest

from infra.operate import readiness
from tests.support.api import Api, Inbox, eventually, new_email, register
from tests.support.stack import RunningStack


@pytest.fixture
def person(api: Api, inbox: Inbox) -> tuple[Api, str]:
    email = new_email()
    tokens = register(api, inbox, email)
    inbox.wait_for("email", email, lambda mail: "welcome" in mail["subject"].lower())
    return Api(api.base_url, api.key, tokens["accessToken"]), email


def test_an_email_that_the_server_refuses_for_a_while_arrives_later(
    person: tuple[Api, str], inbox: Inbox
) -> None:
    api, email = person
    inbox.fail("email", status=451, count=2)
    api.post("/v1/notifications/email", {"subject": "Patience", "text": "Twice refused."})
    inbox.wait_for("email", email, lambda mail: mail["subject"] == "Patience")


def test_a_killed_mail_server_loses_nothing(
    person: tuple[Api, str], inbox: Inbox, stack: RunningStack
) -> None:
    api, email = person
    with stack.down("standins"):
        accepted = api.post("/v1/notifications/email", {"subject": "Later", "text": "Down."})
        assert accepted.status_code == 202
        path = f"/v1/notifications/{accepted.json()['id']}"

        def find_failure() -> dict[str, object] | None:
            (delivery,) = api.get(path).json()["deliveries"]
            failed = delivery["attempts"] > 1 and delivery["reason"] == "provider_unavailable"
            return dict(delivery) if failed else None

        assert eventually(find_failure, "a second attempt")["status"] in ("queued", "sending")
    inbox.wait_for("email", email, lambda mail: mail["subject"] == "Later")


def test_readiness_names_what_is_down_and_liveness_stays_ok(api: Api, stack: RunningStack) -> None:
    assert not_ready(stack) == {}
    with stack.down("mongo"):
        assert api.get("/v1/health").status_code == 200
        assert api.get("/v1/notifications/health").status_code == 200
        feature = api.get("/v1/notifications/health?ready=1")
        assert feature.status_code == 503
        assert "mongo" in feature.json()["detail"]
        assert "mongo" in not_ready(stack)["notifications"]
    eventually(lambda: not_ready(stack) == {} or None, "being ready again")


def not_ready(stack: RunningStack) -> dict[str, str]:
    """Return what `make ready` says of the features that are not ready."""
    states = readiness.check(stack.settings.session(), "artist-booking-local-")
    return {state.feature: state.detail for state in states if not state.ready}


def test_a_stopped_database_is_a_503_until_it_is_back(
    person: tuple[Api, str], stack: RunningStack
) -> None:
    api, _ = person
    paths = ("/v1/notifications/inbox", "/v1/messages/conversations")
    with stack.down("mongo"):
        for path in paths:
            answer = api.get(path)
            assert answer.status_code == 503, answer.text
            assert answer.json()["code"] == "unavailable"
            assert answer.headers["Retry-After"] == "5"
        assert api.get("/v1/auth/me").status_code == 200
    eventually(
        lambda: all(api.get(path).status_code == 200 for path in paths) or None, "being back"
    )


def test_secrets_and_addresses_stay_out_of_the_logs(
    api: Api, inbox: Inbox, stack: RunningStack
) -> None:
    email, password = new_email(), "canary-password-9431"
    tokens = register(api, inbox, email, password)
    signed_in = Api(api.base_url, api.key, tokens["accessToken"])
    text = "canary-text-5120"
    signed_in.post("/v1/notifications/email", {"subject": "Canary", "text": text})
    inbox.wait_for("email", email, lambda mail: text in (mail["text"] or ""))
    written = json.dumps(all_logs(stack))
    assert '\\"route\\"' in written  # there are logs at all
    canaries = [email, password, text, tokens["accessToken"], tokens["refreshToken"]]
    for canary in [*canaries, inbox.code_for(email)]:
        assert canary not in written


def all_logs(stack: RunningStack) -> list[str]:
    """Return every line that any function logged."""
    logs = stack.client("logs")
    groups = logs.describe_log_groups(logGroupNamePrefix="/aws/lambda/")["logGroups"]
    return [
        event["message"]
        for group in groups
        for page in logs.get_paginator("filter_log_events").paginate(
            logGroupName=group["logGroupName"]
        )
        for event in page["events"]
    ]
