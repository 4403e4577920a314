"""Notices to the followers of an artist."""

from typing import Any

import pytest

from notifications.models import Channel, DeliveryStatus, EmailContent
from tests.functional.notifications.event_data import ARTIST, CLIENT
from tests.functional.notifications.world import World

EVENT = "follow.books_opened"
DATA = {
    "followerId": CLIENT,
    "artistId": ARTIST,
    "artistName": "Mara",
    "handle": "mara.voss",
    "openedAt": "2026-03-02T12:00:00Z",
}


@pytest.fixture
def people(world: World) -> World:
    world.add_contact(ARTIST)
    world.add_contact(CLIENT)
    return world


def list_inbox(world: World) -> list[Any]:
    items: list[Any] = world.as_user(CLIENT).get("/v1/notifications/inbox").json_body["items"]
    return items


def test_a_follower_is_notified_once_by_a_mail_that_can_be_unsubscribed(people: World) -> None:
    for _ in range(2):
        people.consume(EVENT, DATA, "evt_a")
    (delivery,) = people.deliveries()
    assert (delivery.channel, delivery.status) == (Channel.EMAIL, DeliveryStatus.QUEUED)
    assert isinstance(delivery.content, EmailContent)
    assert "takes bookings again" in delivery.content.subject
    assert delivery.content.unsubscribe_url is not None
    (entry,) = list_inbox(people)
    assert entry["url"] == "/artists/mara.voss"


def test_a_follower_who_wants_no_offers_is_not_mailed(people: World) -> None:
    choices = {"categories": {"marketing": {"email": "off", "inbox": "off"}}}
    people.as_user(CLIENT).put("/v1/notifications/preferences", json=choices)
    people.consume(EVENT, DATA, "evt_a")
    assert {delivery.status for delivery in people.deliveries()} <= {DeliveryStatus.SUPPRESSED}
    assert list_inbox(people) == []


def test_nobody_is_told_of_books_that_may_be_full_again(people: World) -> None:
    people.consume(EVENT, DATA | {"openedAt": "2026-02-26T12:00:00Z"}, "evt_a")
    people.work("email")
    assert people.messages("email") == []
