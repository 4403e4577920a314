"""Canary: a token is nowhere but in the encrypted attribute.

The stand-ins know every token and code that they gave. Whatever artists, providers and sweepers do,
none of them is in a log line, an answer, a record of any table, an event, or a message of a queue;
and the one encrypted attribute does not show them either.
"""

import json
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from time_machine import TimeMachineFixture

from infra.local.standins.social.faults import ProviderFault
from infra.local.standins.social.network import SocialNetworks
from shared.events import sweeper
from shared.platform import clock
from social.app import app
from social.models import Tokens
from social.providers.protocol import Authorization, Grant, Profile
from social.store import accounts as accounts_store
from social.use_cases import due_work, vault
from tests.functional.social.conftest import MARA
from tests.functional.social.test_connecting import BROWSER, FORMS, HOME, PROVIDERS, begin
from tests.functional.social.world import deliver
from tests.support import fake_aws, social
from tests.support.captured_logs import Logs
from tests.support.gateway import ApiClient, client_for

QUEUES = ("social-webhooks", "social-work", "social-messages")
ENCRYPTED = {"sealed_tokens", "sealed_key"}


class Scan:
    """Everything that was seen or stored, in which secrets are looked for."""

    def __init__(self, networks: SocialNetworks, logs: Logs) -> None:
        self.answers: list[str] = []
        self.states: set[str] = set()
        self._networks = networks
        self._logs = logs

    def list_secrets(self) -> set[str]:
        """List every token and code that a stand-in ever gave, and our secrets there."""
        with self._networks.meta.reading() as meta, self._networks.google.reading() as google:
            found = {
                *meta.tokens,
                *meta.grants,
                *google.grants,
                *google.access_tokens,
                *google.refresh_tokens,
            }
        settings = self._networks.settings()
        found |= {value for name, value in settings.items() if name.endswith("_SECRET")}
        return found | self.states

    def find(self) -> list[tuple[str, str]]:
        """Return where a secret was found, in clear, in Base64 or in hexadecimal digits."""
        forms = {
            form: secret
            for secret in self.list_secrets()
            for form in (
                secret,
                quote(secret, safe=""),
                b64encode(secret.encode()).decode().rstrip("="),
                urlsafe_b64encode(secret.encode()).decode().rstrip("="),
                secret.encode().hex(),
            )
        }
        return [
            (place, secret[:8])
            for place, text in self._everything()
            for form, secret in forms.items()
            if form in text
        ]

    def _everything(self) -> Iterator[tuple[str, str]]:
        yield "logs", self._logs.text
        yield "answers", "\n".join(self.answers)
        database = fake_aws.client("dynamodb")
        for table in database.list_tables()["TableNames"]:
            for item in database.scan(TableName=table)["Items"]:
                for name, value in item.items():
                    yield f"{table} {name}", _text_of(value)
        sqs = fake_aws.client("sqs")
        for queue in QUEUES:
            url = sqs.get_queue_url(QueueName=queue)["QueueUrl"]
            while found := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get(
                "Messages"
            ):
                for message in found:
                    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
                    yield queue, message["Body"]


def _text_of(value: dict[str, Any]) -> str:
    """Return an attribute as text: of bytes each is the character of the same number."""
    if "B" in value:
        return bytes(value["B"]).decode("latin-1")
    return json.dumps(value, default=str)


@pytest.fixture
def scan(networks: SocialNetworks, logs: Logs, monkeypatch: pytest.MonkeyPatch) -> Scan:
    for queue in QUEUES:
        url = fake_aws.create_queue(queue)
        monkeypatch.setenv("QUEUE_URL_" + queue.upper().replace("-", "_"), url)
    return Scan(networks, logs)


def list_paths() -> list[str]:
    """List what can be read of an account: the provider is called with its token."""
    return [
        path
        for method, path in app.operations
        if method == "GET" and path.startswith(f"{HOME}/{{id}}/") and "callback" not in path
    ]


