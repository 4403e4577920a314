"""Webhooks of Meta: who may post, and what waits for the worker then."""

import json
from typing import Any

import msgspec
import pytest

from shared.events import queues
from shared.platform.outages import Outage
from social.providers import meta_webhooks
from tests.functional.social.chats import (
    SECRET,
    SUBJECT,
    VERIFY_TOKEN,
    Chats,
    anonymous,
    event,
    post,
)
from tests.support import streams
from tests.support.captured_logs import Logs

PATH = "/v1/social/webhooks"


def ask(provider: str, token: str, mode: str = "subscribe", challenge: str = "115820") -> str:
    query = f"hub.mode={mode}&hub.verify_token={token}&hub.challenge={challenge}"
    return f"{PATH}/{provider}?{query}"


def body_of(*texts: str, subject: str = SUBJECT) -> bytes:
    events = [event(message={"mid": text[:9], "text": text}) for text in texts]
    return json.dumps(
        {"object": "instagram", "entry": [{"id": subject, "messaging": events}]}
    ).encode()


def test_the_challenge_is_answered_to_whoever_knows_our_verify_token(chats: Chats) -> None:
    for provider in ("instagram", "facebook"):
        answer = anonymous().get(ask(provider, VERIFY_TOKEN))
        assert answer.status_code == 200
        assert answer.body == b"115820"
        assert answer.headers["content-type"].startswith("text/plain")
    assert anonymous().get(ask("instagram", "another")).status_code == 403
    assert anonymous().get(ask("instagram", VERIFY_TOKEN, mode="other")).status_code == 403
    assert anonymous().get(ask("google", VERIFY_TOKEN)).status_code == 404
    assert anonymous().get(ask("instagram", VERIFY_TOKEN, challenge="%3Cb%3E")).status_code == 422
    assert anonymous().get(f"{PATH}/instagram").status_code == 422


@pytest.mark.parametrize("signature", ["", "sha256=", "sha256=" + "0" * 64, "sha1=00"])
def test_nothing_is_read_of_a_body_that_our_app_did_not_sign(
    chats: Chats, signature: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(meta_webhooks, "split", refuse)
    monkeypatch.setattr(queues, "send", refuse)
    assert post(body_of("a"), signature, "instagram").status_code == 403


def test_a_signature_is_that_of_the_path_and_of_the_whole_body(chats: Chats) -> None:
    signature = meta_webhooks.sign(body_of("a"), SECRET)
    assert post(body_of("a") + b" ", signature, "instagram").status_code == 403
    assert post(body_of("a"), signature, "google").status_code == 404
    assert post(body_of("a"), signature, "instagram").status_code == 200


def test_a_notification_of_up_to_a_mebibyte_is_taken(chats: Chats) -> None:
    large = body_of(*[f"{number} {'x' * 16_000}" for number in range(50)])
    assert 512 * 1024 < len(large) < 1024 * 1024
    assert post(large, meta_webhooks.sign(large, SECRET), "instagram").status_code == 200
    too_large = large + b" " * (1024 * 1024 + 1 - len(large))
    signature = meta_webhooks.sign(too_large, SECRET)
    assert post(too_large, signature, "instagram").status_code == 413


def test_no_batch_of_messages_is_too_large_for_the_queue(
    chats: Chats, monkeypatch: pytest.MonkeyPatch, logs: Logs
) -> None:
    batches: list[int] = []

    def measure(_queue: str, messages: list[Any]) -> None:
        batches.append(sum(len(msgspec.json.encode(each)) for each in messages))

    monkeypatch.setattr(queues, "send", measure)
    body = body_of(*["x" * size for size in (90_000, 90_000, 90_000, 5, 230_000)])
    assert post(body, meta_webhooks.sign(body, SECRET), "instagram").status_code == 200
    assert len(batches) == 2
    assert max(batches) < 256 * 1024
    assert [line["reason"] for line in logs.named("webhook ignored")] == ["too large"]


def test_only_the_queue_is_written_before_the_answer(chats: Chats) -> None:
    before = streams.items("social")
    assert chats.notify(event(message={"mid": "1", "text": "Hello"})).status_code == 200
    assert streams.items("social") == before
    assert chats.work("webhooks") == 1


def test_if_the_queue_fails_meta_is_to_send_again(
    chats: Chats, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise Outage

    monkeypatch.setattr(queues, "send", fail)
    assert chats.notify(event(message={"mid": "1", "text": "Hello"})).status_code == 503


def test_unknown_accounts_objects_and_bodies_are_counted_and_ignored(
    chats: Chats, logs: Logs
) -> None:
    unreadable, unknown_object = b"nonsense", b'{"object": "permissions", "entry": []}'
    stranger = body_of("a", subject="another account")
    for body in (unreadable, unknown_object, stranger):
        assert post(body, meta_webhooks.sign(body, SECRET), "instagram").status_code == 200
    chats.notify(event(reaction={"mid": "m", "emoji": "x"}))
    chats.notify(event(sender="", message={"mid": "m", "text": "from nobody"}))
    chats.work()
    reasons = [line["reason"] for line in logs.named("webhook ignored")]
    assert reasons == [
        "unreadable",
        "kind of object",
        "unknown account",
        "kind of event",
        "no sender",
    ]
    assert chats.received() == []
