"""The events of auth fit their contracts in events/domain/ and are relayed to the topic."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pyotp
import pytest
from jsonschema import Draft202012Validator, FormatChecker

from auth.app import app
from auth.identity_providers import client as identity_client
from auth.identity_providers.client import Identity
from infra.paths import EVENTS
from shared.events.domain_events import DomainEvent
from shared.platform import clock, config
from tests.functional.auth.people import (
    EMAIL,
    OTHER_PASSWORD,
    PASSWORD,
    People,
    outbox,
    stored_items,
)
from tests.functional.auth.test_administration import Admins
from tests.functional.auth.test_assistants import Studio
from tests.functional.auth.test_suspensions import decide
from tests.support import fake_aws, streams
from tests.support.authenticator import Authenticator
from tests.support.captured_logs import Logs
from tests.support.gateway import ApiClient


def contract(event_type: str) -> dict[str, Any]:
    """Return the contract of this type of event."""
    content: dict[str, Any] = json.loads((EVENTS / f"{event_type}.json").read_text())
    return content


@pytest.fixture
def published(people: People, monkeypatch: pytest.MonkeyPatch) -> list[DomainEvent]:
    """The events of an account from its registration to its deletion."""
    tokens = people.verify(people.register()).json_body
    people.register()
    people.from_elsewhere().login()
    client = people.signed_in(tokens)
    client.post("/v1/auth/code", json={"email": EMAIL})
    client.post("/v1/auth/password/forgot", json={"email": EMAIL})
    passwords = {"currentPassword": PASSWORD, "newPassword": OTHER_PASSWORD}
    client.put("/v1/auth/password", json=passwords)
    new = {"email": "mara@studio.example.com", "password": OTHER_PASSWORD}
    attempt_id = client.post("/v1/auth/email", json=new).json_body["attemptId"]
    codes = outbox("user.email_change_requested")[0].data
    entered = {"newAddressCode": codes["code"], "currentAddressCode": codes["currentCode"]}
    client.post("/v1/auth/email/confirm", json={"attemptId": attempt_id, **entered})
    add_and_remove_app(people, client)
    add_and_remove_passkey(client)
    link_and_unlink(client, monkeypatch)
    client.post("/v1/auth/exports")
    client.delete("/v1/auth/me", json={"password": OTHER_PASSWORD})
    Studio(people).hire()
    admins = Admins(people)
    for action in ("ban", "unban"):
        assert admins.act(action).status_code == 200
    assert admins.change_role("client").status_code == 200
    decide(admins)
    decide(admins, reportId="rpt_of_no_admin", adminId=admins.user_id)
    return outbox()


def add_and_remove_app(people: People, client: ApiClient) -> None:
    """Add an authenticator app, sign in by a recovery code, replace them, and remove the app."""
    secret = client.post("/v1/auth/mfa/totp").json_body["secret"]
    code = pyotp.TOTP(secret).at(clock.now())
    confirmed = client.post("/v1/auth/mfa/totp/confirm", json={"code": code})
    first, *_ = confirmed.json_body["recoveryCodes"]
    challenge = people.login("mara@studio.example.com", OTHER_PASSWORD).json_body["challengeId"]
    client.post("/v1/auth/mfa/verify", json={"challengeId": challenge, "code": first})
    code = pyotp.TOTP(secret).at(clock.now() + timedelta(seconds=30))
    replaced = client.post("/v1/auth/mfa/recovery-codes", json={"code": code}).json_body
    client.delete("/v1/auth/mfa/totp", json={"code": replaced["recoveryCodes"][0]})


def add_and_remove_passkey(client: ApiClient) -> None:
    """Add a passkey and remove it."""
    begun = client.post("/v1/auth/passkeys/options").json_body
    credential = Authenticator().create(begun["publicKey"])
    body = {"attemptId": begun["attemptId"], "name": "Phone", "credential": credential}
    added = client.post("/v1/auth/passkeys", json=body).json_body
    client.delete(f"/v1/auth/passkeys/{added['id']}")


def link_and_unlink(client: ApiClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Link the account to a provider, and remove the link."""
    settings = {
        "NAME": "Corp",
        "ISSUER": "https://corp.example",
        "CLIENT_ID": "ours",
        "REDIRECT_URL": "https://app.example/",
        "AUTHORIZE_URL": "https://corp.example/authorize",
    }
    values = {f"IDP_CORP_{name}": value for name, value in settings.items()}
    fake_aws.put_secret("identity-providers", values)
    config.forget()
    identity = Identity("https://corp.example", "1042", None, None)
    monkeypatch.setattr(identity_client, "fetch_identity", lambda *_: identity)
    begun = client.post("/v1/auth/providers/corp/start", json={}).json_body
    state = parse_qs(urlsplit(begun["authorizeUrl"]).query)["state"][0]
    body = {"attemptId": begun["attemptId"], "state": state, "code": "z"}
    client.post("/v1/auth/providers/corp/link", json=body)
    client.delete("/v1/auth/providers/corp/link")


def test_an_account_publishes_every_event_type_of_auth(
    published: list[DomainEvent],
) -> None:
    assert {event.type for event in published} == {data.type for data in app.published}


def test_every_event_fits_its_contract(published: list[DomainEvent]) -> None:
    for event in published:
        expected = contract(event.type)
        validator = Draft202012Validator(expected["schema"], format_checker=FormatChecker())
        validator.validate(event.data)
        assert event.dataversion == expected["version"]
        assert set(event.data) == set(expected["example"])


def test_every_event_names_its_source_and_its_user(published: list[DomainEvent]) -> None:
    for event in published:
        assert event.source == "/artist-booking/auth"
        assert event.subject in (event.data["userId"], event.data.get("exportId"))
        assert event.id.startswith("evt_")
    assert len({event.id for event in published}) == len(published)


def test_the_outbox_holds_no_code_address_or_name_in_clear(people: People) -> None:
    attempt = people.register("canary.address@example.com", name="Canary Name")
    again = people.resend(attempt)
    people.verify(again)
    people.register("canary.address@example.com", name="Canary Again")
    everything = repr(stored_items("evt_"))
    assert "user.verification_requested" in everything
    for secret in (attempt.sent_code, again.sent_code, attempt.id, "anary", "example.com"):
        assert secret not in everything
    assert outbox("user.verified")[0].data["email"] == "canary.address@example.com"


def test_events_carry_the_correlation_id_of_their_request(people: People) -> None:
    people.client = people.client.with_headers({"x-correlation-id": "request-1"})
    people.register()
    assert {event.correlationid for event in outbox()} == {"request-1"}


def test_the_relay_publishes_them(people: People, published: list[DomainEvent], logs: Logs) -> None:
    records = [streams.record(item, str(n)) for n, item in enumerate(streams.items("auth"))]
    app.handler_map["outbox"]({"Records": records}, None)
    relayed = {line["event_id"] for line in logs.named("event") if line["outcome"] == "published"}
    assert relayed == {event.id for event in published}


def test_the_events_of_one_subject_keep_their_order(people: People) -> None:
    tokens = people.sign_up()
    people.signed_in(tokens).delete("/v1/auth/me", json={"password": PASSWORD})
    ids = {event.type: event.id for event in outbox()}
    assert ids["user.registered"] < ids["user.verified"] < ids["user.deleted"]
