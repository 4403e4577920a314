"""Security notices: the owner of an account gets a mail about what happened to it."""

import pytest

from notifications import consumers
from notifications.notices.account_security import OwnerUnknown
from tests.functional.notifications.test_consumers import event
from tests.functional.notifications.world import World

SIGNED_IN = {
    "userId": "usr_ada",
    "sessionId": "ses_1",
    "device": "Firefox on Linux",
    "network": "198.51.100.0/24",
    "signedInAt": "2030-01-31T09:30:00Z",
}
NEW_DEVICE = "user.signed_in_from_new_device"


def test_a_sign_in_on_a_new_device_is_mailed_once(world: World) -> None:
    world.add_contact("usr_ada", name="Ada")
    published = event(world, NEW_DEVICE, SIGNED_IN)
    for _ in range(2):
        world.consume_event(published)
    assert world.work("email") == 0
    (mail,) = world.messages("email", "ada@example.com")
    assert mail["subject"] == "New sign-in: Firefox on Linux"
    for text in (
        "Hello Ada",
        "Firefox on Linux",
        "31 January 2030 at 09:30 UTC",
        "198.51.100.0/24",
        "sign out all devices",
    ):
        assert text in mail["text"]
        assert text in mail["html"]


def test_it_waits_for_the_address_of_the_account(world: World) -> None:
    published = event(world, NEW_DEVICE, SIGNED_IN)
    with pytest.raises(OwnerUnknown):
        consumers.handle(published, world.now)
    world.add_contact("usr_ada", name="Ada")
    consumers.handle(published, world.now)
    assert world.work("email") == 0
    assert len(world.messages("email")) == 1


def test_nothing_is_mailed_to_a_deleted_account(world: World) -> None:
    world.consume("user.deleted", {"userId": "usr_ada"})
    world.consume(NEW_DEVICE, SIGNED_IN)
    assert world.deliveries() == []