def live(
    scan: Scan, networks: SocialNetworks, mara: ApiClient, time_machine: TimeMachineFixture
) -> None:
    """Do everything that can be done with accounts, and everything that fails."""
    browser = client_for(app).with_headers(BROWSER)

    def see(answer: Any) -> Any:
        scan.answers += [answer.body.decode(), json.dumps(dict(answer.headers))]
        return answer

    def sweep(**later: int) -> None:
        time_machine.move_to(clock.now() + timedelta(**later), tick=False)
        try:
            due_work.sweep(clock.now(), lambda: 60.0)
        except sweeper.SweepIncomplete:
            scan.answers.append("a sweep failed")

    def try_to_connect(provider: str, artist: ApiClient = mara) -> None:
        url = begin(artist.with_headers({"idempotency-key": f"key-{clock.now()}"}), provider)
        answer = social.allow(url, **FORMS[provider])
        scan.states |= set(parse_qs(urlsplit(url).query)["state"])
        for _ in range(2):
            see(browser.get(f"{HOME}/{provider}/callback?{urlencode(answer)}"))

    for provider in PROVIDERS:
        try_to_connect(provider)
        see(mara.get(HOME))
    for operation in ("token", "token.long", "permissions", "pages", "node", "subscribe"):
        for fault in (
            ProviderFault(error="meta.token_invalid", count=1),
            ProviderFault(garbage=True, count=1),
            ProviderFault(lose_answer=True, count=1),
        ):
            networks.meta_faults.put(operation, fault)
            try_to_connect("facebook")
            try_to_connect("instagram")
    for operation in ("token", "userinfo"):
        for fault in (
            ProviderFault(error="google.token_expired", count=1),
            ProviderFault(garbage=True, count=1),
        ):
            networks.google_faults.put(operation, fault)
            try_to_connect("google")
    networks.meta_faults.clear()
    networks.google_faults.clear()
    for account in mara.get(HOME).json_body["items"]:
        for path in list_paths():
            see(mara.get(path.replace("{id}", account["id"])))
    sweep(minutes=55)
    networks.google_faults.put("token", ProviderFault(garbage=True, count=1))
    sweep(minutes=55)
    sweep(days=51)
    networks.revocation_faults.put(
        "revoke", ProviderFault(error="google-revocation.unavailable", count=1)
    )
    for account in mara.get(HOME).json_body["items"]:
        see(mara.delete(f"{HOME}/{account['id']}"))
    assert scan.find() == []  # one is still to be revoked
    sweep(minutes=2)
    for provider in PROVIDERS:
        try_to_connect(provider)
    deliver("export.requested", exportId="exp_1", userId=MARA)


def test_no_token_is_anywhere_but_encrypted(
    scan: Scan,
    networks: SocialNetworks,
    mara: ApiClient,
    time_machine: TimeMachineFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("EXPORTS_BUCKET", "exports")
    s3 = fake_aws.client("s3")
    s3.create_bucket(Bucket="exports")
    live(scan, networks, mara, time_machine)
    accounts = [each for each in accounts_store.list_accounts(MARA) if each.is_connected]
    assert len(accounts) == len(PROVIDERS)
    secrets = scan.list_secrets()
    assert len(secrets) > 50
    assert {vault.token(each, clock.now()) for each in accounts} <= secrets
    share = s3.get_object(Bucket="exports", Key="exports/exp_1/social.json")["Body"].read()
    scan.answers.append(share.decode())
    assert scan.find() == []


@pytest.mark.parametrize("place", ["logs", "answers", "table", "queue"])
def test_the_scan_sees_every_place(scan: Scan, mara: ApiClient, logs: Logs, place: str) -> None:
    url = begin(mara, "google")
    scan.states |= set(parse_qs(urlsplit(url).query)["state"])
    (state,) = scan.states
    assert scan.find() == []
    if place == "logs":
        logs.stream.write(f'{{"reason": "{state}"}}')
    elif place == "answers":
        scan.answers.append(state)
    elif place == "table":
        item = {"id": {"S": "1"}, "value": {"B": b"x" + state.encode()}}
        fake_aws.client("dynamodb").put_item(TableName=f"{fake_aws.PREFIX}-idempotency", Item=item)
    else:
        sqs = fake_aws.client("sqs")
        url = sqs.get_queue_url(QueueName=QUEUES[0])["QueueUrl"]
        sqs.send_message(QueueUrl=url, MessageBody=state.encode().hex())
    assert len(scan.find()) == 1


def test_texts_of_what_holds_tokens_do_not_show_them() -> None:
    tokens = Tokens("secret-a", "secret-r", None, "secret-l")
    grant = Grant(tokens, Profile("1", "Mara"), ("scope",))
    authorization = Authorization("secret-s", "secret-n", "secret-v", "https://api.example")
    for holder in (tokens, grant, authorization):
        assert "secret" not in f"{holder!r} {holder}"
