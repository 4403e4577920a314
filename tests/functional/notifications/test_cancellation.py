"""Cancellation: what is not sent yet can be cancelled, and is never sent then."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from notifications.models import Channel
from notifications.store import deliveries
from notifications.use_cases.delivery import LEASE
from tests.functional.notifications.event_data import ARTIST, CLIENT
from tests.functional.notifications.world import World, statuses

LATER = "2026-03-03T09:00:00Z"
BOTH = ["email", "push"]


@pytest.fixture
def ada(world: World) -> Any:
    """A client who is known."""
    world.add_contact(CLIENT)
    return world.as_user(CLIENT)


def schedule(world: World, ada: Any, **fields: Any) -> str:
    """Send a mail and return the path of the notification."""
    sent = world.post(ada, "email", {"subject": "Hi", "text": "Hello"} | fields)
    return f"/v1/notifications/{sent['id']}"


def test_a_scheduled_one_is_cancelled_and_never_sent(world: World, ada: Any) -> None:
    path = schedule(world, ada, sendAt=LATER)
    answer = ada.delete(path)
    assert answer.status_code == 200
    (details,) = answer.json_body["deliveries"]
    assert details["status"] == "cancelled"
    assert answer.json_body == ada.get(path).json_body
    world.later(days=2)
    world.sweep()
    world.work("email")
    assert world.messages("email") == []
    assert statuses(world.delivery()) == ["queued", "cancelled"]
    assert ada.get("/v1/notifications/inbox").json_body["items"] == []
    assert ada.delete(path).status_code == 200  # to cancel twice is to cancel once


def test_what_was_sent_cannot_be_cancelled(world: World, ada: Any) -> None:
    path = schedule(world, ada)
    world.work("email")
    answer = ada.delete(path)
    assert (answer.status_code, answer.json_body["code"]) == (409, "already_sent")
    assert world.delivery().status == "sent"


def test_a_worker_and_a_cancellation_at_the_same_moment(world: World, ada: Any) -> None:
    """Whichever changes the state first wins; a worker that claimed it sends it."""
    with ThreadPoolExecutor(2) as pool:
        for _ in range(10):
            path = schedule(world, ada)
            id_ = world.deliveries(path.rpartition("/")[2])[0].id
            claiming = pool.submit(
                deliveries.claim_batch, [id_], Channel.EMAIL, world.now, world.now + LEASE
            )
            cancelled = pool.submit(ada.delete, path).result().status_code == 200
            assert cancelled is not bool(claiming.result())
    claimed = schedule(world, ada)
    id_ = world.deliveries(claimed.rpartition("/")[2])[0].id
    assert deliveries.claim_batch([id_], Channel.EMAIL, world.now, world.now + LEASE)
    assert ada.delete(claimed).status_code == 409


def test_one_that_waits_for_another_attempt_is_cancelled(world: World, ada: Any) -> None:
    world.fault("email", status=451)
    path = schedule(world, ada)
    world.work("email")
    assert ada.delete(path).status_code == 200
    world.heal()
    world.work("email")
    assert world.messages("email") == []


def test_only_who_requested_it_and_admins_can_cancel(world: World, ada: Any) -> None:
    world.add_contact(ARTIST)
    admin = world.as_user("usr_root", "admin")
    path = schedule(world, admin, userId=CLIENT, sendAt=LATER)
    assert ada.delete(path).status_code == 403  # its recipient, who can mute it
    assert world.as_user("usr_eve").delete(path).status_code == 404
    assert admin.delete(path).status_code == 200
    own = schedule(world, ada, sendAt=LATER)
    assert admin.delete(own).status_code == 200


def test_what_is_left_of_it_is_cancelled_where_a_part_was_sent(world: World, ada: Any) -> None:
    world.subscribe(ada, "ada")
    sent = world.post(ada, "send", {"subject": "Hi", "text": "Hello", "channels": BOTH})
    world.work("email")
    answer = ada.delete(f"/v1/notifications/{sent['id']}")
    assert answer.status_code == 200
    shown = answer.json_body["deliveries"]
    states = {delivery["channel"]: delivery["status"] for delivery in shown}
    assert states == {"email": "sent", "push": "cancelled"}
    world.work("push")
    assert world.messages("push") == []
    assert len(ada.get("/v1/notifications/inbox").json_body["items"]) == 1
