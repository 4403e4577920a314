"""Push subscriptions, which belong to one user."""

from typing import Any

import pytest

from shared.platform import config
from tests.functional.notifications.world import World
from tests.support.gateway import ApiClient

POINT = "BL" + "A" * 85  # 65 bytes that begin with 4
AUTH = "A" * 22


def browser(endpoint: str = "https://push.example.com/a", **keys: str) -> dict[str, Any]:
    return {"endpoint": endpoint, "keys": {"p256dh": POINT, "auth": AUTH} | keys}


def count(person: ApiClient) -> int:
    return int(person.get("/v1/notifications/contact").json_body["pushSubscriptions"])


def test_subscribing_again_changes_nothing(world: World) -> None:
    ada = world.as_user("usr_ada")
    first = world.post(ada, "subscriptions", browser() | {"expirationTime": None}, 201)
    assert first["endpoint"] == "https://push.example.com/a"
    assert world.post(ada, "subscriptions", browser(), 201) == first
    assert count(ada) == 1


def test_a_browser_belongs_to_the_user_who_subscribed_last(world: World) -> None:
    ada, bob = world.as_user("usr_ada"), world.as_user("usr_bob")
    world.post(ada, "subscriptions", browser(), 201)
    world.post(bob, "subscriptions", browser(), 201)
    assert (count(ada), count(bob)) == (0, 1)


def test_a_foreign_subscription_looks_like_a_missing_one(world: World) -> None:
    ada, bob = world.as_user("usr_ada"), world.as_user("usr_bob")
    world.post(ada, "subscriptions", browser(), 201)
    path, body = "/v1/notifications/subscriptions", {"endpoint": browser()["endpoint"]}
    theirs = bob.delete(path, json=body)
    unknown = bob.delete(path, json={"endpoint": "https://push.example.com/none"})
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.json_body["detail"] == unknown.json_body["detail"]
    assert count(ada) == 1
    assert ada.delete(path, json=body).status_code == 204
    assert ada.delete(path, json=body).status_code == 404


def test_the_oldest_of_more_than_twenty_is_deleted(world: World) -> None:
    ada, bob = world.as_user("usr_ada"), world.as_user("usr_bob")
    world.post(bob, "subscriptions", browser("https://push.example.com/bob"), 201)
    for number in range(22):
        world.later(seconds=1)
        world.post(ada, "subscriptions", browser(f"https://push.example.com/{number}"), 201)
    assert (count(ada), count(bob)) == (20, 1)
    endpoints = {document["endpoint"] for document in world.database.subscriptions.find()}
    assert "https://push.example.com/1" not in endpoints
    assert "https://push.example.com/2" in endpoints


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (browser("http://push.example.com/a"), "body.endpoint"),
        (browser("https://10.0.0.1/a"), "body.endpoint"),
        (browser(p256dh=AUTH), "body.keys.p256dh"),
        (browser(p256dh="A" * 87), "body.keys.p256dh"),
        (browser(p256dh="not base64!"), "body.keys.p256dh"),
        (browser(auth=POINT[:40]), "body.keys.auth"),
        (browser(auth=""), "body.keys.auth"),
        (browser() | {"userId": "usr_bob"}, "body.userId"),
        ({"endpoint": "https://push.example.com/a"}, "body.keys"),
    ],
)
def test_an_invalid_subscription_is_refused(world: World, body: dict[str, Any], field: str) -> None:
    assert world.errors(world.as_user("usr_ada"), "subscriptions", body).keys() == {field}


def test_loopback_is_allowed_in_local_environments_only(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = world.as_user("usr_ada")
    local = browser("http://127.0.0.1:8025/push/1")
    world.post(ada, "subscriptions", local, 201)
    monkeypatch.setenv("ENVIRONMENT", "dev")
    config.forget()
    assert "body.endpoint" in world.errors(ada, "subscriptions", local)


def test_unusable_keys_reject_the_delivery(world: World) -> None:
    ada = world.as_user("usr_ada")
    world.post(ada, "subscriptions", browser("http://127.0.0.1:1/x"), 201)  # not on the curve
    world.post(ada, "push", {"title": "Hi", "body": "Hi"})
    assert world.work("push") == 0
    assert world.delivery().reason == "rejected"


def test_the_public_key_is_public(world: World) -> None:
    nobody = world.as_nobody()
    answer = nobody.get("/v1/notifications/vapid-public-key")
    assert answer.status_code == 200
    assert answer.json_body.keys() == {"publicKey"}
    assert len(answer.json_body["publicKey"]) == 87
    world.configure("vapid")
    assert nobody.get("/v1/notifications/vapid-public-key").status_code == 404
